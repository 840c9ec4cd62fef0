//! `actix-web-httpauth`: authentication by a bearer token.

use actix_web::dev::ServiceRequest;
use actix_web::error::ErrorForbidden;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, Responder, get, web};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web_httpauth::middleware::HttpAuthentication;
use cors_actix::{cors, resource};

use crate::exchange::{APP, BETA, EVIL, check, check_preflights, policy, preflight, send};

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders")]
async fn list() -> impl Responder {
    "[]"
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(bearer: BearerAuth) -> impl Responder {
    bearer.token().to_owned()
}

async fn validator(
    request: ServiceRequest,
    credentials: BearerAuth,
) -> Result<ServiceRequest, (Error, ServiceRequest)> {
    match credentials.token() {
        "secret" => Ok(request),
        _ => Err((ErrorForbidden("wrong token"), request)),
    }
}

fn with_token(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {token}")))
}

#[actix_web::test]
async fn the_middleware_refuses_requests_and_no_preflights() {
    let app = App::new()
        .service(list)
        .service(resource("/profile").put(replace))
        .wrap(HttpAuthentication::bearer(validator))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || with_token(TestRequest::get().uri("/orders"), "secret")).await;
    let saved = check(&app, 200, || with_token(TestRequest::put().uri("/profile"), "secret")).await;
    assert_eq!(saved.body, "secret");

    let refused = check(&app, 401, || TestRequest::get().uri("/orders")).await;
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    check(&app, 401, || TestRequest::put().uri("/profile")).await;
    check(&app, 403, || with_token(TestRequest::get().uri("/orders"), "wrong")).await;
    check(&app, 403, || with_token(TestRequest::put().uri("/profile"), "wrong")).await;
}

#[actix_web::test]
async fn the_extractor_refuses_in_the_handler() {
    let app = App::new().service(resource("/profile").put(replace)).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || with_token(TestRequest::put().uri("/profile"), "any")).await;
    check(&app, 401, || TestRequest::put().uri("/profile")).await;
}

#[actix_web::test]
async fn the_middleware_around_a_resource_refuses_by_the_policy_of_the_method() {
    let authenticated = resource("/profile").get(list_profiles).put(replace);
    let app = App::new()
        .service(authenticated.wrap(HttpAuthentication::bearer(validator)))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 401, || TestRequest::put().uri("/profile")).await;
    let get = |origin| TestRequest::get().uri("/profile").insert_header(("origin", origin));
    for (origin, is_allowed) in [(APP, true), (BETA, false), (EVIL, false)] {
        let refused = send(&app, get(origin)).await;
        assert_eq!(refused.status, 401);
        match is_allowed {
            true => refused.assert_readable_by(origin),
            false => refused.assert_unreadable(),
        }
    }
}

async fn list_profiles() -> impl Responder {
    "[]"
}

#[actix_web::test]
async fn the_middleware_around_a_scope_refuses_by_the_policy_of_the_route() {
    let api = web::scope("/{tenant}/api").service(list).service(resource("/profile").put(replace));
    let app = App::new().service(api.wrap(HttpAuthentication::bearer(validator))).wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/one/api/orders").await;
    check_preflights(&app, "PUT", "/one/api/profile").await;
    for (method, path) in [(Method::GET, "/one/api/orders"), (Method::PUT, "/one/api/profile")] {
        let request = || TestRequest::with_uri(path).method(method.clone());
        check(&app, 200, || with_token(request(), "secret")).await;
        check(&app, 401, request).await;
        check(&app, 403, || with_token(request(), "wrong")).await;
    }
}

/// The mistake that the documentation warns of.
#[actix_web::test]
async fn the_middleware_outside_of_cors_refuses_preflights() {
    let app = App::new().service(list).wrap(policy()).wrap(HttpAuthentication::bearer(validator));
    let app = init_service(app).await;

    let refused = send(&app, preflight(BETA, "GET", "/orders")).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), "");
}
