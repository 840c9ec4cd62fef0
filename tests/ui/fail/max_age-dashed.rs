use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(max-age = 600)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
