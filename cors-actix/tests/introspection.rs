//! Rows for routes without `#[cors]`, as actix-web tells about them.
#![cfg(feature = "introspection")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Mutex;

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, get, web};
use cors_actix::{Cors, cors, resource};

#[cors]
#[get("/orders")]
async fn list() -> impl Responder {
    "list"
}

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Capture;

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

#[actix_web::test]
async fn the_table_has_what_is_not_annotated_after_the_first_request() {
    log::set_logger(&Capture).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let cors = Cors::builder()
        .origins(["https://app.example"])
        .paths("/files/**", cors_actix::rules().origins_any())
        .build()
        .unwrap();
    let plain = web::resource("/{id}").route(web::put().to(HttpResponse::Ok));
    let app = App::new()
        .service(list)
        .service(web::resource("/orders").route(web::put().to(HttpResponse::Ok)))
        .service(web::scope("/files").service(resource("/known").put(list_files)).service(plain))
        .route("/status", web::get().to(HttpResponse::Ok))
        .wrap(cors.clone());
    let app = init_service(app).await;
    let before = cors.table().rows().len();
    call_service(&app, TestRequest::with_uri("/status").to_request()).await;

    let table = cors.table();
    let row = |label: &str, serves: &str| {
        let is_it = |row: &&cors_actix::PolicyRow| {
            row.label() == label && row.serves().join(" ") == serves && row.handler().is_none()
        };
        table.rows().iter().find(is_it).unwrap_or_else(|| panic!("{label} {serves}:\n{table}"));
    };
    row("/orders", "PUT");
    row("/files/{id}", "PUT");
    row("/status", "GET");
    assert_eq!(table.rows().len(), before + 3, "{table}");

    let logged = LOGGED.lock().unwrap().join("\n");
    assert!(logged.contains("`/orders` serves PUT, which `methods` does not allow"), "{logged}");
    assert!(logged.contains("`/files/{id}` serves PUT"), "{logged}");
    assert!(!logged.contains("/files/known"), "{logged}");
}

async fn list_files() -> impl Responder {
    "known"
}

#[cfg(feature = "inspector")]
#[actix_web::test]
async fn an_inspector_is_no_row() {
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let scope = web::scope("/admin/{team}").service(cors.inspector("/__cors"));
    let app = App::new().service(scope).service(cors.inspector("/__cors"));
    let app =
        init_service(app.route("/status", web::get().to(HttpResponse::Ok)).wrap(cors.clone()))
            .await;
    call_service(&app, TestRequest::with_uri("/status").to_request()).await;
    let table = cors.table();
    let labels: Vec<_> = table.rows().iter().map(cors_actix::PolicyRow::label).collect();
    assert_eq!(labels, ["/status", "everything else"]);
}
