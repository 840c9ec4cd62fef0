// instead: `.origins(["https://app.example"])`, or `#[cors(origins = [...], credentials)]` on handlers
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::{Cors, cors};

#[cors(headers += "x-csrf-token")]
#[get("/orders")]
async fn orders() -> impl Responder {
    "[]"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().credentials(true).build().map_err(Error::other)?;
    let app = move || App::new().service(orders).wrap(cors.clone());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
