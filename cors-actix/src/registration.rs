//! How the edge learns which annotated routes an application has.
//!
//! `HttpServiceFactory::register` tells a handler its local pattern only. So
//! beside the real resources we register an anchor that no request can match,
//! with a resource map of its own: once the application is built, that map is
//! linked to its parents, and the pattern of the anchor begins with all scopes.
//!
//! One `App` is built for each worker thread, and registrations wait in a list
//! of that thread until the application's [`crate::Cors`] is initialised.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use actix_service::{Service, Transform, fn_service};
use actix_web::dev::{
    AppService, HttpServiceFactory, ResourceDef, ResourceMap, ServiceRequest, ServiceResponse,
};
use actix_web::error::UrlGenerationError;
use actix_web::{Error, HttpRequest, HttpResponse, guard};
use cors_core::Rules;
use futures_util::future::{Ready, ready};

use crate::startup;

/// No path begins with a control character, so nothing is ever routed here.
const ANCHOR: &str = "\u{1}cors";

/// An annotated handler: its name, its route attributes and its rules.
#[derive(Debug)]
pub struct Handler {
    pub(crate) name: &'static str,
    pub(crate) rules: Rules,
    resources: Vec<Resource>,
}

/// One route attribute: its local pattern and the methods it serves.
#[derive(Clone, Debug)]
pub struct Resource {
    path: &'static str,
    methods: Vec<&'static str>,
    name: Option<&'static str>,
    guarded: bool,
}

impl Handler {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(name: &'static str, resources: impl Into<Vec<Resource>>, rules: Rules) -> Self {
        Self { name, rules, resources: resources.into() }
    }
}

impl Resource {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(path: &'static str, methods: impl Into<Vec<&'static str>>) -> Self {
        Self { path, methods: methods.into(), name: None, guarded: false }
    }

    /// With a name other than the handler's.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// With guards of its own, so that it may not serve what it matches.
    #[must_use]
    pub fn guarded(self) -> Self {
        Self { guarded: true, ..self }
    }
}

/// One resource of an annotated handler, as registered in one place.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: RouteId,
    pub(crate) handler: Rc<Handler>,
    resource: Resource,
    is_root: bool,
    /// Owned by the application's own resource map.
    anchor: Weak<ResourceMap>,
}

/// Tells the routes of a thread apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RouteId(u32);

/// The annotated routes of one `App`.
#[derive(Debug)]
pub(crate) struct AppRoutes {
    /// The application's default service, which it shares with all its scopes:
    /// what makes two applications on one thread different.
    app: Weak<dyn Any>,
    /// The name of a leaf that only this application's resource map knows.
    leaf: String,
    routes: RefCell<Vec<Rc<Route>>>,
    /// Whether some `Cors` answers for these routes.
    claimed: Arc<AtomicBool>,
}

/// The annotated route that ran last, if one did.
type Seen = Option<RouteId>;

thread_local! {
    /// Every live application with annotated routes, in the order of registration.
    static APPS: RefCell<Vec<Rc<AppRoutes>>> = const { RefCell::new(Vec::new()) };

    /// The routes of the handler that is being registered, for its `Mark`s.
    static REGISTERING: RefCell<VecDeque<RouteId>> = const { RefCell::new(VecDeque::new()) };

    /// What the edge that is looking has seen run; `None` when none is looking.
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };

    static NEXT_ID: Cell<u32> = const { Cell::new(0) };
}

/// Registers an annotated handler: its real resources, and an anchor.
pub fn register(factory: impl HttpServiceFactory, app: &mut AppService, handler: Handler) {
    let routes = routes_of(app);
    let anchor = add_anchor(app, &routes.leaf);
    let handler = Rc::new(handler);
    for resource in &handler.resources {
        let id = NEXT_ID.with(|next| RouteId(next.replace(next.get().wrapping_add(1))));
        REGISTERING.with_borrow_mut(|marks| marks.push_back(id));
        routes.routes.borrow_mut().push(Rc::new(Route {
            id,
            handler: Rc::clone(&handler),
            resource: resource.clone(),
            is_root: app.is_root(),
            anchor: anchor.clone(),
        }));
    }
    factory.register(app);
    REGISTERING.with_borrow_mut(VecDeque::clear);
}

/// The list of this application, begun if this is its first annotated route.
fn routes_of(app: &AppService) -> Rc<AppRoutes> {
    let identity: Rc<dyn Any> = app.default_service();
    let identity = Rc::downgrade(&identity);
    APPS.with_borrow_mut(|apps| {
        apps.retain(|known| known.is_alive());
        if let Some(known) = apps.iter().find(|known| known.app.ptr_eq(&identity)) {
            return Rc::clone(known);
        }
        let number = NEXT_ID.with(Cell::get);
        let routes = Rc::new(AppRoutes {
            app: identity,
            leaf: format!("{ANCHOR} {number}"),
            routes: RefCell::default(),
            claimed: Arc::default(),
        });
        startup::report_if_unclaimed(Arc::clone(&routes.claimed));
        apps.push(Rc::clone(&routes));
        routes
    })
}

fn add_anchor(app: &mut AppService, leaf_name: &str) -> Weak<ResourceMap> {
    let anchor = ResourceDef::new(ANCHOR);
    let mut map = ResourceMap::new(anchor.clone());
    let mut leaf = ResourceDef::new("");
    leaf.set_name(leaf_name);
    map.add(&mut leaf, None);
    let map = Rc::new(map);
    let handle = Rc::downgrade(&map);

    let never = guard::fn_guard(|_| false);
    let not_found = fn_service(|request: ServiceRequest| {
        ready(Ok(request.into_response(HttpResponse::NotFound().finish())))
    });
    app.register_service(anchor, Some(vec![Box::new(never)]), not_found, Some(map));
    handle
}

impl AppRoutes {
    /// The application that was registered last on this thread and that no
    /// `Cors` answers for yet: the one that is being initialised.
    pub(crate) fn claim_newest() -> Option<Rc<Self>> {
        let newest = APPS.with_borrow(|apps| {
            apps.iter().rev().find(|app| !app.is_claimed() && app.is_alive()).cloned()
        });
        newest.inspect(|app| app.claimed.store(true, Ordering::Relaxed))
    }

    /// The application that a request belongs to, told by its resource map.
    ///
    /// Where several applications are initialised on one thread at once,
    /// [`AppRoutes::claim_newest`] may have been wrong.
    pub(crate) fn claim_for(request: &HttpRequest) -> Option<Rc<Self>> {
        let apps = APPS.with_borrow(Vec::clone);
        apps.into_iter()
            .find(|app| app.serves(request))
            .inspect(|app| app.claimed.store(true, Ordering::Relaxed))
    }

    /// Takes back a claim that turned out to be on another's routes.
    pub(crate) fn release(&self) {
        self.claimed.store(false, Ordering::Relaxed);
    }

    /// Whether the request is one of this application's.
    pub(crate) fn serves(&self, request: &HttpRequest) -> bool {
        let no_elements = std::iter::empty::<&str>();
        let found = request.resource_map().url_for(request, &self.leaf, no_elements);
        !matches!(found, Err(UrlGenerationError::ResourceNotFound))
    }

    /// The routes, in the order in which actix tries them.
    pub(crate) fn routes(&self) -> Vec<Rc<Route>> {
        self.routes.borrow().clone()
    }

    fn is_claimed(&self) -> bool {
        self.claimed.load(Ordering::Relaxed)
    }

    fn is_alive(&self) -> bool {
        self.app.strong_count() > 0
    }
}

impl Route {
    /// The full pattern with all scopes, such as `/api/{tenant}/users/{id}`;
    /// `None` when the application is gone.
    pub(crate) fn pattern(&self) -> Option<String> {
        let anchor = self.anchor.upgrade()?.match_pattern(ANCHOR)?;
        let mut pattern = anchor.strip_suffix(ANCHOR)?.to_owned();
        let path = self.resource.path;
        // As actix does: outside scopes even an empty path becomes `/`.
        if (self.is_root || !path.is_empty()) && !path.starts_with('/') {
            pattern.push('/');
        }
        pattern.push_str(path);
        Some(pattern)
    }

    pub(crate) fn methods(&self) -> &[&'static str] {
        &self.resource.methods
    }

    /// The methods of all the handler's resources with the same local pattern.
    pub(crate) fn methods_here(&self) -> Vec<&'static str> {
        let here = self.handler.resources.iter().filter(|other| other.path == self.resource.path);
        here.flat_map(|resource| &resource.methods).copied().collect()
    }

    /// The methods of all the handler's resources.
    pub(crate) fn methods_anywhere(&self) -> Vec<&'static str> {
        self.handler.resources.iter().flat_map(|resource| &resource.methods).copied().collect()
    }

    /// Whether the two were registered together, under one pattern.
    pub(crate) fn is_twin_of(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.handler, &other.handler) && self.resource.path == other.resource.path
    }

    /// The name of the resource, as actix knows it.
    pub(crate) fn name(&self) -> &'static str {
        self.resource.name.unwrap_or_else(|| {
            let path = self.handler.name;
            path.rsplit_once("::").map_or(path, |(_, name)| name)
        })
    }

    pub(crate) const fn is_guarded(&self) -> bool {
        self.resource.guarded
    }
}

/// Runs a part of the service inside an edge, and notes in `seen` which
/// annotated route ran.
pub(crate) fn watch<T>(seen: &mut Seen, inner: impl FnOnce() -> T) -> T {
    let outer = SEEN.replace(Some(*seen));
    let result = inner();
    *seen = SEEN.replace(outer).flatten();
    result
}

/// Whether an edge further out is looking: this one is not the outermost.
pub(crate) fn is_watched() -> bool {
    SEEN.get().is_some()
}

/// The innermost middleware of an annotated resource: says that it ran.
#[derive(Debug)]
pub struct Mark(Option<RouteId>);

impl Mark {
    /// The mark of the next resource of the handler that is being registered.
    #[must_use]
    pub fn take() -> Self {
        Self(REGISTERING.with_borrow_mut(VecDeque::pop_front))
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
        SEEN.set(SEEN.get().map(|_| self.route));
        self.service.call(request)
    }
}
