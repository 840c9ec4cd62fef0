// instead: #[cors(origins = regex(r"https://.*\.app\.example"), private_network)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = regex(r"https?://.*"), private_network)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
