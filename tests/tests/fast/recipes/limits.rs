//! The recipe about limits.

// On the page:
use actix_web::{Responder, post, web};
use cors_actix::cors;

#[cors(headers += "x-csrf-token")]
#[post("/orders")]
async fn order() -> impl Responder {
    "ordered"
}

fn services(app: &mut web::ServiceConfig) {
    app.service(order);
}
// Not on the page.

pub(super) fn registered(app: &mut web::ServiceConfig) {
    services(app);
}
