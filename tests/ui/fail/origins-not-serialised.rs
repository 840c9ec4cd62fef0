use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(
    origins = [
        "https://app.example/",
        "https://app.example/login",
        "https://app.example?page=1",
        "https://user@app.example",
        "HTTPS://App.example",
        "https://app.example:443",
        "https://bücher.example",
    ],
)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
