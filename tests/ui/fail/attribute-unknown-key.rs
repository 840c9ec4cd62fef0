use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(orgins = any, allowed_headers = any, supports_credentials, policies = "x", preflight_status = 200)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
