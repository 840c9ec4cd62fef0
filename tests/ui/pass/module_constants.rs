#![deny(warnings)]
//! Constants in the attribute of a module: they are resolved beside the module.

use actix_web::http::header::{self as names, ETAG};
use actix_web::{App, scope};
use cors_actix::cors;

use self::origins::{APP, PARTNERS as FRIENDS};

mod origins {
    pub(super) const APP: &str = "https://app.example";
    pub(super) const PARTNERS: &[&str] = &["https://a.example", "https://b.example"];
    pub(super) const PAIR: [&str; 2] = ["https://c.example", "https://d.example"];
}

const HOST: &str = "t1.example.com";

#[cors(
    host = [HOST, "t2.example.com"],
    origins = [APP, "https://e.example", FRIENDS, self::origins::PAIR, crate::module_constants::APP],
    methods = [self::served::READ, actix_web::http::Method::PUT],
    headers = [names::CONTENT_TYPE, ::actix_web::http::header::IF_MATCH],
    expose = ETAG,
)]
#[scope("/api")]
mod api {
    use actix_web::{Responder, get, put};
    use cors_actix::cors;

    pub(super) const SECRET: &str = "https://other.example";

    // Other things by the same names.
    pub(super) const APP: u8 = 0;
    const _: u8 = APP;

    #[get("/orders")]
    pub(super) async fn list() -> impl Responder {
        "[]"
    }

    #[cors(origins += SECRET)]
    #[put("/orders")]
    pub(super) async fn replace() -> impl Responder {
        "saved"
    }

    #[cors(expose += [super::names::AGE])]
    pub(super) async fn without_a_route() -> impl Responder {
        "hello"
    }

    pub(super) mod within {
        pub(crate) mod deeper {
            use actix_web::{Responder, get};

            #[get("/deeper")]
            pub(crate) async fn handler() -> impl Responder {
                "hello"
            }
        }
    }

    #[cors(origins += SECRET, credentials = [super::APP],)]
    pub(super) mod r#mod {
        use actix_web::{Responder, get};
        use cors_actix::cors;

        const SECRET: () = ();
        const _: () = SECRET;

        #[get("/mod")]
        pub(crate) async fn handler() -> impl Responder {
            "hello"
        }

        #[cors(headers += super::super::HEADER)]
        #[get("/own")]
        pub(crate) async fn own() -> impl Responder {
            "hello"
        }
    }
}

const HEADER: &str = "x-total";

mod served {
    pub(super) const READ: &str = "GET";
}

// What a module within the module defines has a path from here.
#[cors(origins = inside::ORIGINS)]
mod inside {
    use actix_web::{Responder, get};

    pub(super) const ORIGINS: &str = "https://inside.example";

    #[get("/inside")]
    pub(super) async fn handler() -> impl Responder {
        "hello"
    }
}

// Without the module, its constants are not needed.
#[cors(origins = DOES_NOT_EXIST)]
#[cfg(any())]
mod absent {
    #[get("/absent")]
    async fn handler() -> impl Responder {
        "hello"
    }
}

pub(crate) fn main() {
    let api = (api::list, api::replace, api::within::deeper::handler, api::r#mod::handler);
    let _ = App::new().service(api).service(api::r#mod::own).service(inside::handler);
    let _ = cors_actix::resource("/x").get(api::without_a_route);

    #[cors(origins = crate::module_constants::APP, headers += ::actix_web::http::header::IF_MATCH)]
    mod in_a_function {
        use actix_web::{Responder, get};

        #[get("/")]
        pub(super) async fn handler() -> impl Responder {
            "hello"
        }
    }
    let _ = App::new().service(in_a_function::handler);
}
