//! The whole of `cors.toml`, in code.

use cors_core::{Code, Config, Element, Error, IntoListValue, ListValue, Rules, Source};

use super::cors::Cors;
use super::limits::CorsLimits;
use super::paths::CorsPaths;
use super::profile::CorsProfile;
use super::rules::{CorsRules, settings};

/// The global rules, setting by setting; the defaults allow no origin.
///
/// Every method has the name of its setting in `cors.toml`. Nothing is checked
/// before [`CorsBuilder::build`], which reports all problems at once, each with
/// the line of code that set it.
///
/// ```
/// use cors_actix::Cors;
///
/// let error = Cors::builder().origins_any().credentials(true).build().unwrap_err();
/// assert_eq!(error.problems()[0].code().as_str(), "cors::wildcard-with-credentials");
/// ```
///
/// It is a middleware itself: `wrap` takes it without `build`, and then problems are
/// reported when the server starts.
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use cors_actix::Cors;
///
/// # #[actix_web::main]
/// # async fn main() {
/// let cors = Cors::builder().origins("https://app.example");
/// let app = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(cors);
/// let app = test::init_service(app).await;
/// let request = test::TestRequest::get().insert_header(("origin", "https://app.example"));
/// let response = test::call_service(&app, request.to_request()).await;
/// assert!(response.headers().contains_key("access-control-allow-origin"));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called, or an application is wrapped with it"]
pub struct CorsBuilder {
    config: Config,
}

settings!(CorsBuilder);

impl CorsBuilder {
    #[track_caller]
    pub(crate) const fn new() -> Self {
        Self { config: Config::new(Rules::new(Source::caller())) }
    }

    /// Rules for a group of paths, such as `/api/**`: see [`CorsRules`].
    ///
    /// It also applies to services without an attribute: static files, services of
    /// other crates, unknown paths. Of several groups the most specific one applies.
    #[track_caller]
    pub fn paths(self, pattern: impl Into<String>, rules: CorsRules) -> Self {
        let source = Source::caller();
        Self { config: self.config.group(pattern.into(), rules.rules, source) }
    }

    /// Rules for a group of paths that [`paths`](crate::paths) describes: one that
    /// applies to some hosts only.
    ///
    /// ```
    /// use cors_actix::{Cors, paths, rules};
    ///
    /// let cors = Cors::builder()
    ///     .origins(["https://app.example"])
    ///     .group(paths("/api/**", rules().origins(["https://one.example"])).host("t1.example.com"))
    ///     .build()?;
    /// let table = cors.table();
    /// let rows: Vec<_> = table.rows().iter().map(|row| row.label()).collect();
    /// assert_eq!(rows, ["/api/** on t1.example.com", "everything else"]);
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    pub fn group(self, paths: CorsPaths) -> Self {
        let (pattern, source, rules) = paths.into_parts();
        Self { config: self.config.group(pattern, rules, source) }
    }

    /// A named policy, complete by itself: see [`CorsRules`].
    pub fn policy(self, name: impl Into<String>, rules: CorsRules) -> Self {
        Self { config: self.config.named_policy(name, rules.rules) }
    }

    /// A named set of origins: see [`set`](crate::set).
    #[track_caller]
    pub fn set(self, name: impl Into<String>, origins: impl IntoListValue) -> Self {
        let source = Source::caller();
        let origins = match origins.into_list_value(&source) {
            ListValue::Elements(origins) => origins,
            // No set contains every origin: this is reported as an invalid origin.
            _ => vec![Element::plain("any", source.clone())],
        };
        Self { config: self.config.set(name.into(), origins, source) }
    }

    /// A named set of origins that change while the server runs: see [`Live`](crate::Live). It
    /// is empty until [`Cors::live`] or [`Cors::feed`] fills it.
    ///
    /// ```
    /// use cors_actix::{Cors, set};
    ///
    /// let cors = Cors::builder()
    ///     .live_set("partners")
    ///     .origins(["https://app.example"])
    ///     .origins_add([set("partners")])
    ///     .build()?;
    /// cors.live("partners")?.insert("https://partner.example")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn live_set(self, name: impl Into<String>) -> Self {
        let source = Source::caller();
        Self { config: self.config.live_set(name.into(), source) }
    }

    /// A live set with a list of origins for each key, such as a tenant: see
    /// [`Keyed`](crate::Keyed). It is used as `set("tenants").with_key("tenant")` in a group or
    /// a handler whose path has the parameter `{tenant}`.
    #[track_caller]
    pub fn keyed_set(self, name: impl Into<String>) -> Self {
        let source = Source::caller();
        Self { config: self.config.keyed_set(name.into(), source) }
    }

    /// Chooses a profile by its name; `CORS_PROFILE` is not read for a policy in code.
    #[track_caller]
    pub fn profile(self, name: impl Into<String>) -> Self {
        let source = Source::caller();
        Self { config: self.config.profile(name, source) }
    }

    /// The settings of the profile `name`: see [`CorsProfile`].
    pub fn profiles(self, name: impl Into<String>, profile: CorsProfile) -> Self {
        Self { config: self.config.profiles(name, profile.into_rules()) }
    }

    /// Global rules that are evaluated beside those in force, and change no answer: what they
    /// would refuse is logged and counted. They replace what they set.
    ///
    /// ```
    /// use cors_actix::{Cors, rules};
    ///
    /// // From a permissive policy to a list: first see whom the list would refuse.
    /// let listed = rules().origins(["https://app.example"]);
    /// let cors = Cors::builder().origins_any().report_only(listed).build()?;
    /// assert_eq!(cors.report_only_counts().would_refuse(), 0);
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    pub fn report_only(self, rules: CorsRules) -> Self {
        Self { config: self.config.report_only(rules.rules) }
    }

    /// Whether CORS is enabled, as it is by default. `enabled(false)` makes [`Cors`]
    /// inert: it adds and removes no header, and preflights reach the handlers.
    ///
    /// With limits, it still removes the `Access-Control-*` headers that handlers set:
    /// these are not checked against the limits.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let cors = Cors::builder().origins(["https://app.example"]).enabled(false).build()?;
    /// assert!(cors.table().to_string().starts_with("CORS is disabled"));
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[track_caller]
    pub fn enabled(self, enabled: bool) -> Self {
        let source = Source::caller();
        Self { config: self.config.enabled(enabled, source) }
    }

    /// Limits for all layers: see [`CorsLimits`].
    pub fn limits(self, limits: CorsLimits) -> Self {
        Self { config: self.config.limits(limits.limits) }
    }

    /// Silences a warning, wherever it comes from.
    #[track_caller]
    pub fn allow_warning(self, code: Code) -> Self {
        let source = Source::caller();
        Self { config: self.config.allow_warning(code, source) }
    }

    /// Silences a warning about one route, named by its full pattern.
    #[track_caller]
    pub fn allow_warning_at(self, code: Code, path: impl Into<String>) -> Self {
        let source = Source::caller();
        Self { config: self.config.allow_warning_at(code, path, source) }
    }

    /// The status of a successful preflight, from 200 to 299; 204 by default.
    #[track_caller]
    pub fn preflight_status(self, status: u16) -> Self {
        let source = Source::caller();
        Self { config: self.config.preflight_status(status.into(), source) }
    }

    /// Reports values that are wrong but harmless as warnings: for a policy whose values
    /// the users of an application set. See
    /// [`Config::lenient`](cors_core::Config::lenient).
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let max_age = 1_728_000; // from a setting
    /// let policy = || Cors::builder().origins(["https://app.example"]).max_age(max_age);
    /// assert!(policy().build().is_err());
    /// assert!(policy().lenient().build().is_ok());
    /// ```
    pub fn lenient(self) -> Self {
        Self { config: self.config.lenient() }
    }

    pub(crate) const fn config_ref(&self) -> &Config {
        &self.config
    }

    /// The configuration, unchecked: for [`Cors::apply`].
    #[must_use]
    pub fn config(self) -> Config {
        self.config
    }

    /// Checks the configuration and builds the middleware.
    ///
    /// # Errors
    ///
    /// All problems at once.
    pub fn build(self) -> Result<Cors, Error> {
        Cors::new(&self.config)
    }

    fn edit(self, edit: impl FnOnce(Rules) -> Rules) -> Self {
        Self { config: self.config.global_rules(edit) }
    }
}
