#[cors(origins = ["https://app.example"], crate = web::cors)]
#[scope("/api")]
pub(crate) mod api {
    #![allow(dead_code)]

    use super::*;

    /// Inherits.
    #[get("/orders")]
    pub async fn orders() -> X {}

    #[utoipa::path]
    #[cors]
    #[put("/orders")]
    pub(crate) async fn put_order() -> X {}

    #[cors(headers += "x-total",)]
    #[routes]
    #[get("/a")]
    #[get("/b")]
    async fn both() -> X {}

    #[tracing::instrument]
    #[routes]
    #[get("/c")]
    async fn inner() -> X {}

    #[cfg_attr(feature = "d", get("/d"), allow(dead_code))]
    #[cfg_attr(not(feature = "d"), get("/e"))]
    async fn conditional() -> X {}

    pub mod nested {
        #[get("/nested")]
        pub async fn handler() -> X {}
    }

    #[cors(off)]
    mod closed {
        #[get("/closed")]
        pub async fn handler() -> X {}
    }

    async fn no_route() -> Y<{ 1 }> {
        orders()
    }

    const A: B = B { c: 1 };
}
