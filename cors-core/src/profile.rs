//! Profiles: what differs where an application is developed, and what must not
//! be said where it is in production.

use crate::layer::OriginElement;
use crate::merge::{At, Mergeable as _, Merged, MergedList};
use crate::words::words;
use crate::{Code, Problem, Rules, Setting, Source};

/// Where an application runs.
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
    /// On the machine of who works on it.
    Development,
    /// Where anybody else uses it: origin patterns for any port of the own machine
    /// are errors, wherever they are said.
    Production,
}

words! { Profile { Development = "development", Production = "production" } }

/// What a profile says differently: `[cors.profiles.development]`.
///
/// It is part of the global rules. With `=` a setting stands as if it had been
/// written in `[cors]` instead of what is there; `+=` and `-=` edit what is there.
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
/// // Where profiles differ and none is chosen, it is production.
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
    /// An overlay that says these rules.
    #[must_use]
    pub const fn new(rules: Rules) -> Self {
        Self { rules, loopback: None, preflight_status: None }
    }

    /// Whether every port of the own machine is let in beside the other origins,
    /// with credentials if these are. For development only.
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

/// What `loopback = true` lets in.
pub(crate) const LOOPBACK: [&str; 3] =
    ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

/// Whether an origin is one that `loopback = true`, said at `preset`, let in.
pub(crate) fn is_preset(origin: &At<OriginElement>, preset: Option<&Source>) -> bool {
    preset == Some(&origin.source)
        && matches!(&origin.value, OriginElement::Pattern(p) if LOOPBACK.contains(&p.as_str()))
}

/// Patterns for more than one origin of the own machine: in production nobody
/// means the user's machine, and every program on it could serve such a page.
pub(crate) fn check_production(merged: &Merged) -> Vec<Problem> {
    let MergedList::Only(origins) = &merged.origins else { return Vec::new() };
    let wildcards = origins.iter().filter(|origin| match &origin.value {
        OriginElement::Pattern(pattern) => {
            // The origins of applications, such as `tauri://localhost`, are of one program.
            let web = matches!(pattern.scheme(), "http" | "https");
            web && pattern.is_loopback() && !pattern.is_exact()
        }
        OriginElement::Regex(regex) => regex.matches_any_loopback(),
    });
    let report = |origin: &At<OriginElement>| {
        Problem::error(
            Code::LOOPBACK_IN_PRODUCTION,
            &origin.source,
            format!(
                "{} lets in whatever runs on the machine of a user, and the profile is \
                 `production`",
                origin.value.show()
            ),
        )
        .about(Setting::Origins)
        .with_help("remove it, and say `loopback = true` in `[cors.profiles.development]`")
    };
    wildcards.map(report).collect()
}

/// `loopback = true` where it can only be a mistake.
pub(crate) fn check_overlay(profile: Profile, overlay: &Overlay, problems: &mut Vec<Problem>) {
    if let (Profile::Production, Some((true, source))) = (profile, &overlay.loopback) {
        problems.push(
            Problem::error(
                Code::LOOPBACK_IN_PRODUCTION,
                source,
                "`loopback` lets in whatever runs on the machine of a user, so it is for \
                 development only",
            )
            .with_help("move it to `[cors.profiles.development]`"),
        );
    }
}

/// A name that is none of [`Profile`].
#[cfg(feature = "config")]
pub(crate) fn unknown_profile(name: &str, source: &Source) -> Problem {
    let known: Vec<_> = Profile::ALL.iter().map(|profile| profile.name()).collect();
    let help = match crate::words::meant_word(name, &known) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => "the profiles are `development` and `production`".to_owned(),
    };
    let message = format!("there is no profile named `{}`", name.escape_debug());
    Problem::error(Code::UNKNOWN_PROFILE, source, message).with_help(help)
}
