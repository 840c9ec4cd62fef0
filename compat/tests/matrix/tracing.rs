//! `tracing-actix-web`: a span for each request.

use actix_web::error::ErrorBadRequest;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get};
use cors_actix::{cors, resource};
use tracing_actix_web::{RequestId, TracingLogger};

use crate::exchange::{check, check_preflights, policy};

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders")]
async fn list(request_id: RequestId) -> impl Responder {
    request_id.to_string()
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace() -> Result<HttpResponse, Error> {
    Err(ErrorBadRequest("not an order"))
}

#[actix_web::test]
async fn the_logger_may_be_inside() {
    let app = App::new()
        .service(list)
        .service(resource("/profile").put(replace))
        .wrap(TracingLogger::default())
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/profile").await;
    assert!(!check(&app, 200, || TestRequest::get().uri("/orders")).await.body.is_empty());
    check(&app, 400, || TestRequest::put().uri("/profile")).await;
}

/// So that preflights are logged, too.
#[actix_web::test]
async fn the_logger_may_be_outside() {
    let app = App::new()
        .service(list)
        .service(resource("/profile").put(replace))
        .wrap(policy())
        .wrap(TracingLogger::default());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check(&app, 200, || TestRequest::get().uri("/orders")).await;
    check(&app, 400, || TestRequest::put().uri("/profile")).await;
}
