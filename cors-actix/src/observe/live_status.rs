//! What live sets contain, how old that is, and how often a feed failed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cors_core::{LiveSet, RejectedOrigin};
use tracing::{info, warn};

/// The target of all these events, as of those about the configuration.
const TARGET: &str = "cors_actix";

/// The most origins that were left out that a log message shows.
const SHOWN: usize = 20;

/// The state of a live set: see [`Cors::live_sets`](crate::Cors::live_sets).
///
/// ```
/// use cors_actix::{Cors, set};
///
/// let cors = Cors::builder().live_set("partners").origins([set("partners")]).build()?;
/// assert_eq!(cors.live_sets()[0].age(), None, "it was never filled");
///
/// cors.live("partners")?.replace(["https://a.example", "https://b.example"])?;
/// let status = &cors.live_sets()[0];
/// assert_eq!((status.name(), status.origins(), status.changes()), ("partners", 2, 1));
/// assert!(status.age().is_some() && status.feed().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveStatus {
    name: String,
    keys: Option<usize>,
    origins: usize,
    record: LiveRecord,
    age: Option<Duration>,
}

/// The state of the feed of a live set: see [`Cors::feed`](crate::Cors::feed).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedStatus {
    loads: u64,
    failures: u64,
    failing: u64,
    error: Option<String>,
    succeeded: Option<Instant>,
    age: Option<Duration>,
}

impl LiveStatus {
    /// The name of the set.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of keys; `None` for a set without keys.
    #[must_use]
    pub const fn keys(&self) -> Option<usize> {
        self.keys
    }

    /// The number of origins, of all keys together.
    #[must_use]
    pub const fn origins(&self) -> usize {
        self.origins
    }

    /// How often the content was changed, or confirmed by a feed.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.record.changes
    }

    /// How long ago the content was changed, or confirmed by a feed; `None` if never.
    #[must_use]
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }

    /// How many origins and keys were left out when the content was replaced last, because
    /// they are not accepted.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.record.left_out
    }

    /// The state of the feed; `None` without one.
    #[must_use]
    pub const fn feed(&self) -> Option<&FeedStatus> {
        self.record.feed.as_ref()
    }
}

impl FeedStatus {
    /// How often the loader was called and returned.
    #[must_use]
    pub const fn loads(&self) -> u64 {
        self.loads
    }

    /// How often loading failed.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.failures
    }

    /// Whether the last load failed.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.failing > 0
    }

    /// Why the last load failed; `None` if it succeeded.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// How long ago a load succeeded: the age of the content.
    #[must_use]
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }
}

/// The records of the live sets of one configuration, by name.
#[derive(Debug, Default)]
pub(crate) struct LiveRecords(Mutex<BTreeMap<String, LiveRecord>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct LiveRecord {
    /// Differs after each change, also if the set was removed meanwhile.
    generation: u64,
    changes: u64,
    changed: Option<Instant>,
    left_out: usize,
    /// Identifies the origins that were left out, which are logged once.
    left_out_hash: u64,
    feed: Option<FeedStatus>,
}

impl LiveRecords {
    /// Counts a change that took effect.
    pub(crate) fn count_change(&self, set: &str) {
        self.edit(set, |record| {
            record.generation += 1;
            record.changes += 1;
            record.changed = Some(Instant::now());
        });
    }

    /// Takes note that a set is gone, with its content. Its feed may still run.
    pub(crate) fn forget(&self, set: &str) {
        self.edit(set, |record| {
            let (generation, feed) = (record.generation + 1, record.feed.take());
            *record = LiveRecord { generation, feed, ..LiveRecord::default() };
        });
    }

    /// Takes note of what was left out by a change, which is logged if it differs from the
    /// last time.
    pub(crate) fn note_left_out(&self, set: &str, left_out: &[RejectedOrigin]) {
        let shown: Vec<_> = left_out.iter().take(SHOWN).map(ToString::to_string).collect();
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one((&shown, left_out.len()));
        let is_news = self.edit(set, |record| {
            record.left_out = left_out.len();
            std::mem::replace(&mut record.left_out_hash, hash) != hash
        });
        if is_news && !left_out.is_empty() {
            let mut lines = String::new();
            for rejected in &shown {
                let _ = write!(lines, "\n  {rejected}");
            }
            if left_out.len() > SHOWN {
                let _ = write!(lines, "\n  and {} more", left_out.len() - SHOWN);
            }
            warn!(
                target: TARGET,
                set, "origins were left out of the live set `{set}`; the others apply{lines}"
            );
        }
    }

    /// A number that differs after each change of a set.
    pub(crate) fn generation(&self, set: &str) -> u64 {
        self.edit(set, |record| record.generation)
    }

    /// Takes note of a load, and logs the first failure and the recovery.
    pub(crate) fn note_load(&self, set: &str, error: Option<&str>) {
        let before = self.edit(set, |record| {
            let feed = record.feed.get_or_insert_default();
            let before = feed.clone();
            feed.loads += 1;
            feed.error = error.map(str::to_owned);
            match error {
                None => (feed.failing, feed.succeeded) = (0, Some(Instant::now())),
                Some(_) => {
                    feed.failures += 1;
                    feed.failing += 1;
                }
            }
            before
        });
        match error {
            Some(error) if !before.is_failing() => warn!(
                target: TARGET,
                set,
                "the feed of the live set `{set}` failed, and its content stays as it is (logged \
                 once until it succeeds): {error}"
            ),
            None if before.is_failing() => info!(
                target: TARGET,
                set,
                "the feed of the live set `{set}` succeeds again, after {} failures",
                before.failing
            ),
            _ => {}
        }
    }

    /// The state of a set as of now.
    pub(crate) fn read(&self, set: &LiveSet) -> LiveStatus {
        let mut record = self.edit(set.name(), |record| record.clone());
        let age = record.changed.map(|changed| changed.elapsed());
        if let Some(feed) = &mut record.feed {
            feed.age = feed.succeeded.map(|succeeded| succeeded.elapsed());
        }
        let (name, keys) = (set.name().to_owned(), set.keys());
        LiveStatus { name, keys, origins: set.len(), record, age }
    }

    fn edit<T>(&self, set: &str, edit: impl FnOnce(&mut LiveRecord) -> T) -> T {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match records.get_mut(set) {
            Some(record) => edit(record),
            None => edit(records.entry(set.to_owned()).or_default()),
        }
    }
}
