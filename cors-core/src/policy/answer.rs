//! The response headers for a decision.

use super::decision::{Decision, Denial, Verdict};
use super::response::{Answer, Coverage, ResponseField, ResponseValue, SAFELISTED_METHODS, Vary};
use super::{Headers, Methods, Origins, Policy};

impl Policy {
    /// The answer to a request for which this policy made `decision`.
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

    fn answer_actual(&self, readable: bool) -> Answer<'_> {
        let depends_on_origin = match &self.origins {
            Origins::Any => false,
            Origins::Only(set) => !set.is_empty() || self.enforce,
            Origins::Off => self.enforce,
        };
        let vary = if depends_on_origin { Vary::Origin } else { Vary::Nothing };
        let mut answer = Answer::empty(vary);
        if readable {
            self.allow_origin(&mut answer);
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
        self.allow_origin(&mut answer);
        // A denied preflight still lists what is allowed: the browser then reports the
        // header or method that is not.
        answer.set(ResponseField::AllowMethods, self.allow_methods(denial, coverage));
        if let Some(headers) = self.allow_headers(denial, coverage) {
            answer.set(ResponseField::AllowHeaders, headers);
        }
        match (verdict, &self.max_age) {
            // By Fetch, a denied preflight fails before the cache is filled
            // ("CORS-preflight fetch", step 7). WebKit caches its lists anyway, for
            // five seconds without this header, and would send requests that other
            // routes of the path deny.
            (Verdict::Denied(_), _) => {
                answer.set(ResponseField::MaxAge, ResponseValue::Static("0"));
            }
            (Verdict::Allowed, Some(seconds)) => {
                answer.set(ResponseField::MaxAge, ResponseValue::Prepared(seconds));
            }
            (Verdict::Allowed, None) => {}
        }
        answer
    }

    /// Fetch, "CORS check": allows the origin, with or without credentials.
    fn allow_origin(&self, answer: &mut Answer<'_>) {
        let origin = match self.origins {
            // Without credentials only: the checks reject `any` with credentials.
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
            // `*` is a literal method name if credentials are sent (Fetch, step 7.5).
            // Without credentials, a browser that caches it sends any method, which is
            // what `any` allows: unlike `any` for headers, it excludes none.
            (Methods::Any, _) if method_is_allowed && self.credentials => ResponseValue::EchoMethod,
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
