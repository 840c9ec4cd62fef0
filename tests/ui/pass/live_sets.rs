//! Live sets, and keyed ones with the parameter that is their key.

use actix_web::{Responder, get, put};
use cors_actix::{Cors, cors};

#[cors(origins = set("partners"), credentials = [set("partners")])]
#[get("/orders")]
async fn partners() -> impl Responder {
    "hello"
}

#[cors(origins = [set("partners"), set("tenants", key = "tenant")], credentials = false)]
#[put("/t/{tenant}/orders")]
async fn both() -> impl Responder {
    "hello"
}

#[cors(origins += set("tenants", key = "tenant",))]
mod tenants {
    use actix_web::{Responder, get};

    #[get("/t/{tenant}/feed")]
    pub(super) async fn feed() -> impl Responder {
        "hello"
    }
}

pub(crate) fn main() {
    let cors = Cors::builder().live_set("partners").keyed_set("tenants").build();
    let cors = cors.unwrap_or_else(|report| panic!("{report}"));
    let app = actix_web::App::new().service(partners).service(both).service(tenants::feed);
    let _app = app.wrap(cors);
}
