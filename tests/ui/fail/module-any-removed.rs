// instead: #[cors(headers = ["content-type"])]
use actix_web::{Responder, App, get, put, scope};
use cors_actix::cors;

#[cors(headers = any)]
#[scope("/api")]
mod api {
    use super::*;

    #[get("/orders")]
    pub async fn orders() -> impl Responder {
        "hello"
    }

    #[cors(headers -= "x-debug")]
    #[put("/orders")]
    pub async fn replace() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = App::new().service(api::orders);
}
