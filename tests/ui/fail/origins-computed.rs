use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = [format_origin("https", "app"), "https://app.example".trim()], max_age = 60 * 60)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
