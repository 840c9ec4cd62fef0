//! `actix-session`: a counter in a cookie.

use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::error::ErrorUnauthorized;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, Responder, get};
use cors_actix::{cors, resource};

use crate::exchange::{check, check_preflights, policy};

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/counter")]
async fn increment(session: Session) -> Result<impl Responder, Error> {
    let count = session.get::<u32>("counter")?.unwrap_or_default() + 1;
    session.insert("counter", count)?;
    Ok(count.to_string())
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(session: Session) -> Result<impl Responder, Error> {
    match session.get::<u32>("counter")? {
        Some(count) => Ok(format!("saved after {count}")),
        None => Err(ErrorUnauthorized("no session")),
    }
}

#[actix_web::test]
async fn responses_have_the_cookie_and_the_headers_of_cors() {
    let app = App::new()
        .service(increment)
        .service(resource("/profile").put(replace))
        .wrap(SessionMiddleware::new(CookieSessionStore::default(), Key::generate()))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/counter").await;
    check_preflights(&app, "PUT", "/profile").await;
    let counted = check(&app, 200, || TestRequest::get().uri("/counter")).await;
    let cookie = counted.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("id="), "{counted:?}");

    let with_cookie = |request: TestRequest| request.insert_header(("cookie", cookie.clone()));
    let counted = check(&app, 200, || with_cookie(TestRequest::get().uri("/counter"))).await;
    assert_eq!(counted.body, "2");
    let saved = check(&app, 200, || with_cookie(TestRequest::put().uri("/profile"))).await;
    assert_eq!(saved.body, "saved after 1");

    check(&app, 401, || TestRequest::put().uri("/profile")).await;
}
