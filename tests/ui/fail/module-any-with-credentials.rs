use actix_web::{Responder, App, get, put, scope};
use cors_actix::cors;

#[cors(origins = any)]
#[scope("/api")]
mod api {
    use super::*;

    #[get("/orders")]
    pub async fn orders() -> impl Responder {
        "hello"
    }

    #[cors(credentials)]
    #[put("/orders")]
    pub async fn replace() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = App::new().service(api::orders);
}
