#[cfg(unix)]
const __CORS_API_0: ::cors_actix::__private::ModuleConstant =
    || ::cors_actix::__private::ConstantValue::texts(APP);
#[cfg(unix)]
const __CORS_API_2: ::cors_actix::__private::ModuleConstant =
    || ::cors_actix::__private::ConstantValue::texts(header::ETAG);
#[cfg(unix)]
const __CORS_API_3: ::cors_actix::__private::ModuleConstant = super::__CORS_OUTER_0;
#[cfg(unix)]
pub mod api {
    #[::cors_actix::cors(__inherit(origins = [APP, "https://b.example", crate::C], headers = [header::ETAG,], __on(expose = E, __constants(super::__CORS_OUTER)), __constants(super::__CORS_API)))]
    #[get("/a")]
    async fn handler() -> X {}

    mod deeper {
        #[cors(origins += D, __on(origins = [APP, "https://b.example", crate::C], headers = [header::ETAG,], __on(expose = E, __constants(super::__CORS_OUTER)), __constants(super::super::__CORS_API)))]
        async fn own() -> X {}
    }
}
