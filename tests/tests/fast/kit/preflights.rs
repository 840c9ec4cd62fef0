//! A preflight for every row of the policy table.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::Header;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, Responder, delete, get, put, web};
use cors_actix::test::{PreflightCheck, assert_preflights_pass};
use cors_actix::{Cors, cors, resource, rules};

#[cors(headers += "x-csrf-token", credentials)]
#[put("/orders/{id}")]
async fn replace_order() -> impl Responder {
    "saved"
}

#[cors(origins = "https://*.beta.example", methods = "DELETE")]
#[delete("/{tenant}/orders/{day:\\d{4}-\\d{2}-\\d{2}}")]
async fn remove_order() -> impl Responder {
    "removed"
}

#[cors(off)]
#[get("/internal")]
async fn internal() -> impl Responder {
    "internal"
}

#[cors]
#[get("/codes/{code:c\\d+}")]
async fn code() -> impl Responder {
    "code"
}

async fn plain() -> impl Responder {
    "plain"
}

fn policy() -> Cors {
    Cors::builder()
        .origins(["https://app.example"])
        .methods(["PUT", "DELETE"])
        .headers(["content-type"])
        .paths("/public/**", rules().origins_any())
        .build()
        .unwrap()
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(replace_order)
        .service(remove_order)
        .service(internal)
        .service(resource("/resource/{id}").get(plain).put(plain).delete(plain));
}

/// Which of the two runs is not known before routing, so that both policies have to allow it.
fn ambiguous(app: &mut web::ServiceConfig) {
    let first = web::resource("/beta").guard(Header("x-beta", "1")).to(plain);
    let second = resource("/beta").cors(rules().origins(["https://beta.example"])).get(plain);
    app.service(first).service(second);
}

async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key("authorization") {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    Ok(request.into_response(HttpResponse::Unauthorized().finish()))
}

#[actix_web::test]
async fn preflights_of_every_row_pass() {
    let cors = policy();
    let app = App::new().configure(routes).wrap(from_fn(authenticate)).wrap(cors.clone());
    assert_preflights_pass(&init_service(app).await, &cors).await;
}

#[actix_web::test]
#[should_panic(expected = "\
/orders/{id}: the response has the status 401 and is not of `Cors`: something outside of it \
answers, such as authentication that is wrapped later. Wrap the application with `Cors` last
  preflight for PUT https://cors-actix.test/orders/1 with content-type,x-csrf-token: 401")]
async fn authentication_outside_of_cors_is_found() {
    let cors = policy();
    let app = App::new().configure(routes).wrap(cors.clone()).wrap(from_fn(authenticate));
    assert_preflights_pass(&init_service(app).await, &cors).await;
}

#[actix_web::test]
#[should_panic(expected = "everything else: the response has the status 401")]
async fn authentication_outside_of_cors_is_found_without_annotated_routes() {
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let app = App::new().wrap(cors.clone()).wrap(from_fn(authenticate));
    assert_preflights_pass(&init_service(app).await, &cors).await;
}

#[actix_web::test]
async fn a_cors_around_a_scope_is_checked_inside_of_it() {
    let cors = Cors::builder().origins_any().build().unwrap();
    let scope = cors.around(web::scope("/{tenant}/api").service(code));
    let app = init_service(App::new().service(scope)).await;
    let check = PreflightCheck::new().path("/{tenant}/api/codes/{code:c\\d+}", "/t/api/codes/c1");
    check.assert(&app, &cors).await;
}

#[actix_web::test]
#[should_panic(expected = "there is no application to check")]
async fn a_cors_without_an_application_is_not_checked() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    assert_preflights_pass(&app, &policy()).await;
}

#[actix_web::test]
#[should_panic(expected = "CORS is disabled by `enabled = false`")]
async fn disabled_cors_lets_no_preflight_pass() {
    let cors = Cors::try_from_toml_str("[cors]\nenabled = false").unwrap();
    let app = init_service(App::new().wrap(cors.clone())).await;
    assert_preflights_pass(&app, &cors).await;
}

#[actix_web::test]
#[should_panic(expected = "The policy allows it: a route that may run in its place, or a guard, \
                           has another policy")]
async fn a_route_below_another_with_a_guard_is_found() {
    let cors = policy();
    let app = init_service(App::new().configure(ambiguous).wrap(cors.clone())).await;
    assert_preflights_pass(&app, &cors).await;
}

#[actix_web::test]
async fn rows_are_skipped_and_get_paths() {
    let cors = policy();
    let app = App::new().configure(ambiguous).service(code).wrap(cors.clone());
    let app = init_service(app).await;
    let check = PreflightCheck::new().skip("/beta").path("/codes/{code:c\\d+}", "/codes/c7");
    check.assert(&app, &cors).await;
}

#[actix_web::test]
#[should_panic(expected = "/codes/{code:c\\d+}: no path is known that fits the pattern; set one \
                           with `PreflightCheck::path`")]
async fn a_pattern_that_no_value_fits_needs_a_path() {
    let cors = policy();
    let app = init_service(App::new().service(code).wrap(cors.clone())).await;
    assert_preflights_pass(&app, &cors).await;
}
