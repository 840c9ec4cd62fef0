// instead: #[cors(origins = "https://xn--bcher-kva.example")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://bücher.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
