// instead: register one of the two, or write the same in both attributes
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::{Cors, cors};

#[cors(off)]
#[get("/orders")]
async fn internal() -> impl Responder {
    "internal"
}

#[cors(origins += "https://partner.example")]
#[get("/orders")]
async fn partner() -> impl Responder {
    "partner"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().origins(["https://app.example"]).build().map_err(Error::other)?;
    let app = move || App::new().service(internal).service(partner).wrap(cors.clone());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
