//! Policies: complete, checked, immutable; and the decisions that they make.
//!
//! [`Policy::decide`] follows the Fetch standard from the server's side: the
//! "CORS-preflight fetch" for preflights, the "CORS check" for everything else.
//! It allocates nothing and never fails. Policies are created by merging: this module
//! knows neither rules nor configuration. The content of live sets is the only thing that
//! changes behind a policy.
//!
//! May import: `grammar`, `live`, `origin`, `problem`, `setting`.

mod answer;
mod decide;
mod decision;
mod effective;
mod live_origins;
mod provenance;
mod request;
mod requested_headers;
mod response;
mod siblings;

pub use self::decision::{Decision, Denial, Verdict};
pub use self::effective::{Effective, EffectiveValue};
pub(crate) use self::live_origins::{KeySegment, LiveOrigins, LiveUse};
pub(crate) use self::provenance::Provenance;
pub use self::request::{DuplicateField, Request, RequestField};
pub use self::response::{Answer, CommonNames, Coverage, ResponseField, ResponseValue, Vary};

use std::sync::Arc;

use crate::grammar::{HeaderName, Method};
use crate::origin::OriginSet;

/// A compiled CORS policy, with its prepared header values.
///
/// Policies are created by [`crate::Resolver`], which checks them, so a `Policy` is
/// always valid. It can be shared freely, and never changes, except for the content of its live
/// sets ([`LiveSet`](crate::LiveSet)).
///
/// ```
/// use cors_core::{Config, Decision, Denial, Op, Request, RequestField, Rules, Setting, Source, Verdict};
///
/// struct Get(&'static str);
///
/// impl Request for Get {
///     fn method(&self) -> &[u8] {
///         b"GET"
///     }
///     fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
///         (field == RequestField::Origin).then_some(self.0.as_bytes()).into_iter()
///     }
/// }
///
/// let here = Source::caller();
/// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, ["https://*.example.com"], here);
/// let resolver = Config::new(rules).resolve()?;
/// let policy = resolver.global();
///
/// let allowed = policy.decide(&Get("https://app.example.com"));
/// assert_eq!(allowed, Decision::Actual(Verdict::Allowed));
/// let denied = policy.decide(&Get("https://example.com.evil.test"));
/// assert_eq!(denied, Decision::Actual(Verdict::Denied(Denial::Origin)));
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) origins: Origins,
    pub(crate) methods: Methods,
    pub(crate) headers: Headers,
    pub(crate) expose: Expose,
    /// Whether all allowed origins may send credentials; see also
    /// [`Origins::Trusting`].
    pub(crate) credentials: bool,
    pub(crate) max_age: Option<Box<str>>,
    pub(crate) private_network: bool,
    pub(crate) enforce: bool,
    pub(crate) provenance: Provenance,
}

/// Two policies are equal if they decide and answer alike, regardless of where their
/// settings are set.
impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            origins,
            methods,
            headers,
            expose,
            credentials,
            max_age,
            private_network,
            enforce,
            provenance: _,
        } = self;
        *methods == other.methods
            && *headers == other.headers
            && *expose == other.expose
            && *credentials == other.credentials
            && *max_age == other.max_age
            && *private_network == other.private_network
            && *enforce == other.enforce
            && *origins == other.origins
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origins {
    /// `off`; differs from an empty list only in the reason code.
    Off,
    /// `passthrough`: requests and responses are left alone. Where that is not possible,
    /// this decides like `off`.
    Passthrough,
    Any,
    Only(Arc<OriginSet>),
    /// Some of the allowed origins may send credentials.
    // A case of its own, so that policies without such a list cost nothing more.
    Trusting {
        /// The allowed origins; `None` for `any`.
        allowed: Option<Arc<OriginSet>>,
        trusted: Arc<OriginSet>,
    },
    /// Some of the origins are those of live sets.
    // A case of its own, so that policies without one cost nothing more.
    Live(Box<LiveOrigins>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expose {
    Nothing,
    Any,
    Only(Box<str>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Methods {
    Any,
    Only { methods: Box<[Method]>, value: Box<str> },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Headers {
    Any {
        authorization: bool,
    },
    Only {
        /// Invariant: lower-case, sorted, unique.
        names: Box<[HeaderName]>,
        value: Box<str>,
        longest: usize,
    },
}

impl Policy {
    /// Whether a disallowed cross-origin request is refused before the handler runs.
    #[must_use]
    pub const fn enforces(&self) -> bool {
        self.enforce
    }

    /// Whether requests and responses are left alone, preflights included, unless another
    /// policy may apply as well.
    #[must_use]
    pub const fn passes_through(&self) -> bool {
        matches!(self.origins, Origins::Passthrough)
    }

    /// Whether no origin is allowed, and none can be while the policy applies: a live set may
    /// allow one at any time.
    #[must_use]
    pub fn allows_no_origin(&self) -> bool {
        match &self.origins {
            Origins::Off => true,
            Origins::Only(origins) => origins.is_empty(),
            Origins::Passthrough | Origins::Any | Origins::Trusting { .. } | Origins::Live(_) => {
                false
            }
        }
    }

    /// Whether a preflight response of one of the two policies could be cached for
    /// requests of the other without allowing more, apart from methods.
    #[must_use]
    pub fn shares_preflights_with(&self, other: &Self) -> bool {
        if self.passes_through() || other.passes_through() {
            // Handlers answer as they like.
            return self.passes_through() == other.passes_through();
        }
        let never_remembered = |policy: &Self| policy.max_age.as_deref() == Some("0");
        (never_remembered(self) && never_remembered(other))
            || self.headers == other.headers
                && self.max_age == other.max_age
                && self.credentials == other.credentials
                && self.trusted() == other.trusted()
                && self.trusts_live_as(other)
    }

    /// The origins that may send credentials, if these are only some of the allowed
    /// ones.
    pub(crate) fn trusted(&self) -> Option<&Arc<OriginSet>> {
        match &self.origins {
            Origins::Trusting { trusted, .. } => Some(trusted),
            Origins::Live(live) => live.trusted.as_ref(),
            Origins::Off | Origins::Passthrough | Origins::Any | Origins::Only(_) => None,
        }
    }

    /// Whether both lists of credentials, if they are lists, have the same live sets.
    fn trusts_live_as(&self, other: &Self) -> bool {
        match (self.live(), other.live()) {
            (None, None) => true,
            (Some(mine), Some(theirs)) if mine.trusted.is_some() => mine == theirs,
            _ => self.trusted().is_none(),
        }
    }

    /// The allowed origins, if they are a list.
    const fn listed_origins(&self) -> Option<&Arc<OriginSet>> {
        match &self.origins {
            Origins::Only(set) | Origins::Trusting { allowed: Some(set), .. } => Some(set),
            Origins::Off
            | Origins::Passthrough
            | Origins::Any
            | Origins::Live(_)
            | Origins::Trusting { allowed: None, .. } => None,
        }
    }

    /// The sets of origins that do not change. Equal sets of policies that were compiled under
    /// one configuration are at one address.
    #[doc(hidden)]
    pub fn shared_origins(&self) -> impl Iterator<Item = &OriginSet> {
        let (allowed, trusted) = match &self.origins {
            Origins::Only(allowed) => (Some(allowed), None),
            Origins::Trusting { allowed, trusted } => (allowed.as_ref(), Some(trusted)),
            Origins::Live(live) => (live.allowed.as_ref(), live.trusted.as_ref()),
            Origins::Off | Origins::Passthrough | Origins::Any => (None, None),
        };
        allowed.into_iter().chain(trusted).map(|set| &**set)
    }

    /// Whether both policies allow some origin, but certainly none in common: of a
    /// request for which either may apply, every origin is refused.
    #[must_use]
    pub fn excludes_origins_of(&self, other: &Self) -> bool {
        self.listed_origins().zip(other.listed_origins()).is_some_and(|(mine, theirs)| {
            !mine.is_empty() && !theirs.is_empty() && !mine.may_share(theirs)
        })
    }

    /// The texts of [`ResponseValue::Prepared`], so that an adapter can convert them to
    /// its own header values once.
    pub fn prepared(&self) -> impl Iterator<Item = (ResponseField, &str)> {
        let methods = match &self.methods {
            Methods::Any => None,
            Methods::Only { value, .. } => Some(&**value),
        };
        let headers = match &self.headers {
            Headers::Any { .. } => None,
            Headers::Only { value, .. } => Some(&**value),
        };
        let expose = match &self.expose {
            Expose::Nothing | Expose::Any => None,
            Expose::Only(names) => Some(&**names),
        };
        [
            (ResponseField::AllowMethods, methods),
            (ResponseField::AllowHeaders, headers),
            (ResponseField::MaxAge, self.max_age.as_deref()),
            (ResponseField::ExposeHeaders, expose),
        ]
        .into_iter()
        .filter_map(|(field, text)| text.map(|text| (field, text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, ListValue, Op, Rules, Setting, Source};

    fn policy(configure: impl FnOnce(Rules, Source) -> Rules) -> Arc<Policy> {
        let here = Source::caller();
        let rules = Rules::new(here.clone()).list(
            Setting::Origins,
            Op::Set,
            ["https://a.example"],
            here.clone(),
        );
        Arc::clone(Config::new(configure(rules, here)).resolve().unwrap().global())
    }

    fn list(setting: Setting, element: &'static str) -> Arc<Policy> {
        policy(|rules, here| rules.list(setting, Op::Set, [element], here))
    }

    #[test]
    fn policies_are_equal_when_no_setting_differs() {
        let plain = || policy(|rules, _| rules);
        let each = [
            plain(),
            policy(|_, here| {
                let other = ["https://b.example"];
                Rules::new(here.clone()).list(Setting::Origins, Op::Set, other, here)
            }),
            policy(|_, here| Rules::new(here.clone()).off(here)),
            list(Setting::Methods, "PUT"),
            list(Setting::Headers, "x-a"),
            list(Setting::Expose, "x-a"),
            policy(|rules, here| rules.flag(Setting::Credentials, true, here)),
            policy(|rules, here| {
                rules.list(Setting::Expose, Op::Set, ListValue::Any(here.clone()), here)
            }),
            // The only origin by name, which may differ from all for other policies.
            list(Setting::Credentials, "https://a.example"),
            policy(|rules, here| rules.max_age(0, here)),
            policy(|rules, here| rules.flag(Setting::PrivateNetwork, true, here)),
            policy(|rules, here| rules.flag(Setting::Enforce, true, here)),
        ];
        for (index, one) in each.iter().enumerate() {
            for (other_index, other) in each.iter().enumerate() {
                assert_eq!(one == other, index == other_index, "{one:?} and {other:?}");
            }
        }
        assert_eq!(plain(), plain(), "regardless of the source");
        assert_eq!(list(Setting::Methods, "PUT"), list(Setting::Methods, "PUT"));
    }

    #[test]
    fn policies_share_preflights_if_they_allow_the_same_for_the_same_time() {
        let with = |header: &'static str, max_age: i64, credentials: bool| {
            policy(|rules, here| {
                rules
                    .list(Setting::Headers, Op::Set, [header], here.clone())
                    .max_age(max_age, here.clone())
                    .flag(Setting::Credentials, credentials, here)
            })
        };
        let one = with("x-a", 60, true);
        assert!(one.shares_preflights_with(&with("x-a", 60, true)));
        assert!(!one.shares_preflights_with(&with("x-b", 60, true)));
        assert!(!one.shares_preflights_with(&with("x-a", 61, true)));
        assert!(!one.shares_preflights_with(&with("x-a", 60, false)));
        // Without caching, different lists can be shared, but only if neither is
        // cached.
        assert!(with("x-a", 0, true).shares_preflights_with(&with("x-b", 0, false)));
        assert!(!one.shares_preflights_with(&with("x-b", 0, true)));
        assert!(!with("x-b", 0, true).shares_preflights_with(&one));
    }

    #[test]
    fn policies_without_a_common_origin_exclude_each_other() {
        let with = |origins: &'static [&'static str]| {
            policy(|_, here| {
                Rules::new(here.clone()).list(Setting::Origins, Op::Set, origins, here)
            })
        };
        for (mine, theirs, expected) in [
            (&["https://a.example"][..], &["https://b.example"][..], true),
            (&["https://a.example"], &["https://a.example", "https://b.example"], false),
            (&["https://a.b.example"], &["https://*.b.example"], false),
            (&["https://*.a.b.example"], &["https://*.b.example"], false),
            (&["https://*.a.example"], &["https://*.b.example"], true),
            (&["http://localhost:*"], &["http://localhost:3000"], false),
        ] {
            let (one, other) = (with(mine), with(theirs));
            assert_eq!(one.excludes_origins_of(&other), expected, "{mine:?} {theirs:?}");
            assert_eq!(other.excludes_origins_of(&one), expected, "{theirs:?} {mine:?}");
        }
        let off = policy(|_, here| Rules::new(here.clone()).off(here));
        assert!(!off.excludes_origins_of(&with(&["https://a.example"])));
    }

    #[test]
    fn only_policies_with_enforce_enforce() {
        assert!(policy(|rules, here| rules.flag(Setting::Enforce, true, here)).enforces());
        assert!(!policy(|rules, _| rules).enforces());
    }
}
