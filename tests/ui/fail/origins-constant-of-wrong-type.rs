use actix_web::{Responder, get};
use cors_actix::cors;

const PORT: u16 = 3000;

#[cors(origins = PORT)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
