//! `actix-web-lab`: extractors with limits of their own, and middleware that ends requests early.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, get};
use actix_web_lab::extract::Json;
use actix_web_lab::middleware::{CatchPanic, RedirectHttps};
use actix_web_lab::web::Spa;
use cors_actix::{cors, resource};

use crate::exchange::{APP, BETA, EVIL, check, check_preflights, policy, send};

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders")]
async fn list() -> impl Responder {
    "[]"
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(profile: Json<String, 16>) -> impl Responder {
    profile.into_inner()
}

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/panics")]
async fn panics() -> &'static str {
    panic!("a test of a handler that panics");
}

#[actix_web::test]
async fn a_body_over_the_limit_is_refused_readably() {
    let app = App::new().service(list).service(resource("/profile").put(replace)).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || TestRequest::get().uri("/orders")).await;
    let put = |body: &'static str| {
        let request = TestRequest::put().uri("/profile");
        request.insert_header(("content-type", "application/json")).set_payload(body)
    };
    check(&app, 200, || put(r#""short""#)).await;
    check(&app, 413, || put(r#""longer than sixteen bytes""#)).await;
    check(&app, 422, || put("[")).await;
}

#[actix_web::test]
async fn an_early_redirect_is_readable() {
    let app = App::new().service(list).wrap(RedirectHttps::default()).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    let get = || TestRequest::get().uri("/orders").insert_header(("host", "api.example.com"));
    check(&app, 307, get).await;
}

#[actix_web::test]
async fn a_caught_panic_is_readable() {
    let app = App::new().service(panics).wrap(CatchPanic::default()).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/panics").await;
    for origin in [BETA, EVIL] {
        let panicked = TestRequest::get().uri("/panics").insert_header(("origin", origin));
        let response = send(&app, panicked).await;
        assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
        match origin {
            BETA => response.assert_readable_by(BETA),
            _ => response.assert_unreadable(),
        }
    }
}

#[actix_web::test]
async fn a_frontend_leaves_the_handlers_their_policies() {
    let frontend = Spa::default()
        .index_file(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .static_resources_mount("/static")
        .static_resources_location(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .finish();
    let app = App::new()
        .service(list)
        .service(resource("/profile").put(replace))
        .service(frontend)
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || TestRequest::get().uri("/orders")).await;
    for path in ["/", "/of/the/frontend", "/static/matrix/main.rs"] {
        let page = |origin| TestRequest::get().uri(path).insert_header(("origin", origin));
        send(&app, page(APP)).await.assert_readable_by(APP);
        send(&app, page(BETA)).await.assert_unreadable();
    }
}
