//! Every setting, operator and keyword of the attribute.
#![allow(unreachable_pub)]

use actix_web::{App, Responder, get, put};
use cors_actix::cors;

#[cors]
#[get("/inherits")]
async fn inherits() -> impl Responder {
    "hello"
}

#[cors(off)]
#[get("/off")]
async fn off() -> impl Responder {
    "hello"
}

#[cors(passthrough)]
#[put("/passthrough")]
async fn passthrough() -> impl Responder {
    "hello"
}

#[cors(
    replace,
    origins = [
        "https://app.example",
        "https://*.app.example",
        "http://localhost:*",
        regex(r"https://pr-\d+\.app\.example"),
        regex(r#"https://[a-z]+\.app\.example"#),
        set("partners"),
    ],
    methods = [PUT],
    headers = ["content-type", "authorization"],
    expose = "etag",
    credentials,
    max_age = "10m",
    private_network = false,
    enforce,
    danger_allow_insecure_origins = false,
    danger_allow_public_suffixes = false,
    danger_allow_null_origin = false,
)]
#[put("/everything")]
async fn everything() -> impl Responder {
    "hello"
}

const OLD: &str = "https://old.example";

#[cors(
    policy = "partner",
    origins += set("more"),
    origins -= "https://old.example",
    credentials += "https://more.example",
    credentials -= OLD,
    max_age = 600,
)]
#[get("/edits")]
async fn edits() -> impl Responder {
    "hello"
}

#[cors(
    replace,
    origins = any,
    methods = any,
    headers = any_with_authorization,
    expose = any,
    credentials = ["https://app.example", regex(r"https://[a-z]+\.app\.example"), set("partners")],
)]
#[get("/keywords")]
async fn keywords() -> impl Responder {
    "hello"
}

pub(crate) fn main() {
    let _ = App::new()
        .service(inherits)
        .service(off).service(passthrough)
        .service(everything)
        .service(edits)
        .service(keywords);
}
