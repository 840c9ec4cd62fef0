//! One policy for the handlers of a scope, and handlers that override it.
//!
//! ```text
//! cargo run --example scope
//! curl -i -X OPTIONS http://127.0.0.1:8080/admin/orders/7 -H 'Origin: https://admin.example.com' \
//!      -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: x-csrf-token'
//! ```
//!
//! `GET /admin/orders` inherits the policy of the module, `PUT /admin/orders/{id}` adds a header,
//! `/admin/exports` allows no other origin, and `/status`, which is outside of the module, has the
//! global policy.

use actix_web::{App, HttpServer, Responder, get, scope};
use cors_actix::{Cors, cors};

#[cors(origins = ["https://admin.example.com"], credentials)]
#[scope("/admin")]
mod admin {
    use actix_web::{Responder, get, put};
    use cors_actix::cors;

    #[get("/orders")]
    pub(crate) async fn list() -> impl Responder {
        "[]"
    }

    #[cors(headers += "x-csrf-token")]
    #[put("/orders/{id}")]
    pub(crate) async fn replace() -> impl Responder {
        "saved"
    }

    #[cors(off)]
    #[get("/exports")]
    pub(crate) async fn exports() -> impl Responder {
        "id;total"
    }
}

#[cors]
#[get("/status")]
async fn status() -> impl Responder {
    "up"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("cors_actix=warn"));
    let cors = Cors::try_from_toml_str("[cors]\norigins = [\"https://app.example.com\"]\n");
    let cors = cors.map_err(std::io::Error::other)?;
    let app = move || {
        App::new().service((admin::list, admin::replace, admin::exports, status)).wrap(cors.clone())
    };
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await
}
