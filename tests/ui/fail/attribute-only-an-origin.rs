use actix_web::{Responder, get};
use cors_actix::cors;

#[cors("https://app.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
