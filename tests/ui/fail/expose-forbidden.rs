// instead: #[cors(credentials)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(expose = ["set-cookie"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
