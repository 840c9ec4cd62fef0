use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(max_age = 10min)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
