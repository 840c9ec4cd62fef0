#![deny(warnings)]
//! Modules whose handlers inherit: what stands in them beside handlers, and around them.

use actix_web::{App, scope};
use cors_actix::cors;

const HEADER: &str = "x-total";

#[cors(origins = ["https://app.example"], methods = [GET, PUT, DELETE], headers += HEADER,)]
#[scope("/api")]
pub(crate) mod api {
    //! Documented inside.
    #![allow(dead_code)]

    use actix_web::{HttpResponse, Responder, delete, get, put, routes, web};

    // Not what the module's attribute names: that is beside the module.
    const HEADER: () = ();

    /// Not a handler.
    pub(crate) struct Order<const N: usize> {
        pub(crate) id: [u32; N],
    }

    impl Order<{ 1 + 1 }> {
        const FIRST: Self = Order { id: [1, 2] };
    }

    fn order() -> Order<{ 4 / 2 }> {
        Order::FIRST
    }

    macro_rules! braces {
        ($($token:tt)*) => {};
    }
    braces! { #[get("/none")] mod none; }

    #[get("/orders")]
    pub(crate) async fn list() -> impl Responder {
        order().id[0].to_string()
    }

    #[cfg(any())]
    #[get("/absent")]
    async fn absent() -> impl Responder {
        does_not_exist()
    }

    #[cfg_attr(all(), put("/orders/{id}"), doc = "On one condition.")]
    #[cfg_attr(any(), put("/orders/{other}"))]
    pub(crate) async fn replace(id: web::Path<u32>) -> impl Responder {
        HttpResponse::Ok().body(id.to_string())
    }

    #[deprecated]
    #[delete("/old")]
    pub(crate) async fn old() -> impl Responder {
        "hello"
    }

    #[routes]
    #[get("/a")]
    #[put("/b")]
    pub(crate) async fn both() -> impl Responder {
        "both"
    }

    pub(crate) mod deeper {
        use actix_web::{Responder, get};

        #[get("/deeper")]
        pub(crate) async fn handler() -> impl Responder {
            "deeper"
        }
    }
}

#[cors(off)]
mod plain {
    use actix_web::{Responder, get};

    #[get("/plain")]
    pub(super) async fn handler() -> impl Responder {
        "plain"
    }
}

pub(crate) fn main() {
    let _ = App::new().service((api::list, api::replace, api::both, api::deeper::handler));
    let _ = App::new().service(plain::handler);
}
