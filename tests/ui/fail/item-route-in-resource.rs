// instead: App::new().service(list)
use actix_web::{Responder, get};
use cors_actix::{cors, resource};

#[cors(origins = any)]
#[get("/orders")]
async fn list() -> impl Responder {
    "hello"
}

fn main() {
    let _ = resource("/orders").get(list);
}
