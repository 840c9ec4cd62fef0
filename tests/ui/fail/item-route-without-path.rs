// instead: #[cors(origins = any)] #[get("/orders")]
use actix_web::Responder;
use cors_actix::cors;

#[cors(origins = any)]
#[get]
async fn list() -> impl Responder {
    "hello"
}

fn main() {}
