//! Whether a `Cors` was made for an application and wraps nothing, as with
//! `Condition::new(false, cors)`: its annotated handlers are meant to be without one.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many unused `Cors` a thread knows.
const KNOWN: usize = 16;

thread_local! {
    /// Of each `Cors` that was made or cloned on this thread, whether it wraps anything.
    static MADE: RefCell<Vec<Arc<AtomicBool>>> = const { RefCell::new(Vec::new()) };
}

/// That a `Cors` was made on this thread. Clones have it in common, and each is noted on its
/// own thread: actix builds one application for each worker.
#[derive(Debug)]
pub(crate) struct Presence {
    is_used: Arc<AtomicBool>,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self::noted(Arc::default())
    }

    fn noted(is_used: Arc<AtomicBool>) -> Self {
        // Not while the thread ends.
        let _ = MADE.try_with(|made| {
            let mut made = made.borrow_mut();
            made.retain(|it| !it.load(Ordering::Relaxed) && !Arc::ptr_eq(it, &is_used));
            if made.len() == KNOWN {
                made.remove(0);
            }
            made.push(Arc::clone(&is_used));
        });
        Self { is_used }
    }

    /// The `Cors` is being initialised around something.
    pub(crate) fn note_used(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// Whether some `Cors` of this thread wraps nothing.
    pub(crate) fn is_any_unused() -> bool {
        let is_unused = |it: &Arc<AtomicBool>| !it.load(Ordering::Relaxed);
        MADE.try_with(|made| made.borrow().iter().any(is_unused)).unwrap_or(false)
    }
}

impl Clone for Presence {
    fn clone(&self) -> Self {
        Self::noted(Arc::clone(&self.is_used))
    }
}
