//! The adapter under another path.
#![allow(unreachable_pub)]

use actix_web::{App, Responder, get};

mod web {
    pub use cors_actix as cors;
}

#[web::cors::cors(origins = any, crate = crate::web::cors)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {
    let _ = App::new().service(handler);
}
