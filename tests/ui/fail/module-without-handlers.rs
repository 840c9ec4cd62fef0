use actix_web::{Responder, App, web};
use cors_actix::cors;

#[cors(origins = any)]
mod api {
    use super::*;

    pub async fn orders() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = App::new().route("/orders", web::get().to(api::orders));
}
