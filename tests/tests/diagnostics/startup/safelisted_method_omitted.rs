// instead: `#[cors(enforce)]`, or `off`, to keep pages of other origins out
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, routes};
use cors_actix::{Cors, cors};

#[cors(methods = [PUT])]
#[routes]
#[get("/orders")]
#[put("/orders")]
async fn orders() -> impl Responder {
    "orders"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().origins(["https://app.example"]).build().map_err(Error::other)?;
    let app = move || App::new().service(orders).wrap(cors.clone());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
