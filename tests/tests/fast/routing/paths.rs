//! Rules for services without an attribute, set in code where the services are registered.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, web};
use cors_actix::{Cors, cors, origin, paths, regex, rules, set};
use cors_tests::server::Server;

/// The origins among these that may read the path.
async fn readers<S, B>(app: &S, path: &str) -> Vec<&'static str>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let mut readers = Vec::new();
    for name in ["app", "admin", "status", "beta"] {
        let origin = format!("https://{name}.example");
        let request = TestRequest::with_uri(path).insert_header(("origin", origin.as_str()));
        let response = app.call(request.to_request()).await.unwrap();
        let allowed = response.headers().get("access-control-allow-origin");
        if allowed.is_some_and(|allowed| *allowed == *origin) {
            readers.push(name);
        }
    }
    readers
}

#[cors(origins += ["https://beta.example"])]
#[get("/annotated")]
async fn annotated() -> impl Responder {
    "annotated"
}

fn plain() -> actix_web::Route {
    web::get().to(HttpResponse::Ok)
}

#[actix_web::test]
async fn a_group_applies_to_its_scope_and_nothing_else() {
    let admin = web::scope("/admin")
        .service(paths("/**", rules().origins(["https://admin.example"])))
        .service(paths("/status", rules().origins_add(["https://status.example"])))
        .service(annotated)
        .route("/users", plain())
        .route("/status", plain());
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let app = App::new().service(admin).route("/users", plain()).wrap(cors);
    let app = init_service(app).await;

    assert_eq!(readers(&app, "/users").await, ["app"]);
    assert_eq!(readers(&app, "/admin/users").await, ["admin"]);
    assert_eq!(readers(&app, "/admin/unknown").await, ["admin"]);
    assert_eq!(readers(&app, "/administration").await, ["app"]);
    // The most specific group counts, and is merged with the global rules.
    assert_eq!(readers(&app, "/admin/status").await, ["app", "status"]);
    // A handler inherits from the group of its path.
    assert_eq!(readers(&app, "/admin/annotated").await, ["admin", "beta"]);
}

#[actix_web::test]
async fn a_group_in_a_dynamic_scope_applies_to_each_of_its_paths() {
    let tenant = web::scope("/{tenant}").service(
        web::scope("/admin")
            .service(paths("/**", rules().origins(["https://admin.example"])))
            .route("/users", plain()),
    );
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let app = init_service(App::new().service(tenant).wrap(cors)).await;

    assert_eq!(readers(&app, "/acme/admin/users").await, ["admin"]);
    assert_eq!(readers(&app, "/acme/users").await, ["app"]);
}

#[actix_web::test]
async fn rules_in_code_equal_those_of_the_file() {
    let file = Cors::try_from_toml_str(
        r#"
        [cors]
        origins = ["https://app.example", { regex = 'https://(status|beta)\.example' }]
        headers = ["content-type"]
        [cors.sets]
        staff = ["https://admin.example"]
        [cors.policies.staff]
        origins = { set = "staff" }
        credentials = true
        [[cors.paths]]
        match = "/admin/**"
        policy = "staff"
        [[cors.paths]]
        match = "/narrow/*"
        origins = { remove = ["https://app.example"] }
        headers = { add = ["x-narrow"] }
        [[cors.paths]]
        match = "/closed"
        off = true
        "#,
    );
    let code = Cors::builder()
        .origins([origin("https://app.example"), regex(r"https://(status|beta)\.example")])
        .headers(["content-type"])
        .set("staff", ["https://admin.example"])
        .policy("staff", rules().origins([set("staff")]).credentials(true))
        .paths("/admin/**", rules().policy("staff"))
        .paths(
            "/narrow/*",
            rules().origins_remove(["https://app.example"]).headers_add(["x-narrow"]),
        )
        .paths("/closed", rules().off())
        .build();
    let values = |cors: Cors| -> Vec<_> {
        let table = cors.table();
        let rows = table.rows().iter().map(|row| {
            let values = row.settings().iter().map(|cell| cell.value().clone());
            (row.label().to_owned(), values.collect::<Vec<_>>())
        });
        rows.collect()
    };
    assert_eq!(values(file.unwrap()), values(code.unwrap()));
}

fn start_with(service: fn() -> actix_web::Scope) -> std::io::Result<()> {
    Server::start(1, move || {
        let cors = Cors::builder().paths("/api/**", rules().off()).build().unwrap();
        App::new().service(service()).wrap(cors)
    })
    .join()
}

#[test]
fn a_group_that_matches_as_well_as_another_keeps_the_server_from_starting() {
    let result = start_with(|| web::scope("/api").service(paths("/**", rules().origins_any())));
    assert!(result.is_err());
}

#[test]
fn a_scope_that_no_group_can_match_exactly_keeps_the_server_from_starting() {
    let result =
        start_with(|| web::scope(r"/items/{id:\d+}").service(paths("/**", rules().origins_any())));
    assert!(result.is_err());
}

#[test]
fn a_set_that_is_no_list_of_origins_is_reported() {
    let here = cors_core::Source::caller();
    let any = cors_core::ListValue::Any(here);
    let error = Cors::builder().set("trusted", any).build().unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::quoted-wildcard");
}
