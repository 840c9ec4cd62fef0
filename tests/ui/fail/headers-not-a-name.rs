// instead: #[cors(headers = "content-type")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(headers = "content type")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
