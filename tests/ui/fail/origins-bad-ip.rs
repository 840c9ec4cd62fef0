// instead: #[cors(origins = "http://127.0.0.1")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "http://127.1")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
