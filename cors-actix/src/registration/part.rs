//! A part of an application that has a `Cors` of its own.
//!
//! What is registered while the scope of the part is being registered lies inside. So it is
//! certain which handlers the `Cors` around the scope answers for.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::dev::{AppService, HttpServiceFactory};

use super::anchor::Anchor;
use super::{AppRoutes, next_number, routes_of};

/// A part of an application, as one thread registered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    number: u32,
    /// Whether it lies in another part.
    pub(super) is_nested: bool,
}

thread_local! {
    /// The parts that are being registered, the outermost first.
    static PARTS: RefCell<Vec<Part>> = const { RefCell::new(Vec::new()) };
}

/// Registers the scope of a part; `around` puts its `Cors` and the [`PartPlace`] around it.
pub(crate) fn register_part<S: HttpServiceFactory>(
    app: &mut AppService,
    around: impl FnOnce(Part) -> S,
) {
    /// Ends the part, also when a service panics while it is registered.
    struct EndPart;
    impl Drop for EndPart {
        fn drop(&mut self) {
            PARTS.with_borrow_mut(Vec::pop);
        }
    }
    let is_nested = PARTS.with_borrow(|parts| !parts.is_empty());
    let part = Part { number: next_number(), is_nested };
    let scope = around(part);
    PARTS.with_borrow_mut(|parts| parts.push(part));
    let _end = EndPart;
    scope.register(app);
}

/// The part that is being registered.
pub(super) fn current() -> Option<Part> {
    PARTS.with_borrow(|parts| parts.last().copied())
}

/// Tells, as a service of the scope of a part, where the scope is.
pub(crate) struct PartPlace;

impl HttpServiceFactory for PartPlace {
    fn register(self, app: &mut AppService) {
        let routes: Rc<AppRoutes> = routes_of(app);
        let anchor = Anchor::register(app, &routes);
        routes.place.replace(Some(anchor));
    }
}
