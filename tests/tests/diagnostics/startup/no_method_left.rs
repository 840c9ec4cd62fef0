// instead: `#[cors(methods = [DELETE])]`, or `off` where no page shall call it
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, delete};
use cors_actix::{Cors, cors};

#[cors]
#[delete("/orders/{id}")]
async fn remove() -> impl Responder {
    "remove"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().origins(["https://app.example"]).methods(["GET", "PUT"]);
    let cors = cors.build().map_err(Error::other)?;
    let app = move || App::new().service(remove).wrap(cors.clone());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
