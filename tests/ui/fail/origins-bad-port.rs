// instead: #[cors(origins = "https://app.example:9999")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://app.example:99999")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
