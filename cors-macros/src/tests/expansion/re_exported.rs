#[cors(max_age = 600, crate = crate::web::cors)]
#[deprecated]
#[allow(clippy::unused_async)]
#[expect(dead_code)]
#[route("/feed", method = "GET", method = "HEAD")]
async fn r#feed() -> &'static str {
    "[]"
}
