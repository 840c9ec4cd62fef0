//! `[cors.profiles]` in code.

use cors_core::{ProfileRules, Rules, Source};

use super::rules::settings;

/// The settings of one profile that differ from the global rules.
///
/// ```
/// use cors_actix::{Cors, profile};
///
/// let builder = |chosen| {
///     Cors::builder()
///         .origins(["https://app.example"])
///         .profiles("development", profile().loopback(true).max_age(0))
///         .profile(chosen)
/// };
/// let development = builder("development").build()?.table().to_string();
/// assert!(development.contains("http://localhost:*"));
/// let production = builder("production").build()?.table().to_string();
/// assert!(!production.contains("localhost"));
/// # Ok::<(), cors_actix::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a profile has no effect until it is given to a builder"]
pub struct CorsProfile {
    rules: Rules,
    loopback: Option<(bool, Source)>,
    preflight_status: Option<(u16, Source)>,
    enabled: Option<(bool, Source)>,
}

/// A profile without settings: see [`CorsProfile`].
#[track_caller]
pub const fn profile() -> CorsProfile {
    CorsProfile {
        rules: Rules::new(Source::caller()),
        loopback: None,
        preflight_status: None,
        enabled: None,
    }
}

settings!(CorsProfile);

impl CorsProfile {
    /// Whether the profile is local: every port of the loopback hosts is allowed by each
    /// policy that allows some origin, with the credentials of that policy.
    #[track_caller]
    pub fn loopback(self, open: bool) -> Self {
        Self { loopback: Some((open, Source::caller())), ..self }
    }

    /// The status of a successful preflight, from 200 to 299.
    #[track_caller]
    pub fn preflight_status(self, status: u16) -> Self {
        Self { preflight_status: Some((status, Source::caller())), ..self }
    }

    /// Whether CORS is enabled in this profile: see
    /// [`CorsBuilder::enabled`](crate::CorsBuilder::enabled).
    #[track_caller]
    pub fn enabled(self, enabled: bool) -> Self {
        Self { enabled: Some((enabled, Source::caller())), ..self }
    }

    pub(crate) fn into_rules(self) -> ProfileRules {
        let Self { rules, loopback, preflight_status, enabled } = self;
        let mut profile = ProfileRules::new(rules);
        if let Some((open, source)) = loopback {
            profile = profile.loopback(open, source);
        }
        if let Some((status, source)) = preflight_status {
            profile = profile.preflight_status(status.into(), source);
        }
        if let Some((enabled, source)) = enabled {
            profile = profile.enabled(enabled, source);
        }
        profile
    }

    fn edit(self, edit: impl FnOnce(Rules) -> Rules) -> Self {
        Self { rules: edit(self.rules), ..self }
    }
}
