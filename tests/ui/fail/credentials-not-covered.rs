// instead: #[cors(origins = ["https://app.example", "https://admin.example"], credentials = "https://admin.example")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://app.example", credentials = "https://admin.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
