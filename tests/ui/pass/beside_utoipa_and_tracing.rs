#![deny(warnings)]
//! Attributes that read the route, and attributes that rewrite the function.

use actix_web::{App, Responder, get, put, scope};
use cors_actix::{cors, resource};
use utoipa::OpenApi;

/// Documented above the policy.
#[utoipa::path(responses((status = 200, description = "all of them")))]
#[cors(origins = any)]
#[get("/orders")]
#[tracing::instrument]
async fn list() -> impl Responder {
    "[]"
}

/// Instrumented above the policy.
#[tracing::instrument(skip_all)]
#[utoipa::path]
#[cors(origins = ["https://app.example"], credentials)]
#[put("/orders/{id}")]
async fn replace(id: actix_web::web::Path<u32>) -> impl Responder {
    format!("{id}")
}

/// Documented below the policy.
#[cors(origins = ["https://app.example"])]
#[utoipa::path(responses((status = 204)))]
#[get("/orders/{id}")]
async fn show(id: actix_web::web::Path<u32>) -> impl Responder {
    format!("{id}")
}

/// Documented below the policy, under a condition that is true.
#[cors(origins = ["https://app.example"])]
#[cfg_attr(all(), ::utoipa::path(responses((status = 204))), tracing::instrument)]
#[cfg_attr(any(), utoipa::path(unknown))]
#[cfg_attr(all(), get("/totals"))]
async fn totals() -> impl Responder {
    "[]"
}

/// Documented below the policy, and registered by a resource.
#[cors(origins = any)]
#[utoipa::path(put, path = "/profile")]
async fn profile() -> impl Responder {
    "{}"
}

#[cors(origins = any)]
#[scope("/feed")]
mod feed {
    use super::*;

    /// Documented in a module.
    #[utoipa::path]
    #[get("/latest")]
    #[tracing::instrument]
    pub(super) async fn latest() -> impl Responder {
        "[]"
    }

    /// Documented in a module, below a policy of its own.
    #[cors(max_age = "1d")]
    #[utoipa::path]
    #[get("/oldest")]
    pub(super) async fn oldest() -> impl Responder {
        "[]"
    }
}

#[derive(OpenApi)]
#[openapi(paths(list, replace, show, totals, profile, feed::latest, feed::oldest))]
struct Documentation;

pub(crate) fn main() {
    let _ = App::new()
        .service((list, replace, show, totals, feed::latest, feed::oldest))
        .service(resource("/profile").put(profile));
    let paths = Documentation::openapi().paths.paths;
    let documented: Vec<_> = paths.keys().map(String::as_str).collect();
    let expected =
        ["/feed/latest", "/feed/oldest", "/orders", "/orders/{id}", "/profile", "/totals"];
    assert_eq!(documented, expected);
    let described = paths["/orders/{id}"].get.as_ref().and_then(|get| get.summary.as_deref());
    assert_eq!(described, Some("Documented below the policy."));
}
