//! One worker's application: its routes, and the policies that apply now.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::dev::ServiceRequest;
use arc_swap::ArcSwap;
use arc_swap::cache::Cache;
use cors_core::Error;

use super::PolicyLookup;
use super::route_table::RouteTable;
use crate::http::{Head, RequestSnapshot};
use crate::observe::RouteShard;
use crate::process::{AppPolicies, CompiledApp, ProcessState};
#[cfg(feature = "introspection")]
use crate::registration::ServedPath;
use crate::registration::{AppRoutes, Enforcer, RouteId, RouteKey};

/// The routes of one worker, and the lookup that joins them with the policies.
#[derive(Debug)]
pub(crate) struct WorkerState {
    /// Kept so that a reload knows of the application.
    #[cfg_attr(not(feature = "introspection"), expect(dead_code))]
    app: Arc<AppPolicies>,
    routes: Rc<RouteTable>,
    counts: Arc<RouteShard>,
    now: RefCell<CurrentLookup>,
}

/// The lookup of the current policies; a reload is noticed by their pointer.
#[derive(Debug)]
struct CurrentLookup {
    current: Cache<Arc<ArcSwap<CompiledApp>>, Arc<CompiledApp>>,
    lookup: Rc<PolicyLookup>,
}

impl WorkerState {
    /// Joins the routes of an application, `None` when it has no annotated ones,
    /// with what all workers share.
    ///
    /// # Errors
    ///
    /// All problems of all routes at once.
    pub(crate) fn join(process: &ProcessState, routes: Option<&AppRoutes>) -> Result<Self, Error> {
        let (descriptor, keys) = routes.map(AppRoutes::describe).unwrap_or_default();
        Ok(Self::new(process.join(descriptor)?, &keys))
    }

    /// Joins the routes with policies that allow no origin, until a reload has others.
    pub(crate) fn closed(process: &ProcessState, routes: Option<&AppRoutes>) -> Self {
        let (descriptor, keys) = routes.map(AppRoutes::describe).unwrap_or_default();
        Self::new(process.join_closed(descriptor), &keys)
    }

    fn new(app: Arc<AppPolicies>, keys: &[RouteKey]) -> Self {
        let routes = Rc::new(RouteTable::new(app.number(), keys, app.descriptor()));
        let mut current = Cache::new(Arc::clone(app.current()));
        let lookup = Rc::new(PolicyLookup::new(&routes, Arc::clone(current.load())));
        let (counts, now) = (app.counters(), RefCell::new(CurrentLookup { current, lookup }));
        Self { app, routes, counts, now }
    }

    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The counters of the routes.
    pub(crate) fn counts(&self) -> &RouteShard {
        &self.counts
    }

    /// Makes the responses of the routes carry them, and the routes decide about `enforce`
    /// where that is not certain before.
    pub(crate) fn join_routes(self: &Rc<Self>) {
        self.routes.join(&Rc::downgrade(self));
    }

    /// The policies as of now; a request keeps to the ones it began with.
    pub(crate) fn lookup(&self) -> Rc<PolicyLookup> {
        let CurrentLookup { current, lookup } = &mut *self.now.borrow_mut();
        let compiled = current.load();
        if !Arc::ptr_eq(compiled, lookup.compiled()) {
            *lookup = Rc::new(PolicyLookup::new(&self.routes, Arc::clone(compiled)));
        }
        Rc::clone(lookup)
    }
}

/// What the edge knows of a request about which `enforce` is decided at a route: the
/// policies in force, the origin and the host when it came in.
pub(crate) struct EnforceContext {
    pub(crate) lookup: Rc<PolicyLookup>,
    pub(crate) received: RequestSnapshot,
}

#[cfg(feature = "introspection")]
impl WorkerState {
    /// Takes note of the paths that are registered, as far as they are not annotated, unless
    /// that is known; returns the methods that are served and that no page may send.
    pub(crate) fn note_unannotated(&self, paths: Vec<ServedPath>) -> Vec<ServedPath> {
        let is_annotated = |pattern: &str, method: &str| {
            let routes = &self.app.descriptor().routes;
            routes.iter().any(|it| it.pattern == pattern && it.serves(method.as_bytes()))
        };
        let unannotated = paths.into_iter().filter_map(|mut path| {
            let is_known = !path.methods.is_empty();
            path.methods.retain(|method| !is_annotated(&path.pattern, method));
            (!is_known || !path.methods.is_empty()).then_some(path)
        });
        self.app.note_unannotated(unannotated.collect())
    }
}

impl Enforcer for WorkerState {
    fn refuses(&self, route: RouteId, request: &ServiceRequest) -> bool {
        let path = request.match_info().as_str();
        let extensions = request.extensions();
        if let Some(EnforceContext { lookup, received }) = extensions.get() {
            let route = lookup.routes().index_of(route);
            let refuses = |route| lookup.is_refused_at(route, path, received.hosts, received);
            return route.is_some_and(refuses);
        }
        let lookup = self.lookup();
        let head = Head::of(request.head());
        let hosts = lookup.hosts_of(&head);
        let route = self.routes.index_of(route);
        route.is_some_and(|route| lookup.is_refused_at(route, path, hosts, &head))
    }
}
