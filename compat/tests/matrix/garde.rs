//! `garde-actix-web`: extractors that check what they extract.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, get};
use cors_actix::{cors, resource};
use garde::Validate;
use garde_actix_web::web::{Json, Path};
use serde::Deserialize;

use crate::exchange::{check, check_preflights, policy};

#[derive(Debug, Deserialize, Validate)]
struct User {
    #[garde(ascii, length(min = 3, max = 25))]
    username: String,
}

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/users/{username}")]
async fn show(user: Path<User>) -> impl Responder {
    user.username.clone()
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(user: Json<User>) -> impl Responder {
    user.username.clone()
}

#[actix_web::test]
async fn requests_that_are_not_valid_are_refused_readably() {
    let app = App::new().service(show).service(resource("/profile").put(replace)).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/users/anna").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || TestRequest::get().uri("/users/anna")).await;
    check(&app, 404, || TestRequest::get().uri("/users/a")).await;

    let put = |body: &'static str| {
        let request = TestRequest::put().uri("/profile");
        request.insert_header(("content-type", "application/json")).set_payload(body)
    };
    check(&app, 200, || put(r#"{"username": "anna"}"#)).await;
    check(&app, 400, || put(r#"{"username": "a"}"#)).await;
}
