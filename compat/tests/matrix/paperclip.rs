//! `paperclip`: its application takes only services that it describes, which have the policy of
//! their path; handlers with `#[cors]` are registered beside them.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, get};
use cors_actix::{cors, resource};
use paperclip::actix::{Apiv2Schema, OpenApiExt as _, api_v2_operation, web};
use serde::{Deserialize, Serialize};

use crate::exchange::{check, check_preflights, policy_with_group};

#[derive(Serialize, Deserialize, Apiv2Schema)]
struct Pet {
    name: String,
}

#[api_v2_operation]
async fn echo_pet(body: web::Json<Pet>) -> Result<web::Json<Pet>, actix_web::Error> {
    Ok(body)
}

/// A handler of paperclip with its own route attribute.
#[paperclip::actix::get("/pets/first")]
#[api_v2_operation]
async fn first_pet() -> Result<web::Json<Pet>, actix_web::Error> {
    Ok(web::Json(Pet { name: "Rex".to_owned() }))
}

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders")]
async fn list() -> impl Responder {
    "[]"
}

#[cors(origins += "https://beta.example.com", credentials)]
#[api_v2_operation]
async fn replace(body: web::Json<Pet>) -> Result<web::Json<Pet>, actix_web::Error> {
    Ok(body)
}

#[actix_web::test]
async fn described_services_have_the_policy_of_their_path() {
    let app = App::new()
        .wrap_api()
        .service(web::resource("/pets").route(web::post().to(echo_pet)))
        .service(first_pet)
        .with_json_spec_at("/api/spec/v2")
        .build()
        .service(list)
        .service(resource("/pets/{id}").put(replace))
        .wrap(policy_with_group("/pets/**"));
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/pets/7").await;
    check_preflights(&app, "GET", "/pets/first").await;
    let json = |request: TestRequest, body: &'static str| {
        request.insert_header(("content-type", "application/json")).set_payload(body)
    };
    let rex = r#"{"name":"Rex"}"#;
    check(&app, 200, || TestRequest::get().uri("/orders")).await;
    check(&app, 200, || TestRequest::get().uri("/pets/first")).await;
    check(&app, 200, || json(TestRequest::post().uri("/pets"), rex)).await;
    check(&app, 200, || json(TestRequest::put().uri("/pets/7"), rex)).await;
    check(&app, 400, || json(TestRequest::post().uri("/pets"), "[")).await;
    check(&app, 400, || json(TestRequest::put().uri("/pets/7"), "[")).await;
}
