// instead: #[cors(origins = "https://app.example", credentials)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://app.example", credentials, danger_allow_null_origin)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
