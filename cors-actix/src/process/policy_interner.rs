//! The numbers of the policies of an application.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use cors_core::{Policy, Setting};

/// The number of a policy in [`CompiledApp::policies`](super::CompiledApp::policies).
/// Policies that are equal and were set in the same places share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PolicyIndex(usize);

impl PolicyIndex {
    pub(crate) const fn get(self) -> usize {
        self.0
    }
}

/// Gives equal policies one number.
#[derive(Default)]
pub(super) struct PolicyInterner {
    pub(super) policies: Vec<Arc<Policy>>,
    /// By a hash of the header values and the origins; what has one hash is compared.
    by_hash: HashMap<u64, Vec<PolicyIndex>>,
}

impl PolicyInterner {
    /// The number of a policy; a new one unless it has one.
    pub(super) fn intern(&mut self, policy: &Arc<Policy>) -> PolicyIndex {
        let mut hasher = DefaultHasher::new();
        policy.prepared().for_each(|prepared| prepared.hash(&mut hasher));
        policy.shared_origins().for_each(|origins| std::ptr::hash(origins, &mut hasher));
        let alike = self.by_hash.entry(hasher.finish()).or_default();
        if let Some(known) = alike.iter().find(|known| is_same(&self.policies[known.0], policy)) {
            return *known;
        }
        let number = PolicyIndex(self.policies.len());
        self.policies.push(Arc::clone(policy));
        alike.push(number);
        number
    }
}

fn is_same(one: &Arc<Policy>, other: &Arc<Policy>) -> bool {
    let has_same_sources = || Setting::ALL.iter().all(|s| one.sources(*s) == other.sources(*s));
    Arc::ptr_eq(one, other) || one == other && has_same_sources()
}
