//! Rules for the paths of a scope, registered as one of its services.

use actix_web::dev::{AppService, HttpServiceFactory};
use cors_core::{Element, Rules, Source, spell_path_segment};

use crate::registration;
use crate::route::Anchor;
use crate::rules::CorsRules;

/// A group of paths with rules of its own: what [`paths`] returns.
#[derive(Clone, Debug)]
#[must_use = "a group of paths does nothing until it is registered with `service`"]
pub struct CorsPaths {
    pattern: String,
    source: Source,
    rules: Rules,
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
    CorsPaths { pattern: pattern.into(), source: Source::caller(), rules: rules.rules }
}

impl HttpServiceFactory for CorsPaths {
    fn register(self, app: &mut AppService) {
        registration::register_paths(app, self);
    }
}

impl CorsPaths {
    /// The group that this is within the scopes around its anchor; `None` when
    /// the application is gone.
    pub(crate) fn at(&self, anchor: &Anchor) -> Option<(Element, Rules)> {
        let Self { pattern, source, rules } = self;
        let pattern = match pattern.starts_with('/') {
            true => format!("{}{pattern}", of_any_parameter(&anchor.scopes()?)),
            // Reported as it was written.
            false => pattern.clone(),
        };
        Some((Element::plain(pattern, source.clone()), rules.clone()))
    }
}

/// The pattern of scopes with `*` for each parameter that stands for any
/// segment. Other parameters are left: a group with one is reported. All other
/// segments are literal for the router, so they are spelled as literals.
fn of_any_parameter(scopes: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'))
    {
        Some(name) if !name.contains([':', '{', '}']) => "*".to_owned(),
        None if !segment.contains(['{', '}']) => spell_path_segment(segment),
        _ => segment.to_owned(),
    };
    scopes.split('/').map(segment).collect::<Vec<_>>().join("/")
}
