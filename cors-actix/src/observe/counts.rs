//! How often each decision was made.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cors_core::Decision;

use super::shards::{Shards, increment};

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
pub(crate) struct Counters(Shards<Shard>);

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
        self.0.of_worker(|| Shard {
            decisions: [const { AtomicU64::new(0) }; Decision::ALL.len()],
            reported: [const { AtomicU64::new(0) }; 3],
        })
    }

    pub(crate) fn read(&self) -> Counts {
        Counts(self.0.sums(|shard, index| &shard.decisions[index]))
    }

    pub(crate) fn read_reported(&self) -> ReportOnlyCounts {
        let [same, would_refuse, would_allow] = self.0.sums(|shard, index| &shard.reported[index]);
        ReportOnlyCounts { same, would_refuse, would_allow }
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
