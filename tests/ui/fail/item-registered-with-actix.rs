// instead: resource("/orders").get(list)
use actix_web::{App, Responder, web};
use cors_actix::cors;

#[cors(origins = any)]
async fn list() -> impl Responder {
    "hello"
}

fn main() {
    let _ = App::new().route("/orders", web::get().to(list));
}
