#[doc = " Tells who somebody is."]
#[cfg(feature = "users")]
#[allow(non_camel_case_types, missing_docs)]
pub(crate) struct user;

#[cfg(feature = "users")]
impl ::cors_actix::__private::HttpServiceFactory for user {
    fn register(self, __cors_app: &mut ::cors_actix::__private::AppService) {
        #[routes]
        #[get("/users/{id}", name = "user", wrap = "::cors_actix::__private::Mark::take()")]
        #[delete("/users/{id}", wrap = "::cors_actix::__private::Mark::take()")]
        #[tracing::instrument]
        async fn user(id: web::Path<u32>) -> impl Responder {
            id.to_string()
        }

        ::cors_actix::__private::register(
            user,
            __cors_app,
            ::cors_actix::__private::Handler::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(user)),
                [
                    ::cors_actix::__private::Resource::new("/users/{id}", ["GET"]).named("user"),
                    ::cors_actix::__private::Resource::new("/users/{id}", ["DELETE"])
                ],
                ::cors_actix::__private::Rules::new(::cors_actix::__private::here!())
                    .list(
                        ::cors_actix::__private::Setting::Origins,
                        ::cors_actix::__private::Op::Add,
                        ::cors_actix::__private::List::new()
                            .plain("https://beta.example", ::cors_actix::__private::here!())
                            .constant(crate::ORIGINS, ::cors_actix::__private::here!())
                            .regex("https://pr-\\d+\\.example", ::cors_actix::__private::here!())
                            .set("partners", ::cors_actix::__private::here!()),
                        ::cors_actix::__private::here!()
                    )
                    .list(
                        ::cors_actix::__private::Setting::Methods,
                        ::cors_actix::__private::Op::Set,
                        ::cors_actix::__private::List::new()
                            .plain("GET", ::cors_actix::__private::here!()),
                        ::cors_actix::__private::here!()
                    )
                    .list(
                        ::cors_actix::__private::Setting::Headers,
                        ::cors_actix::__private::Op::Set,
                        ::cors_actix::__private::ListValue::Any(::cors_actix::__private::here!()),
                        ::cors_actix::__private::here!()
                    )
                    .flag(
                        ::cors_actix::__private::Setting::Credentials,
                        false,
                        ::cors_actix::__private::here!()
                    )
                    .max_age("10m", ::cors_actix::__private::here!()),
            ),
        );
    }
}
