#[doc = " Tells who somebody is."]
#[cfg(feature = "users")]
#[allow(non_camel_case_types, missing_docs)]
pub(crate) struct user;

#[cfg(feature = "users")]
impl ::cors_actix::__private::HttpServiceFactory for user {
    fn register(self, __cors_app: &mut ::cors_actix::__private::AppService) {
        use ::cors_actix::__private as __cors;

        #[routes]
        #[get("/users/{id}", name = "user", wrap = "__cors::Mark::take()")]
        #[delete("/users/{id}", wrap = "__cors::Mark::take()")]
        #[tracing::instrument]
        async fn user(id: web::Path<u32>) -> impl Responder {
            id.to_string()
        }

        __cors::register(
            user,
            __cors_app,
            __cors::Handler::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(user)),
                [
                    __cors::Resource::new("/users/{id}", ["GET"]).named("user"),
                    __cors::Resource::new("/users/{id}", ["DELETE"])
                ],
            )
            .rules(
                __cors::Rules::new(__cors::here!())
                    .list(
                        __cors::Setting::Origins,
                        __cors::Op::Add,
                        __cors::List::new()
                            .plain("https://beta.example", __cors::here!())
                            .constant(crate::ORIGINS, __cors::here!())
                            .regex("https://pr-\\d+\\.example", __cors::here!())
                            .set("partners", __cors::here!()),
                        __cors::here!()
                    )
                    .list(
                        __cors::Setting::Methods,
                        __cors::Op::Set,
                        __cors::List::new()
                            .plain("GET", __cors::here!()),
                        __cors::here!()
                    )
                    .list(
                        __cors::Setting::Headers,
                        __cors::Op::Set,
                        __cors::ListValue::Any(__cors::here!()),
                        __cors::here!()
                    )
                    .flag(
                        __cors::Setting::Credentials,
                        false,
                        __cors::here!()
                    )
                    .max_age("10m", __cors::here!())
            ),
        );
    }
}
