#[cors(max_age = 600, crate = crate::web::cors)]
/// Documented.
#[crate::openapi::path(responses((status = 200)))]
#[cfg_attr(feature = "docs", tracing::instrument, utoipa::path)]
#[path = "not/a/generator.rs"]
#[get("/feed")]
#[utoipa::path]
async fn feed() -> &'static str {
    "[]"
}
