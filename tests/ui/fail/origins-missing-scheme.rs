// instead: #[cors(origins = ["https://app.example", "http://localhost:3000"])]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["app.example", "localhost:3000"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
