//! How the edge learns which annotated routes an application has.
//!
//! `HttpServiceFactory::register` tells a handler its local pattern only. So
//! beside the real resources we register an anchor that no request can match,
//! with a resource map of its own: once the application is built, that map is
//! linked to its parents, and the pattern of the anchor begins with all scopes.
//!
//! One `App` is built for each worker thread, and registrations wait in a list
//! of that thread until the application's [`crate::Cors`] is initialised.
//!
//! Which policies the routes have is left to process, and which route a request
//! goes to, to lookup. It may import observe.

mod anchor;
mod descriptor;
mod generated_list;
mod handler;
pub(crate) mod mark;
mod path_group;
mod route;

pub(crate) use descriptor::{AppDescriptor, RouteDescriptor, anonymous, is_literal};
pub use generated_list::{List, Texts};
pub use handler::{Handler, Resource};
pub use mark::Mark;
pub(crate) use path_group::PathGroup;
pub(crate) use route::{RouteId, RouteKey};

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use actix_service::fn_service;
use actix_web::dev::{AppService, HttpServiceFactory, ResourceDef, ResourceMap, ServiceRequest};
use actix_web::error::UrlGenerationError;
use actix_web::{HttpRequest, HttpResponse, guard};
use futures_util::future::ready;

use anchor::Anchor;
use route::Route;

use crate::observe::log;

/// Where the patterns of anchors begin. A guard keeps requests away.
const ANCHOR: &str = "/\u{1}cors";

/// How many segments an anchor has: one more than a pattern may have parameters
/// (`MAX_DYNAMIC_SEGMENTS` of actix-router), so that no `/{id}` that is registered
/// earlier is found in its place.
const ANCHOR_DEPTH: usize = 17;

/// What one `App` registers: its annotated routes and its groups of paths.
#[derive(Debug)]
pub(crate) struct AppRoutes {
    /// The application's default service, which it shares with all its scopes:
    /// what makes two applications on one thread different.
    app: Weak<dyn Any>,
    /// The name of a leaf that only this application's resource map knows.
    leaf: String,
    routes: RefCell<Vec<Route>>,
    groups: RefCell<Vec<(Anchor, PathGroup)>>,
    /// The anchor outside all scopes.
    root: OnceCell<Anchor>,
    /// Whether some `Cors` answers for these routes.
    claimed: Rc<Cell<bool>>,
}

thread_local! {
    /// Every live application with annotated routes or groups, in the order of
    /// registration.
    static APPS: RefCell<Vec<Rc<AppRoutes>>> = const { RefCell::new(Vec::new()) };

    /// The routes of the handler that is being registered, for its `Mark`s.
    static REGISTERING: RefCell<VecDeque<RouteId>> = const { RefCell::new(VecDeque::new()) };

    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Registers an annotated handler: its real resources, and an anchor.
pub fn register(factory: impl HttpServiceFactory, app: &mut AppService, handler: Handler) {
    let routes = routes_of(app);
    let anchor = anchor_of(app, &routes);
    let handler = Arc::new(handler);
    for resource in &handler.resources {
        let id = RouteId(next_number());
        REGISTERING.with_borrow_mut(|marks| marks.push_back(id));
        let route = Route::new(id, Arc::clone(&handler), resource.clone(), anchor.clone());
        routes.routes.borrow_mut().push(route);
    }
    factory.register(app);
    REGISTERING.with_borrow_mut(VecDeque::clear);
}

/// Registers a group of paths: an anchor tells the scopes around it.
pub(crate) fn register_paths(app: &mut AppService, group: PathGroup) {
    let routes = routes_of(app);
    let anchor = anchor_of(app, &routes);
    routes.groups.borrow_mut().push((anchor, group));
}

/// The list of this application, begun if this is its first registration.
fn routes_of(app: &AppService) -> Rc<AppRoutes> {
    let identity: Rc<dyn Any> = app.default_service();
    let identity = Rc::downgrade(&identity);
    APPS.with_borrow_mut(|apps| {
        apps.retain(|known| known.is_initialising() || known.is_alive());
        if let Some(known) = apps.iter().find(|known| known.app.ptr_eq(&identity)) {
            return Rc::clone(known);
        }
        let routes = Rc::new(AppRoutes {
            app: identity,
            leaf: format!("cors application {}", next_number()),
            routes: RefCell::default(),
            groups: RefCell::default(),
            root: OnceCell::new(),
            claimed: Rc::default(),
        });
        apps.push(Rc::clone(&routes));
        routes
    })
}

/// The route that the next `Mark` of the handler being registered stands for.
pub(crate) fn next_marked() -> Option<RouteId> {
    REGISTERING.with_borrow_mut(VecDeque::pop_front)
}

fn next_number() -> u32 {
    NEXT.with(|next| next.replace(next.get().wrapping_add(1)))
}

/// The anchor of what is registered now.
///
/// actix tries every anchor like a route of its own, on every request. Outside
/// all scopes one will do; inside, nothing tells whether two registrations are
/// in one scope, or in two of which the one has ended and the other begun.
fn anchor_of(app: &mut AppService, routes: &AppRoutes) -> Anchor {
    match app.is_root() {
        true => routes.root.get_or_init(|| add_anchor(app, routes)).clone(),
        false => add_anchor(app, routes),
    }
}

fn add_anchor(app: &mut AppService, routes: &AppRoutes) -> Anchor {
    let below = "/\u{1}".repeat(ANCHOR_DEPTH - 1);
    let pattern: Rc<str> = format!("{ANCHOR} {}{below}", next_number()).into();
    let definition = ResourceDef::new(pattern.to_string());
    let mut map = ResourceMap::new(definition.clone());
    let mut leaf = ResourceDef::new("");
    leaf.set_name(&routes.leaf);
    map.add(&mut leaf, None);
    let map = Rc::new(map);
    let anchor = Anchor { pattern, map: Rc::downgrade(&map), is_root: app.is_root() };

    let never = guard::fn_guard(|_| false);
    let initialising = Initialising { claimed: Rc::clone(&routes.claimed) };
    let not_found = fn_service(move |request: ServiceRequest| {
        let _ = &initialising;
        ready(Ok(request.into_response(HttpResponse::NotFound().finish())))
    });
    app.register_service(definition, Some(vec![Box::new(never)]), not_found, Some(map));
    anchor
}

/// Lives in the factory of an anchor, which is dropped with all factories when
/// the application has been initialised.
#[derive(Clone)]
struct Initialising {
    claimed: Rc<Cell<bool>>,
}

impl Drop for Initialising {
    fn drop(&mut self) {
        if self.claimed.get() {
            return;
        }
        // The `Cors` of this application may have claimed another one that is
        // being initialised; then the first request will tell.
        let claimed = |app: &Rc<AppRoutes>| app.is_initialising() && app.claimed.get();
        let may_be_settled = APPS.try_with(|apps| apps.borrow().iter().any(claimed));
        if !may_be_settled.unwrap_or(false) {
            self.claimed.set(true);
            log::missing_middleware();
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
        let initialising: Vec<_> = apps.iter().filter(|app| app.is_initialising()).collect();
        let newest = initialising.iter().rev().find(|app| !app.claimed.get());
        match newest {
            Some(newest) => {
                newest.claimed.set(true);
                Ok(Some(Rc::clone(newest)))
            }
            // One may have been claimed for another, which may be initialised by
            // now: the first request will tell.
            None if initialising.len() == 1 && apps.iter().all(|app| app.claimed.get()) => {
                Err(AlreadyClaimed)
            }
            None => Ok(None),
        }
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

    /// What the application is in every worker, and how this one knows its
    /// routes again, in the order in which actix tries them.
    pub(crate) fn describe(&self) -> (AppDescriptor, Vec<RouteKey>) {
        let routes = self.routes.borrow();
        let (descriptors, keys) = routes
            .iter()
            .filter_map(|route| Some((Arc::new(route.descriptor()?), route.key())))
            .unzip();
        let groups = self.groups.borrow();
        let groups = groups.iter().filter_map(|(anchor, group)| group.at(anchor)).collect();
        (AppDescriptor { routes: descriptors, groups }, keys)
    }

    /// Whether the application still exists, to which the anchors belong.
    fn is_alive(&self) -> bool {
        let (routes, groups) = (self.routes.borrow(), self.groups.borrow());
        let mut anchors = routes.iter().map(Route::anchor).chain(groups.iter().map(|(at, _)| at));
        anchors.any(|anchor| anchor.map.strong_count() > 0)
    }

    /// Whether the factories of the application still exist: they are dropped
    /// when its services have been created.
    fn is_initialising(&self) -> bool {
        self.app.strong_count() > 0
    }
}
