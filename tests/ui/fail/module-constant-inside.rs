// write: #[cors(origins = api::ORIGINS)]
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ORIGINS)]
mod api {
    use super::*;

    pub const ORIGINS: &str = "https://app.example";

    #[get("/orders")]
    pub async fn orders() -> impl Responder {
        "hello"
    }

    #[get("/users")]
    pub async fn users() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = actix_web::App::new().service(api::orders).service(api::users);
}
