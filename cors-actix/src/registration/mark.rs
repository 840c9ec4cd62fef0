//! The outermost wrap of an annotated resource: it attaches the route to every
//! response and every error of the resource.
//!
//! How a route is attached is decided in [`carried`](super::carried).

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_service::{Service, Transform};
use actix_web::dev::{ServiceRequest, ServiceResponse};
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
    Unmerged,
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
            None => Attachment::Unmerged,
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
    fn attach<B>(self, response: &mut HttpResponse<B>) {
        match self {
            Self::Line(line) => carried::attach(response.headers_mut(), line),
            Self::Unmerged => Producer::Unmerged.attach(&mut response.extensions_mut()),
        }
    }
}

/// The outermost middleware of an annotated resource.
#[derive(Debug)]
pub struct Mark(Option<Rc<MarkedRoute>>);

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
        now(Ok(MarkService { service, route: self.0.clone() }))
    }
}

/// The service of a [`Mark`].
#[derive(Debug)]
pub struct MarkService<S> {
    service: S,
    route: Option<Rc<MarkedRoute>>,
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
        let attachment = self.route.as_ref().map(|route| route.attachment(&request));
        MarkFuture { inner: self.service.call(request), attachment }
    }
}

pin_project! {
    /// The future of a [`MarkService`].
    pub struct MarkFuture<F> {
        #[pin]
        inner: F,
        attachment: Option<Attachment>,
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
        if let Some(attachment) = this.attachment.take() {
            match &mut outcome {
                Ok(response) => attachment.attach(response.response_mut()),
                Err(error) => error.add_response_mapper(move |mut response| {
                    attachment.clone().attach(&mut response);
                    response
                }),
            }
        }
        Poll::Ready(outcome)
    }
}
