// instead: route(Method::GET, list::<Database>).cors(rules().origins_any())
use actix_web::{Responder, web};
use cors_actix::cors;

#[cors(origins = any)]
async fn list<S>(_: web::Data<S>) -> impl Responder {
    "hello"
}

fn main() {}
