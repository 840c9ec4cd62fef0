// write: #[cors(policy = "partner")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(policy = "")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
