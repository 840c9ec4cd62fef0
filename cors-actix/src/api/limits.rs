//! `[cors.limits]` in code.

use cors_core::{IntoListValue, Limits, MaxAgeValue, Overrides, Permission, Setting, Source};

/// Ceilings that everything has to stay under: what a security team reviews.
///
/// ```
/// use cors_actix::core::{Overrides, Permission};
/// use cors_actix::{Cors, limits, rules};
///
/// let limits = limits()
///     .origins(["https://*.example.com"])
///     .credentials(Permission::GlobalOnly)
///     .route_overrides(Overrides::Narrow);
/// let error = Cors::builder()
///     .origins(["https://app.example.com"])
///     .paths("/beta/**", rules().origins(["https://beta.example"]))
///     .limits(limits)
///     .build()
///     .unwrap_err();
/// assert_eq!(error.problems()[0].code().as_str(), "cors::over-limit");
/// ```
///
/// An empty list is the strictest limit: `methods([""; 0])` allows only `GET`,
/// `HEAD` and `POST`.
#[derive(Clone, Debug)]
#[must_use = "limits have no effect until they are given to a builder"]
pub struct CorsLimits {
    pub(crate) limits: Limits,
}

/// Limits without restrictions: see [`CorsLimits`].
#[track_caller]
pub const fn limits() -> CorsLimits {
    CorsLimits { limits: Limits::new(Source::caller()) }
}

impl CorsLimits {
    /// Effective origins must be covered by these.
    #[track_caller]
    pub fn origins(self, origins: impl IntoListValue) -> Self {
        self.list(Setting::Origins, origins, Source::caller())
    }

    /// Effective methods must be among these, `GET`, `HEAD` and `POST` apart.
    #[track_caller]
    pub fn methods(self, methods: impl IntoListValue) -> Self {
        self.list(Setting::Methods, methods, Source::caller())
    }

    /// Effective request headers must be among these.
    #[track_caller]
    pub fn headers(self, names: impl IntoListValue) -> Self {
        self.list(Setting::Headers, names, Source::caller())
    }

    /// Effective exposed headers must be among these.
    #[track_caller]
    pub fn expose(self, names: impl IntoListValue) -> Self {
        self.list(Setting::Expose, names, Source::caller())
    }

    /// The longest `max_age`.
    #[track_caller]
    pub fn max_age(self, value: impl Into<MaxAgeValue>) -> Self {
        Self { limits: self.limits.max_age(value, Source::caller()) }
    }

    /// The layers that may set `credentials = true`.
    #[track_caller]
    pub fn credentials(self, permission: Permission) -> Self {
        Self { limits: self.limits.credentials(permission, Source::caller()) }
    }

    /// The layers that may set `private_network = true`.
    #[track_caller]
    pub fn private_network(self, permission: Permission) -> Self {
        Self { limits: self.limits.private_network(permission, Source::caller()) }
    }

    /// How routes and groups may override the rules below them.
    #[track_caller]
    pub fn route_overrides(self, overrides: Overrides) -> Self {
        Self { limits: self.limits.route_overrides(overrides, Source::caller()) }
    }

    /// Excludes a setting from `Overrides::Narrow`: routes and groups may extend it, as far
    /// as the other limits allow.
    pub fn allow_override(self, setting: Setting) -> Self {
        Self { limits: self.limits.allow_override(setting) }
    }

    /// Whether groups and handlers may be `passthrough`: see [`Limits::passthrough`].
    pub fn passthrough(self, accepted: bool) -> Self {
        Self { limits: self.limits.passthrough(accepted) }
    }

    fn list(self, setting: Setting, list: impl IntoListValue, source: Source) -> Self {
        Self { limits: self.limits.list(setting, list, source) }
    }
}
