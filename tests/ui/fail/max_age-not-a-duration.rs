// instead: #[cors(max_age = "1d")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(max_age = "forever")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
