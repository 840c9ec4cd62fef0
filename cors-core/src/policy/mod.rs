//! A policy: complete, checked, immutable; and the decision it makes.
//!
//! [`Policy::decide`] follows the Fetch standard from the server's side: the
//! "CORS-preflight fetch" for preflights, the "CORS check" for everything else.
//! It allocates nothing and never fails. How a policy comes to be is left to
//! merging: this room knows neither rules nor configuration.
//!
//! May import: `grammar`, `origin`, `setting`, and of `problem` the
//! [`Source`] only.

mod decision;
mod effective;
mod provenance;
mod request;
mod requested_headers;
mod response;

pub use self::decision::{Decision, Denial, Verdict};
pub use self::effective::{Effective, EffectiveValue};
pub(crate) use self::provenance::Provenance;
pub use self::request::{Duplicated, Request, RequestField};
pub use self::response::{Answer, Coverage, ResponseField, ResponseValue, Vary};

use std::sync::Arc;

use self::response::SAFELISTED_METHODS;
use crate::grammar::{HeaderName, Method};
use crate::origin::OriginSet;

/// Who may do what, and the header values to say so.
///
/// Comes out of [`crate::Resolver`], which has checked it: a `Policy` cannot be
/// wrong. It holds no interior mutability and is shared freely.
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
#[derive(Debug)]
pub struct Policy {
    pub(crate) origins: Origins,
    pub(crate) methods: Methods,
    pub(crate) headers: Headers,
    pub(crate) expose: Option<Box<str>>,
    pub(crate) credentials: bool,
    pub(crate) max_age: Option<Box<str>>,
    pub(crate) private_network: bool,
    pub(crate) enforce: bool,
    pub(crate) provenance: Provenance,
}

/// Two policies are equal when they decide and answer alike, wherever their
/// settings were said.
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

#[derive(Debug, PartialEq)]
pub(crate) enum Origins {
    /// `off`: told apart from an empty list for the reason code only.
    Off,
    Any,
    Only(Arc<OriginSet>),
}

#[derive(Debug, PartialEq)]
pub(crate) enum Methods {
    Any,
    Only { methods: Box<[Method]>, value: Box<str> },
}

#[derive(Debug, PartialEq)]
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

/// No method is this long, and what `methods = any` grants may be echoed.
const LONGEST_METHOD: usize = 64;

impl Policy {
    /// What this policy makes of a request.
    #[must_use]
    pub fn decide(&self, request: &impl Request) -> Decision {
        let origin = match request.only(RequestField::Origin) {
            Ok(None) => return Decision::NotCors,
            Ok(Some(origin)) => self.judge_origin(origin),
            // `any` does not look at the origin, not even at how many there are.
            Err(_) if matches!(self.origins, Origins::Any) => Ok(()),
            Err(_) => Err(Denial::DuplicatedOrigin),
        };
        if request.is_preflight() {
            return self.decide_preflight(request, origin);
        }
        match origin {
            Ok(()) => Decision::Actual(Verdict::Allowed),
            Err(_) if self.enforce && request.is_same_origin() => Decision::NotCors,
            Err(denial) => Decision::Actual(Verdict::Denied(denial)),
        }
    }

    /// How to answer a request about which `decision` was made.
    #[must_use]
    pub fn answer(&self, decision: Decision, coverage: Coverage) -> Answer<'_> {
        match decision {
            Decision::NotCors => self.answer_actual(matches!(self.origins, Origins::Any)),
            Decision::Actual(Verdict::Allowed) => self.answer_actual(true),
            Decision::Actual(Verdict::Denied(_)) => {
                let mut answer = self.answer_actual(false);
                answer.refused = self.enforce;
                answer
            }
            Decision::Preflight(verdict) => self.answer_preflight(verdict, coverage),
            Decision::PrivateNetworkPreflight(verdict) => {
                let mut answer = self.answer_preflight(verdict, coverage);
                if verdict == Verdict::Allowed {
                    answer.set(ResponseField::AllowPrivateNetwork, ResponseValue::Static("true"));
                }
                answer
            }
        }
    }

    /// Whether a disallowed cross-origin request is refused before the handler runs.
    #[must_use]
    pub const fn enforces(&self) -> bool {
        self.enforce
    }

    /// Whether a browser that remembers a preflight answered by one of the two
    /// would do nothing that the other forbids, methods apart.
    #[must_use]
    pub fn shares_preflights_with(&self, other: &Self) -> bool {
        let never_remembered = |policy: &Self| policy.max_age.as_deref() == Some("0");
        (never_remembered(self) && never_remembered(other))
            || self.headers == other.headers
                && self.max_age == other.max_age
                && self.credentials == other.credentials
    }

    /// The texts of [`ResponseValue::Prepared`], for an adapter that wants to
    /// turn them into its own header values once.
    pub fn prepared(&self) -> impl Iterator<Item = (ResponseField, &str)> {
        let methods = match &self.methods {
            Methods::Any => None,
            Methods::Only { value, .. } => Some(&**value),
        };
        let headers = match &self.headers {
            Headers::Any { .. } => None,
            Headers::Only { value, .. } => Some(&**value),
        };
        [
            (ResponseField::AllowMethods, methods),
            (ResponseField::AllowHeaders, headers),
            (ResponseField::MaxAge, self.max_age.as_deref()),
            (ResponseField::ExposeHeaders, self.expose.as_deref()),
        ]
        .into_iter()
        .filter_map(|(field, text)| text.map(|text| (field, text)))
    }

    fn judge_origin(&self, origin: &[u8]) -> Result<(), Denial> {
        match &self.origins {
            Origins::Any => Ok(()),
            Origins::Only(set) if set.contains(origin) => Ok(()),
            Origins::Off => Err(Denial::Off),
            Origins::Only(_) if origin == b"null" => Err(Denial::NullOrigin),
            Origins::Only(_) => Err(Denial::Origin),
        }
    }

    /// Fetch, "CORS-preflight fetch", step 7: origin, then method, then headers.
    fn decide_preflight(&self, request: &impl Request, origin: Result<(), Denial>) -> Decision {
        let private =
            matches!(request.only(RequestField::RequestPrivateNetwork), Ok(Some(b"true")));
        let verdict = origin
            .and_then(|()| self.judge_method(request))
            .and_then(|()| self.judge_headers(request));
        let verdict = match verdict {
            Ok(()) if private && !self.private_network => Verdict::Denied(Denial::PrivateNetwork),
            Ok(()) => Verdict::Allowed,
            Err(denial) => Verdict::Denied(denial),
        };
        match private {
            true => Decision::PrivateNetworkPreflight(verdict),
            false => Decision::Preflight(verdict),
        }
    }

    fn judge_method(&self, request: &impl Request) -> Result<(), Denial> {
        let Ok(Some(requested)) = request.only(RequestField::RequestMethod) else {
            return Err(Denial::Method);
        };
        let allowed = Method::is_safelisted(requested)
            || match &self.methods {
                // A method named `*` would be echoed, and remembered as any method.
                Methods::Any => {
                    requested.len() <= LONGEST_METHOD
                        && requested != b"*"
                        && Method::is_token(requested)
                }
                Methods::Only { methods, .. } => {
                    methods.iter().any(|method| method.as_str().as_bytes() == requested)
                }
            };
        if allowed { Ok(()) } else { Err(Denial::Method) }
    }

    fn judge_headers(&self, request: &impl Request) -> Result<(), Denial> {
        let lines = request.lines(RequestField::RequestHeaders);
        match &self.headers {
            // Fetch, "CORS non-wildcard request-header name": `*` does not cover `authorization`.
            Headers::Any { authorization } => requested_headers::scan(lines, &[], |name| {
                let allowed = Method::is_token(name)
                    && name != b"*"
                    && (*authorization || !name.eq_ignore_ascii_case(b"authorization"));
                allowed.then_some(0)
            }),
            Headers::Only { names, longest, .. } => {
                requested_headers::scan(lines, names, |name| match name.len() <= *longest {
                    true => find_ignoring_case(names, name),
                    false => None,
                })
            }
        }
    }

    fn answer_actual(&self, readable: bool) -> Answer<'_> {
        let depends_on_origin = match &self.origins {
            Origins::Any => false,
            Origins::Only(set) => !set.is_empty() || self.enforce,
            Origins::Off => self.enforce,
        };
        let vary = if depends_on_origin { Vary::Origin } else { Vary::Nothing };
        let mut answer = Answer::empty(vary);
        if readable {
            self.let_in(&mut answer);
            if let Some(names) = &self.expose {
                answer.set(ResponseField::ExposeHeaders, ResponseValue::Prepared(names));
            }
        }
        answer
    }

    fn answer_preflight(&self, verdict: Verdict, coverage: Coverage) -> Answer<'_> {
        let mut answer = Answer::empty(Vary::Preflight);
        let denial = match verdict {
            Verdict::Allowed | Verdict::Denied(Denial::PrivateNetwork) => None,
            Verdict::Denied(denial) if denial.is_about_origin() => {
                answer.refused = true;
                return answer;
            }
            Verdict::Denied(denial) => Some(denial),
        };
        self.let_in(&mut answer);
        // A denied preflight still lists what is allowed: the browser then names
        // the header or method that is not, and remembers nothing (Fetch,
        // "CORS-preflight fetch", step 7 fails before the cache is filled).
        answer.set(ResponseField::AllowMethods, self.allow_methods(denial, coverage));
        if let Some(headers) = self.allow_headers(denial, coverage) {
            answer.set(ResponseField::AllowHeaders, headers);
        }
        if denial.is_none()
            && let Some(seconds) = &self.max_age
        {
            answer.set(ResponseField::MaxAge, ResponseValue::Prepared(seconds));
        }
        answer
    }

    /// Fetch, "CORS check": the origin, and whether with credentials.
    fn let_in(&self, answer: &mut Answer<'_>) {
        let origin = match self.origins {
            // Without credentials only: compiling refuses `any` with them.
            Origins::Any => ResponseValue::Static("*"),
            Origins::Only(_) | Origins::Off => ResponseValue::EchoOrigin,
        };
        answer.set(ResponseField::AllowOrigin, origin);
        if self.credentials {
            answer.set(ResponseField::AllowCredentials, ResponseValue::Static("true"));
        }
    }

    fn allow_methods(&self, denial: Option<Denial>, coverage: Coverage) -> ResponseValue<'_> {
        let method_is_allowed = denial != Some(Denial::Method);
        match (&self.methods, coverage) {
            (_, Coverage::RequestedMethod) if method_is_allowed => ResponseValue::EchoMethod,
            // `*` means itself when credentials are sent (Fetch, step 7.5).
            (Methods::Any, _) if method_is_allowed && self.credentials => ResponseValue::EchoMethod,
            (Methods::Any, _) if method_is_allowed => ResponseValue::Static("*"),
            (Methods::Only { value, .. }, _) if !value.is_empty() => ResponseValue::Prepared(value),
            // Without a list, browsers that ask because of an upload take the
            // requested method for allowed (Fetch, step 7.4).
            (Methods::Any | Methods::Only { .. }, _) => ResponseValue::Static(SAFELISTED_METHODS),
        }
    }

    fn allow_headers(
        &self,
        denial: Option<Denial>,
        coverage: Coverage,
    ) -> Option<ResponseValue<'_>> {
        let echo = Some(ResponseValue::EchoHeaders);
        match (&self.headers, denial, coverage) {
            // Too long to echo, and a browser might accept what was refused here.
            (_, Some(Denial::HeaderList), _) => None,
            // Nobody has looked at the names.
            (Headers::Any { .. }, Some(Denial::Method), _) if self.credentials => None,
            (_, None, Coverage::RequestedMethod) => echo,
            // By Fetch `*` is not `authorization`, but Chromium takes it for that, too.
            (Headers::Any { .. }, Some(Denial::Header), _) => None,
            (Headers::Any { .. }, _, _) if self.credentials => echo,
            (Headers::Any { authorization: false }, _, _) => Some(ResponseValue::Static("*")),
            (Headers::Any { authorization: true }, _, _) => {
                Some(ResponseValue::Static("*, authorization"))
            }
            (Headers::Only { names, .. }, _, _) if names.is_empty() => None,
            (Headers::Only { value, .. }, _, _) => Some(ResponseValue::Prepared(value)),
        }
    }
}

/// Binary search in lower-case `names` for `name` in any case.
fn find_ignoring_case(names: &[HeaderName], name: &[u8]) -> Option<usize> {
    if !name.iter().any(u8::is_ascii_uppercase) {
        return names.binary_search_by(|known| known.as_str().as_bytes().cmp(name)).ok();
    }
    let lower = || name.iter().map(u8::to_ascii_lowercase);
    names.binary_search_by(|known| known.as_str().bytes().cmp(lower())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Op, Rules, Setting, Source};

    fn policy(says: impl FnOnce(Rules, Source) -> Rules) -> Arc<Policy> {
        let here = Source::caller();
        let rules = Rules::new(here.clone()).list(
            Setting::Origins,
            Op::Set,
            ["https://a.example"],
            here.clone(),
        );
        Arc::clone(Config::new(says(rules, here)).resolve().unwrap().global())
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
            policy(|rules, here| rules.max_age(0, here)),
            policy(|rules, here| rules.flag(Setting::PrivateNetwork, true, here)),
            policy(|rules, here| rules.flag(Setting::Enforce, true, here)),
        ];
        for (index, one) in each.iter().enumerate() {
            for (other_index, other) in each.iter().enumerate() {
                assert_eq!(one == other, index == other_index, "{one:?} and {other:?}");
            }
        }
        assert_eq!(plain(), plain(), "wherever it was said");
        assert_eq!(list(Setting::Methods, "PUT"), list(Setting::Methods, "PUT"));
    }

    #[test]
    fn preflights_are_shared_by_policies_that_grant_the_same_for_as_long() {
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
        // What is not remembered is not shared, but only where neither is.
        assert!(with("x-a", 0, true).shares_preflights_with(&with("x-b", 0, false)));
        assert!(!one.shares_preflights_with(&with("x-b", 0, true)));
        assert!(!with("x-b", 0, true).shares_preflights_with(&one));
    }

    #[test]
    fn only_a_policy_that_says_enforce_enforces() {
        assert!(policy(|rules, here| rules.flag(Setting::Enforce, true, here)).enforces());
        assert!(!policy(|rules, _| rules).enforces());
    }
}
