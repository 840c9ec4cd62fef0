//! Live sets of the configuration in force: changes from the application and from feeds.

use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Weak};
use std::time::Duration;

use cors_core::{Code, Error, LiveChange, LiveError, LiveSet, Problem, RejectedOrigin, Source};

use super::ProcessState;
use crate::observe::LiveStatus;

/// How long a load may take, whatever the interval of the feed is.
const LONGEST_LOAD: Duration = Duration::from_secs(30);

/// How long a load may take at least.
const SHORTEST_LIMIT: Duration = Duration::from_secs(1);

/// How often the content is loaded at most because the application changes it meanwhile.
const MOST_LOADS: usize = 5;

/// The shortest interval between two loads.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// Why a load failed.
pub(crate) type LoadError = Box<dyn std::error::Error + Send + Sync>;

impl ProcessState {
    /// A live set of the configuration in force.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or if there is no configuration.
    pub(crate) fn live_set(&self, name: &str, place: &Source) -> Result<LiveSet, Error> {
        let resolver = self.state().resolver.clone()?;
        resolver.live_set(name, place).cloned()
    }

    /// Changes a live set, if the configuration in force accepts the change; returns what was
    /// left out. No reload takes effect meanwhile.
    ///
    /// # Errors
    ///
    /// If there is no such set, and for every origin that is not accepted.
    pub(crate) fn change_live(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        let changed = self.change_live_if(name, change, place, |_| true)?;
        Ok(changed.unwrap_or_default())
    }

    /// Changes a live set as [`ProcessState::change_live`] does, if `is_right` accepts the
    /// number of changes before it; `None` if not. No other change takes effect in between.
    fn change_live_if(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
        is_right: impl FnOnce(u64) -> bool,
    ) -> Result<Option<Vec<RejectedOrigin>>, LiveError> {
        let left_out = {
            let state = self.state();
            if !is_right(self.live.generation(name)) {
                return Ok(None);
            }
            let left_out = match &state.resolver {
                Ok(resolver) => resolver.change(name, change, place)?,
                Err(error) => return Err(LiveError::without_configuration(name, error)),
            };
            self.live.count_change(name);
            left_out
        };
        self.live.note_left_out(name, &left_out);
        Ok(Some(left_out))
    }

    /// Checks a change of a live set by the configuration in force, and changes nothing.
    ///
    /// # Errors
    ///
    /// Those of the change.
    pub(crate) fn check_live(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<(), LiveError> {
        match &self.state().resolver {
            Ok(resolver) => resolver.check_change(name, change, place).map(drop),
            Err(error) => Err(LiveError::without_configuration(name, error)),
        }
    }

    /// The state of every live set.
    pub(crate) fn live_status(&self) -> Vec<LiveStatus> {
        let resolver = self.state().resolver.clone();
        let sets = resolver.iter().flat_map(|resolver| resolver.live_sets());
        sets.map(|set| self.live.read(set)).collect()
    }

    /// Loads the content of a live set and puts it in place; origins and keys that are not
    /// accepted are left out. What was loaded is not used if the application has changed the
    /// set meanwhile, because it may be older; it is then loaded again.
    async fn load_live<F>(
        &self,
        name: &str,
        load: impl Fn() -> F,
        limit: Duration,
    ) -> Result<(), LoadError>
    where
        F: Future<Output = Result<LiveChange, LoadError>> + Send + 'static,
    {
        let mut changed = Err(LoadError::from("the set was changed during every load"));
        for _ in 0..MOST_LOADS {
            let before = self.live.generation(name);
            let loaded = load_once(load(), limit).await;
            let put = |change| {
                let is_right = |now| now == before;
                self.change_live_if(name, change, &Source::BASELINE, is_right)
            };
            changed = match loaded.and_then(|change| Ok(put(change)?)) {
                Ok(None) => continue,
                Ok(Some(_)) => Ok(()),
                Err(error) => Err(error),
            };
            break;
        }
        let error = changed.as_ref().err().map(ToString::to_string);
        self.live.note_load(name, error.as_deref());
        changed
    }
}

/// The content that a loader returns, in time.
async fn load_once<F>(load: F, limit: Duration) -> Result<LiveChange, LoadError>
where
    F: Future<Output = Result<LiveChange, LoadError>> + Send + 'static,
{
    // A task of its own, so that a panic of the loader ends nothing else.
    let mut task = tokio::spawn(load);
    match tokio::time::timeout(limit, &mut task).await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) if error.is_panic() => Err("the loader panicked".into()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            task.abort();
            Err(format!("the loader did not return within {limit:?}").into())
        }
    }
}

/// A feed of a live set.
pub(crate) struct FeedLoop<L> {
    pub(crate) set: String,
    pub(crate) interval: Duration,
    pub(crate) loader: Arc<L>,
    /// Where the feed is set up.
    pub(crate) source: Source,
}

impl<L, F> FeedLoop<L>
where
    L: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<LiveChange, LoadError>> + Send + 'static,
{
    /// Loads once, and then again and again in a task.
    ///
    /// # Errors
    ///
    /// If there is no such set, and if the first load fails.
    pub(crate) async fn start(
        self,
        process: &Arc<ProcessState>,
    ) -> Result<tokio::task::AbortHandle, Error> {
        process.live_set(&self.set, &self.source)?;
        self.load(process).await.map_err(|error| {
            let message = format!("the first load of the live set `{}` failed: {error}", self.set);
            Error::from(Problem::error(Code::FEED_FAILED, &self.source, message).with_help(
                "the server does not start with an empty set; to start all the same, fill it with \
                 `live` or `keyed` and set up the feed later",
            ))
        })?;
        let process = Arc::downgrade(process);
        Ok(tokio::spawn(self.repeat(process)).abort_handle())
    }

    async fn load(&self, process: &ProcessState) -> Result<(), LoadError> {
        let limit = self.interval.clamp(SHORTEST_LIMIT, LONGEST_LOAD);
        let loader = Arc::clone(&self.loader);
        // The loader is called in the task, too: it may panic before it returns a future.
        let load = move || {
            let loader = Arc::clone(&loader);
            async move { loader().await }
        };
        process.load_live(&self.set, load, limit).await
    }

    /// Loads until the configuration is gone.
    async fn repeat(self, process: Weak<ProcessState>) {
        loop {
            tokio::time::sleep(jittered(self.interval)).await;
            let Some(process) = process.upgrade() else { return };
            // A failure is logged and counted; the content stays as it is.
            let _ = self.load(&process).await;
        }
    }
}

/// The interval, a tenth more or less: instances that start together do not load together
/// forever.
fn jittered(interval: Duration) -> Duration {
    // Keyed by the operating system, so another number for each call.
    let random = RandomState::new().hash_one(());
    let part = f64::from(u32::try_from(random >> 32).unwrap_or(0)) / f64::from(u32::MAX);
    let interval = interval.max(SHORTEST_INTERVAL);
    let jittered = interval.as_secs_f64() * (0.9 + 0.2 * part);
    Duration::try_from_secs_f64(jittered).unwrap_or(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_differ_by_a_tenth_at_most() {
        let second = Duration::from_secs(1);
        let all: Vec<_> = (0..100).map(|_| jittered(second)).collect();
        assert!(all.iter().all(|it| *it >= second.mul_f64(0.9) && *it <= second.mul_f64(1.1)));
        assert!(all.iter().max() > all.iter().min());
        assert!(jittered(Duration::ZERO) >= SHORTEST_INTERVAL.mul_f64(0.9));
        assert!((0..100).all(|_| jittered(Duration::MAX) >= Duration::MAX / 2));
    }
}
