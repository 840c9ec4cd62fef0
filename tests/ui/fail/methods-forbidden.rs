// instead: #[cors(methods = [GET])]
use actix_web::{Responder, route};
use cors_actix::cors;

#[cors(methods = [TRACE])]
#[route("/", method = "GET", method = "TRACE")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
