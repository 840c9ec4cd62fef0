// instead: wrap the application once, last; set what differs in a scope with `#[cors(...)]`
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::{Cors, cors};

#[cors]
#[get("/orders")]
async fn orders() -> impl Responder {
    "orders"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().origins(["https://app.example"]).build().map_err(Error::other)?;
    let app = move || App::new().service(orders).wrap(cors.clone()).wrap(cors.clone());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
