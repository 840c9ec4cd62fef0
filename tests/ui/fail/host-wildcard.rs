// instead: #[cors(host = "*.example.com", origins = "https://app.example")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(host = ["*example.com", "t1.*.example.com", "*"], origins = "https://app.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
