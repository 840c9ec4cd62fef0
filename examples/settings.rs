//! `[cors]` as a part of the application's own settings, whatever reads these.
//!
//! ```text
//! cargo run --example settings
//! curl -i http://127.0.0.1:8080/ -H 'Origin: https://app.example.com'
//! ```
//!
//! `cors_core::Config` implements `Deserialize`, so it is a field like any other. A mistake in it is
//! reported with its key path, such as `cors.origins[1]`: try a slash at the end of an origin below.

use std::io;

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::core::Config;
use cors_actix::{Cors, cors};
use serde::Deserialize;

/// What an application would read from a file, and overlay with its environment.
const SETTINGS: &str = r#"
port = 8080

[cors]
profile = "development"
origins = ["https://app.example.com"]
max_age = "10m"

[cors.profiles.development]
loopback = true
"#;

#[derive(Deserialize)]
struct Settings {
    port: u16,
    cors: Config,
}

#[cors]
#[get("/")]
async fn index() -> impl Responder {
    "hello\n"
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let settings: Settings = toml::from_str(SETTINGS).map_err(io::Error::other)?;
    // `Err` displays as the report of everything that is wrong.
    let cors = Cors::new(&settings.cors).map_err(io::Error::other)?;
    println!("listening on http://127.0.0.1:{}", settings.port);
    HttpServer::new(move || App::new().service(index).wrap(cors.clone()))
        .bind(("127.0.0.1", settings.port))?
        .run()
        .await
}
