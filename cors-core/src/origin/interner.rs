//! Sharing of equal origin sets between policies: most routes inherit the origins of a
//! lower layer, and a set may contain 100 000 of them.

use std::sync::{Arc, Mutex, PoisonError};

use super::set::OriginSet;

/// The distinct origin sets of the policies of one configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedSets(Arc<Mutex<Vec<Arc<OriginSet>>>>);

impl SharedSets {
    /// Returns the stored set that equals `set`, or stores `set`.
    pub(crate) fn share(&self, set: OriginSet) -> Arc<OriginSet> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sets.iter().find(|known| ***known == set) {
            return Arc::clone(known);
        }
        let set = Arc::new(set);
        sets.push(Arc::clone(&set));
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
}
