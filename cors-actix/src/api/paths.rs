//! Rules for the paths of a scope, registered as one of its services.

use actix_web::dev::{AppService, HttpServiceFactory};
use cors_core::Source;

use super::rules::CorsRules;
use crate::registration::{self, PathGroup};

/// A group of paths with rules of its own: what [`paths`] returns.
#[derive(Clone, Debug)]
#[must_use = "a group of paths does nothing until it is registered with `service`"]
pub struct CorsPaths {
    group: PathGroup,
}

/// Rules for what has no `#[cors]`: plain resources and scopes, static files,
/// services of other crates.
///
/// The pattern is that of `[[cors.paths]]` in `cors.toml`, seen from the scope
/// that the group is registered in: `/**` is everything in it. Of all groups
/// that match a path the most specific one counts, wherever they come from;
/// annotated handlers inherit from it.
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use cors_actix::{Cors, paths, rules};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let metrics = web::scope("/metrics")
///     .service(paths("/**", rules().origins(["https://status.example"])))
///     .route("/load", web::get().to(HttpResponse::Ok));
/// let cors = Cors::builder().origins(["https://app.example"]).build()?;
/// let app = test::init_service(App::new().service(metrics).wrap(cors)).await;
///
/// let request = test::TestRequest::get()
///     .uri("/metrics/load")
///     .insert_header(("origin", "https://status.example"));
/// let response = test::call_service(&app, request.to_request()).await;
/// assert_eq!(response.headers().get("access-control-allow-origin").unwrap(), "https://status.example");
/// # Ok(())
/// # }
/// ```
///
/// A path is all that is looked at: where two scopes of one prefix are told
/// apart by guards, the rules hold for both.
///
/// # Errors
///
/// What is wrong is reported at startup: another group that matches equally
/// well, or a scope whose prefix holds a parameter with a regular expression,
/// which no group can match exactly.
#[track_caller]
pub fn paths(pattern: impl Into<String>, rules: CorsRules) -> CorsPaths {
    CorsPaths { group: PathGroup::new(pattern.into(), Source::caller(), rules.rules) }
}

impl HttpServiceFactory for CorsPaths {
    fn register(self, app: &mut AppService) {
        registration::register_paths(app, self.group);
    }
}
