//! `enabled = false`: an application as if it were not wrapped, also one with annotated
//! handlers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, get, route};
use cors_actix::{Cors, cors};

#[cors]
#[get("/bare")]
async fn bare() -> impl Responder {
    let header = ("access-control-allow-origin", "https://own.example");
    HttpResponse::Ok().insert_header(header).finish()
}

/// Answers preflights itself.
#[cors(origins = ["https://own.example"], credentials, enforce)]
#[route("/own", method = "OPTIONS", method = "PUT")]
async fn own() -> impl Responder {
    HttpResponse::NoContent()
        .insert_header(("access-control-allow-methods", "PUT"))
        .insert_header(("access-control-max-age", "600"))
        .finish()
}

/// All headers of the response to a request from `https://own.example`.
async fn headers(cors: &Cors, method: Method, path: &str) -> Vec<String> {
    let app = App::new().service(bare).service(own).wrap(cors.clone());
    let app = init_service(app).await;
    let request = TestRequest::with_uri(path).method(method);
    let request = request.insert_header(("origin", "https://own.example"));
    let request = request.insert_header(("access-control-request-method", "PUT"));
    let response = call_service(&app, request.to_request()).await;
    assert!(response.status().is_success());
    let line = |(name, value): (_, &actix_web::http::header::HeaderValue)| {
        format!("{name}: {}", value.to_str().unwrap())
    };
    let mut headers: Vec<_> = response.headers().iter().map(line).collect();
    headers.sort();
    headers
}

const DISABLED: &str = "[cors]\norigins = [\"https://app.example\"]\nenabled = false\n";

#[actix_web::test]
async fn a_disabled_application_answers_as_its_handlers_do() {
    let cors = Cors::try_from_toml_str(DISABLED).unwrap();
    let lines = headers(&cors, Method::GET, "/bare").await;
    assert_eq!(lines, ["access-control-allow-origin: https://own.example"]);
    for method in [Method::OPTIONS, Method::PUT] {
        let lines = headers(&cors, method, "/own").await;
        assert_eq!(lines, ["access-control-allow-methods: PUT", "access-control-max-age: 600"]);
    }
    assert_eq!(
        cors.table().to_string(),
        "CORS is disabled: `enabled = false` is set at cors.toml:3:1"
    );
    assert!(cors.table().disabled().is_some() && cors.table().rows().is_empty());
}

#[actix_web::test]
async fn headers_of_handlers_are_removed_under_limits() {
    let text = format!("{DISABLED}[cors.limits]\nmax_age = 600\n");
    let cors = Cors::try_from_toml_str(&text).unwrap();
    assert!(headers(&cors, Method::GET, "/bare").await.is_empty());
    assert!(headers(&cors, Method::OPTIONS, "/own").await.is_empty());
}

#[actix_web::test]
async fn a_reload_enables_and_disables() {
    let builder = || Cors::builder().origins(["https://app.example"]);
    let cors = builder().enabled(false).build().unwrap();
    let expected = ["access-control-allow-origin: https://own.example"];
    assert_eq!(headers(&cors, Method::GET, "/bare").await, expected);
    cors.apply(&builder().config()).unwrap();
    assert_eq!(headers(&cors, Method::GET, "/bare").await, ["vary: Origin"]);
    assert!(cors.table().disabled().is_none());
    cors.apply(&builder().enabled(false).config()).unwrap();
    assert_eq!(headers(&cors, Method::GET, "/bare").await, expected);
}
