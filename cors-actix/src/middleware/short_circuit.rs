//! Requests that the edge answers itself: preflights, and requests that `enforce`
//! refuses. Neither reaches a handler or inner middleware.

use actix_web::HttpResponse;
use actix_web::dev::{ResourceMap, ServiceRequest};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use cors_core::{Answer, Decision, Explanation, Policy, Request as _};

use super::after::SingleDecision;
use super::edge::Edge;
use crate::http::{Head, PreparedPolicy, response};
use crate::lookup::{Candidates, PolicyDecision, PolicyLookup, Target, explain};
use crate::observe::Refusal;

/// What `enforce` decides about a request before routing.
pub(crate) enum EnforceOutcome {
    Passes,
    Refused(HttpResponse),
    /// The route decides, when the request reaches it.
    AtRoute,
}

/// A request that the edge may answer.
pub(crate) struct EdgeRequest<'r> {
    pub(crate) edge: &'r Edge,
    pub(crate) lookup: &'r PolicyLookup,
    pub(crate) map: &'r ResourceMap,
    pub(crate) head: &'r Head<'r>,
    pub(crate) request: &'r ServiceRequest,
    /// Whether the decision is counted and logged.
    pub(crate) is_recorded: bool,
}

/// The response to a preflight for an inspector, which allows no origin.
#[cold]
pub(super) fn refuse_preflight() -> HttpResponse {
    HttpResponse::new(StatusCode::FORBIDDEN)
}

impl EdgeRequest<'_> {
    /// The answer to a preflight; `None` for one that is left alone.
    pub(crate) fn answer_preflight(&self) -> Option<HttpResponse> {
        let candidates = self.candidates();
        if candidates.pass_through() && self.all_requested_pass() {
            return None;
        }
        let (why, answer) = candidates.judge(self.head);
        let explain = |policy: &Policy| self.explain(policy);
        let refusal = || self.refusal(&|| false, &explain);
        self.record(why, || false, refusal);
        let status = match answer.is_refused() {
            true => StatusCode::FORBIDDEN,
            false => StatusCode::from_u16(self.lookup.compiled().preflight_status())
                .unwrap_or(StatusCode::NO_CONTENT),
        };
        Some(self.decorated(HttpResponse::new(status), &candidates, &answer))
    }

    /// Refuses a request that its origin may not send under `enforce`. Where that is not
    /// certain before routing, the mark of the route decides.
    pub(crate) fn enforce(&self) -> EnforceOutcome {
        let candidates = self.candidates();
        let (why, answer) = candidates.judge(self.head);
        if !answer.is_refused() {
            return EnforceOutcome::Passes;
        }
        if self.lookup.routes().is_joined() && !candidates.refuse_before_routing(self.head) {
            return EnforceOutcome::AtRoute;
        }
        let explain = |policy: &Policy| self.explain(policy);
        let refusal = || Refusal {
            compared_host: self.head.host_in_place_of_site(),
            ..self.refusal(&|| false, &explain)
        };
        self.record(why, || false, refusal);
        EnforceOutcome::Refused(self.decorated(response::refusal(), &candidates, &answer))
    }

    /// The decision of the only policy about a request that is passed on.
    pub(crate) fn judge(&self, sole: &PreparedPolicy) -> SingleDecision {
        let policy = &*sole.policy;
        let decision = policy.decide(self.head);
        let is_own = || self.head.is_same_origin();
        let why = PolicyDecision { decision, policy, route: None };
        let explain = |policy: &Policy| self.explain(policy);
        let refusal = || self.refusal(&is_own, &explain);
        let sends_cookies = || self.head.sends_cookies();
        self.record(why, sends_cookies, refusal);
        let origin = match decision {
            Decision::Actual(verdict) if verdict.is_allowed() => self.head.origin().cloned(),
            _ => None,
        };
        SingleDecision { decision, origin }
    }

    /// Whether a preflight that asks for several methods, as no browser's does, may be left
    /// alone for each of them.
    fn all_requested_pass(&self) -> bool {
        let mut others = self.head.requested_methods().skip(1);
        let passes = |method: &HeaderValue| {
            let target = Target { method: method.as_bytes(), ..self.target() };
            self.lookup.candidates(target, self.map).pass_through()
        };
        others.all(passes)
    }

    /// Counts and logs a decision, and what the policies that are only reported on would change.
    fn record<'j>(
        &self,
        why: PolicyDecision<'_>,
        sends_cookies: impl Fn() -> bool + Copy,
        refusal: impl FnOnce() -> Refusal<'j> + Copy,
    ) {
        if self.is_recorded {
            self.edge.record(self.lookup, why, sends_cookies, refusal);
            self.report(why, sends_cookies, refusal);
        }
    }

    /// Reports what other policies would change that are only reported on.
    fn report<'j>(
        &self,
        why: PolicyDecision<'_>,
        sends_cookies: impl Fn() -> bool,
        refusal: impl FnOnce() -> Refusal<'j>,
    ) {
        if let Some(reported) = self.lookup.report_only() {
            let other = reported.candidates(self.target(), self.map).judge(self.head).0;
            self.edge.report(self.lookup, why, other, sends_cookies, refusal);
        }
    }

    fn explain(&self, policy: &Policy) -> Explanation {
        explain(policy, self.head, Some(self.target().path))
    }

    fn candidates(&self) -> Candidates<'_> {
        let target = self.target();
        let found = self.lookup.candidates(target, self.map);
        match self.edge.is_unanswered(target.path) {
            true => found.and(self.lookup.nothing()),
            false => found,
        }
    }

    fn target(&self) -> Target<'_> {
        let path = self.request.match_info().as_str();
        let hosts = self.lookup.hosts_of(self.head);
        Target { path, method: self.head.intended_method(), hosts }
    }

    /// Browsers send no preflight to the same origin, and `enforce` allows it.
    fn refusal<'s>(
        &'s self,
        is_own: &'s dyn Fn() -> bool,
        explain: &'s dyn Fn(&Policy) -> Explanation,
    ) -> Refusal<'s> {
        let Target { path, method, hosts: _ } = self.target();
        Refusal { origin: self.head.origin(), path, method, is_own, explain, compared_host: None }
    }

    fn decorated(
        &self,
        mut response: HttpResponse,
        candidates: &Candidates<'_>,
        answer: &Answer<'_>,
    ) -> HttpResponse {
        response::decorate(response.headers_mut(), answer.vary(), |headers| {
            response::append_preflight(headers, answer, candidates.only_one(), self.head);
        });
        response
    }
}
