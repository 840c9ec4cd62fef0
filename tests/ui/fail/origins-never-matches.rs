// instead: #[cors(origins = regex(r"https:.*\.app\.example"))]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = regex(r"/^https:.*\.app\.example$/"))]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
