// instead: #[cors(host = "xn--bcher-kva.example", origins = "https://app.example")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(host = "bücher.example", origins = "https://app.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
