//! The origins that a local profile adds to merged rules.

use super::layer::OriginElement;
use super::{LayerId, Layered, Mergeable as _, Merged, MergedList};
use crate::config::LOOPBACK;
use crate::origin::OriginPattern;
use crate::problem::Source;
use crate::setting::{Op, Setting};

impl Merged {
    /// Allows every loopback port, if some origin is allowed.
    ///
    /// `any` needs no addition. Rules that allow no origin stay closed, as they are in
    /// production.
    pub(crate) fn allow_loopback(&mut self, source: &Source) {
        let MergedList::Only(list) = &mut self.origins else { return };
        if self.off.is_some() || list.is_empty() && !self.allow_null.value {
            return;
        }
        let patterns = LOOPBACK.into_iter().filter_map(|text| OriginPattern::parse(text).ok());
        let new: Vec<_> = patterns
            .map(OriginElement::Pattern)
            .filter(|new| !list.iter().any(|known| known.value.covers(new)))
            .map(|value| Layered { value, source: source.clone(), layer: LayerId::BASELINE })
            .collect();
        if !new.is_empty() {
            list.extend(new);
            self.provenance.note(Setting::Origins, Op::Add, source);
        }
    }
}
