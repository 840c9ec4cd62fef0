//! The places where the settings of a policy are set.
//!
//! This is part of a policy for reviewing it; requests do not use it.

use crate::problem::Source;
use crate::setting::{Op, Setting};

/// The clauses that determine each setting, and the dangers that were accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provenance {
    /// Invariant: indexed by `Setting as usize`.
    sources: [Vec<Source>; Setting::ALL.len()],
    pub(crate) dangers: Vec<Setting>,
}

impl Provenance {
    /// Records a clause; one that replaces the value discards earlier ones.
    pub(crate) fn note(&mut self, setting: Setting, op: Op, source: &Source) {
        let sources = &mut self.sources[setting as usize];
        if op == Op::Set {
            sources.clear();
        }
        sources.push(source.clone());
    }

    /// Discards the sources of all settings except one.
    pub(crate) fn keep_only(&mut self, setting: Setting) {
        let kept = std::mem::take(&mut self.sources[setting as usize]);
        self.sources = Default::default();
        self.sources[setting as usize] = kept;
    }

    pub(super) const fn of(&self, setting: Setting) -> &[Source] {
        self.sources[setting as usize].as_slice()
    }
}
