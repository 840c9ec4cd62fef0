//! Which annotated route runs, told by the route itself.
//!
//! Every annotated resource is wrapped in a [`Mark`]. While an edge calls or
//! polls the service inside it, marks of the edge's own request write into a cell
//! of the thread; nothing is allocated, and an error that knows no request is
//! told apart as well. Requests are told by the address of their head, which
//! stays the same for as long as the request lives.

use std::cell::Cell;
use std::task::{Context, Poll};

use actix_service::{Service, Transform};
use actix_web::Error;
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use futures_util::future::{Ready, ready};

use super::route::RouteId;

/// An annotated route that ran.
#[derive(Clone, Copy)]
pub(crate) struct RanRoute {
    pub(crate) route: RouteId,
    /// The path that it ran for, by its address and its length: another one may be a
    /// part of the same text.
    path: *const str,
}

impl RanRoute {
    /// Whether this is what became of a request, as far as its path tells: a middleware
    /// may throw the response away and send the request to another path.
    pub(crate) fn is_of(&self, path: &str) -> bool {
        std::ptr::eq(self.path, path)
    }
}

/// What an edge looks at: its request, and what has run for it.
#[derive(Clone, Copy)]
struct Watch {
    /// Null when no edge is looking.
    request: *const RequestHead,
    ran: Option<RanRoute>,
}

thread_local! {
    /// What the innermost edge that is looking has seen.
    static WATCH: Cell<Watch> =
        const { Cell::new(Watch { request: std::ptr::null(), ran: None }) };
}

/// Runs a part of the service inside the edge of `request`, and notes in `ran`
/// which annotated route ran last.
pub(crate) fn watch<T>(
    request: *const RequestHead,
    ran: &mut Option<RanRoute>,
    inner: impl FnOnce() -> T,
) -> T {
    /// Puts back what was watched before, also when a handler panics: the
    /// worker lives on.
    struct Restore(Watch);
    impl Drop for Restore {
        fn drop(&mut self) {
            WATCH.set(self.0);
        }
    }
    let _restore = Restore(WATCH.replace(Watch { request, ran: *ran }));
    let result = inner();
    *ran = WATCH.get().ran;
    result
}

/// Whether another edge is looking at the same request: this one lies inside it.
pub(crate) fn is_watched(request: *const RequestHead) -> bool {
    WATCH.get().request == request
}

/// The outermost middleware of an annotated resource: says that it was reached.
#[derive(Debug)]
pub struct Mark(Option<RouteId>);

impl Mark {
    /// The mark of the next resource of the handler that is being registered.
    #[must_use]
    pub fn take() -> Self {
        Self(super::next_marked())
    }
}

impl<S, B> Transform<S, ServiceRequest> for Mark
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = MarkService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(MarkService { service, route: self.0 }))
    }
}

/// The service of a [`Mark`]; its future is that of the resource.
#[derive(Debug)]
pub struct MarkService<S> {
    service: S,
    route: Option<RouteId>,
}

impl<S: Service<ServiceRequest>> Service<ServiceRequest> for MarkService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let watch = WATCH.get();
        if std::ptr::eq(watch.request, request.head()) {
            let path: *const str = request.match_info().as_str();
            let ran = self.route.map(|route| RanRoute { route, path });
            WATCH.set(Watch { ran, ..watch });
        }
        self.service.call(request)
    }
}
