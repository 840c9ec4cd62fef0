#![forbid(missing_docs, missing_debug_implementations)]
#![deny(warnings)]
//! What a crate forbids, no generated attribute may allow; and what is expected of a handler comes true.

use actix_web::{App, Responder, get, web};
use cors_actix::cors;

/// Documented, as everything public here.
#[cors(origins = any)]
#[get("/documented")]
#[expect(unused_variables)]
async fn documented(page: web::Path<u32>) -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[get("/later")]
#[expect(dead_code)]
async fn for_later() -> impl Responder {
    "hello"
}

pub(crate) fn main() {
    #[cors(origins = any)]
    #[get("/within")]
    async fn within() -> impl Responder {
        "hello"
    }

    let _ = App::new().service((documented, within));
}
