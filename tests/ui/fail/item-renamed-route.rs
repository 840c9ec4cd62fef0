use actix_web::{Responder, get as fetch};
use cors_actix::cors;

#[cors(origins = any)]
#[fetch("/orders")]
async fn orders() -> impl Responder {
    "hello"
}

fn main() {}
