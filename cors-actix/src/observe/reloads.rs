//! How often the configuration was replaced, and when.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// How often the configuration of a [`Cors`](crate::Cors) was replaced by
/// [`reload`](crate::Cors::reload), [`apply`](crate::Cors::apply) and `watch`, and when last.
///
/// ```
/// use cors_actix::Cors;
///
/// let cors = Cors::builder().origins(["https://app.example"]).build()?;
/// cors.apply(&Cors::builder().origins(["https://new.example"]).config())?;
/// cors.apply(&Cors::builder().origins(["https://wrong.example/"]).config()).unwrap_err();
///
/// let reloads = cors.reloads();
/// assert_eq!((reloads.succeeded(), reloads.failed()), (1, 1));
/// assert!(reloads.last_failed() >= reloads.last_succeeded());
/// # Ok::<(), cors_actix::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloads {
    succeeded: u64,
    failed: u64,
    last_succeeded: Option<SystemTime>,
    last_failed: Option<SystemTime>,
}

impl Reloads {
    /// How often another configuration took effect.
    #[must_use]
    pub const fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// How often a configuration was wrong or could not be read, so that the earlier one
    /// stayed.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// When another configuration took effect last.
    #[must_use]
    pub const fn last_succeeded(&self) -> Option<SystemTime> {
        self.last_succeeded
    }

    /// When a configuration was refused last. An instance whose last attempt failed has
    /// another policy than the others of a deployment.
    #[must_use]
    pub const fn last_failed(&self) -> Option<SystemTime> {
        self.last_failed
    }
}

/// Counts replacements of the configuration.
#[derive(Debug, Default)]
pub(crate) struct ReloadCounter(Mutex<Reloads>);

impl ReloadCounter {
    pub(crate) fn note(&self, succeeded: bool) {
        let mut reloads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Some(SystemTime::now());
        match succeeded {
            true => (reloads.succeeded, reloads.last_succeeded) = (reloads.succeeded + 1, now),
            false => (reloads.failed, reloads.last_failed) = (reloads.failed + 1, now),
        }
    }

    pub(crate) fn read(&self) -> Reloads {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
