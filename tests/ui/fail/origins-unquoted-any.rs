use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = *, methods = [All])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
