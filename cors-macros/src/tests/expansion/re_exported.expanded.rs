#[deprecated]
#[allow(non_camel_case_types, missing_docs)]
struct r#feed;

#[allow(deprecated)]
impl crate::web::cors::__private::HttpServiceFactory for r#feed {
    fn register(self, __cors_app: &mut crate::web::cors::__private::AppService) {
        #[route("/feed", method = "GET", method = "HEAD", wrap = "crate::web::cors::__private::Mark::take()")]
        async fn r#feed() -> &'static str {
            "[]"
        }

        crate::web::cors::__private::register(
            r#feed,
            __cors_app,
            crate::web::cors::__private::Handler::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(r#feed)),
                [crate::web::cors::__private::Resource::new("/feed", ["GET", "HEAD"])],
                crate::web::cors::__private::Rules::new(crate::web::cors::__private::here!())
                    .max_age(600i64, crate::web::cors::__private::here!()),
            ),
        );
    }
}
