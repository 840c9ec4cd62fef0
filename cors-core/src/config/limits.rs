//! Limits as written by the user: the most that any route, group or global rule may
//! allow. They are checked in `ceiling`.

use super::lists::IntoListValue;
use super::rules::{Clause, ClauseKind, Rules};
use crate::grammar::MaxAgeValue;
use crate::keyword::keywords;
use crate::problem::Source;
use crate::setting::{Op, Setting};

/// The table `[cors.limits]`: upper limits for the merged rules.
///
/// Limits apply to the result of merging, wherever a value is set, so there is only one
/// table to review. Settings that are not mentioned are not limited.
///
/// ```
/// use cors_core::{Config, Limits, Op, Permission, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let limits = Limits::new(here.clone())
///     .list(Setting::Origins, ["https://*.example.com"], here.clone())
///     .credentials(Permission::Never, here.clone());
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["https://app.example.com", "https://evil.example"], here.clone())
///     .flag(Setting::Credentials, true, here);
/// let error = Config::new(rules).limits(limits).resolve().unwrap_err();
/// let codes: Vec<_> = error.problems().iter().map(|problem| problem.code().as_str()).collect();
/// assert_eq!(codes, ["cors::over-limit", "cors::over-limit"]);
/// ```
///
/// # Security
///
/// An environment variable overrides `[cors]`, and is subject to the limits like any
/// other rule; no variable overrides a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The limits of lists and of `max_age`.
    pub(crate) rules: Rules,
    pub(crate) credentials: (Permission, Source),
    pub(crate) private_network: (Permission, Source),
    pub(crate) route_overrides: (Overrides, Source),
    /// The settings that [`Overrides::Narrow`] does not apply to.
    pub(crate) free_overrides: Vec<Setting>,
    /// Whether groups and routes may be `passthrough`.
    pub(crate) passthrough: bool,
}

/// The layers that may enable a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Permission {
    /// Every layer may enable it: no limit.
    Any,
    /// Only `[cors]` or the builder may enable it; routes and groups may inherit it,
    /// but not set it.
    GlobalOnly,
    /// No layer may enable it.
    Never,
}

/// The overrides of inherited rules that routes and groups may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overrides {
    /// They may set anything that the other limits allow.
    Any,
    /// They may only narrow what they inherit. Compared with it, a route or group must
    /// not have an origin, method, request header or exposed header that is not
    /// covered, a longer `max_age`, or another `danger_…`; it must not enable
    /// `credentials`, `private_network` or the origin `null`, or disable `enforce`.
    /// Only the result counts: `=`, `policy` and `replace` may also narrow.
    Narrow,
    /// They may not override anything: groups are not allowed, and `#[cors]` takes no
    /// arguments.
    None,
}

impl Limits {
    /// Creates a table without limits; `source` is where the table begins.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self {
            rules: Rules::new(source),
            credentials: (Permission::Any, Source::BASELINE),
            private_network: (Permission::Any, Source::BASELINE),
            route_overrides: (Overrides::Any, Source::BASELINE),
            free_overrides: Vec::new(),
            passthrough: false,
        }
    }

    /// Limits `origins`, `methods`, `headers` or `expose` to what `value` covers.
    ///
    /// `GET`, `HEAD` and `POST` need not be listed: browsers send them in any case. An
    /// empty list is the strictest limit: it allows only what needs no list.
    #[must_use]
    pub fn list(self, setting: Setting, value: impl IntoListValue, source: Source) -> Self {
        Self { rules: self.rules.list(setting, Op::Set, value, source), ..self }
    }

    /// Limits `max_age`; the browsers' default of five seconds counts if it is not set.
    #[must_use]
    pub fn max_age(self, value: impl Into<MaxAgeValue>, source: Source) -> Self {
        Self { rules: self.rules.max_age(value, source), ..self }
    }

    /// Limits which layers may set `credentials = true`.
    #[must_use]
    pub fn credentials(self, permission: Permission, source: Source) -> Self {
        Self { credentials: (permission, source), ..self }
    }

    /// Limits which layers may set `private_network = true`.
    #[must_use]
    pub fn private_network(self, permission: Permission, source: Source) -> Self {
        Self { private_network: (permission, source), ..self }
    }

    /// Limits how routes and groups may override the rules that they inherit.
    #[must_use]
    pub fn route_overrides(self, overrides: Overrides, source: Source) -> Self {
        Self { route_overrides: (overrides, source), ..self }
    }

    /// Excludes a setting from [`Overrides::Narrow`]: routes and groups may override it
    /// as far as the other limits allow.
    ///
    /// ```
    /// use cors_core::{Config, Limits, Op, Overrides, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let limits = Limits::new(here.clone())
    ///     .route_overrides(Overrides::Narrow, here.clone())
    ///     .allow_override(Setting::Headers);
    /// let add = |setting, element| {
    ///     let group = Rules::new(here.clone()).list(setting, Op::Add, [element], here.clone());
    ///     let config = Config::new(Rules::new(here.clone())).limits(limits.clone());
    ///     config.group("/x", group, here.clone()).resolve()
    /// };
    /// assert!(add(Setting::Headers, "x-csrf-token").is_ok());
    /// assert!(add(Setting::Origins, "https://app.example").is_err());
    /// ```
    #[must_use]
    pub fn allow_override(mut self, setting: Setting) -> Self {
        self.free_overrides.push(setting);
        self
    }

    /// Sets whether groups and routes may be `passthrough`: limits do not apply to the
    /// headers of handlers, so they may not unless this is set.
    ///
    /// ```
    /// use cors_core::{Config, Limits, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let resolve = |limits| {
    ///     let gateway = Rules::new(here.clone()).passthrough(here.clone());
    ///     let config = Config::new(Rules::new(here.clone())).limits(limits);
    ///     config.group("/gateway/**", gateway, here.clone()).resolve()
    /// };
    /// assert!(resolve(Limits::new(here.clone())).is_err());
    /// assert!(resolve(Limits::new(here.clone()).passthrough(true)).is_ok());
    /// ```
    #[must_use]
    pub fn passthrough(self, accepted: bool) -> Self {
        Self { passthrough: accepted, ..self }
    }

    /// The place where the table begins.
    #[must_use]
    pub const fn source(&self) -> &Source {
        self.rules.source()
    }

    /// The place of the limit for a list or `max_age`.
    pub(crate) fn place(&self, setting: Setting) -> &Source {
        let about = |clause: &&Clause| match clause.kind {
            ClauseKind::List(other, ..) => other == setting,
            ClauseKind::MaxAge(..) => setting == Setting::MaxAge,
            _ => false,
        };
        self.rules.clauses().iter().find(about).map_or(self.source(), |clause| &clause.source)
    }
}

keywords! { Permission { Any = "any", GlobalOnly = "global-only", Never = "never" } }
keywords! { Overrides { Any = "any", Narrow = "narrow", None = "none" } }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn place(line: u32) -> Source {
        Source::code("api.rs", line, 1)
    }

    #[test]
    fn an_empty_list_is_the_strictest_limit() {
        let lists = [
            (Setting::Origins, "https://a.example"),
            (Setting::Methods, "PUT"),
            (Setting::Headers, "x-a"),
            (Setting::Expose, "x-a"),
        ];
        for (setting, element) in lists {
            let resolve = |rules| {
                let limits = Limits::new(place(1)).list(setting, [""; 0], place(1));
                Config::new(rules).limits(limits).resolve()
            };
            assert!(resolve(Rules::new(place(2))).is_ok(), "{setting}");
            let rules = Rules::new(place(2)).list(setting, Op::Set, [element], place(2));
            let codes = |error: crate::Error| error.problems()[0].code().as_str();
            assert_eq!(resolve(rules).map_err(codes).err(), Some("cors::over-limit"), "{setting}");
        }
    }

    #[test]
    fn a_problem_names_the_exceeded_limit() {
        let limits = Limits::new(place(1))
            .max_age(60, place(2))
            .list(Setting::Origins, ["https://a.example"], place(3))
            .list(Setting::Expose, ["etag"], place(4));
        let rules = Rules::new(place(10))
            .list(Setting::Origins, Op::Set, ["https://b.example"], place(11))
            .list(Setting::Expose, Op::Set, ["x-total"], place(12))
            .max_age(61, place(13));
        let error = Config::new(rules).limits(limits).resolve().unwrap_err();
        let lines: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| {
                let limit = problem.notes().find_map(|(_, place)| place);
                (problem.source().clone(), limit.cloned())
            })
            .collect();
        let expected = [(11, 3), (12, 4), (13, 2)];
        assert_eq!(lines, expected.map(|(value, limit)| (place(value), Some(place(limit)))));
    }
}
