//! The latest refusals, for the inspector.
//!
//! Nothing is kept unless an inspector is served. Then each refusal is explained, up to a
//! number in a time, and kept, up to a number; the others are counted. No request waits: where
//! another worker is writing, the refusal is only counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

/// How many different refusals are kept.
const KEPT: usize = 100;

/// How many refusals are explained at once after a pause.
const BURST: u32 = 100;

/// How long it takes until one more is explained.
const INTERVAL: Duration = Duration::from_millis(100);

/// A refusal, as the inspector shows it: the fields of its log event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RefusalReport {
    /// Whether the request was answered, and only `[cors.report_only]` would refuse it.
    pub(crate) report_only: bool,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) origin: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) handler: Option<&'static str>,
    pub(crate) rule: String,
    pub(crate) requested: Option<String>,
    pub(crate) allowed: Option<String>,
    pub(crate) near_miss: Option<String>,
    pub(crate) help: Option<String>,
}

/// Equal refusals.
#[derive(Clone, Debug)]
pub(crate) struct RecentRefusal {
    /// Increases with every change of any of them.
    pub(crate) number: u64,
    /// How often the same was refused, as far as it was explained.
    pub(crate) count: u64,
    pub(crate) last: SystemTime,
    pub(crate) report: RefusalReport,
}

/// The latest refusals of one configuration and its copies.
#[derive(Debug, Default)]
pub(crate) struct RecentRefusals {
    is_kept: AtomicBool,
    kept: Mutex<RecentList>,
    /// How many refusals were only counted.
    unexplained: AtomicU64,
}

#[derive(Debug, Default)]
struct RecentList {
    budget: Option<Budget>,
    number: u64,
    /// The one that happened last is at the end.
    refusals: VecDeque<RecentRefusal>,
}

/// How many refusals may be explained now.
#[derive(Clone, Copy, Debug)]
struct Budget {
    left: u32,
    since: Instant,
}

impl RecentRefusals {
    /// Sets whether refusals are kept: whether an inspector may show them.
    pub(crate) fn set_kept(&self, is_kept: bool) {
        self.is_kept.store(is_kept, Ordering::Relaxed);
        if !is_kept {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.refusals.clear();
        }
    }

    /// Whether refusals are kept.
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Relaxed)
    }

    /// Whether a refusal that happens now is to be explained and [kept](Self::keep).
    pub(super) fn takes(&self, now: Instant) -> bool {
        let takes = self.try_lock(|kept| {
            let budget = kept.budget.get_or_insert(Budget { left: BURST, since: now });
            budget.take(now)
        });
        let takes = takes.unwrap_or(false);
        if !takes {
            self.unexplained.fetch_add(1, Ordering::Relaxed);
        }
        takes
    }

    pub(super) fn keep(&self, report: RefusalReport) {
        if self.try_lock(|kept| kept.push(report, SystemTime::now())).is_none() {
            self.unexplained.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many refusals were only counted.
    pub(crate) fn unexplained(&self) -> u64 {
        self.unexplained.load(Ordering::Relaxed)
    }

    /// The refusals that are newer than the one of this number, the oldest first.
    pub(crate) fn since(&self, number: u64) -> Vec<RecentRefusal> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.refusals.iter().filter(|refusal| refusal.number > number).cloned().collect()
    }

    /// `None` if another thread has the lock.
    fn try_lock<T>(&self, change: impl FnOnce(&mut RecentList) -> T) -> Option<T> {
        match self.kept.try_lock() {
            Ok(mut kept) => Some(change(&mut kept)),
            Err(TryLockError::Poisoned(poisoned)) => Some(change(&mut poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl RecentList {
    fn push(&mut self, report: RefusalReport, last: SystemTime) {
        let known = self.refusals.iter().position(|known| known.report == report);
        let known = known.and_then(|known| self.refusals.remove(known));
        self.number += 1;
        let count = known.map_or(1, |known| known.count + 1);
        if self.refusals.len() == KEPT {
            self.refusals.pop_front();
        }
        self.refusals.push_back(RecentRefusal { number: self.number, count, last, report });
    }
}

impl Budget {
    fn take(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.since).as_millis() / INTERVAL.as_millis();
        if elapsed > 0 {
            self.left = u32::try_from(elapsed).map_or(BURST, |more| self.left.saturating_add(more));
            self.left = self.left.min(BURST);
            self.since = now;
        }
        self.left = match self.left.checked_sub(1) {
            Some(left) => left,
            None => return false,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(path: &str) -> RefusalReport {
        RefusalReport {
            report_only: false,
            reason: "origin-not-allowed",
            message: String::new(),
            origin: "https://evil.example".to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            handler: None,
            rule: "default".to_owned(),
            requested: None,
            allowed: None,
            near_miss: None,
            help: None,
        }
    }

    #[test]
    fn nothing_is_kept_unless_an_inspector_is_served() {
        let (recent, now) = (RecentRefusals::default(), Instant::now());
        assert!(!recent.is_kept());
        recent.set_kept(true);
        assert!(recent.is_kept() && recent.takes(now));
        recent.keep(report("/"));
        assert_eq!(recent.since(0).len(), 1);
        recent.set_kept(false);
        assert_eq!((recent.since(0).len(), recent.unexplained()), (0, 0));
    }

    #[test]
    fn equal_refusals_are_counted_and_the_last_one_is_at_the_end() {
        let recent = RecentRefusals::default();
        for path in ["/a", "/b", "/a"] {
            recent.keep(report(path));
        }
        let kept: Vec<_> = recent.since(0);
        let shown: Vec<_> = kept.iter().map(|it| (&*it.report.path, it.count, it.number)).collect();
        assert_eq!(shown, [("/b", 1, 2), ("/a", 2, 3)]);
        assert_eq!(recent.since(2).len(), 1);
        assert_eq!(recent.since(3).len(), 0);
    }

    #[test]
    fn a_flood_is_explained_up_to_a_limit_and_counted_beyond() {
        let (recent, now) = (RecentRefusals::default(), Instant::now());
        recent.set_kept(true);
        let flood = 100_000_u32;
        // Ten seconds.
        let explained = (0..flood).filter(|index| {
            let takes = recent.takes(now + Duration::from_micros(u64::from(*index) * 100));
            if takes {
                recent.keep(report(&index.to_string()));
            }
            takes
        });
        let explained = explained.count();
        assert!((190..=200).contains(&explained), "{explained}");
        assert_eq!(recent.unexplained() + explained as u64, u64::from(flood));
        assert_eq!(recent.since(0).len(), KEPT);
        assert!(recent.takes(now + Duration::from_secs(20)), "a pause fills the budget again");
    }

    #[test]
    fn a_reader_makes_no_request_wait() {
        let recent = RecentRefusals::default();
        recent.set_kept(true);
        let _reading = recent.kept.lock();
        assert!(!recent.takes(Instant::now()));
        recent.keep(report("/"));
        assert_eq!(recent.unexplained(), 2);
    }
}
