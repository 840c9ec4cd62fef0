#[allow(non_camel_case_types, missing_docs)]
struct orders;

impl ::cors_actix::__private::HttpServiceFactory for orders {
    fn register(self, __cors_app: &mut ::cors_actix::__private::AppService) {
        use ::cors_actix::__private as __cors;

        #[get("/orders", wrap = "__cors::Mark::take()")]
        async fn orders() -> X {}

        __cors::register(
            orders,
            __cors_app,
            __cors::Handler::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(orders)),
                [__cors::Resource::new("/orders", ["GET"])],
            )
            .module(
                __cors::Rules::new(__cors::at("src/api.rs", 1, 31)).list(
                    __cors::Setting::Origins,
                    __cors::Op::Set,
                    __cors::List::new().plain("https://app.example", __cors::at("src/api.rs", 1, 47)),
                    __cors::at("src/api.rs", 1, 36)
                )
            )
            .module(
                __cors::Rules::new(__cors::at("src/api.rs", 1, 8))
                    .flag(__cors::Setting::Credentials, true, __cors::at("src/api.rs", 1, 18))
            ),
        );
    }
}
