//! The outermost wrap of an annotated resource: it attaches the route to every
//! response and every error of the resource. A resource with several routes has one for
//! each of them that the method alone does not choose, and an outermost one for what its
//! own middleware answers.
//!
//! How a route is attached is decided in [`carried`](super::carried).

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_service::{Service, Transform};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};
use futures_util::future::{Ready, ready as now};
use pin_project_lite::pin_project;

use super::carried::{self, Producer};
use super::route::RouteId;

/// What a [`Mark`] knows of its route.
#[derive(Debug, Default)]
pub(crate) struct MarkedRoute {
    /// `None` as long as no `Cors` answers for the application, which would take it off.
    joined: RefCell<Option<JoinedRoute>>,
    /// Whether the policy of the route depends on the path.
    needs_path: Cell<bool>,
}

/// A route of an application that has policies.
#[derive(Debug)]
struct JoinedRoute {
    id: RouteId,
    line: HeaderValue,
}

/// What is attached to the outcome of one call.
#[derive(Clone, Debug)]
enum Attachment {
    Line(HeaderValue),
    Producer(Producer),
}

impl MarkedRoute {
    /// Tells which route of which application this is.
    pub(crate) fn join(&self, id: RouteId) {
        let line = carried::line(id, "");
        carried::note_joined();
        self.joined.replace(Some(JoinedRoute { id, line }));
    }

    /// Tells whether the policy depends on the path, under the configuration in force.
    pub(crate) fn set_needs_path(&self, needs_path: bool) {
        self.needs_path.set(needs_path);
    }

    /// What to attach to the outcome of a request that was routed here.
    fn attachment(&self, request: &ServiceRequest) -> Attachment {
        match &*self.joined.borrow() {
            None => Attachment::Producer(Producer::Unmerged),
            Some(JoinedRoute { line, .. }) if !self.needs_path.get() => {
                Attachment::Line(line.clone())
            }
            Some(JoinedRoute { id, .. }) => {
                Attachment::Line(carried::line(*id, request.match_info().as_str()))
            }
        }
    }
}

impl Attachment {
    fn attach<B>(self, response: &mut HttpResponse<B>, is_outer: bool) {
        if is_outer && carried::is_told(response) {
            return;
        }
        match self {
            Self::Line(line) => carried::attach(response.headers_mut(), line),
            Self::Producer(producer) => producer.attach(&mut response.extensions_mut()),
        }
    }
}

/// A middleware around what an annotated handler serves: outermost around a resource, or
/// around one route of it.
#[derive(Clone, Debug)]
pub struct Mark(Marked);

#[derive(Clone, Debug)]
enum Marked {
    /// Nothing: the handler is registered without its generated code.
    Nothing,
    /// All that comes from inside is that of this route.
    Route(Rc<MarkedRoute>),
    /// What carries no route yet is that of the route for the method of the request.
    Methods(Rc<[MarkedMethods]>),
    /// What comes from inside is that of something un-annotated.
    Unannotated,
}

/// The route of a resource that certainly serves some methods.
#[derive(Debug)]
pub(crate) struct MarkedMethods {
    pub(crate) methods: Vec<Method>,
    pub(crate) route: Rc<MarkedRoute>,
}

impl Mark {
    /// The mark of the next resource of the handler that is being registered.
    #[must_use]
    pub fn take() -> Self {
        Self(super::next_marked().map_or(Marked::Nothing, Marked::Route))
    }

    /// The mark of one route of a resource.
    pub(crate) const fn of_route(route: Rc<MarkedRoute>) -> Self {
        Self(Marked::Route(route))
    }

    /// The mark of a resource, for what its own middleware answers.
    pub(crate) fn of_resource(routes: Vec<MarkedMethods>) -> Self {
        Self(Marked::Methods(routes.into()))
    }

    /// The mark of the default service of a resource.
    pub(crate) const fn unannotated() -> Self {
        Self(Marked::Unannotated)
    }
}

impl Marked {
    fn attachment(&self, request: &ServiceRequest) -> Option<Attachment> {
        match self {
            Self::Nothing => None,
            Self::Route(route) => Some(route.attachment(request)),
            Self::Methods(routes) => {
                let serves = |at: &&MarkedMethods| at.methods.contains(request.method());
                routes.iter().find(serves).map(|at| at.route.attachment(request))
            }
            Self::Unannotated => Some(Attachment::Producer(Producer::Unannotated)),
        }
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
        now(Ok(MarkService { service, marked: self.0.clone() }))
    }
}

/// The service of a [`Mark`].
#[derive(Debug)]
pub struct MarkService<S> {
    service: S,
    marked: Marked,
}

impl<S, B> Service<ServiceRequest> for MarkService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = MarkFuture<S::Future>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let attachment = self.marked.attachment(&request);
        let is_outer = matches!(self.marked, Marked::Methods(_));
        MarkFuture { inner: self.service.call(request), attachment, is_outer }
    }
}

pin_project! {
    /// The future of a [`MarkService`].
    pub struct MarkFuture<F> {
        #[pin]
        inner: F,
        attachment: Option<Attachment>,
        // Whether what is inside may have been marked already.
        is_outer: bool,
    }
}

impl<F, B> Future for MarkFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut outcome = ready!(this.inner.poll(cx));
        let is_outer = *this.is_outer;
        if let Some(attachment) = this.attachment.take() {
            match &mut outcome {
                Ok(response) => attachment.attach(response.response_mut(), is_outer),
                Err(error) => error.add_response_mapper(move |mut response| {
                    attachment.clone().attach(&mut response, is_outer);
                    response
                }),
            }
        }
        Poll::Ready(outcome)
    }
}
