// instead: `App::new().service(orders).wrap(Cors::from_config())`
use std::io::Result;

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::cors;

#[cors]
#[get("/orders")]
async fn orders() -> impl Responder {
    "orders"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let app = || App::new().service(orders);
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
