//! A `Cors` around a scope, for a part of an application.

use actix_service::ServiceFactory;
use actix_web::body::MessageBody;
use actix_web::dev::{AppService, HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, Scope};

use super::cors::Cors;
use crate::registration::{PartPlace, register_part};

/// A scope with a `Cors` around it: what [`Cors::around`] returns.
#[derive(Debug)]
#[must_use = "a scope does nothing until it is registered with `service`"]
pub struct CorsScope<S> {
    cors: Cors,
    scope: S,
}

impl Cors {
    /// Puts this `Cors` around a scope, instead of around the whole application: for several
    /// scopes with configurations of their own, such as virtual hosts behind guards, or where
    /// only a `ServiceConfig` is at hand.
    ///
    /// It answers for what is registered inside of the scope, and for nothing else. It is the
    /// outermost middleware of the scope. Paths in the configuration are whole paths, with
    /// the scopes around.
    ///
    /// ```
    /// use actix_web::guard::Host;
    /// use actix_web::{App, Responder, test, web};
    /// use cors_actix::{Cors, cors, resource};
    ///
    /// #[cors(max_age = "1h")]
    /// async fn list() -> impl Responder {
    ///     "[]"
    /// }
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let tenant = |host: &'static str, origin: &'static str| -> Result<_, cors_actix::Error> {
    ///     let cors = Cors::builder().origins([origin]).build()?;
    ///     let scope = web::scope("/api").guard(Host(host));
    ///     Ok(cors.around(scope.service(resource("/list").get(list).put(list))))
    /// };
    /// let app = App::new()
    ///     .service(tenant("t1.example.com", "https://one.example")?)
    ///     .service(tenant("t2.example.com", "https://two.example")?);
    /// let app = test::init_service(app).await;
    ///
    /// for (host, status) in [("t1.example.com", 403), ("t2.example.com", 204)] {
    ///     let preflight = test::TestRequest::with_uri("/api/list")
    ///         .method(actix_web::http::Method::OPTIONS)
    ///         .insert_header(("host", host))
    ///         .insert_header(("origin", "https://two.example"))
    ///         .insert_header(("access-control-request-method", "PUT"));
    ///     let response = test::call_service(&app, preflight.to_request()).await;
    ///     assert_eq!(response.status(), status, "{host}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As with `App::wrap`, what is wrong with the rules of handlers is reported when the
    /// server starts. So is a `Cors` around a scope inside of another `Cors`.
    pub fn around<T>(&self, scope: Scope<T>) -> CorsScope<Scope<T>> {
        CorsScope { cors: self.clone(), scope }
    }
}

impl<T, B> HttpServiceFactory for CorsScope<Scope<T>>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    fn register(self, app: &mut AppService) {
        let Self { cors, scope } = self;
        register_part(app, |part| scope.service(PartPlace).wrap(cors.of_part(part)));
    }
}
