//! `actix-web-validator`: extractors that check what they extract.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, get};
use actix_web_validator::{Json, Query};
use cors_actix::{cors, resource};
use serde::Deserialize;
use validator::Validate;

use crate::exchange::{check, check_preflights, policy};

#[derive(Debug, Deserialize, Validate)]
struct AuthRequest {
    #[validate(range(min = 1000, max = 9999))]
    id: u64,
}

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders")]
async fn list(info: Query<AuthRequest>) -> impl Responder {
    info.id.to_string()
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(info: Json<AuthRequest>) -> impl Responder {
    info.id.to_string()
}

#[actix_web::test]
async fn requests_that_are_not_valid_are_refused_readably() {
    let app = App::new().service(list).service(resource("/profile").put(replace)).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || TestRequest::get().uri("/orders?id=1234")).await;
    check(&app, 400, || TestRequest::get().uri("/orders?id=1")).await;

    let put = |body: &'static str| {
        let request = TestRequest::put().uri("/profile");
        request.insert_header(("content-type", "application/json")).set_payload(body)
    };
    check(&app, 200, || put(r#"{"id": 1234}"#)).await;
    check(&app, 400, || put(r#"{"id": 1}"#)).await;
    check(&app, 400, || put("[")).await;
}
