use actix_web::{Responder, App, get, put, scope};
use cors_actix::cors;

#[cors(allowed_origins = ["https://app.example/"], methods = [get, PUT])]
#[scope("/api")]
mod api {
    use super::*;

    #[get("/orders")]
    pub async fn orders() -> impl Responder {
        "hello"
    }

    #[cors(max_age = "600")]
    #[put("/orders")]
    pub async fn replace() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = App::new().service(api::orders);
}
