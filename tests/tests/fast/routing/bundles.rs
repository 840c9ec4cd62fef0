//! `bundle`: handlers of one scope that share an anchor, and what must not share one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Responder, get, guard, put, services, web};
use cors_actix::{Cors, bundle, cors};
use futures_util::FutureExt as _;

#[cors(origins = "https://one.example")]
#[get("/items")]
async fn list() -> impl Responder {
    "list"
}

#[cors(origins = "https://one.example")]
#[put("/items")]
async fn replace() -> impl Responder {
    "replace"
}

#[cors(origins = "https://two.example")]
#[put("/items")]
async fn replace_other() -> impl Responder {
    "replace_other"
}

struct Panics;

impl HttpServiceFactory for Panics {
    fn register(self, app: &mut AppService) {
        bundle(list).register(app);
        panic!("as a service may");
    }
}

/// Whether a preflight for `PUT /api/items` from an origin is granted.
async fn is_granted(services: impl FnOnce(&mut web::ServiceConfig), origin: &str) -> bool {
    let app = init_service(App::new().configure(services).wrap(cors())).await;
    let preflight = TestRequest::with_uri("/api/items")
        .method(Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", "PUT"));
    let response = call_service(&app, preflight.to_request()).await;
    response.headers().contains_key("access-control-allow-origin")
}

fn cors() -> Cors {
    Cors::builder().build().unwrap()
}

#[actix_web::test]
async fn each_handler_of_a_bundle_has_its_policy() {
    let services = |app: &mut web::ServiceConfig| {
        app.service(web::scope("/api").service(bundle(services![list, replace])));
    };
    assert!(is_granted(services, "https://one.example").await);
    assert!(!is_granted(services, "https://two.example").await);
}

/// Two scopes with default services: actix shows the same address and the same counts for both.
/// Which of them a request goes to is for the guards, so neither policy is certain.
#[actix_web::test]
async fn bundles_of_two_scopes_with_one_prefix_are_not_one() {
    let services = |app: &mut web::ServiceConfig| {
        let scope = || {
            let not_found = web::to(|| async { "not found" });
            web::scope("/api").default_service(not_found)
        };
        let one = scope().guard(guard::Header("x-a", "1"));
        app.service(one.service(bundle(services![list, replace])));
        app.service(scope().service(bundle(services![list, replace_other])));
    };
    for origin in ["https://one.example", "https://two.example"] {
        assert!(!is_granted(services, origin).await, "{origin}");
    }
}

#[actix_web::test]
async fn a_scope_in_a_bundle_takes_its_paths_from_the_handlers_behind_it() {
    let inner = || web::scope("/{any}").service(replace_other);
    let behind = |app: &mut web::ServiceConfig| {
        let services = bundle(services![list, replace, inner()]);
        app.service(web::scope("/api").service(services));
    };
    assert!(is_granted(behind, "https://one.example").await);
    // It takes `/api/items`, and does not give it back.
    let before = |app: &mut web::ServiceConfig| {
        let services = bundle(services![list, inner(), replace]);
        app.service(web::scope("/api").service(services));
    };
    assert!(!is_granted(before, "https://one.example").await);
}

#[actix_web::test]
async fn a_service_that_panics_ends_its_bundle() {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let app = App::new().service(web::scope("/api").service(bundle(Panics))).wrap(cors());
        drop(init_service(app).now_or_never());
    }));
    assert!(panicked.is_err());
    let services = |app: &mut web::ServiceConfig| {
        app.service(web::scope("/api").service(replace));
    };
    assert!(is_granted(services, "https://one.example").await);
}
