// instead: #[routes] #[get("/orders")]
use actix_web::{Responder, routes};
use cors_actix::cors;

#[cors(origins = any)]
#[routes]
async fn list() -> impl Responder {
    "hello"
}

fn main() {}
