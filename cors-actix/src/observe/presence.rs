//! Whether a `Cors` was handed to an application and wraps nothing, as with
//! `Condition::new(false, cors)`: its annotated handlers are meant to be without one.
//!
//! Such a `Cors` is dropped with the factories of the application, after its routes were
//! registered. One that was forgotten in a variable is dropped before, and one that is kept as
//! application data stays.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// How many `Cors` that wrap nothing were dropped on this thread. actix builds one
    /// application for each worker, and drops its factories on the same thread.
    static DROPPED: Cell<u32> = const { Cell::new(0) };
}

/// One `Cors`; a clone is another one.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    is_used: AtomicBool,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The `Cors` is being initialised around something.
    pub(crate) fn note_used(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// How many `Cors` that wrap nothing were dropped so far.
    pub(crate) fn dropped() -> u32 {
        DROPPED.try_with(Cell::get).unwrap_or_default()
    }
}

impl Clone for Presence {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if !self.is_used.load(Ordering::Relaxed) {
            // Not while the thread ends.
            let _ = DROPPED.try_with(|dropped| dropped.set(dropped.get().wrapping_add(1)));
        }
    }
}
