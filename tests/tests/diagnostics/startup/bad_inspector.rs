// instead: begin the path with a slash, as in `cors.inspector("/__cors")`
use actix_web::{App, HttpServer};
use cors_actix::Cors;

#[actix_web::main]
pub(super) async fn main() -> std::io::Result<()> {
    HttpServer::new(|| {
        let cors = Cors::builder().origins("https://app.example").build().unwrap();
        App::new().service(cors.inspector("__cors")).wrap(cors)
    })
    .bind(("127.0.0.1", 0))?
    .run()
    .await
}
