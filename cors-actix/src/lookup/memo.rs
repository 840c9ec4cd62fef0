//! The policies that were found for the paths of recent preflights.
//!
//! Finding them walks through actix's resource map, which tries the patterns of the
//! application one after the other, so it costs as much as routing a request. Browsers
//! ask for the same paths again, and each worker remembers [`SLOTS`] of them. What is
//! remembered is what was found, for exactly this path, method and host: nothing is
//! inferred from one path about another.
//!
//! The memory is fixed: a slot has room for [`MOST_BYTES`] and [`MOST_POLICIES`], and what
//! needs more is looked up each time.

use std::cell::RefCell;
use std::hash::BuildHasher as _;

use cors_core::{Coverage, HostClass, HostClasses};
use foldhash::fast::FixedState;

use super::Target;
use super::candidates::{Candidate, Candidates, FoundPolicy};
use super::keys::KeyPath;
use crate::process::PolicyIndex;

/// How many requests are remembered, each in the place of one with the same hash.
const SLOTS: usize = 256;

/// The most bytes of a method and a path that are remembered.
const MOST_BYTES: usize = 128;

/// The most policies that are remembered for one request.
const MOST_POLICIES: usize = 2;

/// What was found for recent requests.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Empty until the first request.
    slots: RefCell<Box<[Slot]>>,
}

/// A request, and what was found for it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The method, then the path.
    bytes: [u8; MOST_BYTES],
    method: usize,
    path: usize,
    hosts: HostClasses,
    /// See [`RouteTable::learned`](super::RouteTable::learned).
    learned: u32,
    /// Invariant: the first one is there, if the slot is in use.
    found: [Option<MemoCandidate>; MOST_POLICIES],
    coverage: Coverage,
    /// Whether the path has the key of a keyed set, for certain.
    is_keyed: bool,
}

/// A [`Candidate`].
#[derive(Clone, Copy, Debug)]
struct MemoCandidate {
    policy: Option<PolicyIndex>,
    route: Option<usize>,
    is_unannotated: bool,
}

impl Memo {
    /// What was found for the same request.
    pub(super) fn find<'t>(
        &self,
        target: Target<'_>,
        learned: u32,
        policy: impl Fn(Option<PolicyIndex>) -> FoundPolicy<'t>,
    ) -> Option<Candidates<'t>> {
        let slots = self.slots.borrow();
        let slot = slots.get(place(target)?).filter(|slot| slot.is_for(target, learned))?;
        let mut found = slot.found.iter().flatten().map(
            |&MemoCandidate { policy: index, route, is_unannotated }| Candidate {
                policy: policy(index),
                route,
                is_unannotated,
            },
        );
        let first = found.next()?;
        let keys = match slot.is_keyed {
            true => KeyPath::Certain(target.path.into()),
            false => KeyPath::Unneeded,
        };
        Some(Candidates { first, rest: found.collect(), coverage: slot.coverage, keys })
    }

    /// Remembers what was found for a request, unless a policy depends on a key in its path.
    pub(super) fn insert(&self, target: Target<'_>, learned: u32, found: &Candidates<'_>) {
        if let Some(place) = place(target)
            && found.rest.len() < MOST_POLICIES
            && keys_are_of(target.path, &found.keys)
        {
            let mut slots = self.slots.borrow_mut();
            if slots.is_empty() {
                *slots = vec![Slot::UNUSED; SLOTS].into();
            }
            slots[place].set(target, learned, found);
        }
    }
}

impl Slot {
    const UNUSED: Self = Self {
        bytes: [0; MOST_BYTES],
        method: 0,
        path: 0,
        hosts: HostClasses::one(HostClass::OTHER),
        learned: 0,
        found: [None; MOST_POLICIES],
        coverage: Coverage::RequestedMethod,
        is_keyed: false,
    };

    fn is_for(&self, Target { path, method, hosts }: Target<'_>, learned: u32) -> bool {
        let (known, rest) = self.bytes.split_at(self.method);
        known == method
            && &rest[..self.path] == path.as_bytes()
            && self.hosts == hosts
            && self.learned == learned
    }

    /// `target` has a [`place`].
    fn set(&mut self, target: Target<'_>, learned: u32, candidates: &Candidates<'_>) {
        let Target { path, method, hosts } = target;
        let (for_method, rest) = self.bytes.split_at_mut(method.len());
        for_method.copy_from_slice(method);
        rest[..path.len()].copy_from_slice(path.as_bytes());
        (self.method, self.path) = (method.len(), path.len());
        (self.hosts, self.learned) = (hosts, learned);
        let Candidates { first, rest, coverage, keys } = candidates;
        self.coverage = *coverage;
        self.is_keyed = matches!(keys, KeyPath::Certain(_));
        let mut candidates = std::iter::once(first).chain(rest);
        self.found =
            std::array::from_fn(|_| {
                candidates.next().map(|&Candidate { policy, route, is_unannotated }| {
                    MemoCandidate { policy: policy.index, route, is_unannotated }
                })
            });
    }
}

/// Whether the keys of a request are those of its path as it is, or not needed: others would
/// have to be looked for in every reading of the path.
fn keys_are_of(path: &str, keys: &KeyPath) -> bool {
    match keys {
        KeyPath::Unneeded => true,
        KeyPath::Certain(known) => **known == *path,
        KeyPath::Ambiguous => false,
    }
}

/// The place of a request; `None` if it is too long to be remembered.
fn place(Target { path, method, hosts }: Target<'_>) -> Option<usize> {
    // A client that makes paths collide only makes a worker look them up again.
    let hash = || FixedState::default().hash_one((path, method, hosts));
    (path.len() + method.len() <= MOST_BYTES).then(|| (hash() % SLOTS as u64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::PreparedPolicy;
    use crate::process::closed_policy;

    #[test]
    fn only_the_same_request_is_remembered() {
        let prepared = PreparedPolicy::new(&closed_policy(false));
        let policy = FoundPolicy { prepared: &prepared, index: None };
        let recall = |_| policy;
        let candidates = || Candidates::only(policy, Some(7));
        let one = HostClasses::one(HostClass::OTHER);
        let target =
            |method: &'static str, path| Target { path, method: method.as_bytes(), hosts: one };
        let memo = Memo::default();
        assert!(memo.find(target("", ""), 0, recall).is_none());
        memo.insert(target("GET", "/a"), 0, &candidates());
        let known = memo.find(target("GET", "/a"), 0, recall).unwrap();
        assert_eq!((known.first.route, known.rest.len()), (Some(7), 0));
        assert_eq!(known.coverage, Coverage::WholePath);
        // Also where the bytes of method and path are the same together.
        for (method, path) in [("GET", "/b"), ("PUT", "/a"), ("GET/", "a"), ("", "GET/a")] {
            assert!(memo.find(target(method, path), 0, recall).is_none(), "{method} {path}");
        }
        assert!(memo.find(target("GET", "/a"), 1, recall).is_none(), "something was learned");
        let (fits, long) = ("/".repeat(MOST_BYTES - 3), "/".repeat(MOST_BYTES - 2));
        let requests = [(&*fits, true), (&*long, false)];
        for (path, remembered) in requests {
            let target = Target { path, method: b"GET", hosts: one };
            memo.insert(target, 0, &candidates());
            assert_eq!(memo.find(target, 0, recall).is_some(), remembered);
        }
    }
}
