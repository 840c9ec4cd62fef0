#![deny(warnings)]
//! Attributes that read the route, and attributes that rewrite the function.

use actix_web::{App, Responder, get, put, scope};
use cors_actix::cors;
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
}

#[derive(OpenApi)]
#[openapi(paths(list, replace, feed::latest))]
struct Documentation;

pub(crate) fn main() {
    let _ = App::new().service((list, replace, feed::latest));
    let paths: Vec<_> = Documentation::openapi().paths.paths.into_keys().collect();
    assert_eq!(paths, ["/feed/latest", "/orders", "/orders/{id}"]);
}
