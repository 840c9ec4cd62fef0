//! Not a mistake of the policy: the compiler finds handlers that no application serves.
#![deny(dead_code)]

use actix_web::{App, Responder, get};
use cors_actix::cors;

#[cors(origins = any)]
#[get("/served")]
async fn served() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
#[get("/forgotten")]
async fn forgotten() -> impl Responder {
    "hello"
}

#[cors(origins = any)]
mod api {
    use actix_web::{Responder, get};

    #[get("/inherits")]
    pub async fn forgotten_too() -> impl Responder {
        "hello"
    }

    #[allow(dead_code)]
    #[get("/later")]
    pub async fn for_later() -> impl Responder {
        "hello"
    }

    #[get("/much-later")]
    #[expect(dead_code)]
    pub async fn for_much_later() -> impl Responder {
        "hello"
    }
}

#[cors(origins = any)]
async fn in_no_resource() -> impl Responder {
    "hello"
}

#[allow(dead_code)]
#[cors(origins = any)]
async fn in_no_resource_yet() -> impl Responder {
    "hello"
}

fn main() {
    let _ = App::new().service(served);
}
