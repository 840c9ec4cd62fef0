// write: #[cors(replace, origins = ["https://app.example"])]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(replace, origins -= "https://beta.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
