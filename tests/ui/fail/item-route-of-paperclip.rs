use actix_web::{Responder, get};
use cors_actix::cors;

// Stands for paperclip's attribute: any path that begins with the name of a tool is accepted.
#[cors(origins = any)]
#[get("/pets")]
#[rustfmt::api_v2_operation]
async fn pets() -> impl Responder {
    "hello"
}

fn main() {}
