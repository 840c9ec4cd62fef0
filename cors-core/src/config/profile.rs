//! Profiles: settings that differ between development, staging and production.

use super::rules::Rules;
use crate::problem::Source;

/// The settings that differ in a profile: `[cors.profiles.development]`.
///
/// They are part of the global rules. With `=`, a setting replaces that of `[cors]`;
/// `+=` and `-=` edit it. A profile may have any name. One with `loopback` is *local*;
/// in all others, loopback patterns with any port are errors, wherever they are set.
///
/// ```
/// use cors_core::{Config, Op, ProfileRules, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["https://app.example"], here.clone());
/// let development = ProfileRules::new(Rules::new(here.clone())).loopback(true, here.clone());
/// let config = Config::new(rules).profiles("development", development);
///
/// let resolver = config.clone().profile("development", here).resolve()?;
/// assert!(resolver.is_local());
/// let origins = resolver.global().effective(Setting::Origins).value().to_string();
/// assert!(origins.contains("http://localhost:*"));
/// // If profiles differ and none is selected, `production` applies.
/// let resolver = config.resolve()?;
/// assert_eq!(resolver.profile(), Some("production"));
/// assert_eq!(resolver.global().effective(Setting::Origins).value().to_string(), "https://app.example");
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRules {
    pub(crate) rules: Rules,
    pub(crate) loopback: Option<(bool, Source)>,
    pub(crate) preflight_status: Option<(i64, Source)>,
    pub(crate) enabled: Option<(bool, Source)>,
}

impl ProfileRules {
    /// Creates the rules of a profile, without other settings.
    #[must_use]
    pub const fn new(rules: Rules) -> Self {
        Self { rules, loopback: None, preflight_status: None, enabled: None }
    }

    /// Whether every loopback port is allowed by each policy that allows some origin,
    /// with the credentials of that policy. For development only: the profile
    /// `production` cannot set it.
    #[must_use]
    pub fn loopback(self, open: bool, source: Source) -> Self {
        Self { loopback: Some((open, source)), ..self }
    }

    /// Whether CORS is enabled in this profile: see
    /// [`Config::enabled`](crate::Config::enabled).
    #[must_use]
    pub fn enabled(self, enabled: bool, source: Source) -> Self {
        Self { enabled: Some((enabled, source)), ..self }
    }

    /// The status of a successful preflight.
    #[must_use]
    pub fn preflight_status(self, status: i64, source: Source) -> Self {
        Self { preflight_status: Some((status, source)), ..self }
    }
}

/// The profile that applies if profiles differ and none is selected.
pub(crate) const PRODUCTION: &str = "production";

/// The profiles that exist without a table.
pub(crate) const WITHOUT_TABLE: [&str; 2] = ["development", PRODUCTION];

/// The origins that `loopback = true` adds.
pub(crate) const LOOPBACK: [&str; 3] =
    ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];
