//! `utoipa`: handlers that are documented, above and below their policy.

use actix_web::error::ErrorNotFound;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, put, web};
use cors_actix::core::Setting;
use cors_actix::{PolicyCell, cors, resource};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::exchange::{check, check_preflights, policy};

#[derive(Serialize, ToSchema)]
struct Order {
    id: u32,
}

/// Documented above the policy.
#[utoipa::path(responses((status = OK, body = Order), (status = NOT_FOUND)))]
#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders/{id}")]
async fn show(id: web::Path<u32>) -> Result<impl Responder, Error> {
    match *id {
        7 => Ok(web::Json(Order { id: *id })),
        _ => Err(ErrorNotFound("no such order")),
    }
}

/// Documented below the policy.
#[cors(origins += "https://beta.example.com", credentials)]
#[utoipa::path(responses((status = NO_CONTENT)))]
#[put("/orders/{id}")]
async fn replace(_id: web::Path<u32>) -> impl Responder {
    HttpResponse::NoContent()
}

/// Documented without a route attribute.
#[cors(origins += "https://beta.example.com", credentials)]
#[utoipa::path(put, path = "/profile", responses((status = NO_CONTENT)))]
async fn replace_profile() -> impl Responder {
    HttpResponse::NoContent()
}

#[derive(OpenApi)]
#[openapi(paths(show, replace, replace_profile))]
struct Documentation;

#[actix_web::test]
async fn documented_handlers_have_policies() {
    let app = App::new()
        .service((show, replace))
        .service(resource("/profile").put(replace_profile))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders/7").await;
    check_preflights(&app, "PUT", "/orders/7").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || TestRequest::get().uri("/orders/7")).await;
    check(&app, 204, || TestRequest::put().uri("/orders/7")).await;
    check(&app, 204, || TestRequest::put().uri("/profile")).await;
    check(&app, 404, || TestRequest::get().uri("/orders/8")).await;
    check(&app, 404, || TestRequest::put().uri("/orders/seven")).await;
}

#[test]
fn every_handler_is_documented() {
    let paths = Documentation::openapi().paths.paths;
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["/orders/{id}", "/profile"]);
    let orders = &paths["/orders/{id}"];
    let get = orders.get.as_ref().unwrap();
    assert_eq!(get.summary.as_deref(), Some("Documented above the policy."));
    let put = orders.put.as_ref().unwrap();
    assert_eq!(put.summary.as_deref(), Some("Documented below the policy."));
}

/// The report of a mistake names the line of the attribute, wherever it is moved.
#[actix_web::test]
async fn the_place_of_a_policy_is_that_of_its_attribute() {
    let cors = policy();
    let app = App::new().service((show, replace)).wrap(cors.clone());
    let _app = init_service(app).await;

    let lines: Vec<_> = include_str!("utoipa.rs").lines().collect();
    let line_of_policy = |handler: &str| {
        let below = lines.iter().position(|line| line.contains(handler)).unwrap();
        lines[..below].iter().rposition(|line| line.starts_with("#[cors")).unwrap() + 1
    };
    let table = cors.table();
    let origins = table.rows().iter().filter_map(|row| row.get(Setting::Origins));
    let places: Vec<_> = origins.flat_map(PolicyCell::places).cloned().collect();
    for handler in ["async fn show(", "async fn replace("] {
        let place = format!("utoipa.rs:{}:8", line_of_policy(handler));
        assert!(places.iter().any(|at| at.ends_with(&place)), "{place} in {places:?}");
    }
}
