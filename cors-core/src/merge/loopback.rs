//! The origins that a local profile adds to merged rules.

use super::layer::OriginElement;
use super::{LayerId, Layered, Mergeable as _, Merged, MergedList};
use crate::config::LOOPBACK;
use crate::origin::OriginPattern;
use crate::problem::Source;
use crate::setting::{Op, Setting};

impl Merged {
    /// Allows every loopback port, if some origin is allowed, with the credentials of
    /// these rules.
    ///
    /// `any` needs no addition. Rules that allow no origin stay closed, as they are in
    /// production.
    pub(crate) fn allow_loopback(&mut self, source: &Source) {
        if self.disabled.is_some() {
            return;
        }
        let allows_some = match &self.origins {
            MergedList::Any(_) => true,
            MergedList::Only(list) => !list.is_empty() || self.allow_null.value,
        };
        if allows_some && extend(&mut self.origins, source) {
            self.provenance.note(Setting::Origins, Op::Add, source);
        }
        // Where some of the origins are listed, the page that is being developed is
        // meant to be one of them.
        if !self.trusted().is_empty() && extend(&mut self.credentials, source) {
            self.provenance.note(Setting::Credentials, Op::Add, source);
        }
    }
}

/// Adds every loopback port to a list; returns whether that made a difference.
fn extend(list: &mut MergedList<OriginElement>, source: &Source) -> bool {
    let MergedList::Only(list) = list else { return false };
    let patterns = LOOPBACK.into_iter().filter_map(|text| OriginPattern::parse(text).ok());
    let new: Vec<_> = patterns
        .map(OriginElement::Pattern)
        .filter(|new| !list.iter().any(|known| known.value.covers(new)))
        .map(|value| Layered { value, source: source.clone(), layer: LayerId::BASELINE })
        .collect();
    let is_new = !new.is_empty();
    list.extend(new);
    is_new
}
