// instead: #[cors(origins = "https://app.example", credentials, expose = ["x-request-id"])]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://app.example", credentials, expose = any)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
