//! Places in the tree of scopes, and which registrations share one.
//!
//! actix tries every anchor like a route of its own, on each request that goes to a later
//! route. So what is registered in a row shares one, until a scope is registered that has
//! anchors of its own, and may take every path that comes after it. Outside of all scopes
//! what belongs together is known. Inside, it is not known whether two registrations are in one
//! scope, or in two of which the one has ended and the other begun: the addresses and counts
//! that actix shows are the same. Only of a bundle it is certain: one `AppService` is borrowed
//! for all of its services, so no other one has the address.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use actix_service::{Service, ServiceFactory};
use actix_web::dev::{
    AppService, HttpServiceFactory, ResourceDef, ResourceMap, ServiceRequest, ServiceResponse,
};
use actix_web::{Error, HttpResponse, guard};
use futures_util::future::LocalBoxFuture;

use super::{AppRoutes, next_number};

/// Where the patterns of anchors begin. A guard keeps requests away.
const BEGINNING: &str = "/\u{1}cors";

/// How many segments an anchor has: one more than a pattern may have parameters
/// (`MAX_DYNAMIC_SEGMENTS` of actix-router), so that no `/{id}` that is registered
/// earlier is found in its place.
const DEPTH: usize = 17;

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
    /// Registers an anchor for what is registered next.
    pub(super) fn register(app: &mut AppService, routes: &Rc<AppRoutes>) -> Self {
        let below = "/\u{1}".repeat(DEPTH - 1);
        let pattern: Rc<str> = format!("{BEGINNING} {}{below}", next_number()).into();
        let definition = ResourceDef::new(pattern.to_string());
        let mut map = ResourceMap::new(definition.clone());
        let mut leaf = ResourceDef::new("");
        leaf.set_name(&routes.leaf);
        map.add(&mut leaf, None);
        let map = Rc::new(map);
        let anchor = Self { pattern, map: Rc::downgrade(&map), is_root: app.is_root() };

        let never = guard::fn_guard(|_| false);
        let factory = AnchorFactory { app: Rc::clone(routes) };
        app.register_service(definition, Some(vec![Box::new(never)]), factory, Some(map));
        anchor
    }

    /// The pattern of the scopes around the anchor, such as `/api/{tenant}`;
    /// `None` when the application is gone.
    pub(crate) fn scopes(&self) -> Option<String> {
        let pattern = self.map.upgrade()?.match_pattern(&self.pattern)?;
        pattern.strip_suffix(&*self.pattern).map(str::to_owned)
    }
}

/// A bundle that is being registered.
struct Bundle {
    /// The address of its `AppService`; only compared.
    address: *const AppService,
    /// The anchor of what is registered until a scope comes next.
    anchor: Option<Anchor>,
}

thread_local! {
    /// The bundles that are being registered, the outermost first.
    static BUNDLES: RefCell<Vec<Bundle>> = const { RefCell::new(Vec::new()) };
}

/// Registers services that belong to one scope.
pub(crate) fn register_bundle(app: &mut AppService, services: impl HttpServiceFactory) {
    /// Ends the bundle, also when a service panics while it is registered.
    struct EndBundle;
    impl Drop for EndBundle {
        fn drop(&mut self) {
            BUNDLES.with_borrow_mut(Vec::pop);
        }
    }
    let address: *const AppService = app;
    BUNDLES.with_borrow_mut(|bundles| bundles.push(Bundle { address, anchor: None }));
    let _end = EndBundle;
    services.register(app);
}

/// The anchor of what is registered now.
pub(super) fn anchor_of(app: &mut AppService, routes: &Rc<AppRoutes>) -> Anchor {
    if app.is_root() {
        let mut root = routes.root.borrow_mut();
        return root.get_or_insert_with(|| Anchor::register(app, routes)).clone();
    }
    routes.root.take();
    end_rows_beside(app);
    let known = of_bundle(app, |bundle| bundle.anchor.clone()).flatten();
    known.unwrap_or_else(|| {
        let anchor = Anchor::register(app, routes);
        of_bundle(app, |bundle| bundle.anchor = Some(anchor.clone()));
        anchor
    })
}

/// The innermost bundle, if it is registered with this very `AppService`.
fn of_bundle<T>(app: &AppService, then: impl FnOnce(&mut Bundle) -> T) -> Option<T> {
    BUNDLES.with_borrow_mut(|bundles| {
        bundles.last_mut().filter(|bundle| std::ptr::eq(bundle.address, app)).map(then)
    })
}

/// What comes next in the bundles of the scopes further out comes after this scope.
fn end_rows_beside(app: &AppService) {
    BUNDLES.with_borrow_mut(|bundles| {
        let further_out = bundles.iter_mut().filter(|bundle| !std::ptr::eq(bundle.address, app));
        further_out.for_each(|bundle| bundle.anchor = None);
    });
}

/// The factory of an anchor. actix creates the services of an application with all
/// its factories, and drops these when the application is complete.
struct AnchorFactory {
    app: Rc<AppRoutes>,
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
struct NotFound;

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
