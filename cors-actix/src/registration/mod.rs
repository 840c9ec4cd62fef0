//! How the edge learns which annotated routes an application has.
//!
//! `HttpServiceFactory::register` gives a handler its local pattern only. So
//! beside the real resources we register an anchor that no request can match,
//! with a resource map of its own: once the application is built, that map is
//! linked to its parents, and the pattern of the anchor begins with all scopes.
//!
//! One `App` is built for each worker thread, and registrations wait in a list
//! of that thread until the application's [`crate::Cors`] is initialised.
//!
//! Which policies the routes have is left to process, and which route a request
//! goes to, to lookup.
//!
//! May import: `http`, `observe`.

mod anchor;
pub(crate) mod carried;
mod descriptor;
mod generated_list;
mod handler;
mod mark;
mod part;
mod registrable;
mod route;
mod scoped_paths;

pub(crate) use anchor::register_bundle;
#[cfg(feature = "introspection")]
pub(crate) use descriptor::ServedPath;
pub(crate) use descriptor::{
    AppDescriptor, PartDescriptor, RouteDescriptor, anonymous, is_literal, parameter_end,
};
pub use generated_list::{ConstantValue, List, ModuleConstant};
pub(crate) use handler::MethodName;
pub use handler::{Handler, Resource};
pub use mark::Mark;
pub(crate) use mark::{Enforcer, MarkedMethods, MarkedRoute, RouteNeeds};
pub(crate) use part::{Part, PartPlace, register_part};
pub use registrable::{AnnotatedFunction, CorsHandler, NeedsCorsResourceOrRouteBelow};
pub(crate) use route::{RouteId, RouteKey};
pub(crate) use scoped_paths::PathGroup;
#[cfg(feature = "inspector")]
pub(crate) use scoped_paths::{InspectorPath, InspectorPaths};

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::error::UrlGenerationError;

use anchor::{Anchor, anchor_of};
use route::Route;

use crate::observe::{Presence, log};

/// What one `App` registers, or a part of it that has a `Cors` of its own: its annotated
/// routes and its groups of paths.
#[derive(Debug)]
pub(crate) struct AppRoutes {
    /// The application's default service, which it shares with all its scopes:
    /// what makes two applications on one thread different.
    app: Weak<dyn Any>,
    /// The name of a leaf that only this application's resource map knows.
    leaf: String,
    /// `None` for what lies outside of all parts.
    part: Option<Part>,
    /// The scope of the part.
    place: RefCell<Option<Anchor>>,
    routes: RefCell<Vec<Route>>,
    groups: RefCell<Vec<(Anchor, PathGroup)>>,
    #[cfg(feature = "inspector")]
    inspectors: RefCell<Vec<(Anchor, InspectorPath)>>,
    /// The anchor outside all scopes, for what is registered until a scope comes next.
    root: RefCell<Option<Anchor>>,
    /// Whether a `Cors` lies around a scope of the application that is not a part.
    has_wrapped_scope: Cell<bool>,
    /// Whether some `Cors` answers for these routes.
    claimed: Cell<bool>,
    /// When the services of these routes were created: in a later place than those
    /// of all applications before. Zero until then.
    created: Cell<u32>,
    /// How many `Cors` that wrap nothing had been dropped when the first route was registered.
    dropped: u32,
    /// Whether a `Cors` claimed one of several applications when this was among them.
    contested: Cell<bool>,
    /// Whether it was reported that no `Cors` answers for these routes.
    reported: Cell<bool>,
}

thread_local! {
    /// Every live application with annotated routes or groups, in the order of
    /// registration.
    static APPS: RefCell<Vec<Rc<AppRoutes>>> = const { RefCell::new(Vec::new()) };

    /// The routes of the handler that is being registered, for its `Mark`s.
    static REGISTERING: RefCell<VecDeque<Rc<MarkedRoute>>> =
        const { RefCell::new(VecDeque::new()) };

    /// The next number that was not given yet; the first one is 1.
    static NEXT: Cell<u32> = const { Cell::new(1) };
}

/// Registers an annotated handler: its real resources, and an anchor.
pub fn register(factory: impl HttpServiceFactory, app: &mut AppService, handler: Handler) {
    let routes = routes_of(app);
    let anchor = anchor_of(app, &routes);
    let marks = routes.add(handler, &anchor);
    REGISTERING.set(marks);
    factory.register(app);
    REGISTERING.with_borrow_mut(VecDeque::clear);
}

/// Adds the routes of one resource, which is registered next: an anchor, and for each
/// route its mark.
pub(crate) fn register_routes(
    app: &mut AppService,
    handlers: impl IntoIterator<Item = Handler>,
) -> Vec<Rc<MarkedRoute>> {
    let routes = routes_of(app);
    let anchor = anchor_of(app, &routes);
    handlers.into_iter().flat_map(|handler| routes.add(handler, &anchor)).collect()
}

/// A name for a resource without one, which no other resource of the application has; the
/// same in every worker.
pub(crate) fn resource_name(app: &AppService) -> String {
    format!("cors resource {}", routes_of(app).routes.borrow().len())
}

/// Registers a group of paths: an anchor shows the scopes around it.
pub(crate) fn register_paths(app: &mut AppService, group: PathGroup) {
    let routes = routes_of(app);
    let anchor = anchor_of(app, &routes);
    routes.groups.borrow_mut().push((anchor, group));
}

/// Notes the paths of an inspector: an anchor shows the scopes around it.
#[cfg(feature = "inspector")]
pub(crate) fn register_inspector(app: &mut AppService, path: InspectorPath) {
    let routes = routes_of(app);
    let anchor = anchor_of(app, &routes);
    routes.inspectors.borrow_mut().push((anchor, path));
}

/// The list of this application, or of the part of it that is being registered, begun if
/// this is its first registration.
fn routes_of(app: &AppService) -> Rc<AppRoutes> {
    let identity: Rc<dyn Any> = app.default_service();
    let identity = Rc::downgrade(&identity);
    APPS.with_borrow_mut(|apps| {
        apps.retain(|known| known.is_initialising() || known.is_alive());
        let part = part::current();
        let is_it = |known: &&Rc<AppRoutes>| known.app.ptr_eq(&identity) && known.part == part;
        if let Some(known) = apps.iter().find(is_it) {
            return Rc::clone(known);
        }
        let routes = Rc::new(AppRoutes {
            app: identity,
            leaf: format!("cors application {}", next_number()),
            part,
            place: RefCell::default(),
            routes: RefCell::default(),
            groups: RefCell::default(),
            #[cfg(feature = "inspector")]
            inspectors: RefCell::default(),
            root: RefCell::default(),
            has_wrapped_scope: Cell::new(false),
            claimed: Cell::new(false),
            created: Cell::new(0),
            dropped: Presence::dropped(),
            contested: Cell::new(false),
            reported: Cell::new(false),
        });
        apps.push(Rc::clone(&routes));
        routes
    })
}

/// The route of the next `Mark` of the handler that is being registered.
fn next_marked() -> Option<Rc<MarkedRoute>> {
    REGISTERING.with_borrow_mut(VecDeque::pop_front)
}

fn next_number() -> u32 {
    NEXT.with(|next| next.replace(next.get().wrapping_add(1)))
}

/// The application that a `Cors` wraps, as far as is known while applications
/// are being initialised.
pub(crate) enum Claim {
    /// It has no annotated routes and no groups.
    Nothing,
    /// The only application whose services were created and that has no `Cors` yet.
    Certain(Rc<AppRoutes>),
    /// One of several that are being initialised at once: the first request shows which.
    Uncertain(Rc<AppRoutes>),
    /// It has a `Cors` already.
    Taken(Rc<AppRoutes>),
}

impl AppRoutes {
    /// Adds the routes of a handler, and returns what marks them.
    fn add(&self, handler: Handler, anchor: &Anchor) -> VecDeque<Rc<MarkedRoute>> {
        let handler = Arc::new(handler);
        let mut routes = self.routes.borrow_mut();
        let add = |resource: &Resource| {
            let marked = Rc::<MarkedRoute>::default();
            let (resource, anchor) = (resource.clone(), anchor.clone());
            routes.push(Route::new(Rc::clone(&marked), Arc::clone(&handler), resource, anchor));
            marked
        };
        handler.resources.iter().map(add).collect()
    }

    /// Claims the application whose services were created last. actix creates the
    /// services of an application before the middleware around them, so this is
    /// the one around which the `Cors` lies that asks, unless another middleware
    /// between the two had to wait.
    pub(crate) fn claim_newest() -> Claim {
        let apps = APPS.with_borrow(Vec::clone);
        let outside = apps.iter().filter(|app| app.part.is_none());
        let created = outside.filter(|app| app.is_initialising() && app.created.get() > 0);
        let (taken, mut open): (Vec<_>, Vec<_>) = created.partition(|app| app.claimed.get());
        open.sort_by_key(|app| app.created.get());
        match (&open[..], &taken[..]) {
            // It may have been taken for another one.
            ([], [taken]) if taken.contested.get() => Claim::Uncertain(Rc::clone(taken)),
            ([], [taken]) => Claim::Taken(Rc::clone(taken)),
            ([], _) => Claim::Nothing,
            ([newest], _) if newest.has_wrapped_scope.get() => Claim::Taken(Rc::clone(newest)),
            ([newest], _) => {
                newest.claimed.set(true);
                Claim::Certain(Rc::clone(newest))
            }
            ([.., newest], _) => {
                open.iter().for_each(|app| app.contested.set(true));
                newest.claimed.set(true);
                Claim::Uncertain(Rc::clone(newest))
            }
        }
    }

    /// Takes note of a `Cors` around a scope, if it is certain which application that is
    /// in: another one around the application would see the same requests.
    pub(crate) fn note_wrapped_scope() {
        let apps = APPS.with_borrow(Vec::clone);
        let mut open = apps.iter().filter(|app| app.part.is_none() && app.is_initialising());
        if let (Some(only), None) = (open.next(), open.next()) {
            only.has_wrapped_scope.set(true);
        }
    }

    /// Claims a part of an application; `None` if the `Cors` around it lies inside another.
    pub(crate) fn claim_part(part: Part) -> Option<Rc<Self>> {
        let apps = APPS.with_borrow(Vec::clone);
        let app = apps.into_iter().find(|app| app.part == Some(part))?;
        app.claimed.set(true);
        (!part.is_nested).then_some(app)
    }

    /// A part of the application that is being initialised, if there is only one of these.
    pub(crate) fn initialising_part() -> Option<Rc<Self>> {
        let apps = APPS.with_borrow(Vec::clone);
        let mut parts = apps.iter().filter(|app| app.is_initialising() && app.part.is_some());
        let first = parts.next()?;
        let is_same = |other: &Rc<Self>| other.app.ptr_eq(&first.app);
        parts.all(is_same).then(|| Rc::clone(first))
    }

    /// Whether this is a part of an application.
    pub(crate) const fn is_part(&self) -> bool {
        self.part.is_some()
    }

    /// Whether some `Cors` answers for the application. A claim is given back as long as
    /// it may turn out to be that of another one.
    pub(crate) fn set_claimed(&self, claimed: bool) {
        self.claimed.set(claimed);
    }

    /// Whether some `Cors` answers for the application.
    pub(crate) fn is_claimed(&self) -> bool {
        self.claimed.get()
    }

    /// The application that a request belongs to, found by its resource map.
    ///
    /// Where several applications are initialised on one thread at once,
    /// [`AppRoutes::claim_newest`] may have been wrong.
    pub(crate) fn claim_for(request: &HttpRequest) -> Option<Rc<Self>> {
        let apps = APPS.with_borrow(Vec::clone);
        let mut outside = apps.into_iter().filter(|app| app.part.is_none());
        outside.find(|app| app.serves(request)).inspect(|app| app.claimed.set(true))
    }

    /// Everything that the application of a request registered, all parts of it included.
    pub(crate) fn all_for(request: &HttpRequest) -> Vec<Rc<Self>> {
        let apps = APPS.with_borrow(Vec::clone);
        apps.into_iter().filter(|app| app.serves(request)).collect()
    }

    /// Whether the request is one of this application's.
    pub(crate) fn serves(&self, request: &HttpRequest) -> bool {
        let no_elements = std::iter::empty::<&str>();
        let found = request.resource_map().url_for(request, &self.leaf, no_elements);
        !matches!(found, Err(UrlGenerationError::ResourceNotFound))
    }

    /// The services of the application are being created.
    fn note_created(&self) {
        self.created.set(next_number());
    }

    /// The factories are gone: if no `Cors` answers for the application by now, none will.
    fn report_missing_middleware(&self) {
        if self.claimed.get() || self.routes.borrow().is_empty() {
            return;
        }
        // The `Cors` of this application may have claimed another one that is
        // being initialised; then the first request shows which.
        let claimed =
            |app: &Rc<Self>| app.part.is_none() && app.is_initialising() && app.claimed.get();
        let may_be_settled = APPS.try_with(|apps| apps.borrow().iter().any(claimed));
        if !may_be_settled.unwrap_or(false) && !self.reported.replace(true) {
            let has_unused = Presence::dropped() != self.dropped;
            log::missing_middleware(&self.handlers(), has_unused);
        }
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
        (AppDescriptor { part: self.describe_part(), routes: descriptors, groups }, keys)
    }

    /// The paths of the inspectors in this application.
    #[cfg(feature = "inspector")]
    pub(crate) fn inspectors(&self) -> Vec<InspectorPaths> {
        let inspectors = self.inspectors.borrow();
        inspectors.iter().filter_map(|(anchor, path)| path.at(anchor)).collect()
    }

    fn describe_part(&self) -> Option<PartDescriptor> {
        let scopes = self.scopes()?;
        let apps = APPS.with_borrow(Vec::clone);
        let mut earlier = apps.iter().take_while(|app| app.part != self.part);
        let is_twin =
            |app: &Rc<Self>| app.app.ptr_eq(&self.app) && app.scopes().as_ref() == Some(&scopes);
        let has_twin = earlier.any(is_twin);
        Some(PartDescriptor { scopes, has_twin })
    }

    /// The pattern of the scope of this part.
    fn scopes(&self) -> Option<String> {
        self.place.borrow().as_ref()?.scopes()
    }

    /// The names of the handlers, each once.
    fn handlers(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for route in &*self.routes.borrow() {
            if !names.contains(&route.handler_name()) {
                names.push(route.handler_name());
            }
        }
        names
    }

    /// Whether the application still exists, to which the anchors belong.
    fn is_alive(&self) -> bool {
        let (routes, groups) = (self.routes.borrow(), self.groups.borrow());
        let place = self.place.borrow();
        let anchors = routes.iter().map(Route::anchor).chain(groups.iter().map(|(at, _)| at));
        let anchors = anchors.chain(&*place);
        #[cfg(feature = "inspector")]
        let inspectors = self.inspectors.borrow();
        #[cfg(feature = "inspector")]
        let anchors = anchors.chain(inspectors.iter().map(|(at, _)| at));
        let mut anchors = anchors;
        anchors.any(|anchor| anchor.map.strong_count() > 0)
    }

    /// Whether the factories of the application still exist: they are dropped
    /// when all its services and middleware have been created.
    pub(crate) fn is_initialising(&self) -> bool {
        self.app.strong_count() > 0
    }
}
