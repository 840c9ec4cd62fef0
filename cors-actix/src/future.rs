//! The future of a request: inside the service, then decorated.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{ResourceMap, ServiceResponse, Url};
use actix_web::http::{StatusCode, Uri};
use cors_core::Request as _;
use pin_project_lite::pin_project;

use crate::edge::{self, Edge, Settled};
use crate::mark::{self, Seen};
use crate::request::Kept;
use crate::response::{Decoration, Echo};
use crate::table::{Candidates, Table};

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
    pub(crate) kept: Kept,
    /// An error does not know its request.
    pub(crate) uri: Uri,
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
        let Some(watching) = after else {
            let result = ready!(inner.poll(cx));
            return Poll::Ready(result.map(ServiceResponse::map_into_left_body));
        };
        let result = ready!(mark::watch(watching.app, &mut watching.seen, || inner.poll(cx)));
        Poll::Ready(match (result, after.take()) {
            (Ok(response), Some(after)) => Ok(after.decorate(response).map_into_left_body()),
            (Err(error), Some(after)) => Err(after.decorate_error(error)),
            (result, None) => result.map(ServiceResponse::map_into_left_body),
        })
    }
}

impl After {
    fn decorate<B>(self, mut response: ServiceResponse<B>) -> ServiceResponse<B> {
        // A WebSocket is not under CORS: `enforce` is what guards it.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return response;
        }
        let path = response.request().match_info().as_str();
        let Some(decoration) = self.decoration(path, Some(&response)) else {
            return response;
        };
        if decoration.apply(response.headers_mut()) {
            self.edge.warn_about_handler_headers(self.uri.path());
        }
        response
    }

    /// A middleware inside raised an error: the headers are added whenever it
    /// is turned into a response.
    fn decorate_error(self, mut error: Error) -> Error {
        let url = Url::new(self.uri.clone());
        if let Some(decoration) = self.decoration::<()>(url.path(), None) {
            error.add_response_mapper(move |mut response| {
                decoration.clone().apply(response.headers_mut());
                response
            });
        }
        error
    }

    fn decoration<B>(
        &self,
        path: &str,
        response: Option<&ServiceResponse<B>>,
    ) -> Option<Decoration> {
        let candidates = self.candidates(self.edge.settled()?, path, response);
        let (decision, answer) = candidates.judge(&self.kept);
        if let Some(denial) = decision.denial() {
            edge::log_denied(denial, &self.kept.method, path);
        }
        let echo = Echo { origin: self.kept.origin(), preflight: None };
        Some(Decoration::new(&answer, candidates.first, echo))
    }

    /// The policy of the route that ran; where none did, those that may have
    /// been meant.
    fn candidates<B>(
        &self,
        settled: &Settled,
        path: &str,
        response: Option<&ServiceResponse<B>>,
    ) -> Candidates<'_> {
        let (table, map) = (&*self.table, &settled.map);
        if let Some(policy) = self.seen.and_then(|route| table.of_route(route, path)) {
            return Candidates::only(policy);
        }
        let method = self.kept.method();
        // An error of a middleware: it turned the request away before any route.
        let Some(response) = response else { return table.candidates(path, method, map) };
        let request = response.request();
        let routed = request.match_info().unprocessed().is_empty();
        if routed && self.kept.origin().is_some() && response.status().is_success() {
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
