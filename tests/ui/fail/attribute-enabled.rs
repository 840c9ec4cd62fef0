use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(enabled = false)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
