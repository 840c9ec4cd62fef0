//! The future of a request: inside the service, then decorated.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{ResourceMap, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use cors_core::{Answer, Request as _};
use pin_project_lite::pin_project;

use crate::candidates::Candidates;
use crate::edge::{Edge, Judged, Settled};
use crate::mark::{self, Seen};
use crate::request::{Handled, Head, KeptOrigin, Target};
use crate::response::{self, Echo, PreparedPolicy};
use crate::table::Table;

pin_project! {
    /// The future of [`crate::CorsService`]; it is not boxed.
    #[project = CorsFutureProjection]
    pub enum CorsFuture<F, B> {
        /// Answered by the edge.
        Early {
            response: Option<ServiceResponse<EitherBody<B>>>,
        },
        /// Handled inside; then decorated, unless another edge does.
        Inside {
            #[pin]
            inner: F,
            after: Option<After>,
        },
    }
}

/// What is needed when the service inside is done.
pub struct After {
    pub(crate) edge: Rc<Edge>,
    /// The policies when the request came in: a reload does not change them halfway.
    pub(crate) table: Rc<Table>,
    pub(crate) origin: KeptOrigin,
    /// Whether it comes from the server's own pages; asked only where a policy enforces.
    pub(crate) is_own: bool,
    /// `None` where every request is under one policy.
    pub(crate) target: Option<Target>,
    /// The application, by the address of its resource map.
    pub(crate) app: *const ResourceMap,
    /// The annotated route that ran, if one did.
    pub(crate) seen: Seen,
}

impl<F, B> Future for CorsFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (inner, after) = match self.project() {
            CorsFutureProjection::Early { response } => {
                return match response.take() {
                    Some(response) => Poll::Ready(Ok(response)),
                    None => Poll::Pending,
                };
            }
            CorsFutureProjection::Inside { inner, after } => (inner, after),
        };
        let Some(after) = after else {
            let result = ready!(inner.poll(cx));
            return Poll::Ready(result.map(ServiceResponse::map_into_left_body));
        };
        let mut result = ready!(mark::watch(after.app, &mut after.seen, || inner.poll(cx)));
        match &mut result {
            Ok(response) => after.decorate(response),
            Err(error) => after.decorate_error(error),
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}

impl After {
    fn decorate<B>(&self, response: &mut ServiceResponse<B>) {
        // A WebSocket is not under CORS: `enforce` is what guards it.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return;
        }
        let Some(settled) = self.edge.settled() else { return };
        let candidates = self.candidates_of(&settled.map, response);
        let request = response.request();
        let target = Some((request.match_info().as_str(), request.method()));
        let is_own = || Head::of(request.head()).is_same_origin();
        let answer = self.answer(&candidates, target, &is_own);
        let lines = response::lines(&answer, candidates.first, Echo::Handled(&self.origin));
        if response::decorate(response.headers_mut(), lines, answer.vary()) {
            self.edge.warn_about_handler_headers(response.request().path());
        }
    }

    /// A middleware inside raised an error: the headers are added whenever it
    /// is turned into a response.
    fn decorate_error(&self, error: &mut Error) {
        let Some(Settled { map, .. }) = self.edge.settled() else { return };
        let url = self.target.as_ref().map(Target::url);
        let target = url.as_ref().zip(self.target.as_ref());
        let target = target.map(|(url, Target { method, .. })| (url.path(), method));
        // Without a target, one policy holds everywhere.
        let (path, method) = target.unwrap_or(("", &Method::GET));
        let candidates = match self.policy_of_route(path) {
            Some(policy) => Candidates::only(policy),
            // It turned the request away before any route.
            None => self.table.candidates(path, method.as_str().as_bytes(), map),
        };
        let answer = self.answer(&candidates, target, &|| self.is_own);
        let lines = response::lines(&answer, candidates.first, Echo::Handled(&self.origin));
        let (lines, vary): (Vec<_>, _) = (lines.collect(), answer.vary());
        error.add_response_mapper(move |mut response| {
            response::decorate(response.headers_mut(), lines.iter().cloned(), vary);
            response
        });
    }

    fn answer<'s>(
        &'s self,
        candidates: &Candidates<'s>,
        target: Option<(&str, &Method)>,
        is_own: &dyn Fn() -> bool,
    ) -> Answer<'s> {
        let method = target.map_or(&Method::GET, |(_, method)| method);
        let handled = Handled { method, origin: &self.origin, is_own: self.is_own };
        let (why, answer) = candidates.judge(&handled);
        let target = target.map(|(path, method)| (path, method.as_str().as_bytes()));
        let judged = Judged { table: &self.table, target, origin: self.origin.value(), is_own };
        self.edge.record(why, &judged);
        answer
    }

    fn policy_of_route(&self, path: &str) -> Option<&PreparedPolicy> {
        self.seen.and_then(|route| self.table.of_route(route, path))
    }

    /// The policy of the route that ran; where none did, those that may have
    /// been meant.
    fn candidates_of<B>(&self, map: &ResourceMap, response: &ServiceResponse<B>) -> Candidates<'_> {
        let table = &*self.table;
        let request = response.request();
        let path = request.match_info().as_str();
        if let Some(policy) = self.policy_of_route(path) {
            return Candidates::only(policy);
        }
        if table.entries().is_empty() {
            return Candidates::only(table.fallback(path));
        }
        let method = request.method().as_str().as_bytes();
        let routed = request.match_info().unprocessed().is_empty();
        if routed && self.origin.value().is_some() && response.status().is_success() {
            table.entries().learn(path, method, map);
        }
        if routed && !table.entries().may_be_annotated(request) {
            return Candidates::only(table.fallback(path));
        }
        // A middleware that answers early says no, which the page that was meant
        // may read. Anything else may be of a resource that nobody annotated.
        let candidates = table.candidates_as_routed(path, method, map);
        match routed || !is_refusal(response.status()) {
            true => candidates.or(table.fallback(path)),
            false => candidates,
        }
    }
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}
