//! Equal origin sets kept once: most routes inherit the origins of the layer
//! below, and there may be a hundred thousand of them.

use std::sync::{Arc, Mutex, PoisonError};

use super::set::OriginSet;

/// The different sets that the policies of one configuration have.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedSets(Arc<Mutex<Vec<Arc<OriginSet>>>>);

impl SharedSets {
    /// The set that is equal to this one and was here first.
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
    fn equal_sets_are_one_and_others_are_not() {
        let set = |pattern: &str| OriginSet::new(OriginPattern::parse(pattern), [], false);
        let sets = SharedSets::default();
        let first = sets.share(set("https://app.example"));
        assert!(Arc::ptr_eq(&first, &sets.share(set("https://app.example"))));
        assert!(!Arc::ptr_eq(&first, &sets.share(set("https://*.app.example"))));
    }
}
