use actix_web::{Responder, get};

#[get("/orders")]
pub async fn orders() -> impl Responder {
    "hello"
}
