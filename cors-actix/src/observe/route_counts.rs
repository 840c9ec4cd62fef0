//! How often each annotated route allowed and refused.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cors_core::Decision;

use super::shards::{Shards, increment};

/// How often requests for one annotated route were allowed and refused: see
/// [`Cors::counts_by_route`](crate::Cors::counts_by_route).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteCounts {
    path: Cow<'static, str>,
    handler: Option<&'static str>,
    serves: Vec<Cow<'static, str>>,
    counts: [u64; KINDS],
}

/// Allowed and refused, of requests and of preflights.
const KINDS: usize = 4;

impl RouteCounts {
    pub(crate) const fn new(
        path: Cow<'static, str>,
        handler: Option<&'static str>,
        serves: Vec<Cow<'static, str>>,
        counts: [u64; KINDS],
    ) -> Self {
        Self { path, handler, serves, counts }
    }

    /// The pattern of the route; `everything else` for what is not annotated.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The annotated handler with its module path.
    #[must_use]
    pub const fn handler(&self) -> Option<&'static str> {
        self.handler
    }

    /// The methods that the route serves.
    #[must_use]
    pub fn serves(&self) -> &[Cow<'static, str>] {
        &self.serves
    }

    /// Cross-origin requests that were allowed, preflights apart.
    #[must_use]
    pub const fn allowed(&self) -> u64 {
        self.counts[0]
    }

    /// Cross-origin requests that were refused.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.counts[1]
    }

    /// Preflights that were allowed.
    #[must_use]
    pub const fn preflights_allowed(&self) -> u64 {
        self.counts[2]
    }

    /// Preflights that were refused.
    #[must_use]
    pub const fn preflights_refused(&self) -> u64 {
        self.counts[3]
    }
}

/// The counters of all workers of an application.
#[derive(Debug, Default)]
pub(crate) struct RouteCounters(Shards<RouteShard>);

/// The counters of one worker, which no other thread writes.
#[derive(Debug)]
pub(crate) struct RouteShard(Box<[[AtomicU64; KINDS]]>);

impl RouteCounters {
    /// Counters for a worker of an application with so many routes.
    pub(crate) fn shard(&self, routes: usize) -> Arc<RouteShard> {
        let zeros = |_| [const { AtomicU64::new(0) }; KINDS];
        self.0.of_worker(|| RouteShard((0..=routes).map(zeros).collect()))
    }

    /// The counts of a route, by its place; of what is not annotated after the last one.
    pub(crate) fn read(&self, route: usize) -> [u64; KINDS] {
        self.0.sums(|shard, kind| &shard.0[route][kind])
    }
}

impl RouteShard {
    /// Counts a decision for a route, by its place.
    pub(crate) fn count(&self, route: Option<usize>, decision: Decision, is_refused: bool) {
        let kind = match (decision.is_preflight(), is_refused) {
            _ if decision == Decision::NotCors => return,
            (false, false) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (true, true) => 3,
        };
        let place = route.unwrap_or(self.0.len() - 1);
        if let Some(counts) = self.0.get(place) {
            increment(&counts[kind]);
        }
    }
}
