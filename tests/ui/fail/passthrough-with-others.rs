// instead: #[cors(passthrough)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(passthrough, headers = "x-a")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
