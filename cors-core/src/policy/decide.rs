//! Deciding about a request: the steps of Fetch, from the server's side.

use super::decision::{Decision, Denial, Verdict};
use super::live_origins::Membership;
use super::request::{Request, RequestField};
use super::{Headers, Methods, Origins, Policy, requested_headers};
use crate::grammar::{HeaderName, Method};

/// The longest method that `methods = any` allows, since it may be echoed.
const LONGEST_METHOD: usize = 64;

impl Policy {
    /// Decides about a request.
    #[must_use]
    pub fn decide(&self, request: &impl Request) -> Decision {
        let origin = match request.only(RequestField::Origin) {
            Ok(None) => return Decision::NotCors,
            Ok(Some(origin)) => self.check_origin(origin, request),
            // `any` allows every origin, so duplicate `Origin` headers do not matter.
            Err(_) => match self.origins {
                Origins::Any => Ok(OriginTrust::AsConfigured),
                Origins::Trusting { allowed: None, .. } => Ok(OriginTrust::WithoutCredentials),
                Origins::Live(ref live) if live.allowed.is_none() => {
                    Ok(OriginTrust::WithoutCredentials)
                }
                _ => Err(Denial::DuplicatedOrigin),
            },
        };
        if request.is_preflight() {
            return self.decide_preflight(request, origin);
        }
        match origin {
            Ok(OriginTrust::AsConfigured) => Decision::Actual(Verdict::Allowed),
            Ok(OriginTrust::WithoutCredentials) => {
                Decision::Actual(Verdict::AllowedWithoutCredentials)
            }
            Err(_) if self.enforce && request.is_same_origin() => Decision::NotCors,
            Err(denial) => Decision::Actual(Verdict::Denied(denial)),
        }
    }

    #[inline]
    fn check_origin(&self, origin: &[u8], request: &impl Request) -> Result<OriginTrust, Denial> {
        match &self.origins {
            Origins::Any => Ok(OriginTrust::AsConfigured),
            Origins::Only(set) if set.contains(origin) => Ok(OriginTrust::AsConfigured),
            Origins::Off | Origins::Passthrough => Err(Denial::Off),
            Origins::Trusting { allowed, trusted } => {
                match allowed.as_ref().is_none_or(|set| set.contains(origin)) {
                    // `null` is in no list of trusted origins.
                    true if trusted.contains(origin) => Ok(OriginTrust::AsConfigured),
                    true => Ok(OriginTrust::WithoutCredentials),
                    false => Err(denied(origin)),
                }
            }
            Origins::Only(_) => Err(denied(origin)),
            Origins::Live(live) => match live.membership(origin, request) {
                Membership { allowed: false, .. } => Err(denied(origin)),
                Membership { trusted: Some(false), .. } => Ok(OriginTrust::WithoutCredentials),
                Membership { trusted: Some(true) | None, .. } => Ok(OriginTrust::AsConfigured),
            },
        }
    }

    /// Fetch, "CORS-preflight fetch", step 7: origin, then method, then headers.
    fn decide_preflight(
        &self,
        request: &impl Request,
        origin: Result<OriginTrust, Denial>,
    ) -> Decision {
        let private =
            matches!(request.only(RequestField::RequestPrivateNetwork), Ok(Some(b"true")));
        let checked = || {
            self.check_method(request)?;
            self.check_headers(request.lines(RequestField::RequestHeaders))?;
            match private && !self.private_network {
                true => Err(Denial::PrivateNetwork),
                false => Ok(()),
            }
        };
        let verdict = match origin {
            Err(denial) => Verdict::Denied(denial),
            Ok(trust) => match (checked(), trust) {
                (Ok(()), OriginTrust::AsConfigured) => Verdict::Allowed,
                (Ok(()), OriginTrust::WithoutCredentials) => Verdict::AllowedWithoutCredentials,
                (Err(denial), OriginTrust::AsConfigured) => Verdict::Denied(denial),
                (Err(denial), OriginTrust::WithoutCredentials) => {
                    Verdict::DeniedWithoutCredentials(denial)
                }
            },
        };
        match private {
            true => Decision::PrivateNetworkPreflight(verdict),
            false => Decision::Preflight(verdict),
        }
    }

    /// Why an origin is denied, if it is.
    pub(crate) fn denies_origin(&self, origin: &[u8], request: &impl Request) -> Option<Denial> {
        self.check_origin(origin, request).err()
    }

    /// Why a browser refuses the response to a request with cookies, although its origin is
    /// allowed: the policy allows it no credentials.
    ///
    /// A request that `fetch` or `XMLHttpRequest` sends to another origin has cookies only
    /// if the page asked for them, and the browser then requires
    /// `Access-Control-Allow-Credentials` (Fetch, "CORS check"). Only browsers that send
    /// `Sec-Fetch-Mode` are recognised, over https.
    /// `sends_cookies` is [`Request::sends_cookies`], which is asked only where it matters.
    #[must_use]
    pub fn denies_credentials(
        &self,
        decision: Decision,
        sends_cookies: impl FnOnce() -> bool,
    ) -> Option<Denial> {
        let may_send = match decision {
            Decision::Actual(Verdict::Allowed) => {
                self.allows_credentials(OriginTrust::AsConfigured)
            }
            Decision::Actual(Verdict::AllowedWithoutCredentials) => false,
            _ => true,
        };
        (!may_send && sends_cookies()).then_some(Denial::Credentials)
    }

    /// Whether an origin may send credentials.
    pub(crate) fn allows_credentials_of(&self, origin: &[u8], request: &impl Request) -> bool {
        self.check_origin(origin, request).is_ok_and(|trust| self.allows_credentials(trust))
    }

    fn allows_credentials(&self, trust: OriginTrust) -> bool {
        match trust {
            OriginTrust::AsConfigured => self.credentials || self.trusted().is_some(),
            OriginTrust::WithoutCredentials => false,
        }
    }

    pub(crate) fn check_method(&self, request: &impl Request) -> Result<(), Denial> {
        let Ok(Some(requested)) = request.only(RequestField::RequestMethod) else {
            return Err(Denial::Method);
        };
        let allowed = Method::is_safelisted(requested)
            || match &self.methods {
                // A method named `*` would be echoed, and cached as any method.
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

    pub(crate) fn check_headers<'l>(
        &self,
        lines: impl Iterator<Item = &'l [u8]>,
    ) -> Result<(), Denial> {
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
}

/// What an allowed origin may send.
#[derive(Clone, Copy)]
pub(super) enum OriginTrust {
    /// Credentials, if the policy allows them at all.
    AsConfigured,
    /// No credentials: the policy lists the origins that may, and this is none of them.
    WithoutCredentials,
}

/// Why an origin that is not in the list is denied.
fn denied(origin: &[u8]) -> Denial {
    match origin {
        b"null" => Denial::NullOrigin,
        _ => Denial::Origin,
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
