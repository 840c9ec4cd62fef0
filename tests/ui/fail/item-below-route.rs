// instead: #[cors(origins = any)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[get("/")]
#[cors(origins = any)]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
