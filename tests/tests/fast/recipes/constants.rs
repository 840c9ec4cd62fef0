//! The recipe with constants beside modules.

// On the page:
use actix_web::web;
use cors_actix::cors;

const PARTNERS: &[&str] = &["https://one.example", "https://two.example"];

#[cors(origins = PARTNERS)]
mod orders {
    use actix_web::{Responder, get};

    #[get("/orders")]
    pub async fn list() -> impl Responder {
        "[]"
    }
}

#[cors(origins = [PARTNERS, "https://three.example"])]
mod stock {
    use actix_web::{Responder, get};

    #[get("/stock")]
    pub async fn list() -> impl Responder {
        "[]"
    }
}

fn services(app: &mut web::ServiceConfig) {
    app.service(orders::list).service(stock::list);
}
// Not on the page.

pub(super) fn registered(app: &mut web::ServiceConfig) {
    services(app);
}
