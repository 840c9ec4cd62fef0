//! Where policies use live sets, and so what they require of their content.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::live::LiveSet;
use crate::merge::LiveRequirement;

/// Where the policies of one configuration use live sets. Uses that require the same are in a
/// list once.
///
/// A resolver for the routes of one application has a list of its own: what its routes require
/// counts until it is dropped.
#[derive(Clone, Debug)]
pub(crate) struct LiveRequirements {
    own: Arc<RequirementList>,
    /// The lists of all resolvers of this configuration.
    all: Arc<Mutex<Vec<Weak<RequirementList>>>>,
}

type RequirementList = Mutex<Vec<LiveRequirement>>;

impl Default for LiveRequirements {
    fn default() -> Self {
        let own = Arc::<RequirementList>::default();
        Self { all: Arc::new(Mutex::new(vec![Arc::downgrade(&own)])), own }
    }
}

impl LiveRequirements {
    pub(in crate::resolve) fn add(&self, uses: Vec<LiveRequirement>) {
        if uses.is_empty() {
            return;
        }
        let mut known = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        for new in uses {
            if !known.iter().any(|known| known.is_like(&new)) {
                known.push(new);
            }
        }
    }

    /// A list of its own for the same configuration.
    pub(super) fn apart(&self) -> Self {
        let own = Arc::<RequirementList>::default();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|list| list.strong_count() > 0);
        all.push(Arc::downgrade(&own));
        Self { own, all: Arc::clone(&self.all) }
    }

    /// The uses of a set in all lists.
    pub(super) fn of(&self, set: &LiveSet) -> Vec<LiveRequirement> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let lists = all.iter().filter_map(Weak::upgrade);
        let of_set = |list: Arc<RequirementList>| {
            let known = list.lock().unwrap_or_else(PoisonError::into_inner);
            let of_set = known.iter().filter(|known| *known.set == *set.name());
            of_set.cloned().collect::<Vec<_>>()
        };
        lists.flat_map(of_set).collect()
    }
}
