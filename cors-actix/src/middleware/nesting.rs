//! One edge inside another: which of them answers.
//!
//! Two `Cors` of one application do not start where that can be seen; otherwise the
//! outer one answers and the inner one does nothing. Where a handler calls another
//! application, each answers for its own request, and the outer one grants no more
//! than the inner one did.
//!
//! An edge is told by the thread: while it calls or polls what is inside, it can be
//! found there. Only who answers is decided by this, never which policy applies: an edge
//! that is missed grants nothing by it.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use actix_web::dev::RequestHead;

use crate::process::AppPolicies;

thread_local! {
    /// The policies of the edges on this thread.
    static EDGES: RefCell<Vec<Weak<AppPolicies>>> = const { RefCell::new(Vec::new()) };

    /// Whether there are edges with different policies: without, none can be inside
    /// another, and nothing is noted for a request.
    static DIFFERENT: Cell<bool> = const { Cell::new(false) };

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

/// Notes that there is an edge with these policies on this thread.
pub(super) fn note_edge(policies: &Arc<AppPolicies>) {
    let policies = Arc::downgrade(policies);
    EDGES.with_borrow_mut(|edges| {
        edges.retain(|edge| edge.strong_count() > 0 && !edge.ptr_eq(&policies));
        edges.push(policies);
        DIFFERENT.set(edges.len() > 1);
    });
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
    if !DIFFERENT.get() {
        return inner();
    }
    let _restore = Restore(CALLING.replace(request));
    inner()
}
