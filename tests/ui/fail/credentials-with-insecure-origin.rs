// instead: #[cors(origins = "https://app.example", credentials)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "http://app.example", credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
