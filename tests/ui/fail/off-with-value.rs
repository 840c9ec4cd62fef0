// instead: #[cors(off)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(off = true)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
