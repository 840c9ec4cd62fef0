#[cors(origins = [APP, "https://b.example", crate::C], headers = [header::ETAG,], __on(expose = E, __constants(super::__CORS_OUTER)))]
#[cfg(unix)]
pub mod api {
    #[get("/a")]
    async fn handler() -> X {}

    mod deeper {
        #[cors(origins += D)]
        async fn own() -> X {}
    }
}
