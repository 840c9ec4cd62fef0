//! `actix-governor`: a limit on the requests of one address.

use actix_governor::{Governor, GovernorConfigBuilder};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, get};
use cors_actix::{cors, resource};

use crate::exchange::{BETA, EVIL, check_preflights, policy, send};

#[cors(origins += "https://beta.example.com", credentials, expose += "x-ratelimit-after")]
#[get("/orders")]
async fn list() -> impl Responder {
    "[]"
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace() -> impl Responder {
    "saved"
}

fn from_address(request: TestRequest, origin: &str) -> TestRequest {
    request.peer_addr(([127, 0, 0, 1], 50_000).into()).insert_header(("origin", origin))
}

#[actix_web::test]
async fn a_limited_request_is_readable_and_preflights_are_not_counted() {
    let limit =
        GovernorConfigBuilder::default().seconds_per_request(3600).burst_size(2).finish().unwrap();
    let app = App::new()
        .service(list)
        .service(resource("/profile").put(replace))
        .wrap(Governor::new(&limit))
        .wrap(policy());
    let app = init_service(app).await;

    for _ in 0..3 {
        check_preflights(&app, "GET", "/orders").await;
        check_preflights(&app, "PUT", "/profile").await;
    }
    let get = || TestRequest::get().uri("/orders");
    let put = || TestRequest::put().uri("/profile");
    let listed = send(&app, from_address(get(), BETA)).await;
    assert_eq!(listed.status, 200);
    listed.assert_readable_by(BETA);
    let saved = send(&app, from_address(put(), EVIL)).await;
    assert_eq!(saved.status, 200);
    saved.assert_unreadable();

    for request in [get, put] {
        let limited = send(&app, from_address(request(), BETA)).await;
        assert_eq!(limited.status, 429);
        limited.assert_readable_by(BETA);
        let limited = send(&app, from_address(request(), EVIL)).await;
        assert_eq!(limited.status, 429);
        limited.assert_unreadable();
    }
    let limited = send(&app, from_address(get(), BETA)).await;
    assert_eq!(limited.header("access-control-expose-headers"), "x-ratelimit-after");
    assert!(!limited.header("x-ratelimit-after").is_empty(), "{limited:?}");
}

/// A limit around a part of the application is an error of the scope.
#[actix_web::test]
async fn a_limit_of_a_scope_is_readable() {
    let limit =
        GovernorConfigBuilder::default().seconds_per_request(3600).burst_size(1).finish().unwrap();
    let api = actix_web::web::scope("/api")
        .service(list)
        .service(resource("/profile").put(replace))
        .wrap(Governor::new(&limit));
    let app = init_service(App::new().service(api).wrap(policy())).await;

    check_preflights(&app, "GET", "/api/orders").await;
    let get = || from_address(TestRequest::get().uri("/api/orders"), BETA);
    assert_eq!(send(&app, get()).await.status, 200);
    let limited = send(&app, get()).await;
    assert_eq!(limited.status, 429);
    limited.assert_readable_by(BETA);
}
