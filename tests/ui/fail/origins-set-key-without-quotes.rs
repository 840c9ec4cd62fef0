// instead: #[cors(origins = [set("partners"), set("tenants", key = "tenant")])]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = [set("partners"), set("tenants", key = tenant)])]
#[get("/t/{tenant}")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
