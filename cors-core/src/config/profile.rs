//! Profiles: settings that differ between development and production.

use super::rules::Rules;
use crate::keyword::keywords;
use crate::problem::Source;

/// The environment in which an application runs.
///
/// ```
/// use cors_core::{Config, Op, Profile, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["https://app.example", "http://localhost:*"], here.clone());
/// let config = Config::new(rules);
/// assert!(config.clone().profile(Profile::Development, here.clone()).resolve().is_ok());
/// let error = config.profile(Profile::Production, here).resolve().unwrap_err();
/// assert_eq!(error.problems()[0].code().as_str(), "cors::loopback-in-production");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// The application runs on a developer's machine.
    Development,
    /// The application runs for its users: loopback origin patterns with any port are
    /// errors, wherever they are set.
    Production,
}

keywords! { Profile { Development = "development", Production = "production" } }

/// The settings that differ in a profile: `[cors.profiles.development]`.
///
/// They are part of the global rules. With `=`, a setting replaces that of `[cors]`;
/// `+=` and `-=` edit it.
///
/// ```
/// use cors_core::{Config, Decision, Op, Overlay, Profile, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["https://app.example"], here.clone());
/// let development = Overlay::new(Rules::new(here.clone())).loopback(true, here.clone());
/// let config = Config::new(rules).overlay(Profile::Development, development);
///
/// let resolver = config.clone().profile(Profile::Development, here).resolve()?;
/// let origins = resolver.global().effective(Setting::Origins).value().to_string();
/// assert!(origins.contains("http://localhost:*"));
/// // If profiles differ and none is selected, `production` applies.
/// let resolver = config.resolve()?;
/// assert_eq!(resolver.profile(), Some(Profile::Production));
/// assert_eq!(resolver.global().effective(Setting::Origins).value().to_string(), "https://app.example");
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Overlay {
    pub(crate) rules: Rules,
    pub(crate) loopback: Option<(bool, Source)>,
    pub(crate) preflight_status: Option<(i64, Source)>,
}

impl Overlay {
    /// Creates an overlay with these rules.
    #[must_use]
    pub const fn new(rules: Rules) -> Self {
        Self { rules, loopback: None, preflight_status: None }
    }

    /// Whether every loopback port is allowed in addition to the other origins, with
    /// credentials if they are set. For development only.
    #[must_use]
    pub fn loopback(self, open: bool, source: Source) -> Self {
        Self { loopback: Some((open, source)), ..self }
    }

    /// The status of a successful preflight.
    #[must_use]
    pub fn preflight_status(self, status: i64, source: Source) -> Self {
        Self { preflight_status: Some((status, source)), ..self }
    }
}

/// The origins that `loopback = true` adds.
pub(crate) const LOOPBACK: [&str; 3] =
    ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];
