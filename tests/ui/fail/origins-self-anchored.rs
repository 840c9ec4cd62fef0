// instead: #[cors(origins = regex(r"https://pr-\d+\.app\.example"))]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = regex(r"^https://pr-\d+\.app\.example$"))]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
