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
pub(crate) struct Shard([AtomicU64; Decision::ALL.len()]);

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
        let shard = Arc::new(Shard([const { AtomicU64::new(0) }; Decision::ALL.len()]));
        shards.push(Arc::clone(&shard));
        shard
    }

    pub(crate) fn read(&self) -> Counts {
        let shards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Counts(std::array::from_fn(|index| {
            shards.iter().map(|shard| shard.0[index].load(Ordering::Relaxed)).sum()
        }))
    }
}

impl Shard {
    pub(crate) fn count(&self, decision: Decision) {
        let count = &self.0[decision.index()];
        // One writer: this needs no lock on the bus.
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}
