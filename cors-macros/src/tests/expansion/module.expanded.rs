#[scope("/api")]
pub(crate) mod api {
    #![allow(dead_code)]

    use super::*;

    /// Inherits.
    #[web::cors::cors(__inherit(origins = ["https://app.example"], crate = web::cors))]
    #[get("/orders")]
    pub async fn orders() -> X {}

    #[utoipa::path]
    #[cors(__on(origins = ["https://app.example"], crate = web::cors))]
    #[put("/orders")]
    pub(crate) async fn put_order() -> X {}

    #[cors(headers += "x-total", __on(origins = ["https://app.example"], crate = web::cors))]
    #[routes]
    #[get("/a")]
    #[get("/b")]
    async fn both() -> X {}

    #[tracing::instrument]
    #[web::cors::cors(__inherit(origins = ["https://app.example"], crate = web::cors))]
    #[routes]
    #[get("/c")]
    async fn inner() -> X {}

    #[cfg_attr(feature = "d", web::cors::cors(__inherit(origins = ["https://app.example"], crate = web::cors)), get("/d"), allow(dead_code))]
    #[cfg_attr(not(feature = "d"), web::cors::cors(__inherit(origins = ["https://app.example"], crate = web::cors)), get("/e"))]
    async fn conditional() -> X {}

    pub mod nested {
        #[web::cors::cors(__inherit(origins = ["https://app.example"], crate = web::cors))]
        #[get("/nested")]
        pub async fn handler() -> X {}
    }

    #[cors(off, __on(origins = ["https://app.example"], crate = web::cors))]
    mod closed {
        #[get("/closed")]
        pub async fn handler() -> X {}
    }

    async fn no_route() -> Y<{ 1 }> {
        orders()
    }

    const A: B = B { c: 1 };
}
