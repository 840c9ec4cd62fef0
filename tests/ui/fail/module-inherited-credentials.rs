// write: #[cors(origins += "https://beta.example", credentials = false)]
use actix_web::{Responder, App, get, put, scope};
use cors_actix::cors;

#[cors(origins = ["https://app.example"], credentials)]
#[scope("/api")]
mod api {
    use super::*;

    #[get("/orders")]
    pub async fn orders() -> impl Responder {
        "hello"
    }

    #[cors(origins += "https://beta.example")]
    #[put("/orders")]
    pub async fn replace() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = App::new().service(api::orders);
}
