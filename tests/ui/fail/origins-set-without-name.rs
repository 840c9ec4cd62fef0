// write: #[cors(origins += set("partners"))]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins += [set("")])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
