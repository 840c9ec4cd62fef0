#![deny(warnings, missing_docs)]
//! Nothing that stands beside the attribute is lost, and no lint is tripped.

use actix_web::{App, Responder, web};

/// What other modules see.
pub mod api {
    use actix_web::{Responder, get, post};
    use cors_actix::cors;

    /// A documented handler.
    #[cfg(not(target_os = "none"))]
    #[cors(origins = any)]
    #[cfg(not(target_os = "none"))]
    #[allow(unused_variables)]
    #[get("/documented")]
    pub async fn documented() -> impl Responder {
        let unused = 1;
        "hello"
    }

    #[cors(origins = any)]
    #[get("/crate")]
    pub(crate) async fn visible_in_the_crate() -> impl Responder {
        "hello"
    }

    /// Not compiled at all.
    #[cors(origins = any)]
    #[cfg(any())]
    #[get("/absent")]
    pub async fn absent() -> impl Responder {
        does_not_exist()
    }

    #[cors(origins = any)]
    #[cfg_attr(not(target_os = "none"), get("/conditional"))]
    #[cfg_attr(target_os = "none", get("/other"))]
    pub(crate) async fn conditional() -> impl Responder {
        "hello"
    }

    /// Deprecated, and still registered below.
    #[cors(origins = any)]
    #[deprecated]
    #[post("/old")]
    pub async fn old() -> impl Responder {
        "hello"
    }

    #[cors(origins = any)]
    #[get("/raw")]
    pub(super) async fn r#type() -> impl Responder {
        "hello"
    }
}

async fn plain() -> impl Responder {
    "hello"
}

#[allow(deprecated)]
pub(crate) fn main() {
    let _ = App::new()
        .service((
            api::documented,
            api::visible_in_the_crate,
            api::old,
            api::r#type,
            api::conditional,
        ))
        .route("/plain", web::get().to(plain));
}
