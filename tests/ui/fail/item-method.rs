use actix_web::Responder;
use cors_actix::cors;

struct Shop;

impl Shop {
    #[cors(origins = any)]
    #[actix_web::get("/orders")]
    async fn orders(&self) -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = Shop.orders();
}
