//! The recipe with a handler that adds an origin to those of its module.

// On the page:
use actix_web::web;
use cors_actix::cors;

#[cors(origins = ["https://app.example.com"], credentials)]
mod account {
    use actix_web::{Responder, get};
    use cors_actix::cors;

    #[get("/profile")]
    pub async fn profile() -> impl Responder {
        "{}"
    }

    #[cors(origins += "https://partner.example", credentials = ["https://app.example.com"])]
    #[get("/plans")]
    pub async fn plans() -> impl Responder {
        "[]"
    }
}

fn services(app: &mut web::ServiceConfig) {
    app.service(account::profile).service(account::plans);
}
// Not on the page.

pub(super) fn registered(app: &mut web::ServiceConfig) {
    services(app);
}
