//! A whole configuration: global rules, groups, named policies and sets.
//!
//! A [`Config`] is unchecked input; [`Config::resolve`] checks all of it and returns a
//! [`Resolver`](crate::Resolver), which compiles policies. This module stores what is
//! configured and where. Reading bytes, parsing elements and checking are left to the
//! modules above.
//!
//! May import: `grammar`, `keyword`, `problem`, `setting`.

mod allowed_warnings;
mod limits;
mod lists;
mod profile;
mod rules;

pub(crate) use self::allowed_warnings::AllowedWarning;
pub use self::limits::{Limits, Overrides, Permission};
pub use self::lists::{IntoCredentials, IntoElement, IntoElements, IntoListValue};
pub use self::profile::ProfileRules;
pub(crate) use self::profile::{LOOPBACK, PRODUCTION, WITHOUT_TABLE};
pub use self::rules::{Clause, ClauseKind, Element, ElementKind, ListValue, Rules};

use std::borrow::Cow;
use std::fmt;

use crate::problem::{Problem, Source};

/// The whole CORS configuration of an application, except for its handlers.
///
/// ```
/// use cors_core::{Config, Op, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let global = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["https://app.example"], here.clone());
/// let open = Rules::new(here.clone()).policy("open", here.clone());
/// let resolver = Config::new(global)
///     .named_policy("open", Rules::new(here.clone()).origins_any(here.clone()))
///     .group("/public/**", open, here)
///     .resolve()?;
/// assert!(!std::sync::Arc::ptr_eq(resolver.global(), resolver.for_path("/public/feed")));
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) global: Rules,
    pub(crate) sets: Vec<(Element, Vec<Element>)>,
    /// The live sets, each with whether it is keyed.
    pub(crate) live_sets: Vec<(Element, bool)>,
    pub(crate) policies: Vec<(String, Rules)>,
    pub(crate) groups: Vec<(Element, Rules)>,
    pub(crate) preflight_status: (i64, Source),
    pub(crate) enabled: Option<(bool, Source)>,
    pub(crate) limits: Vec<Limits>,
    pub(crate) profile: Option<(String, Source)>,
    pub(crate) profiles: Vec<(String, ProfileRules)>,
    pub(crate) allowed_warnings: Vec<AllowedWarning>,
    /// The clauses that override the global rules and those of the profile.
    pub(crate) environment: Rules,
    /// What the environment sets for `enabled`, over `[cors]` and the profile.
    pub(crate) environment_enabled: Option<(bool, Source)>,
    /// The global rules that are only reported on.
    pub(crate) report_only: Option<Rules>,
    /// Whether harmless values are warnings.
    pub(crate) lenient: bool,
    /// The problems that were found while reading.
    pub(crate) problems: Vec<Problem>,
}

impl Config {
    /// Creates a configuration with these global rules.
    #[must_use]
    pub const fn new(global: Rules) -> Self {
        Self {
            global,
            sets: Vec::new(),
            live_sets: Vec::new(),
            policies: Vec::new(),
            groups: Vec::new(),
            preflight_status: (204, Source::BASELINE),
            enabled: None,
            limits: Vec::new(),
            profile: None,
            profiles: Vec::new(),
            allowed_warnings: Vec::new(),
            environment: Rules::new(Source::BASELINE),
            environment_enabled: None,
            report_only: None,
            lenient: false,
            problems: Vec::new(),
        }
    }

    /// Extends the global rules.
    #[must_use]
    pub fn global_rules(mut self, extend: impl FnOnce(Rules) -> Rules) -> Self {
        let empty = Rules::new(self.global.source().clone());
        self.global = extend(std::mem::replace(&mut self.global, empty));
        self
    }

    /// Defines an origin set, for `set("name")`.
    #[must_use]
    pub fn set(
        mut self,
        name: impl Into<Cow<'static, str>>,
        origins: Vec<Element>,
        source: Source,
    ) -> Self {
        self.sets.push((Element::plain(name, source), origins));
        self
    }

    /// Defines an origin set whose content changes while the server runs, for `set("name")`:
    /// see [`LiveSet`](crate::LiveSet).
    #[must_use]
    pub fn live_set(mut self, name: impl Into<Cow<'static, str>>, source: Source) -> Self {
        self.live_sets.push((Element::plain(name, source), false));
        self
    }

    /// Defines a live set with a list for each key, for `set("name", key = "parameter")`:
    /// the origins of a request are those of the key in its path.
    ///
    /// ```
    /// use cors_core::{Config, Element, LiveChange, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let tenants = [Element::set("tenants", here.clone()).with_key("tenant")];
    /// let group = Rules::new(here.clone()).list(Setting::Origins, Op::Set, tenants, here.clone());
    /// let resolver = Config::new(Rules::new(here.clone()))
    ///     .keyed_set("tenants", here.clone())
    ///     .group("/t/{tenant}/**", group, here.clone())
    ///     .resolve()?;
    /// let policy = resolver.for_path("/t/acme/orders");
    /// assert_eq!(
    ///     policy.effective(Setting::Origins).value().to_string(),
    ///     "live set tenants by {tenant}"
    /// );
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn keyed_set(mut self, name: impl Into<Cow<'static, str>>, source: Source) -> Self {
        self.live_sets.push((Element::plain(name, source), true));
        self
    }

    /// Defines a named policy, for `policy = "name"`.
    #[must_use]
    pub fn named_policy(mut self, name: impl Into<String>, rules: Rules) -> Self {
        self.policies.push((name.into(), rules));
        self
    }

    /// Adds rules for a group of paths, such as `/api/**`.
    #[must_use]
    pub fn group(
        mut self,
        pattern: impl Into<Cow<'static, str>>,
        rules: Rules,
        source: Source,
    ) -> Self {
        self.groups.push((Element::plain(pattern, source), rules));
        self
    }

    /// The status of a successful preflight, from 200 to 299; 204 by default.
    #[must_use]
    pub fn preflight_status(mut self, status: i64, source: Source) -> Self {
        self.preflight_status = (status, source);
        self
    }

    /// Whether CORS is enabled, as it is by default.
    ///
    /// If it is disabled, an adapter adds no header and answers no preflight. The
    /// configuration is checked all the same.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let config = Config::new(Rules::new(here.clone())).enabled(false, here.clone());
    /// assert_eq!(config.resolve()?.disabled(), Some(&here));
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn enabled(mut self, enabled: bool, source: Source) -> Self {
        self.enabled = Some((enabled, source));
        self
    }

    /// Sets global rules that are evaluated beside those in force and change no answer: an
    /// adapter reports what would be refused or allowed with them.
    ///
    /// They replace what they set, as the rules of a profile do; groups, handlers, sets and
    /// limits are the same.
    ///
    /// ```
    /// use cors_core::{Config, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let listed = Rules::new(here.clone())
    ///     .list(Setting::Origins, Op::Set, ["https://app.example"], here.clone());
    /// let config = Config::new(Rules::new(here.clone()).origins_any(here)).report_only(listed);
    /// let resolver = config.resolve()?;
    /// let value = |policy: &cors_core::Policy| policy.effective(Setting::Origins).value().to_string();
    /// assert_eq!(value(resolver.global()), "any");
    /// assert_eq!(value(resolver.report_only().unwrap().global()), "https://app.example");
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn report_only(mut self, rules: Rules) -> Self {
        self.report_only = Some(rules);
        self
    }

    /// Adds upper limits to those that are already set.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits.push(limits);
        self
    }

    /// Selects a profile: one that [`Config::profiles`] defines, `development` or
    /// `production`.
    ///
    /// A profile that is not local gets the checks for production:
    ///
    /// ```
    /// use cors_core::{Config, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone())
    ///     .list(Setting::Origins, Op::Set, ["http://localhost:*"], here.clone());
    /// let config = Config::new(rules);
    /// assert!(config.resolve().is_ok());
    /// let error = config.profile("production", here).resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].code().as_str(), "cors::loopback-in-production");
    /// ```
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>, source: Source) -> Self {
        self.profile = Some((name.into(), source));
        self
    }

    /// Sets the global rules that differ in a profile.
    ///
    /// If profiles differ and none is selected, `production` applies.
    #[must_use]
    pub fn profiles(mut self, name: impl Into<String>, rules: ProfileRules) -> Self {
        self.profiles.push((name.into(), rules));
        self
    }

    /// Disables a warning by its code.
    ///
    /// ```
    /// use cors_core::{Code, Config, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let twice = ["https://app.example", "https://app.example"];
    /// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, twice, here.clone());
    /// let config = Config::new(rules);
    /// assert_eq!(config.resolve()?.warnings().len(), 1);
    /// let config = config.allow_warning(Code::DUPLICATE_ELEMENT, here);
    /// assert_eq!(config.resolve()?.warnings().len(), 0);
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn allow_warning(mut self, code: impl fmt::Display, source: Source) -> Self {
        self.allowed_warnings.push(AllowedWarning { code: code.to_string(), path: None, source });
        self
    }

    /// Disables a warning for one route, given by its full pattern.
    #[must_use]
    pub fn allow_warning_at(
        mut self,
        code: impl fmt::Display,
        path: impl Into<String>,
        source: Source,
    ) -> Self {
        let path = Some(path.into());
        self.allowed_warnings.push(AllowedWarning { code: code.to_string(), path, source });
        self
    }

    /// Reports values that are wrong but harmless as warnings: for settings that the users
    /// of an application write, so that an update of it does not keep their servers from
    /// starting.
    ///
    /// These are the codes with a text in [`Code::when_lenient`](crate::Code::when_lenient),
    /// wherever in the configuration: a `max_age` above one day or without a unit, methods
    /// and headers that browsers never send, empty lists, and `null` for a setting that is
    /// not set. Every other error remains one, and so do all errors in the rules of
    /// handlers.
    ///
    /// ```
    /// use cors_core::{Config, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone())
    ///     .list(Setting::Origins, Op::Set, ["https://app.example"], here.clone())
    ///     .list(Setting::Headers, Op::Set, ["x-token", "content-length"], here.clone())
    ///     .max_age(1_728_000, here);
    /// let config = Config::new(rules);
    /// assert!(config.resolve().is_err());
    /// let resolver = config.lenient().resolve()?;
    /// assert_eq!(resolver.warnings().len(), 2);
    /// let value = |setting| resolver.global().effective(setting).value().to_string();
    /// assert_eq!(value(Setting::Headers), "x-token");
    /// assert_eq!(value(Setting::MaxAge), "86400");
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    ///
    /// # Security
    ///
    /// No origin is read leniently, nothing about credentials, and no limit. `null` for
    /// `limits` or in it, for `off`, `replace`, `policy`, `match` and `host` is an error.
    #[must_use]
    pub const fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// Adds a problem that was found while the configuration was read.
    ///
    /// [`Config::resolve`] reports it together with all others.
    ///
    /// ```
    /// use cors_core::{Code, Config, Problem, Rules, Source};
    ///
    /// let file = Source::file("cors.toml", 1, 1);
    /// let missing = Problem::error(Code::UNREADABLE_FILE, &file, "there is no `cors.toml`");
    /// let error = Config::new(Rules::new(file)).problem(missing).resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].code(), Code::UNREADABLE_FILE);
    /// ```
    #[must_use]
    pub fn problem(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }
}
