// instead: #[cors(origins = "https://me.github.io", credentials)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://*.github.io", credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
