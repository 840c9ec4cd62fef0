// instead: `headers += "x-total"` in both attributes, or `max_age = 0` in both
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, get, put};
use cors_actix::{Cors, cors};

#[cors]
#[get("/orders")]
async fn list() -> impl Responder {
    "list"
}

#[cors(headers += "x-total")]
#[put("/orders")]
async fn replace() -> impl Responder {
    "replace"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().origins(["https://app.example"]).build().map_err(Error::other)?;
    let app = move || App::new().service(list).service(replace).wrap(cors.clone());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
