//! Every route attribute of actix-web below `#[cors]`.
#![allow(unreachable_pub)]

use actix_web::{
    App, Responder, connect, delete, get, head, options, patch, post, put, query, route, routes,
    scope, trace,
};
use cors_actix::cors;

#[cors(origins = any)]
#[get("/")]
async fn by_get() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[post("/")]
async fn by_post() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[put("/")]
async fn by_put() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[patch("/")]
async fn by_patch() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[delete("/")]
async fn by_delete() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[head("/")]
async fn by_head() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[query("/")]
async fn by_query() -> impl Responder {
    "hello"
}

#[cors(methods = [OPTIONS])]
#[options("/")]
async fn by_options() -> impl Responder {
    "hello"
}

#[cors(off)]
#[connect("/")]
async fn by_connect() -> impl Responder {
    "hello"
}

#[cors(off)]
#[trace("/")]
async fn by_trace() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[actix_web::get("/path")]
async fn by_path() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[get("/options", name = "options", wrap = "actix_web::middleware::NormalizePath::trim()")]
async fn with_options() -> impl Responder {
    "hello"
}

#[cors(methods = [GET, PURGE])]
#[route("/route", method = "GET", method = "PURGE")]
async fn by_route() -> impl Responder {
    "hello"
}

#[cors(methods = [GET, DELETE])]
#[routes]
#[get("/routes")]
#[get("/routes/index")]
#[delete("/routes")]
async fn by_routes() -> impl Responder {
    "hello"
}

#[scope("/scope")]
mod scoped {
    use super::*;

    #[cors(origins = any)]
    #[get("/inner")]
    pub async fn by_scope() -> impl Responder {
        "hello"
    }
}

macro_rules! handler {
    ($name:ident, $origin:literal, $path:literal) => {
        #[cors(origins = [$origin, "https://app.example"])]
        #[get($path)]
        async fn $name() -> impl Responder {
            "hello"
        }
    };
}

handler!(by_macro, "https://admin.example", "/macro");

pub(crate) fn main() {
    let _ = App::new()
        .service((by_get, by_post, by_put, by_patch, by_delete, by_head, by_query))
        .service((by_options, by_connect, by_trace, by_path, with_options))
        .service((by_route, by_routes, scoped::by_scope, by_macro));
}
