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

/// Where the patterns of anchors begin. A guard keeps requests away.
const ANCHOR: &str = "/\u{1}cors";

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
    /// The pattern of the anchor, which no other registration has.
    pub(crate) anchor: Rc<str>,
    /// Owned by the application's own resource map.
    anchor_map: Weak<ResourceMap>,
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
    claimed: Rc<Cell<bool>>,
}

/// The annotated route that ran last, if one did.
type Seen = Option<RouteId>;

/// What an edge looks at: its application, told by the address of the
/// application's resource map, and what has run in it.
#[derive(Clone, Copy)]
struct Watch {
    app: *const ResourceMap,
    seen: Seen,
}

thread_local! {
    /// Every live application with annotated routes, in the order of registration.
    static APPS: RefCell<Vec<Rc<AppRoutes>>> = const { RefCell::new(Vec::new()) };

    /// The routes of the handler that is being registered, for its `Mark`s.
    static REGISTERING: RefCell<VecDeque<RouteId>> = const { RefCell::new(VecDeque::new()) };

    /// What the innermost edge that is looking has seen; `None` when none is looking.
    static WATCH: Cell<Option<Watch>> = const { Cell::new(None) };

    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Registers an annotated handler: its real resources, and an anchor.
pub fn register(factory: impl HttpServiceFactory, app: &mut AppService, handler: Handler) {
    let routes = routes_of(app);
    let anchor: Rc<str> = format!("{ANCHOR} {}", next_number()).into();
    let anchor_map = add_anchor(app, &anchor, &routes);
    let handler = Rc::new(handler);
    for resource in &handler.resources {
        let id = RouteId(next_number());
        REGISTERING.with_borrow_mut(|marks| marks.push_back(id));
        routes.routes.borrow_mut().push(Rc::new(Route {
            id,
            handler: Rc::clone(&handler),
            resource: resource.clone(),
            is_root: app.is_root(),
            anchor: Rc::clone(&anchor),
            anchor_map: anchor_map.clone(),
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
        // Initialised applications are kept as long as an edge answers for them.
        apps.retain(|known| known.is_initialising() || Rc::strong_count(known) > 1);
        if let Some(known) = apps.iter().find(|known| known.app.ptr_eq(&identity)) {
            return Rc::clone(known);
        }
        let routes = Rc::new(AppRoutes {
            app: identity,
            leaf: format!("cors application {}", next_number()),
            routes: RefCell::default(),
            claimed: Rc::default(),
        });
        apps.push(Rc::clone(&routes));
        routes
    })
}

fn next_number() -> u32 {
    NEXT.with(|next| next.replace(next.get().wrapping_add(1)))
}

fn add_anchor(app: &mut AppService, pattern: &str, routes: &AppRoutes) -> Weak<ResourceMap> {
    let anchor = ResourceDef::new(pattern.to_owned());
    let mut map = ResourceMap::new(anchor.clone());
    let mut leaf = ResourceDef::new("");
    leaf.set_name(&routes.leaf);
    map.add(&mut leaf, None);
    let map = Rc::new(map);
    let handle = Rc::downgrade(&map);

    let never = guard::fn_guard(|_| false);
    let initialising = Initialising { claimed: Rc::clone(&routes.claimed) };
    let not_found = fn_service(move |request: ServiceRequest| {
        let _ = &initialising;
        ready(Ok(request.into_response(HttpResponse::NotFound().finish())))
    });
    app.register_service(anchor, Some(vec![Box::new(never)]), not_found, Some(map));
    handle
}

/// Lives in the factory of an anchor, which is dropped with all factories when
/// the application has been initialised.
#[derive(Clone)]
struct Initialising {
    claimed: Rc<Cell<bool>>,
}

impl Drop for Initialising {
    fn drop(&mut self) {
        if !self.claimed.get() {
            startup::report_missing_middleware();
        }
    }
}

/// A `Cors` was initialised for an application that has one already.
#[derive(Debug)]
pub(crate) struct AlreadyClaimed;

impl AppRoutes {
    /// The application that is being initialised on this thread, if it has
    /// annotated routes: the newest one that no `Cors` answers for yet.
    pub(crate) fn claim_newest() -> Result<Option<Rc<Self>>, AlreadyClaimed> {
        let apps = APPS.with_borrow(Vec::clone);
        let mut initialising = apps.iter().rev().filter(|app| app.is_initialising()).peekable();
        if initialising.peek().is_none() {
            return Ok(None);
        }
        let newest = initialising.find(|app| !app.claimed.get()).ok_or(AlreadyClaimed)?;
        newest.claimed.set(true);
        Ok(Some(Rc::clone(newest)))
    }

    /// The application that a request belongs to, told by its resource map.
    ///
    /// Where several applications are initialised on one thread at once,
    /// [`AppRoutes::claim_newest`] may have been wrong.
    pub(crate) fn claim_for(request: &HttpRequest) -> Option<Rc<Self>> {
        let apps = APPS.with_borrow(Vec::clone);
        apps.into_iter().find(|app| app.serves(request)).inspect(|app| app.claimed.set(true))
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

    /// Whether the factories of the application still exist: they are dropped
    /// when its services have been created.
    fn is_initialising(&self) -> bool {
        self.app.strong_count() > 0
    }
}

impl Route {
    /// The pattern of the scopes around the route, such as `/api/{tenant}`;
    /// `None` when the application is gone.
    pub(crate) fn scopes(&self) -> Option<String> {
        let pattern = self.anchor_map.upgrade()?.match_pattern(&self.anchor)?;
        pattern.strip_suffix(&*self.anchor).map(str::to_owned)
    }

    /// The pattern within those scopes, such as `/users/{id}`.
    pub(crate) fn local_pattern(&self) -> String {
        let path = self.resource.path;
        // As actix does: outside scopes even an empty path becomes `/`.
        let slash = (self.is_root || !path.is_empty()) && !path.starts_with('/');
        format!("{}{path}", if slash { "/" } else { "" })
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

/// Runs a part of the service inside the edge of `app`, and notes in `seen`
/// which annotated route ran.
pub(crate) fn watch<T>(app: *const ResourceMap, seen: &mut Seen, inner: impl FnOnce() -> T) -> T {
    /// Puts back what was watched before, also when a handler panics: the
    /// worker lives on.
    struct Restore(Option<Watch>);
    impl Drop for Restore {
        fn drop(&mut self) {
            WATCH.set(self.0);
        }
    }
    let _restore = Restore(WATCH.replace(Some(Watch { app, seen: *seen })));
    let result = inner();
    *seen = WATCH.get().and_then(|watch| watch.seen);
    result
}

/// Whether another edge of the same application is looking: this one lies inside it.
pub(crate) fn is_watched(app: *const ResourceMap) -> bool {
    WATCH.get().is_some_and(|watch| watch.app == app)
}

/// The outermost middleware of an annotated resource: says that it was reached.
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
        WATCH.set(WATCH.get().map(|watch| Watch { seen: self.route, ..watch }));
        self.service.call(request)
    }
}
