//! The adapter under another path.
#![allow(unreachable_pub)]

use actix_web::{App, Responder, get};

mod web {
    pub use cors_actix as cors;
}

#[web::cors::cors(origins = any, crate = crate::re_exported_adapter::web::cors)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

/// A module passes the path on.
#[web::cors::cors(origins = any, crate = crate::re_exported_adapter::web::cors)]
mod inner {
    use actix_web::{Responder, get};

    #[get("/inner")]
    pub async fn handler() -> impl Responder {
        "hello"
    }
}

/// Under a name that only the macro knows.
macro_rules! handlers {
    ($($name:ident => $path:literal),*) => {$(
        #[$crate::re_exported_adapter::web::cors::cors(origins = any, crate = $crate::re_exported_adapter::web::cors)]
        #[get($path)]
        async fn $name() -> impl Responder {
            "hello"
        }
    )*};
}

handlers!(first => "/first", second => "/second");

macro_rules! modules {
    ($($name:ident { $handler:item })*) => {$(
        #[$crate::re_exported_adapter::web::cors::cors(origins = any, crate = $crate::re_exported_adapter::web::cors)]
        mod $name {
            use actix_web::{Responder, get};

            $handler
        }
    )*};
}

modules! {
    generated {
        #[get("/generated")]
        pub async fn handler() -> impl Responder {
            "hello"
        }
    }
}

// `renamed` is declared in the root.
#[renamed::cors(origins = any, crate = renamed)]
#[get("/renamed")]
async fn in_a_renamed_crate() -> impl Responder {
    "hello"
}

pub(crate) fn main() {
    let _ = App::new().service((handler, inner::handler, first, second));
    let _ = App::new().service((generated::handler, in_a_renamed_crate));
}
