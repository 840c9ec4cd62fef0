// instead: #[cors(max_age = 600)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(max_age = "600")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
