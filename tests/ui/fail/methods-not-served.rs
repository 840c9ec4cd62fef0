// instead: #[cors(methods = [GET])]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(methods = [GET, DELETE])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
