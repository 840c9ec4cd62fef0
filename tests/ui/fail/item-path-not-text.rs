// instead: #[cors(origins = any)]
use actix_web::{Responder, get, App};
use cors_actix::cors;

const PATH: &str = "/users";

#[cors(origins = any)]
#[get(PATH)]
async fn handler() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[get(concat!("/users", "/{id}"))]
async fn user() -> impl Responder {
    "hello"
}

fn main() {
    let _ = App::new().service(handler).service(user);
}
