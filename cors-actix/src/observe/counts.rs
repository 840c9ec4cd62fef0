//! How often each decision was made.
//!
//! Every worker counts for itself, so that no request touches what another
//! processor writes; reading adds up.

use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

use cors_core::Decision;

/// How often each decision was made since the [`Cors`](crate::Cors) was built.
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use cors_actix::Cors;
/// use cors_actix::core::{Decision, Denial, Verdict};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example"]).build()?;
/// let app = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(cors.clone());
/// let app = test::init_service(app).await;
/// let request = test::TestRequest::get().insert_header(("origin", "https://evil.example"));
/// test::call_service(&app, request.to_request()).await;
///
/// let counts = cors.counts();
/// assert_eq!(counts.get(Decision::Actual(Verdict::Denied(Denial::Origin))), 1);
/// assert_eq!(counts.get(Decision::Actual(Verdict::Allowed)), 0);
/// for (decision, count) in counts.iter() {
///     // A label for a metrics exporter, such as `preflight` and `origin-not-allowed`.
///     let _ = (decision.kind(), decision.outcome(), count);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts([u64; Decision::ALL.len()]);

impl Counts {
    /// How often this was decided.
    #[must_use]
    pub const fn get(&self, decision: Decision) -> u64 {
        self.0[decision.index()]
    }

    /// Every decision there is, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Decision, u64)> {
        Decision::ALL.into_iter().zip(self.0)
    }
}

/// The counters of all workers.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Vec<Arc<Shard>>>);

/// The counters of one worker, which no other thread writes.
#[derive(Debug)]
pub(crate) struct Shard {
    decisions: [AtomicU64; Decision::ALL.len()],
    /// In the order of the fields of [`ReportOnlyCounts`].
    reported: [AtomicU64; 3],
}

/// How many requests the policies under `report_only` would answer otherwise than those in
/// force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportOnlyCounts {
    same: u64,
    would_refuse: u64,
    would_allow: u64,
}

impl ReportOnlyCounts {
    /// Requests that both allow, or both refuse.
    #[must_use]
    pub const fn same(&self) -> u64 {
        self.same
    }

    /// Requests that are allowed, and would be refused.
    #[must_use]
    pub const fn would_refuse(&self) -> u64 {
        self.would_refuse
    }

    /// Requests that are refused, and would be allowed.
    #[must_use]
    pub const fn would_allow(&self) -> u64 {
        self.would_allow
    }
}

impl Counters {
    /// Counters for a worker.
    pub(crate) fn shard(&self) -> Arc<Shard> {
        let mut shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A worker that has ended left what it counted to the next one.
        if let Some(left) = shards.iter().find(|shard| Arc::strong_count(shard) == 1) {
            // All that it counted: it let go with `Release`.
            fence(Ordering::Acquire);
            return Arc::clone(left);
        }
        let shard = Arc::new(Shard {
            decisions: [const { AtomicU64::new(0) }; Decision::ALL.len()],
            reported: [const { AtomicU64::new(0) }; 3],
        });
        shards.push(Arc::clone(&shard));
        shard
    }

    pub(crate) fn read(&self) -> Counts {
        let shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Counts(std::array::from_fn(|index| {
            shards.iter().map(|shard| shard.decisions[index].load(Ordering::Relaxed)).sum()
        }))
    }

    pub(crate) fn read_reported(&self) -> ReportOnlyCounts {
        let shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = |index: usize| -> u64 {
            shards.iter().map(|shard| shard.reported[index].load(Ordering::Relaxed)).sum()
        };
        ReportOnlyCounts { same: sum(0), would_refuse: sum(1), would_allow: sum(2) }
    }
}

impl Shard {
    pub(crate) fn count(&self, decision: Decision) {
        increment(&self.decisions[decision.index()]);
    }

    /// Counts whether a request is refused, and whether it would be.
    pub(crate) fn count_reported(&self, is_refused: bool, would_be: bool) {
        let index = match (is_refused, would_be) {
            (false, true) => 1,
            (true, false) => 2,
            _ => 0,
        };
        increment(&self.reported[index]);
    }
}

pub(super) fn increment(count: &AtomicU64) {
    // One writer: this needs no lock on the bus.
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}
