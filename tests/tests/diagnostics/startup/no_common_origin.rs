// instead: `host = "t1.example.com"` in the one attribute, and `host = "t2.example.com"` in the other
use std::io::{Error, Result};

use actix_web::{App, HttpServer, Responder, get, guard, web};
use cors_actix::{Cors, cors};

#[cors(origins = ["https://one.example"])]
#[get("/list")]
async fn of_one() -> impl Responder {
    "one"
}

#[cors(origins = ["https://two.example"])]
#[get("/list")]
async fn of_two() -> impl Responder {
    "two"
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().origins(["https://app.example"]).build().map_err(Error::other)?;
    let app = move || {
        let one = web::scope("/api").guard(guard::Host("t1.example.com")).service(of_one);
        let two = web::scope("/api").guard(guard::Host("t2.example.com")).service(of_two);
        App::new().service(one).service(two).wrap(cors.clone())
    };
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
