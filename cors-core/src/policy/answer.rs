//! The response headers for a decision.

use super::decide::OriginTrust;
use super::decision::{Decision, Denial, Verdict};
use super::response::{Answer, Coverage, ResponseField, ResponseValue, SAFELISTED_METHODS, Vary};
use super::{Expose, Headers, Methods, Origins, Policy};

impl Policy {
    /// The answer to a request for which this policy made `decision`.
    #[must_use]
    pub fn answer(&self, decision: Decision, coverage: Coverage) -> Answer<'_> {
        match decision {
            Decision::NotCors => self.answer_actual(match self.origins {
                Origins::Any => Some(OriginTrust::AsConfigured),
                Origins::Trusting { allowed: None, .. } => Some(OriginTrust::WithoutCredentials),
                Origins::Live(ref live) if live.allowed.is_none() => {
                    Some(OriginTrust::WithoutCredentials)
                }
                Origins::Trusting { .. }
                | Origins::Live(_)
                | Origins::Only(_)
                | Origins::Off
                | Origins::Passthrough => None,
            }),
            Decision::Actual(Verdict::Allowed) => {
                self.answer_actual(Some(OriginTrust::AsConfigured))
            }
            Decision::Actual(Verdict::AllowedWithoutCredentials) => {
                self.answer_actual(Some(OriginTrust::WithoutCredentials))
            }
            Decision::Actual(Verdict::Denied(_) | Verdict::DeniedWithoutCredentials(_)) => {
                let mut answer = self.answer_actual(None);
                answer.refused = self.enforce;
                answer
            }
            Decision::Preflight(verdict) => self.answer_preflight(verdict, coverage),
            Decision::PrivateNetworkPreflight(verdict) => {
                let mut answer = self.answer_preflight(verdict, coverage);
                if verdict.is_allowed() {
                    answer.set(ResponseField::AllowPrivateNetwork, ResponseValue::Static("true"));
                }
                answer
            }
        }
    }

    /// The answer to a request that is no preflight, which is readable unless `trusted` is
    /// `None`.
    fn answer_actual(&self, trusted: Option<OriginTrust>) -> Answer<'_> {
        let depends_on_origin = match &self.origins {
            Origins::Any => false,
            // That of a live set may change, also if it is empty now.
            Origins::Trusting { .. } | Origins::Live(_) => true,
            Origins::Only(set) => !set.is_empty() || self.enforce,
            Origins::Off | Origins::Passthrough => self.enforce,
        };
        let vary = if depends_on_origin { Vary::Origin } else { Vary::Nothing };
        let mut answer = Answer::empty(vary);
        if let Some(trusted) = trusted {
            let with_credentials = self.allow_origin(trusted, &mut answer);
            let names = match &self.expose {
                Expose::Nothing => None,
                // `*` is a literal header name if credentials are sent (Fetch,
                // "main fetch").
                Expose::Any if with_credentials => Some(ResponseValue::OwnHeaders),
                Expose::Any => Some(ResponseValue::Static("*")),
                Expose::Only(names) => Some(ResponseValue::Prepared(names)),
            };
            if let Some(names) = names {
                answer.set(ResponseField::ExposeHeaders, names);
            }
        }
        answer
    }

    fn answer_preflight(&self, verdict: Verdict, coverage: Coverage) -> Answer<'_> {
        let mut answer = Answer::empty(Vary::Preflight);
        let (denial, trusted) = match verdict {
            Verdict::Allowed => (None, OriginTrust::AsConfigured),
            Verdict::AllowedWithoutCredentials => (None, OriginTrust::WithoutCredentials),
            Verdict::Denied(denial) => (Some(denial), OriginTrust::AsConfigured),
            Verdict::DeniedWithoutCredentials(denial) => {
                (Some(denial), OriginTrust::WithoutCredentials)
            }
        };
        if denial.is_some_and(Denial::is_about_origin) {
            answer.refused = true;
            return answer;
        }
        let denial = denial.filter(|denial| *denial != Denial::PrivateNetwork);
        let with_credentials = self.allow_origin(trusted, &mut answer);
        // A denied preflight still lists what is allowed: the browser then reports the
        // header or method that is not.
        answer.set(
            ResponseField::AllowMethods,
            self.allow_methods(denial, coverage, with_credentials),
        );
        if let Some(headers) = self.allow_headers(denial, coverage) {
            answer.set(ResponseField::AllowHeaders, headers);
        }
        match (verdict.is_allowed(), &self.max_age) {
            // By Fetch, a denied preflight fails before the cache is filled
            // ("CORS-preflight fetch", step 7). WebKit caches its lists anyway, for
            // five seconds without this header, and would send requests that other
            // routes of the path deny.
            (false, _) => {
                answer.set(ResponseField::MaxAge, ResponseValue::Static("0"));
            }
            (true, Some(seconds)) => {
                answer.set(ResponseField::MaxAge, ResponseValue::Prepared(seconds));
            }
            (true, None) => {}
        }
        answer
    }

    /// Fetch, "CORS check": allows the origin; returns whether with credentials.
    fn allow_origin(&self, trusted: OriginTrust, answer: &mut Answer<'_>) -> bool {
        let (origin, with_credentials) = match (&self.origins, trusted) {
            // Without credentials only: the checks reject `any` with credentials.
            (Origins::Any, _) => (ResponseValue::Static("*"), false),
            (Origins::Only(_) | Origins::Off | Origins::Passthrough, _) => {
                (ResponseValue::EchoOrigin, self.credentials)
            }
            (Origins::Trusting { .. }, OriginTrust::AsConfigured) => {
                (ResponseValue::EchoOrigin, true)
            }
            (Origins::Trusting { allowed: None, .. }, OriginTrust::WithoutCredentials) => {
                (ResponseValue::Static("*"), false)
            }
            (Origins::Trusting { .. }, OriginTrust::WithoutCredentials) => {
                (ResponseValue::EchoOrigin, false)
            }
            (Origins::Live(live), OriginTrust::AsConfigured) => {
                (ResponseValue::EchoOrigin, self.credentials || live.trusted.is_some())
            }
            (Origins::Live(live), OriginTrust::WithoutCredentials) if live.allowed.is_none() => {
                (ResponseValue::Static("*"), false)
            }
            (Origins::Live(_), OriginTrust::WithoutCredentials) => {
                (ResponseValue::EchoOrigin, false)
            }
        };
        answer.set(ResponseField::AllowOrigin, origin);
        if with_credentials {
            answer.set(ResponseField::AllowCredentials, ResponseValue::Static("true"));
        }
        with_credentials
    }

    fn allow_methods(
        &self,
        denial: Option<Denial>,
        coverage: Coverage,
        with_credentials: bool,
    ) -> ResponseValue<'_> {
        let method_is_allowed = denial != Some(Denial::Method);
        match (&self.methods, coverage) {
            (_, Coverage::RequestedMethod) if method_is_allowed => ResponseValue::EchoMethod,
            // `*` is a literal method name if credentials are sent (Fetch, step 7.5).
            // Without credentials, a browser that caches it sends any method, which is
            // what `any` allows: unlike `any` for headers, it excludes none.
            // So the usual methods are listed: each would need a preflight of its own.
            (Methods::Any, _) if method_is_allowed && with_credentials => {
                ResponseValue::UsualMethods
            }
            (Methods::Any, _) if method_is_allowed => ResponseValue::Static("*"),
            (Methods::Only { value, .. }, _) if !value.is_empty() => ResponseValue::Prepared(value),
            // Without a list, browsers that send a preflight for an upload consider the
            // requested method allowed (Fetch, step 7.4).
            (Methods::Any | Methods::Only { .. }, _) => ResponseValue::Static(SAFELISTED_METHODS),
        }
    }

    fn allow_headers(
        &self,
        denial: Option<Denial>,
        coverage: Coverage,
    ) -> Option<ResponseValue<'_>> {
        match (&self.headers, denial, coverage) {
            // Too long to echo, and a browser might accept what was denied here.
            (_, Some(Denial::HeaderList), _) => None,
            // A name is not allowed, or the names were not checked.
            (Headers::Any { .. }, Some(_), _) => None,
            // Never `*`: by Fetch it does not cover `authorization`, but browsers treat
            // it as if it did, WebKit also when it has cached the `*` of another
            // request.
            (Headers::Any { .. }, None, _) | (_, None, Coverage::RequestedMethod) => {
                Some(ResponseValue::EchoHeaders)
            }
            (Headers::Only { names, .. }, _, _) if names.is_empty() => None,
            (Headers::Only { value, .. }, _, _) => Some(ResponseValue::Prepared(value)),
        }
    }
}
