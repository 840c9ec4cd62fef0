//! The guide's example as it was: with actix-cors.

// On the page:
use actix_cors::Cors;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, Responder, get, put, web};

use super::authenticate::authenticate;

#[get("/orders")]
async fn list_orders() -> impl Responder {
    HttpResponse::Ok().insert_header(("x-total", "0")).body("[]")
}

#[put("/orders/{id}")]
async fn replace_order() -> impl Responder {
    "saved"
}

fn services(app: &mut web::ServiceConfig) {
    app.service(list_orders).service(replace_order);
}

fn cors() -> Cors {
    Cors::default()
        .allowed_origin("https://app.example.com")
        .allowed_origin_fn(|origin, _| origin.as_bytes().ends_with(b".preview.example.com"))
        .allowed_methods(["GET", "PUT"])
        .allowed_headers(["content-type", "x-csrf-token"])
        .expose_headers(["x-total"])
        .supports_credentials()
        .max_age(3600)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let app = || App::new().configure(services).wrap(from_fn(authenticate)).wrap(cors());
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await
}
// Not on the page.

pub(crate) const THEIRS: super::apps::Theirs = super::apps::Theirs { services, cors };
