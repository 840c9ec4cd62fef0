//! `Cors`: the middleware as an application writes it.

use std::sync::Arc;

use cors_core::{Config, Error, Resolver};

use crate::CorsBuilder;

/// CORS for a whole application: wrap the `App` with it, last.
///
/// It is `Clone + Send + Sync`: build it once, outside the factory closure, or
/// let [`Cors::from_config`] do so.
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use cors_actix::Cors;
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example"]).credentials(true).build()?;
/// let app = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(cors);
/// let app = test::init_service(app).await;
///
/// let request = test::TestRequest::get().insert_header(("origin", "https://app.example"));
/// let response = test::call_service(&app, request.to_request()).await;
/// assert_eq!(response.headers().get("access-control-allow-credentials").unwrap(), "true");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A problem that shows only when the rules of an annotated handler meet the
/// configuration is found when the server starts: the full report is logged
/// (or printed, without a logger) and `HttpServer::run` returns an error.
#[derive(Clone, Debug)]
pub struct Cors {
    /// A configuration that could not be read is reported at startup.
    pub(crate) resolver: Result<Arc<Resolver>, Arc<Error>>,
}

impl Cors {
    /// Says the policy in code.
    #[track_caller]
    pub fn builder() -> CorsBuilder {
        CorsBuilder::new()
    }

    /// # Errors
    ///
    /// All problems of the configuration at once.
    pub(crate) fn try_from_parts(config: &Config) -> Result<Self, Error> {
        Ok(Self { resolver: Ok(Arc::new(config.resolve()?)) })
    }
}
