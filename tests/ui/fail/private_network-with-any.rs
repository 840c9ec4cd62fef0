// instead: #[cors(origins = "https://app.example", private_network)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = any, private_network)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
