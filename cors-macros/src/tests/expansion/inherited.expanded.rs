#[allow(non_camel_case_types)]
struct orders;

const _: () = {
    use ::cors_actix::__private as __cors;

    fn orders() -> __cors::Handler {
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
        )
    }

    impl __cors::HttpServiceFactory for orders {
        fn register(self, __cors_app: &mut __cors::AppService) {
            let __cors_handler = orders();
            {
                #[get("/orders", wrap = "__cors::Mark::take()")]
                async fn orders() -> X {}

                __cors::register(orders, __cors_app, __cors_handler);
            }
        }
    }
};
