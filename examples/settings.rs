//! `[cors]` as a part of the application's own settings, with any crate that reads settings.
//!
//! ```text
//! cargo run --example settings
//! curl -i http://127.0.0.1:8080/ -H 'Origin: https://app.example.com'
//! ```
//!
//! `cors_core::Config` implements `Deserialize`, so it can be a field of the settings. A mistake in it
//! is reported with its key path, such as `cors.origins[1]`: add a slash to an origin below to see it.

use std::io;

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::core::Config;
use cors_actix::{Cors, cors};
use serde::Deserialize;

/// In an application: the text of a file, overlaid with the environment.
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
    // `Err` displays as the report of all problems.
    let cors = Cors::new(&settings.cors).map_err(io::Error::other)?;
    println!("listening on http://127.0.0.1:{}", settings.port);
    HttpServer::new(move || App::new().service(index).wrap(cors.clone()))
        .bind(("127.0.0.1", settings.port))?
        .run()
        .await
}
