// instead: #[cors(off)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(off, credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
