// instead: #[cors(origins = any)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(allow_any_origin, supports_credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
