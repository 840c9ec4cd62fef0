#[doc = " Returns a user."]
#[cfg(feature = "users")]
#[allow(non_camel_case_types)]
pub(crate) struct user;

#[cfg(feature = "users")]
const _: () = {
    use ::cors_actix::__private as __cors;

    fn user() -> __cors::Handler {
        __cors::Handler::new(
            ::core::concat!(::core::module_path!(), "::", ::core::stringify!(user)),
            [
                __cors::Resource::new("/users/{id}", ["GET"]).named("user"),
                __cors::Resource::new("/users/{id}", ["DELETE"])
            ],
        )
        .rules(
            __cors::Rules::new(__cors::at("src/api.rs", 1, 1))
                .list(
                    __cors::Setting::Origins,
                    __cors::Op::Add,
                    __cors::List::new()
                        .plain("https://beta.example", __cors::at("src/api.rs", 2, 17))
                        .constant(crate::ORIGINS, __cors::at("src/api.rs", 2, 41))
                        .regex("https://pr-\\d+\\.example", __cors::at("src/api.rs", 2, 63))
                        .set("partners", __cors::at("src/api.rs", 2, 96)),
                    __cors::at("src/api.rs", 2, 5)
                )
                .list(
                    __cors::Setting::Methods,
                    __cors::Op::Set,
                    __cors::List::new()
                        .plain("GET", __cors::at("src/api.rs", 3, 15)),
                    __cors::at("src/api.rs", 3, 5)
                )
                .list(
                    __cors::Setting::Headers,
                    __cors::Op::Set,
                    __cors::ListValue::Any(__cors::at("src/api.rs", 4, 15)),
                    __cors::at("src/api.rs", 4, 5)
                )
                .flag(
                    __cors::Setting::Credentials,
                    false,
                    __cors::at("src/api.rs", 5, 5)
                )
                .max_age("10m", __cors::at("src/api.rs", 6, 5))
        )
    }

    impl __cors::HttpServiceFactory for user {
        fn register(self, __cors_app: &mut __cors::AppService) {
            let __cors_handler = user();
            {
                #[routes]
                #[get("/users/{id}", name = "user", wrap = "__cors::Mark::take()")]
                #[delete("/users/{id}", wrap = "__cors::Mark::take()")]
                #[tracing::instrument]
                async fn user(id: web::Path<u32>) -> impl Responder {
                    id.to_string()
                }

                __cors::register(user, __cors_app, __cors_handler);
            }
        }
    }
};
