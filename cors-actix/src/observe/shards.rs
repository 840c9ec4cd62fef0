//! Counters of which each worker has its own, so that no request touches what another
//! processor writes; reading adds up.

use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

/// The counters of all workers, each of them a `T` that no other thread writes.
#[derive(Debug)]
pub(super) struct Shards<T>(Mutex<Vec<Arc<T>>>);

impl<T> Shards<T> {
    /// The counters of a worker: those that a worker has left which has ended, or new ones.
    pub(super) fn of_worker(&self, new: impl FnOnce() -> T) -> Arc<T> {
        let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = shards.iter().find(|shard| Arc::strong_count(shard) == 1) {
            // All that it counted: it let go with `Release`.
            fence(Ordering::Acquire);
            return Arc::clone(left);
        }
        let shard = Arc::new(new());
        shards.push(Arc::clone(&shard));
        shard
    }

    /// The sums of several counters, by their number.
    pub(super) fn sums<const N: usize>(
        &self,
        counter: impl Fn(&T, usize) -> &AtomicU64,
    ) -> [u64; N] {
        let shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = |index| shards.iter().map(|it| counter(it, index).load(Ordering::Relaxed)).sum();
        std::array::from_fn(sum)
    }
}

impl<T> Default for Shards<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// Adds one to a counter of this thread: this needs no lock on the bus.
pub(super) fn increment(count: &AtomicU64) {
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}
