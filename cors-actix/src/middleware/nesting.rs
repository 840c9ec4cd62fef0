//! One edge inside another: which of them answers.
//!
//! Two `Cors` of one application do not start where that can be seen; otherwise the
//! outer one answers and the inner one does nothing. Where a handler calls another
//! application, each answers for its own request, and the outer one allows no more
//! than the inner one did.
//!
//! An edge is found by its thread: while it calls or polls the service inside, it is
//! registered there. This decides only which edge answers, never which policy applies.
//! An application that a handler calls on a task of its own is not seen as nested.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use actix_web::dev::RequestHead;

thread_local! {
    /// The edges on this thread, by something that each keeps.
    static EDGES: RefCell<Vec<Weak<()>>> = const { RefCell::new(Vec::new()) };

    /// Whether there is more than one edge: otherwise none can be inside another, and
    /// nothing is noted for a request.
    static SEVERAL: Cell<bool> = const { Cell::new(false) };

    /// The request of the innermost edge that is calling or polling; null if none is.
    static CALLING: Cell<*const RequestHead> = const { Cell::new(std::ptr::null()) };
}

/// Where an edge is, seen from the edges that are calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nesting {
    /// No other edge is calling.
    Outermost,
    /// Another edge is calling for the very same request.
    SameRequest,
    /// Another edge is calling for a request of its own.
    OtherRequest,
}

impl Nesting {
    pub(super) fn of(request: &RequestHead) -> Self {
        let calling = CALLING.get();
        match calling.is_null() {
            true => Self::Outermost,
            false if std::ptr::eq(calling, request) => Self::SameRequest,
            false => Self::OtherRequest,
        }
    }
}

/// Notes that there is an edge on this thread, as long as what is returned is kept.
pub(super) fn note_edge() -> Rc<()> {
    let alive = Rc::new(());
    EDGES.with_borrow_mut(|edges| {
        edges.retain(|edge| edge.strong_count() > 0);
        edges.push(Rc::downgrade(&alive));
        SEVERAL.set(edges.len() > 1);
    });
    alive
}

/// Runs a part of the service inside the edge of `request`.
pub(super) fn call<T>(request: *const RequestHead, inner: impl FnOnce() -> T) -> T {
    /// Puts back what was there before, also when a handler panics: the worker
    /// lives on.
    struct Restore(*const RequestHead);
    impl Drop for Restore {
        fn drop(&mut self) {
            CALLING.set(self.0);
        }
    }
    if !SEVERAL.get() {
        return inner();
    }
    let _restore = Restore(CALLING.replace(request));
    inner()
}
