// instead: #[cors(host = "t1.example.com", origins = "https://app.example")]
use actix_web::{App, Responder, get, scope};
use cors_actix::cors;

#[cors(host = "t1.example.com")]
#[scope("/api")]
mod api {
    use super::*;

    #[cors(host = "t2.example.com", origins = "https://app.example")]
    #[get("/orders")]
    pub async fn orders() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = App::new().service(api::orders);
}
