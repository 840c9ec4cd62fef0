//! Where each setting of a policy was said.
//!
//! Part of a policy for those who review it; no request looks at it.

use crate::problem::Source;
use crate::setting::{Op, Setting};

/// Which clauses made each setting what it is, and which dangers were accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provenance {
    /// Invariant: indexed by `Setting as usize`.
    sources: [Vec<Source>; Setting::ALL.len()],
    pub(crate) dangers: Vec<Setting>,
}

impl Provenance {
    /// Notes a clause: one that replaces makes earlier ones void.
    pub(crate) fn note(&mut self, setting: Setting, op: Op, source: &Source) {
        let sources = &mut self.sources[setting as usize];
        if op == Op::Set {
            sources.clear();
        }
        sources.push(source.clone());
    }

    /// Forgets all but what was said about one setting.
    pub(crate) fn keep_only(&mut self, setting: Setting) {
        let kept = std::mem::take(&mut self.sources[setting as usize]);
        self.sources = Default::default();
        self.sources[setting as usize] = kept;
    }

    pub(super) const fn of(&self, setting: Setting) -> &[Source] {
        self.sources[setting as usize].as_slice()
    }
}
