// instead: start the server in the directory of the `cors.toml`, name the file in `CORS_CONFIG`, or use `Cors::from_env()`
use std::io::Result;

use actix_web::{App, HttpServer, web};
use cors_actix::Cors;

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let app =
        || App::new().route("/", web::get().to(|| async { "home" })).wrap(Cors::from_config());
    HttpServer::new(app).bind(("127.0.0.1", 0))?.workers(1).run().await
}
