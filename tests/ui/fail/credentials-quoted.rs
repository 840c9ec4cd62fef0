// instead: #[cors(credentials = true)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(credentials = "true")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
