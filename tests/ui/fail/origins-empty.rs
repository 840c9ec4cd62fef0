// instead: #[cors(off)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
