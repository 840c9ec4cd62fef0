// instead: #[cors(origins = regex(r"https://pr-\d+\.app\.example"), credentials)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = regex(r"https://pr-\d+.app\.example"), credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
