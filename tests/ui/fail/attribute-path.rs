use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(path = "/orders", origins = any)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
