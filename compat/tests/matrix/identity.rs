//! `actix-identity`: a user that logs in.

use actix_identity::{Identity, IdentityMiddleware};
use actix_session::SessionMiddleware;
use actix_session::storage::CookieSessionStore;
use actix_web::cookie::Key;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, Responder, post};
use cors_actix::{cors, resource};

use crate::exchange::{check, check_preflights, policy};

#[cors(origins += "https://beta.example.com", credentials)]
#[post("/login")]
async fn login(request: HttpRequest) -> impl Responder {
    Identity::login(&request.extensions(), "User1".into()).unwrap();
    HttpResponse::Ok()
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(user: Identity) -> impl Responder {
    user.id().unwrap()
}

#[actix_web::test]
async fn a_request_without_identity_is_refused_readably() {
    let app = App::new()
        .service(login)
        .service(resource("/profile").put(replace))
        .wrap(IdentityMiddleware::default())
        .wrap(SessionMiddleware::new(CookieSessionStore::default(), Key::generate()))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "POST", "/login").await;
    check_preflights(&app, "PUT", "/profile").await;
    let logged_in = check(&app, 200, || TestRequest::post().uri("/login")).await;
    let cookie = logged_in.header("set-cookie").split(';').next().unwrap();
    let with_cookie = || TestRequest::put().uri("/profile").insert_header(("cookie", cookie));
    assert_eq!(check(&app, 200, with_cookie).await.body, "User1");

    check(&app, 401, || TestRequest::put().uri("/profile")).await;
}
