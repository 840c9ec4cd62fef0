#[deprecated]
#[allow(non_camel_case_types, missing_docs)]
struct r#feed;

#[allow(deprecated)]
impl crate::web::cors::__private::HttpServiceFactory for r#feed {
    fn register(self, __cors_app: &mut crate::web::cors::__private::AppService) {
        use crate::web::cors::__private as __cors;

        #[route("/feed", method = "GET", method = "HEAD", wrap = "__cors::Mark::take()")]
        async fn r#feed() -> &'static str {
            "[]"
        }

        __cors::register(
            r#feed,
            __cors_app,
            __cors::Handler::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(r#feed)),
                [__cors::Resource::new("/feed", ["GET", "HEAD"])],
            )
            .rules(__cors::Rules::new(__cors::at("src/api.rs", 1, 1)).max_age(600i64, __cors::at("src/api.rs", 1, 8))),
        );
    }
}
