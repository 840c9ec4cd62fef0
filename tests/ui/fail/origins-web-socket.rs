// instead: #[cors(origins = "https://app.example")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "wss://app.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
