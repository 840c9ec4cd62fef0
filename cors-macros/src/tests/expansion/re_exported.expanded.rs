#[deprecated]
#[allow(non_camel_case_types)]
struct r#feed;

#[allow(deprecated)]
#[allow(clippy::unused_async)]
const _: () = {
    use crate::web::cors::__private as __cors;

    #[expect(dead_code)]
    fn r#feed() -> __cors::Handler {
        __cors::Handler::new(
            ::core::concat!(::core::module_path!(), "::", ::core::stringify!(r#feed)),
            [__cors::Resource::new("/feed", ["GET", "HEAD"])],
        )
        .rules(__cors::Rules::new(__cors::at("src/api.rs", 1, 1)).max_age(600i64, __cors::at("src/api.rs", 1, 8)))
    }

    impl __cors::HttpServiceFactory for r#feed {
        fn register(self, __cors_app: &mut __cors::AppService) {
            let __cors_handler = r#feed();
            {
                #[route("/feed", method = "GET", method = "HEAD", wrap = "__cors::Mark::take()")]
                async fn r#feed() -> &'static str {
                    "[]"
                }

                __cors::register(r#feed, __cors_app, __cors_handler);
            }
        }
    }
};
