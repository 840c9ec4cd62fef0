//! Sharing of equal origin sets between policies: most routes inherit the origins of a
//! lower layer, and a set may contain 100 000 of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;

use super::set::OriginSet;

/// The distinct origin sets of the policies of one configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedSets(Arc<Mutex<ByFingerprint>>);

type ByFingerprint = HashMap<u64, Vec<Arc<OriginSet>>, FixedState>;

impl SharedSets {
    /// Returns the stored set that equals `set`, or stores `set`.
    pub(crate) fn share(&self, set: OriginSet) -> Arc<OriginSet> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = sets.entry(set.fingerprint()).or_default();
        if let Some(known) = alike.iter().find(|known| ***known == set) {
            return Arc::clone(known);
        }
        let set = Arc::new(set);
        alike.push(Arc::clone(&set));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OriginPattern;

    #[test]
    fn only_equal_sets_are_shared() {
        let set = |pattern: &str| OriginSet::new(OriginPattern::parse(pattern), [], false);
        let sets = SharedSets::default();
        let first = sets.share(set("https://app.example"));
        assert!(Arc::ptr_eq(&first, &sets.share(set("https://app.example"))));
        assert!(!Arc::ptr_eq(&first, &sets.share(set("https://*.app.example"))));
    }

    #[test]
    fn the_order_of_patterns_does_not_matter() {
        let all = ["https://a.example", "https://b.example", "https://*.a.example"];
        let set = |order: [usize; 3]| {
            let patterns = order.iter().filter_map(|at| OriginPattern::parse(all[*at]).ok());
            OriginSet::new(patterns, [], true)
        };
        let sets = SharedSets::default();
        assert!(Arc::ptr_eq(&sets.share(set([0, 1, 2])), &sets.share(set([2, 1, 0]))));
    }
}
