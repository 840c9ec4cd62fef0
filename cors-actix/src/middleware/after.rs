//! The headers of a response when the service inside is done: by the policy of the
//! route that produced it.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use actix_web::dev::{ResourceMap, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpRequest, HttpResponse};
use cors_core::{Decision, HostClasses, Policy, Request as _, Vary};

use super::edge::Edge;
use super::nesting::Nesting;
use crate::http::{Head, HeaderLines, RequestSnapshot, response};
use crate::lookup::{PolicyDecision, PolicyLookup, ResponseRequest, Target, explain};
use crate::observe::Refusal;
use crate::registration::carried::{CarriedRoutes, Producer};

/// Decorates the response when the service inside is done.
pub struct ResponseContext {
    pub(crate) edge: Rc<Edge>,
    /// The policies when the request came in: a reload does not change them halfway.
    pub(crate) lookup: Rc<PolicyLookup>,
    pub(crate) policy: PolicyChoice,
    pub(super) nesting: Nesting,
    /// Whether the decision was counted: an error may be rendered more than once.
    pub(crate) recorded: Cell<bool>,
}

/// The policy that applies to a request.
pub(crate) enum PolicyChoice {
    /// Decided when the request came in, by the only policy there is.
    Single(SingleDecision),
    /// Decided after routing, by the policy of the route that produced the response.
    ByRoute(RequestSnapshot),
    /// CORS is disabled: the response passes as it is.
    Disabled,
    /// The response to a preflight that is left alone, for these hosts.
    Passthrough(HostClasses),
}

impl PolicyChoice {
    /// Whether the response is passed on, whatever produced it.
    const fn leaves_alone(&self) -> bool {
        matches!(self, Self::Disabled | Self::Passthrough(_))
    }
}

/// The decision of the only policy there is about a request.
pub(crate) struct SingleDecision {
    pub(crate) decision: Decision,
    /// The value to echo, if the origin is allowed.
    pub(crate) origin: Option<HeaderValue>,
}

/// The CORS headers of a response.
struct OutgoingHeaders<'s> {
    lines: Cow<'s, HeaderLines>,
    origin: Option<&'s HeaderValue>,
}

impl ResponseContext {
    pub(crate) fn decorate<B>(&self, response: &mut ServiceResponse<B>) {
        if self.policy.leaves_alone() {
            return self.pass_on(response.response_mut());
        }
        let carried = CarriedRoutes::take(response.headers_mut());
        let outgoing = self.outgoing(&carried, response.response(), Some(response.request()));
        let Some(outgoing) = outgoing else {
            carried.put_back(response.headers_mut());
            return self.note_answered(response.response_mut());
        };
        let replaced = outgoing.put_on(response.response_mut()) || carried.has_other_lines();
        if replaced {
            self.edge.warn_about_handler_headers(response.request().path());
        }
        self.note_answered(response.response_mut());
    }

    /// A middleware inside raised an error: the headers are added whenever it
    /// is turned into a response, because only that carries its route.
    pub(crate) fn decorate_error(self, error: &mut Error) {
        error.add_response_mapper(move |mut response| {
            if self.policy.leaves_alone() {
                self.pass_on(&mut response);
                return response;
            }
            let carried = CarriedRoutes::take(response.headers_mut());
            match self.outgoing(&carried, &response, None) {
                Some(outgoing) => drop(outgoing.put_on(&mut response)),
                None => carried.put_back(response.headers_mut()),
            }
            self.note_answered(&mut response);
            response
        });
    }

    /// Passes a response on, without what identifies its route. The CORS headers of a
    /// handler are removed while CORS is disabled, if there are limits; and from an answer to
    /// a preflight, if the handler is not `passthrough`.
    fn pass_on<B>(&self, response: &mut HttpResponse<B>) {
        let carried = CarriedRoutes::take(response.headers_mut());
        let vary = match self.policy {
            PolicyChoice::Passthrough(hosts) => {
                self.lookup.is_of_other(&carried, hosts).then_some(Vary::Preflight)
            }
            _ => self.lookup.compiled().has_limits().then_some(Vary::Nothing),
        };
        carried.put_back(response.headers_mut());
        if let Some(vary) = vary
            && response.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            response::decorate(response.headers_mut(), vary, |_| {});
        }
    }

    /// Leaves a note for the edge further out, if there is one.
    fn note_answered<B>(&self, response: &mut HttpResponse<B>) {
        if self.nesting == Nesting::OtherRequest {
            Producer::AnotherEdge.attach(&mut response.extensions_mut());
        }
    }

    /// The headers of a response; `None` for one that is left alone.
    fn outgoing<B>(
        &self,
        carried: &CarriedRoutes,
        response: &HttpResponse<B>,
        request: Option<&HttpRequest>,
    ) -> Option<OutgoingHeaders<'_>> {
        let outgoing = match &self.policy {
            PolicyChoice::Single(single) => Some(self.of_single(single)),
            PolicyChoice::ByRoute(snapshot) => self.by_route(snapshot, carried, response, request),
            PolicyChoice::Disabled | PolicyChoice::Passthrough(_) => None,
        };
        let producer = match Producer::of(response) {
            // A response of another application, whose policies are not known here.
            None if self.lookup.has_unknown(carried) => Some(Producer::Unmerged),
            producer => producer,
        };
        match producer {
            None => outgoing,
            Some(Producer::Unmerged) => {
                let origin = outgoing.and_then(|outgoing| outgoing.origin);
                let lines = Cow::Owned(HeaderLines::none(Vary::Origin));
                Some(OutgoingHeaders { lines, origin })
            }
            #[cfg(feature = "inspector")]
            Some(Producer::Inspector) => None,
            Some(Producer::AnotherEdge) => outgoing.map(|OutgoingHeaders { lines, origin }| {
                let common = lines.common_with(response.headers(), origin);
                OutgoingHeaders { lines: Cow::Owned(common), origin }
            }),
        }
    }

    fn of_single<'s>(&'s self, single: &'s SingleDecision) -> OutgoingHeaders<'s> {
        let SingleDecision { decision, origin } = single;
        let lines = match self.lookup.sole() {
            Some(sole) => Cow::Borrowed(sole.lines(*decision)),
            None => Cow::Owned(HeaderLines::none(Vary::Origin)),
        };
        OutgoingHeaders { lines, origin: origin.as_ref() }
    }

    fn by_route<'s, B>(
        &'s self,
        snapshot: &'s RequestSnapshot,
        carried: &CarriedRoutes,
        response: &HttpResponse<B>,
        request: Option<&HttpRequest>,
    ) -> Option<OutgoingHeaders<'s>> {
        let origin = snapshot.origin.value();
        // `HttpResponse::from_error` leaves out what was added to the error.
        let of_error = response.error().filter(|_| carried.is_uncertain());
        let of_error =
            of_error.map(|error| CarriedRoutes::take(error.error_response().headers_mut()));
        let carried = of_error.as_ref().unwrap_or(carried);
        let Some(map) = self.edge.map() else {
            let lines = Cow::Owned(HeaderLines::none(Vary::Origin));
            return Some(OutgoingHeaders { lines, origin });
        };
        let request = request.map(|request| {
            let is_unchanged =
                snapshot.is_unchanged(request.match_info().get_ref(), request.method());
            let hosts = snapshot.hosts;
            let (status, is_of_app) = (response.status(), self.edge.is_of_app(request));
            ResponseRequest { request, is_unchanged, is_of_app, hosts, status }
        });
        let url = OnceCell::new();
        let received = || Target {
            path: url.get_or_init(|| snapshot.url()).path(),
            method: snapshot.method(),
            hosts: snapshot.hosts,
        };
        let answer = AnsweredRequest { carried, snapshot, request, status: response.status(), map };
        let ResponseDecision { why, headers, is_marked, passes } =
            answer.judge(&self.lookup, &received);
        if !self.recorded.replace(true) {
            if let Some(request) = request.filter(|request| request.is_unchanged) {
                match is_marked {
                    true => self.lookup.note_ran(carried, &request),
                    false if is_served(why.decision, response.status()) => {
                        self.lookup.note_unmarked(&request, map);
                    }
                    false => {}
                }
            }
            // Looked at for refusals only, and for requests whose cookies are not allowed.
            let head = || request.as_ref().map(|request| Head::of(request.request.head()));
            let sends_cookies = || head().is_some_and(|head| head.sends_cookies());
            let is_own = || match head() {
                Some(head) => head.is_same_origin(),
                None => snapshot.is_own,
            };
            // By the path that the route got, if it is known.
            let routed = carried.routes().find_map(|route| route.path.as_deref());
            let explain = |policy: &Policy| {
                let path = Some(routed.unwrap_or_else(|| received().path));
                match head() {
                    Some(head) => explain(policy, &head, path),
                    None => explain(policy, snapshot, path),
                }
            };
            let refusal = || {
                let Target { path, method, hosts: _ } = received();
                let (is_own, explain) = (&is_own, &explain);
                Refusal { origin, path, method, is_own, explain, compared_host: None }
            };
            if !passes {
                self.edge.record(&self.lookup, why, sends_cookies, refusal);
                if let Some(reported) = self.lookup.report_only() {
                    let other = answer.judge(reported, &received).why;
                    self.edge.report(&self.lookup, why, other, sends_cookies, refusal);
                }
            }
        }
        (!passes).then_some(OutgoingHeaders { lines: headers, origin })
    }
}

/// What is known of an answered request, to find the policies that apply.
struct AnsweredRequest<'r> {
    carried: &'r CarriedRoutes,
    snapshot: &'r RequestSnapshot,
    /// The request that the response brings along.
    request: Option<ResponseRequest<'r>>,
    status: StatusCode,
    map: &'r ResourceMap,
}

/// The decision about a response that is not a preflight's.
struct ResponseDecision<'l> {
    why: PolicyDecision<'l>,
    headers: Cow<'l, HeaderLines>,
    /// Whether the response carries its route.
    is_marked: bool,
    /// Whether the response is left alone.
    passes: bool,
}

impl<'r> AnsweredRequest<'r> {
    /// `received` is the request as it came in.
    #[inline]
    fn judge<'l>(
        &self,
        lookup: &'l PolicyLookup,
        received: &impl Fn() -> Target<'r>,
    ) -> ResponseDecision<'l> {
        let Self { carried, snapshot, request, status, map } = self;
        let of_carried = lookup.of_carried(carried, snapshot.hosts);
        let is_marked = of_carried.is_some();
        let mut candidates = of_carried.unwrap_or_else(|| match request {
            Some(request) if request.is_unchanged => {
                lookup.of_unmarked(carried, request.target(), request, map)
            }
            Some(request) => lookup.of_unmarked(carried, received(), request, map),
            None => lookup.of_unmarked_error(carried, received(), *status, map),
        });
        let (mut why, mut headers) = candidates.judge_actual(*snapshot);
        let may_be_read = candidates.pass_through() || !headers.is_empty();
        if let Some(request) = request.filter(|_| !is_marked && may_be_read)
            && let Some(others) = lookup.of_matched(&request)
        {
            candidates = candidates.and(others);
            (why, headers) = candidates.judge_actual(*snapshot);
        }
        ResponseDecision { why, headers, is_marked, passes: candidates.pass_through() }
    }
}

/// Whether a page of another origin was served, which a request of a disallowed origin
/// is not.
fn is_served(decision: Decision, status: StatusCode) -> bool {
    let is_allowed = matches!(decision, Decision::Actual(verdict) if verdict.is_allowed());
    is_allowed && status.is_success()
}

impl OutgoingHeaders<'_> {
    /// Returns whether headers of a handler were replaced.
    fn put_on<B>(&self, response: &mut HttpResponse<B>) -> bool {
        let Self { lines, origin } = self;
        // CORS does not apply to a WebSocket: only `enforce` protects it.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return false;
        }
        response::decorate(response.headers_mut(), lines.vary, |headers| {
            lines.append_to(headers, *origin);
        })
    }
}
