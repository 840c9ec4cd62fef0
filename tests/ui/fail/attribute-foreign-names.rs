// instead: #[cors(origins = ["https://app.example"], credentials)]
use actix_web::{App, Responder, get};
use cors_actix::cors;

#[cors(allowed_origins = "*", credentials = true)]
#[get("/x")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {
    let _ = App::new().service(handler);
}
