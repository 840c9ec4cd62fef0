//! Which annotated route runs, told by the route itself.
//!
//! Every annotated resource is wrapped in a [`Mark`]. While an edge calls or
//! polls the service inside it, marks write into a cell of the thread; nothing
//! is allocated, and an error that knows no request is told apart as well.

use std::cell::Cell;
use std::task::{Context, Poll};

use actix_service::{Service, Transform};
use actix_web::Error;
use actix_web::dev::{ResourceMap, ServiceRequest, ServiceResponse};
use futures_util::future::{Ready, ready};

use crate::registration;
use crate::route::RouteId;

/// The annotated route that ran last, if one did.
pub(crate) type Seen = Option<RouteId>;

/// What an edge looks at: its application, told by the address of the
/// application's resource map, and what has run in it.
#[derive(Clone, Copy)]
struct Watch {
    /// Null when no edge is looking.
    app: *const ResourceMap,
    seen: Seen,
}

thread_local! {
    /// What the innermost edge that is looking has seen.
    static WATCH: Cell<Watch> = const { Cell::new(Watch { app: std::ptr::null(), seen: None }) };
}

/// Runs a part of the service inside the edge of `app`, and notes in `seen`
/// which annotated route ran.
pub(crate) fn watch<T>(app: *const ResourceMap, seen: &mut Seen, inner: impl FnOnce() -> T) -> T {
    /// Puts back what was watched before, also when a handler panics: the
    /// worker lives on.
    struct Restore(Watch);
    impl Drop for Restore {
        fn drop(&mut self) {
            WATCH.set(self.0);
        }
    }
    let _restore = Restore(WATCH.replace(Watch { app, seen: *seen }));
    let result = inner();
    *seen = WATCH.get().seen;
    result
}

/// Whether another edge of the same application is looking: this one lies inside it.
pub(crate) fn is_watched(app: *const ResourceMap) -> bool {
    WATCH.get().app == app
}

/// The outermost middleware of an annotated resource: says that it was reached.
#[derive(Debug)]
pub struct Mark(Option<RouteId>);

impl Mark {
    /// The mark of the next resource of the handler that is being registered.
    #[must_use]
    pub fn take() -> Self {
        Self(registration::next_marked())
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
        WATCH.set(Watch { seen: self.route, ..WATCH.get() });
        self.service.call(request)
    }
}
