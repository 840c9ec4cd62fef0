//! Services of one scope that are registered together.

use actix_web::dev::{AppService, HttpServiceFactory};

use crate::registration::register_bundle;

/// Services of one scope that are registered together: what [`bundle`] returns.
#[derive(Clone, Debug)]
#[must_use = "a bundle does nothing until it is registered with `service`"]
pub struct CorsBundle<S>(S);

/// Registers services of one scope together, which makes requests to them cheaper: a tuple, a
/// `Vec`, or what [`actix_web::services!`] returns.
///
/// Inside a scope, each annotated handler that is registered by itself adds an entry to
/// actix's router that no request matches and that requests to later handlers pass: some 150
/// instructions, where an entry with a parameter takes about 2 700. It shows in which scope
/// the handler is, because actix does not show that two handlers are in the same one. The
/// handlers of a bundle have one such entry for all of them. Policies, preflights and
/// responses are the same. Outside of scopes it changes nothing: handlers share an entry
/// there anyway.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, services, test, web};
/// use cors_actix::{Cors, bundle, cors};
///
/// #[cors]
/// #[get("/orders")]
/// async fn list() -> impl Responder {
///     HttpResponse::Ok().body("[]")
/// }
///
/// #[cors(origins += "https://partner.example")]
/// #[get("/orders/{id}")]
/// async fn show() -> impl Responder {
///     HttpResponse::Ok().body("{}")
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example"]).build()?;
/// let api = web::scope("/api").service(bundle(services![list, show]));
/// let app = test::init_service(App::new().service(api).wrap(cors)).await;
///
/// let request = test::TestRequest::with_uri("/api/orders/7")
///     .insert_header(("origin", "https://partner.example"));
/// let response = test::call_service(&app, request.to_request()).await;
/// let allowed = response.headers().get("access-control-allow-origin");
/// assert_eq!(allowed.unwrap(), "https://partner.example");
/// # Ok(())
/// # }
/// ```
pub const fn bundle<S: HttpServiceFactory>(services: S) -> CorsBundle<S> {
    CorsBundle(services)
}

impl<S: HttpServiceFactory> HttpServiceFactory for CorsBundle<S> {
    fn register(self, app: &mut AppService) {
        register_bundle(app, self.0);
    }
}
