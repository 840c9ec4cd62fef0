//! The outermost wrap of an annotated resource: it attaches the route to every
//! response and every error of the resource. A resource with several routes has one for
//! each of them that the method alone does not choose, and an outermost one for what its
//! own middleware answers.
//!
//! How a route is attached is decided in [`carried`](super::carried).

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
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
use crate::http::RefusedByEnforce;

/// What a [`Mark`] knows of its route.
#[derive(Debug, Default)]
pub(crate) struct MarkedRoute {
    /// `None` as long as no `Cors` answers for the application, which would take it off.
    joined: RefCell<Option<JoinedRoute>>,
    needs: Cell<RouteNeeds>,
}

/// What depends on the configuration in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RouteNeeds {
    /// Whether the policy of the route depends on the path.
    pub(crate) path: bool,
    /// Whether some policy of the route refuses requests before the handler runs.
    pub(crate) enforce: bool,
}

/// A route of an application that has policies.
#[derive(Debug)]
struct JoinedRoute {
    id: RouteId,
    line: HeaderValue,
    enforcer: Weak<dyn Enforcer>,
}

/// Decides about requests that have reached a route, before its handler runs.
pub(crate) trait Enforcer: Debug {
    /// Whether `enforce` refuses the request at this route.
    fn refuses(&self, route: RouteId, request: &ServiceRequest) -> bool;
}

/// What is attached to the outcome of one call.
#[derive(Clone, Debug)]
enum Attachment {
    Line(HeaderValue),
    Unmerged,
    DefaultService,
}

impl MarkedRoute {
    /// Tells which route of which application this is.
    pub(crate) fn join(&self, id: RouteId, enforcer: Weak<dyn Enforcer>) {
        let line = carried::line(id, "");
        carried::note_joined();
        self.joined.replace(Some(JoinedRoute { id, line, enforcer }));
    }

    /// Tells what the configuration in force needs.
    pub(crate) fn set_needs(&self, needs: RouteNeeds) {
        self.needs.set(needs);
    }

    /// Whether `enforce` refuses a request that was routed here.
    fn refuses(&self, request: &ServiceRequest) -> bool {
        if !self.needs.get().enforce {
            return false;
        }
        let joined = self.joined.borrow();
        let enforcer =
            joined.as_ref().and_then(|joined| Some((joined.id, joined.enforcer.upgrade()?)));
        enforcer.is_some_and(|(id, enforcer)| enforcer.refuses(id, request))
    }

    /// What to attach to the outcome of a request that was routed here.
    fn attachment(&self, request: &ServiceRequest) -> Attachment {
        match &*self.joined.borrow() {
            None => Attachment::Unmerged,
            Some(JoinedRoute { line, .. }) if !self.needs.get().path => {
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
            Self::Unmerged => Producer::Unmerged.attach(&mut response.extensions_mut()),
            Self::DefaultService => {
                carried::attach_default_service(&mut response.extensions_mut());
            }
        }
    }
}

/// A middleware around what an annotated handler serves: outermost around a resource, or
/// around one route of it.
#[derive(Clone, Debug)]
pub struct Mark(MarkKind);

#[derive(Clone, Debug)]
enum MarkKind {
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
        Self(super::next_marked().map_or(MarkKind::Nothing, MarkKind::Route))
    }

    /// The mark of one route of a resource.
    pub(crate) const fn of_route(route: Rc<MarkedRoute>) -> Self {
        Self(MarkKind::Route(route))
    }

    /// The mark of a resource, for what its own middleware answers.
    pub(crate) fn of_resource(routes: Vec<MarkedMethods>) -> Self {
        Self(MarkKind::Methods(routes.into()))
    }

    /// The mark of the default service of a resource.
    pub(crate) const fn unannotated() -> Self {
        Self(MarkKind::Unannotated)
    }
}

impl MarkKind {
    /// The route that a request is for, as far as this mark knows.
    fn route(&self, request: &ServiceRequest) -> Option<&MarkedRoute> {
        match self {
            Self::Nothing | Self::Unannotated => None,
            Self::Route(route) => Some(route),
            Self::Methods(routes) => {
                let serves = |at: &&MarkedMethods| at.methods.contains(request.method());
                routes.iter().find(serves).map(|at| &*at.route)
            }
        }
    }

    fn attachment(
        &self,
        route: Option<&MarkedRoute>,
        request: &ServiceRequest,
    ) -> Option<Attachment> {
        match self {
            Self::Unannotated => Some(Attachment::DefaultService),
            _ => route.map(|route| route.attachment(request)),
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
    marked: MarkKind,
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
        let route = self.marked.route(&request);
        let attachment = self.marked.attachment(route, &request);
        let is_outer = matches!(self.marked, MarkKind::Methods(_));
        let inner = match route.is_some_and(|route| route.refuses(&request)) {
            true => Inner::Refused { request: Some(request) },
            false => Inner::Called { future: self.service.call(request) },
        };
        MarkFuture { inner, attachment, is_outer }
    }
}

pin_project! {
    /// The future of a [`MarkService`].
    pub struct MarkFuture<F> {
        #[pin]
        inner: Inner<F>,
        attachment: Option<Attachment>,
        // Whether what is inside may have been marked already.
        is_outer: bool,
    }
}

pin_project! {
    /// The service that is marked, unless `enforce` has refused the request.
    #[project = InnerProjection]
    enum Inner<F> {
        Called { #[pin] future: F },
        Refused { request: Option<ServiceRequest> },
    }
}

impl<F, B> Future for MarkFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut outcome = match this.inner.project() {
            InnerProjection::Called { future } => ready!(future.poll(cx)),
            InnerProjection::Refused { request } => match request.take() {
                Some(request) => Err(RefusedByEnforce::new(request).into()),
                None => return Poll::Pending,
            },
        };
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
