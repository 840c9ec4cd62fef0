//! `utoipa-actix-web`: an application that collects its documentation.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, get, post, web};
use cors_actix::{cors, resource};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt as _, scope};

use crate::exchange::{check, check_preflights, policy};

#[derive(Deserialize, Serialize, ToSchema)]
struct User {
    id: i32,
}

#[utoipa::path(responses((status = OK, body = User)))]
#[cors(origins += "https://beta.example.com", credentials)]
#[get("/user")]
async fn get_user() -> impl Responder {
    web::Json(User { id: 1 })
}

#[cors(origins += "https://beta.example.com", credentials)]
#[utoipa::path(responses((status = OK)))]
#[post("/user")]
async fn create_user(user: web::Json<User>) -> impl Responder {
    user
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace() -> impl Responder {
    "saved"
}

fn users(config: &mut ServiceConfig<'_>) {
    config.service(get_user).service(create_user);
}

#[actix_web::test]
async fn collected_handlers_have_policies() {
    let (app, documentation) = App::new()
        .into_utoipa_app()
        .map(|app| app.wrap(policy()))
        .service(scope::scope("/api/v1").configure(users))
        .map(|app| app.service(resource("/profile").put(replace)))
        .split_for_parts();
    assert_eq!(documentation.paths.paths.keys().collect::<Vec<_>>(), ["/api/v1/user"]);
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/api/v1/user").await;
    check_preflights(&app, "POST", "/api/v1/user").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || TestRequest::get().uri("/api/v1/user")).await;
    check(&app, 200, || TestRequest::post().uri("/api/v1/user").set_json(User { id: 2 })).await;
    check(&app, 200, || TestRequest::put().uri("/profile")).await;
    check(&app, 400, || {
        let create = TestRequest::post().uri("/api/v1/user").set_payload("[");
        create.insert_header(("content-type", "application/json"))
    })
    .await;
}
