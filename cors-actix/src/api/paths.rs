//! Rules for the paths of a scope, registered as one of its services.

use actix_web::dev::{AppService, HttpServiceFactory};
use cors_core::{IntoElements, Rules, Source};

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
/// Where guards distinguish scopes of one prefix by their host, give each its own
/// group: see [`CorsPaths::host`].
///
/// # Errors
///
/// Problems are reported at startup: another group that matches equally
/// well, or a scope whose prefix has a parameter with a regular expression,
/// which no group can match exactly.
#[track_caller]
pub fn paths(pattern: impl Into<String>, rules: CorsRules) -> CorsPaths {
    CorsPaths { group: PathGroup::new(pattern.into(), Source::caller(), rules.rules) }
}

impl CorsPaths {
    /// Makes the group one of requests for this host only, or for these hosts.
    ///
    /// `Host`, or `:authority`, is compared byte for byte; never a forwarded
    /// header. A host without a port applies to all its ports, and
    /// `*.example.com` for all subdomains of `example.com`. For requests to other
    /// hosts the group is absent.
    ///
    /// ```
    /// use actix_web::guard::Host;
    /// use actix_web::{App, HttpResponse, test, web};
    /// use cors_actix::{Cors, paths, rules};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let tenant = |host: &'static str, origin: &'static str| {
    ///     web::scope("/api")
    ///         .guard(Host(host))
    ///         .service(paths("/**", rules().origins([origin])).host(host))
    ///         .route("/list", web::get().to(HttpResponse::Ok))
    /// };
    /// let app = App::new()
    ///     .service(tenant("t1.example.com", "https://one.example"))
    ///     .service(tenant("t2.example.com", "https://two.example"))
    ///     .wrap(Cors::builder().build()?);
    /// let app = test::init_service(app).await;
    ///
    /// for (host, allowed) in [("t1.example.com", true), ("t2.example.com", false)] {
    ///     let request = test::TestRequest::get()
    ///         .uri("/api/list")
    ///         .insert_header(("host", host))
    ///         .insert_header(("origin", "https://one.example"));
    ///     let response = test::call_service(&app, request.to_request()).await;
    ///     assert_eq!(response.headers().contains_key("access-control-allow-origin"), allowed);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn host(self, hosts: impl IntoElements) -> Self {
        Self { group: self.group.on_hosts(hosts, Source::caller()) }
    }

    pub(crate) fn into_parts(self) -> (String, Source, Rules) {
        self.group.into_parts()
    }
}

impl HttpServiceFactory for CorsPaths {
    fn register(self, app: &mut AppService) {
        registration::register_paths(app, self.group);
    }
}
