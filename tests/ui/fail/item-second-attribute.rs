// instead: #[cors(origins = any, max_age = "1d")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = any)]
#[cors(max_age = "1d")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
