#[cors(max_age = 600, crate = crate::web::cors)]
#[deprecated]
#[route("/feed", method = "GET", method = "HEAD")]
async fn r#feed() -> &'static str {
    "[]"
}
