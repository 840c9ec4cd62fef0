//! The guide's example as it becomes.

// On the page:
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, Responder, get, put, web};
use cors_actix::{Cors, cors};

use super::authenticate::authenticate;

#[cors]
#[get("/orders")]
async fn list_orders() -> impl Responder {
    HttpResponse::Ok().insert_header(("x-total", "0")).body("[]")
}

#[cors(headers += "x-csrf-token")]
#[put("/orders/{id}")]
async fn replace_order() -> impl Responder {
    "saved"
}

fn services(app: &mut web::ServiceConfig) {
    app.service(list_orders).service(replace_order);
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let app =
        || App::new().configure(services).wrap(from_fn(authenticate)).wrap(Cors::from_config());
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await
}
// Not on the page.

/// With the `cors.toml` that the page shows above this code.
pub(crate) const OURS: super::apps::Ours = super::apps::Ours {
    services,
    cors: || Cors::try_from_toml_str(&super::page::toml_after("### A typical application").text),
};
