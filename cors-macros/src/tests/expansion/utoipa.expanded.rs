/// Documented.
#[crate::openapi::path(responses((status = 200)))]
#[cfg_attr(feature = "docs", tracing::instrument, utoipa::path)]
#[crate::web::cors::cors(max_age = 600, crate = crate::web::cors)]
#[path = "not/a/generator.rs"]
#[get("/feed")]
#[utoipa::path]
async fn feed() -> &'static str {
    "[]"
}
