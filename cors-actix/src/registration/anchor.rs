//! A place in the tree of scopes, and the pattern of the scopes around it.

#[cfg(feature = "inspector")]
use std::fmt;
use std::future::{Ready, ready};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use actix_service::{Service, ServiceFactory};
#[cfg(feature = "inspector")]
use actix_web::dev::ResourceDef;
use actix_web::dev::{ResourceMap, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::AppRoutes;

/// A place in the tree of scopes, marked by a resource that no request matches.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    /// A pattern that no other registration has.
    pub(crate) pattern: Rc<str>,
    /// Owned by the application's own resource map.
    pub(crate) map: Weak<ResourceMap>,
    /// Whether it lies outside all scopes.
    pub(crate) is_root: bool,
}

impl Anchor {
    /// The pattern of the scopes around the anchor, such as `/api/{tenant}`;
    /// `None` when the application is gone.
    pub(crate) fn scopes(&self) -> Option<String> {
        let pattern = self.map.upgrade()?.match_pattern(&self.pattern)?;
        pattern.strip_suffix(&*self.pattern).map(str::to_owned)
    }
}

/// The paths of an inspector, by the prefix within the scopes around it.
#[cfg(feature = "inspector")]
#[derive(Clone)]
pub(crate) struct InspectorPath {
    prefix: String,
    /// Whether it is served in the profile that applies now.
    is_served: Rc<dyn Fn() -> bool>,
}

#[cfg(feature = "inspector")]
impl InspectorPath {
    pub(crate) fn new(prefix: String, is_served: impl Fn() -> bool + 'static) -> Self {
        Self { prefix, is_served: Rc::new(is_served) }
    }

    /// The whole paths within the scopes around the anchor; `None` when the application is
    /// gone.
    pub(super) fn at(&self, anchor: &Anchor) -> Option<InspectorPaths> {
        let prefix = ResourceDef::prefix(format!("{}{}", anchor.scopes()?, self.prefix));
        Some(InspectorPaths { prefix, is_served: Rc::clone(&self.is_served) })
    }
}

#[cfg(feature = "inspector")]
impl fmt::Debug for InspectorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InspectorPath({})", self.prefix)
    }
}

/// The paths of an inspector, with all scopes around it.
#[cfg(feature = "inspector")]
pub(crate) struct InspectorPaths {
    prefix: ResourceDef,
    is_served: Rc<dyn Fn() -> bool>,
}

#[cfg(feature = "inspector")]
impl InspectorPaths {
    /// Whether a request for this path is for the inspector, unless a resource that is
    /// registered earlier takes it.
    pub(crate) fn contain(&self, path: &str) -> bool {
        self.prefix.is_match(path) && (self.is_served)()
    }

    /// Whether this is the pattern of a resource of the inspector.
    #[cfg(feature = "introspection")]
    pub(crate) fn have_pattern(&self, pattern: &str) -> bool {
        self.prefix.is_match(pattern)
    }
}

#[cfg(feature = "inspector")]
impl fmt::Debug for InspectorPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InspectorPaths({:?})", self.prefix.pattern())
    }
}

/// The factory of an anchor. actix creates the services of an application with all
/// its factories, and drops these when the application is complete.
pub(super) struct AnchorFactory {
    app: Rc<AppRoutes>,
}

impl AnchorFactory {
    pub(super) fn new(app: &Rc<AppRoutes>) -> Self {
        Self { app: Rc::clone(app) }
    }
}

impl ServiceFactory<ServiceRequest> for AnchorFactory {
    type Response = ServiceResponse;
    type Error = Error;
    type Config = ();
    type Service = NotFound;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<NotFound, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let app = Rc::clone(&self.app);
        // When it is polled, not when it is asked for: the services of several
        // applications may be asked for before any is created.
        Box::pin(async move {
            app.note_created();
            Ok(NotFound)
        })
    }
}

impl Drop for AnchorFactory {
    fn drop(&mut self) {
        self.app.report_missing_middleware();
    }
}

/// The service of an anchor, which no request reaches.
pub(super) struct NotFound;

impl Service<ServiceRequest> for NotFound {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Ready<Result<ServiceResponse, Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        ready(Ok(request.into_response(HttpResponse::NotFound().finish())))
    }
}
