//! Saying the global policy in code.

use cors_core::{Config, Error, IntoListValue, ListValue, MaxAgeValue, Op, Rules, Setting, Source};

use crate::Cors;

/// The global policy, setting by setting; what is left out denies.
///
/// Every method has the name of its setting in `cors.toml`. Nothing is checked
/// before [`CorsBuilder::build`], which reports all problems at once, each with
/// the line that said it.
///
/// ```
/// use cors_actix::Cors;
///
/// let error = Cors::builder().origins_any().credentials(true).build().unwrap_err();
/// assert_eq!(error.problems()[0].code().as_str(), "cors::wildcard-with-credentials");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct CorsBuilder {
    rules: Rules,
    preflight_status: Option<(u16, Source)>,
}

impl CorsBuilder {
    #[track_caller]
    pub(crate) const fn new() -> Self {
        Self { rules: Rules::new(Source::caller()), preflight_status: None }
    }

    /// Who may read: a list of origin patterns, or of [`Element`](cors_core::Element)s
    /// where regular expressions are among them.
    #[track_caller]
    pub fn origins(self, origins: impl IntoListValue) -> Self {
        self.list(Setting::Origins, origins)
    }

    /// Every website may read, without credentials.
    #[track_caller]
    pub fn origins_any(self) -> Self {
        self.list(Setting::Origins, ListValue::Any(Source::caller()))
    }

    /// Which methods a preflight grants.
    #[track_caller]
    pub fn methods(self, methods: impl IntoListValue) -> Self {
        self.list(Setting::Methods, methods)
    }

    /// A preflight grants any method.
    #[track_caller]
    pub fn methods_any(self) -> Self {
        self.list(Setting::Methods, ListValue::Any(Source::caller()))
    }

    /// Which request headers a preflight grants.
    #[track_caller]
    pub fn headers(self, names: impl IntoListValue) -> Self {
        self.list(Setting::Headers, names)
    }

    /// A preflight grants any request header but `authorization`.
    #[track_caller]
    pub fn headers_any(self) -> Self {
        self.list(Setting::Headers, ListValue::Any(Source::caller()))
    }

    /// A preflight grants any request header.
    #[track_caller]
    pub fn headers_any_with_authorization(self) -> Self {
        self.list(Setting::Headers, ListValue::AnyWithAuthorization(Source::caller()))
    }

    /// Which response headers scripts may read, beside the safelisted ones.
    #[track_caller]
    pub fn expose(self, names: impl IntoListValue) -> Self {
        self.list(Setting::Expose, names)
    }

    /// Scripts may read all response headers; without credentials only.
    #[track_caller]
    pub fn expose_any(self) -> Self {
        self.list(Setting::Expose, ListValue::Any(Source::caller()))
    }

    /// Whether responses to requests with cookies may be read.
    #[track_caller]
    pub fn credentials(self, value: bool) -> Self {
        self.flag(Setting::Credentials, value)
    }

    /// How long browsers may remember a preflight: seconds, or `"10m"`.
    #[track_caller]
    pub fn max_age(self, value: impl Into<MaxAgeValue>) -> Self {
        Self { rules: self.rules.max_age(value, Source::caller()), ..self }
    }

    /// Whether public sites may reach this server in a private network.
    #[track_caller]
    pub fn private_network(self, value: bool) -> Self {
        self.flag(Setting::PrivateNetwork, value)
    }

    /// Whether a disallowed cross-origin request is refused with 403.
    #[track_caller]
    pub fn enforce(self, value: bool) -> Self {
        self.flag(Setting::Enforce, value)
    }

    /// Allows credentials for origins that the network can tamper with.
    #[track_caller]
    pub fn danger_allow_insecure_origins(self, value: bool) -> Self {
        self.flag(Setting::DangerAllowInsecureOrigins, value)
    }

    /// Allows credentials for every subdomain of a public suffix.
    #[track_caller]
    pub fn danger_allow_public_suffixes(self, value: bool) -> Self {
        self.flag(Setting::DangerAllowPublicSuffixes, value)
    }

    /// Lets the forgeable origin `null` match.
    #[track_caller]
    pub fn danger_allow_null_origin(self, value: bool) -> Self {
        self.flag(Setting::DangerAllowNullOrigin, value)
    }

    /// The status of a successful preflight, from 200 to 299; 204 by default.
    #[track_caller]
    pub fn preflight_status(self, status: u16) -> Self {
        Self { preflight_status: Some((status, Source::caller())), ..self }
    }

    /// What was said, unchecked: for [`Cors::apply`].
    #[must_use]
    pub fn config(self) -> Config {
        let Self { rules, preflight_status } = self;
        let config = Config::new(rules);
        match preflight_status {
            Some((status, source)) => config.preflight_status(status.into(), source),
            None => config,
        }
    }

    /// Checks what was said.
    ///
    /// # Errors
    ///
    /// All problems at once.
    pub fn build(self) -> Result<Cors, Error> {
        Cors::new(&self.config())
    }

    #[track_caller]
    fn list(self, setting: Setting, value: impl IntoListValue) -> Self {
        Self { rules: self.rules.list(setting, Op::Set, value, Source::caller()), ..self }
    }

    #[track_caller]
    fn flag(self, setting: Setting, value: bool) -> Self {
        Self { rules: self.rules.flag(setting, value, Source::caller()), ..self }
    }
}
