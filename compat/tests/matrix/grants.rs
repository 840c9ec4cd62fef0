//! `actix-web-grants`: roles, checked by an attribute or by a guard.

use std::collections::HashSet;

use actix_web::dev::ServiceRequest;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, web};
use actix_web_grants::{AuthorityGuard, GrantsMiddleware, protect};
use cors_actix::{cors, resource};

use crate::exchange::{APP, BETA, check, check_preflights, policy, policy_with_group, send};

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders")]
#[protect("ADMIN")]
async fn list() -> HttpResponse {
    HttpResponse::Ok().body("[]")
}

#[cors(origins += "https://beta.example.com", credentials)]
#[protect("ADMIN")]
async fn replace() -> impl Responder {
    "saved"
}

#[cors]
async fn administrate() -> impl Responder {
    "administrated"
}

#[cors]
async fn refuse() -> impl Responder {
    HttpResponse::Forbidden()
}

async fn extract(request: &ServiceRequest) -> Result<HashSet<String>, Error> {
    let role = request.headers().get("x-role").and_then(|role| role.to_str().ok());
    Ok(role.map(str::to_owned).into_iter().collect())
}

fn as_admin(request: TestRequest) -> TestRequest {
    request.insert_header(("x-role", "ADMIN"))
}

#[actix_web::test]
async fn a_handler_without_the_role_is_refused_readably() {
    let app = App::new()
        .service(list)
        .service(resource("/profile").put(replace))
        .wrap(GrantsMiddleware::with_extractor(extract))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders").await;
    check_preflights(&app, "PUT", "/profile").await;
    check(&app, 200, || as_admin(TestRequest::get().uri("/orders"))).await;
    check(&app, 200, || as_admin(TestRequest::put().uri("/profile"))).await;
    check(&app, 403, || TestRequest::get().uri("/orders")).await;
    check(&app, 403, || TestRequest::put().uri("/profile")).await;
}

/// A preflight has no role, so it allows what the path allows, too, as if the guard had turned the
/// request away.
#[actix_web::test]
async fn a_guarded_resource_has_the_policy_of_its_path() {
    let app = App::new()
        .service(
            resource("/admin").put(administrate).guard(AuthorityGuard::new("ADMIN".to_string())),
        )
        .service(resource("/admin").put(refuse))
        .wrap(GrantsMiddleware::with_extractor(extract))
        .wrap(policy_with_group("/admin"));
    let app = init_service(app).await;

    check_preflights(&app, "PUT", "/admin").await;
    check(&app, 200, || as_admin(TestRequest::put().uri("/admin"))).await;
    check(&app, 403, || TestRequest::put().uri("/admin")).await;
}

/// What turns a request away is another service, with the policy of the path.
#[actix_web::test]
async fn handlers_in_a_guarded_scope_have_their_policies() {
    let admin = web::scope("/admin")
        .guard(AuthorityGuard::new("ADMIN".to_string()))
        .service(list)
        .service(resource("/profile").put(replace));
    let elsewhere = || async { HttpResponse::TemporaryRedirect().finish() };
    let app = App::new()
        .service(admin)
        .service(web::resource("/admin{regex:$|/.*?}").to(elsewhere))
        .wrap(GrantsMiddleware::with_extractor(extract))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/admin/orders").await;
    check_preflights(&app, "PUT", "/admin/profile").await;
    check(&app, 200, || as_admin(TestRequest::get().uri("/admin/orders"))).await;
    check(&app, 200, || as_admin(TestRequest::put().uri("/admin/profile"))).await;
    let turned_away = |origin| {
        send(&app, TestRequest::get().uri("/admin/orders").insert_header(("origin", origin)))
    };
    turned_away(APP).await.assert_readable_by(APP);
    turned_away(BETA).await.assert_unreadable();
}
