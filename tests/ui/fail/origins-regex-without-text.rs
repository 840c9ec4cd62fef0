use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = [regex, regex(), regex(1)])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
