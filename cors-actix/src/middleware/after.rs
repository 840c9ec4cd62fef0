//! What a response gets when the service inside is done: under the policy of
//! the route that ran.

use std::borrow::Cow;
use std::rc::Rc;

use actix_web::Error;
use actix_web::dev::{RequestHead, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use cors_core::{Decision, Request as _};

use super::edge::{Edge, Judged};
use crate::http::{Head, HeaderLines, RequestSnapshot, response};
use crate::lookup::{Candidates, PolicyLookup};
use crate::registration::mark::RanRoute;

/// What decorates the response when the service inside is done.
pub struct ResponseContext {
    pub(crate) edge: Rc<Edge>,
    /// The policies when the request came in: a reload does not change them halfway.
    pub(crate) lookup: Rc<PolicyLookup>,
    pub(crate) policy: PolicyChoice,
    /// The request, by the address of its head.
    pub(crate) request: *const RequestHead,
    /// The annotated route that ran last, if one did.
    pub(crate) ran: Option<RanRoute>,
}

/// The policy that applies to a request.
pub(crate) enum PolicyChoice {
    /// Decided when the request came in, by the only policy there is.
    Single(SingleDecision),
    /// Decided after routing, by the policy of the route that ran.
    ByRoute(RequestSnapshot),
}

/// The decision of the only policy there is about a request.
pub(crate) struct SingleDecision {
    pub(crate) decision: Decision,
    /// The value to echo, if it is let in.
    pub(crate) origin: Option<HeaderValue>,
}

/// The CORS headers of a response.
struct OutgoingHeaders<'s> {
    lines: Cow<'s, HeaderLines>,
    origin: Option<&'s HeaderValue>,
}

impl ResponseContext {
    pub(crate) fn decorate<B>(&self, response: &mut ServiceResponse<B>) {
        let Some(outgoing) = self.headers(response) else { return };
        // A WebSocket is not under CORS: `enforce` is what guards it.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return;
        }
        let OutgoingHeaders { lines, origin } = outgoing;
        let replaced = response::decorate(response.headers_mut(), lines.vary, |headers| {
            lines.append_to(headers, origin);
        });
        if replaced {
            self.edge.warn_about_handler_headers(response.request().path());
        }
    }

    /// A middleware inside raised an error: the headers are added whenever it
    /// is turned into a response.
    pub(crate) fn decorate_error(&self, error: &mut Error) {
        let Some(OutgoingHeaders { lines, origin }) = self.headers_of_error() else { return };
        let (lines, origin) = (lines.into_owned(), origin.cloned());
        error.add_response_mapper(move |mut response| {
            response::decorate(response.headers_mut(), lines.vary, |headers| {
                lines.append_to(headers, origin.as_ref());
            });
            response
        });
    }

    fn headers<B>(&self, response: &ServiceResponse<B>) -> Option<OutgoingHeaders<'_>> {
        match &self.policy {
            PolicyChoice::Single(single) => self.headers_of_single(single),
            PolicyChoice::ByRoute(snapshot) => {
                let request = response.request();
                let path = || request.match_info().as_str();
                let method = request.method().as_str().as_bytes();
                let routes = self.lookup.routes();
                let route = self.ran.filter(|ran| ran.is_of(path()));
                let route = route.and_then(|ran| routes.index_of(ran.route));
                let candidates = match route.filter(|route| routes.serves(*route, method)) {
                    Some(route) => self.lookup.of_route(route, path, snapshot.hosts),
                    None => self.candidates_of(snapshot, path(), response)?,
                };
                let is_own = || Head::of(request.head()).is_same_origin();
                let target = || (path(), method);
                Some(self.headers_by_route(&candidates, snapshot, target, &is_own))
            }
        }
    }

    fn headers_of_error(&self) -> Option<OutgoingHeaders<'_>> {
        match &self.policy {
            PolicyChoice::Single(single) => self.headers_of_single(single),
            PolicyChoice::ByRoute(snapshot) => {
                let (url, method, hosts) = (snapshot.url(), snapshot.method(), snapshot.hosts);
                let route = self.ran.and_then(|ran| self.lookup.routes().index_of(ran.route));
                let candidates = match route {
                    Some(route) => self.lookup.of_route(route, || url.path(), hosts),
                    // It turned the request away before any route.
                    None => self.lookup.candidates(url.path(), method, hosts, self.edge.map()?),
                };
                let target = || (url.path(), method);
                Some(self.headers_by_route(&candidates, snapshot, target, &|| snapshot.is_own))
            }
        }
    }

    fn headers_of_single<'s>(&'s self, single: &'s SingleDecision) -> Option<OutgoingHeaders<'s>> {
        let SingleDecision { decision, origin } = single;
        let lines = Cow::Borrowed(self.lookup.sole()?.lines(*decision));
        Some(OutgoingHeaders { lines, origin: origin.as_ref() })
    }

    fn headers_by_route<'s, 't>(
        &'s self,
        candidates: &Candidates<'s>,
        snapshot: &'s RequestSnapshot,
        target: impl FnOnce() -> (&'t str, &'t [u8]),
        is_own: &dyn Fn() -> bool,
    ) -> OutgoingHeaders<'s> {
        let (why, lines) = candidates.say(snapshot);
        let origin = snapshot.origin.value();
        self.edge.record(why, || Judged { lookup: &self.lookup, target: target(), origin, is_own });
        OutgoingHeaders { lines, origin }
    }

    /// Where no annotated route ran: the policies that may have been meant.
    fn candidates_of<B>(
        &self,
        snapshot: &RequestSnapshot,
        path: &str,
        response: &ServiceResponse<B>,
    ) -> Option<Candidates<'_>> {
        let (lookup, hosts) = (&*self.lookup, snapshot.hosts);
        let request = response.request();
        let routed = request.match_info().unprocessed().is_empty();
        if routed && lookup.routes().is_empty() {
            return Some(lookup.fallback(path, hosts));
        }
        let map = self.edge.map()?;
        let method = request.method().as_str().as_bytes();
        if routed && snapshot.origin.value().is_some() && response.status().is_success() {
            lookup.routes().learn(path, method, map);
        }
        if routed && !lookup.routes().may_be_annotated(request) {
            return Some(lookup.fallback(path, hosts));
        }
        // A middleware that answers early says no, which the page that was meant
        // may read. Anything else may be of a resource that nobody annotated.
        Some(match routed {
            true => lookup
                .candidates_as_routed(path, method, hosts, map)
                .or_any_of(lookup.fallback(path, hosts)),
            // Nor was the path normalised yet, where that is done further in.
            false if is_refusal(response.status()) => lookup.candidates(path, method, hosts, map),
            false => {
                lookup.candidates(path, method, hosts, map).or_any_of(lookup.fallback(path, hosts))
            }
        })
    }
}

/// Whether a middleware may say no like this. A path or method that is not there
/// is what a default service says, that of a scope included.
fn is_refusal(status: StatusCode) -> bool {
    let is_absence = matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
    (status.is_client_error() || status.is_server_error()) && !is_absence
}
