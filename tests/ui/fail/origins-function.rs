// instead: #[cors(origins = "https://*.app.example")]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(allowed_origin_fn = |origin, _head| origin.as_bytes().ends_with(b".app.example"))]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
