// instead: #[cors(danger_allow_null_origin)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "null")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
