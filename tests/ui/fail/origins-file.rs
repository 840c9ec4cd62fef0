// instead: #[cors(origins = "http://localhost:3000")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "file:///home/me/page.html")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
