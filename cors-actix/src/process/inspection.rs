//! Whether the inspectors of a configuration are served, and what is kept for them.

use std::sync::atomic::{AtomicBool, Ordering};

use cors_core::Resolver;

use super::ProcessState;

/// The inspectors that there are, and whether the profile is local.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    is_local: AtomicBool,
    /// Whether an inspector is registered that is served in local profiles.
    is_registered: AtomicBool,
    /// Whether an inspector is registered that is served in every profile.
    in_every_profile: AtomicBool,
}

impl ProcessState {
    /// Whether the profile in force is local: no request takes a lock for this.
    pub(crate) fn is_local(&self) -> bool {
        self.inspection.is_local.load(Ordering::Relaxed)
    }

    /// An inspector was registered: from now on, refusals are kept while it is served.
    pub(crate) fn note_inspector(&self, in_every_profile: bool) {
        let Inspection { is_local: _, is_registered, in_every_profile: every } = &self.inspection;
        let flag = if in_every_profile { every } else { is_registered };
        flag.store(true, Ordering::Relaxed);
        self.keep_refusals();
    }

    /// The profile may be another one.
    pub(super) fn note_profile(&self, resolver: &Resolver) {
        self.inspection.is_local.store(resolver.is_local(), Ordering::Relaxed);
        self.keep_refusals();
    }

    fn keep_refusals(&self) {
        let Inspection { is_local, is_registered, in_every_profile } = &self.inspection;
        let [is_local, is_registered, in_every_profile] =
            [is_local, is_registered, in_every_profile].map(|flag| flag.load(Ordering::Relaxed));
        self.refusals.recent().set_kept(in_every_profile || is_registered && is_local);
    }
}
