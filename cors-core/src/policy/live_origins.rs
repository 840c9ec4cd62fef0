//! Origins that change while the server runs: a decision reads the content of each live set
//! once, so it sees all of a change or nothing of it.

use std::sync::Arc;

use super::{Origins, Policy, Request};
use crate::live::LiveSet;
use crate::origin::OriginSet;

/// The origins of a policy that uses live sets.
#[derive(Clone, Debug)]
pub(crate) struct LiveOrigins {
    /// The allowed origins that do not change; `None` for `any`.
    pub(crate) allowed: Option<Arc<OriginSet>>,
    /// The origins that may send credentials and do not change, if credentials are a list.
    pub(crate) trusted: Option<Arc<OriginSet>>,
    /// Invariant: the uses of one set follow each other.
    pub(crate) uses: Box<[LiveUse]>,
}

/// The use of a live set in a policy.
#[derive(Clone, Debug)]
pub(crate) struct LiveUse {
    pub(crate) set: LiveSet,
    /// The key of a keyed set.
    pub(crate) key: Option<KeySegment>,
    /// Whether the set is a part of `origins`.
    pub(crate) allows: bool,
    /// Whether the set is a part of `credentials`.
    pub(crate) trusts: bool,
}

/// The route parameter that is the key of a set, and its segment of the path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeySegment {
    pub(crate) parameter: Box<str>,
    pub(crate) segment: usize,
}

/// What the origins of a policy contain of one origin.
#[derive(Clone, Copy)]
pub(super) struct Membership {
    pub(super) allowed: bool,
    /// Whether the origin may send credentials, if the policy lists those that may.
    pub(super) trusted: Option<bool>,
}

impl LiveOrigins {
    /// Creates the origins; each set is used for `origins`, `credentials` or both.
    pub(crate) fn new(
        allowed: Option<Arc<OriginSet>>,
        trusted: Option<Arc<OriginSet>>,
        uses: impl IntoIterator<Item = LiveUse>,
    ) -> Self {
        let mut merged: Vec<LiveUse> = Vec::new();
        for new in uses {
            match merged.iter_mut().find(|known| known.is_like(&new)) {
                Some(known) => {
                    known.allows |= new.allows;
                    known.trusts |= new.trusts;
                }
                None => merged.push(new),
            }
        }
        merged.sort_by(|a, b| (a.set.name(), &a.key).cmp(&(b.set.name(), &b.key)));
        Self { allowed, trusted, uses: merged.into() }
    }

    /// What is contained of an origin, for a request that has `request`'s path.
    #[cold]
    #[inline(never)]
    pub(super) fn membership(&self, origin: &[u8], request: &impl Request) -> Membership {
        let Self { allowed, trusted, uses } = self;
        let mut found = Membership {
            allowed: allowed.as_ref().is_none_or(|set| set.contains(origin)),
            trusted: trusted.as_ref().map(|set| set.contains(origin)),
        };
        // `null` is an element of `origins` only where the layer accepts it.
        if origin == b"null" {
            return found;
        }
        for uses in uses.chunk_by(|one, other| one.set.is_same(&other.set)) {
            let content = uses[0].set.load();
            for LiveUse { key, allows, trusts, .. } in uses {
                let key = key.as_ref().map(|key| request.segment(key.segment));
                let contains = match key {
                    // The key is not certain.
                    Some(None) => false,
                    Some(Some(key)) => content.contains(Some(key), origin),
                    None => content.contains(None, origin),
                };
                found.allowed |= contains && *allows;
                found.trusted = found.trusted.map(|trusted| trusted || contains && *trusts);
            }
        }
        found
    }

    /// Whether one of the sets is keyed.
    fn is_keyed(&self) -> bool {
        self.uses.iter().any(|live| live.key.is_some())
    }

    /// The elements of `origins`, or of `credentials`, as texts.
    pub(super) fn elements(&self, fixed: Option<&OriginSet>, trusted: bool) -> Vec<String> {
        let mut elements = fixed.map(OriginSet::elements).unwrap_or_default();
        let uses = self.uses.iter().filter(|it| if trusted { it.trusts } else { it.allows });
        elements.extend(uses.map(LiveUse::show));
        elements
    }
}

impl LiveUse {
    fn is_like(&self, other: &Self) -> bool {
        self.set.is_same(&other.set) && self.key == other.key
    }

    /// The set and its key as they are shown in the table.
    pub(crate) fn show(&self) -> String {
        let name = self.set.name();
        match &self.key {
            None => format!("live set {name}"),
            Some(KeySegment { parameter, .. }) => format!("live set {name} by {{{parameter}}}"),
        }
    }
}

impl PartialEq for LiveOrigins {
    fn eq(&self, other: &Self) -> bool {
        let Self { allowed, trusted, uses } = self;
        let is_same = |(mine, theirs): (&LiveUse, &LiveUse)| {
            mine.is_like(theirs) && mine.allows == theirs.allows && mine.trusts == theirs.trusts
        };
        *allowed == other.allowed
            && *trusted == other.trusted
            && uses.len() == other.uses.len()
            && uses.iter().zip(&other.uses).all(is_same)
    }
}

impl Policy {
    /// The live sets of the policy.
    pub(crate) fn live(&self) -> Option<&LiveOrigins> {
        match &self.origins {
            Origins::Live(live) => Some(live),
            _ => None,
        }
    }

    /// Whether the allowed origins change while the server runs, so a decision about a
    /// request must not be used for another one.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.origins, Origins::Live(_))
    }

    /// The segments of the path that the decision depends on, because they are the keys of
    /// live sets; none for nearly every policy. They are counted from 0, and
    /// [`Request::segment`] gives their text.
    pub fn key_segments(&self) -> impl Iterator<Item = usize> {
        let uses = self.live().map_or(&[][..], |live| &live.uses);
        uses.iter().filter_map(|live| live.key.as_ref()).map(|key| key.segment)
    }

    /// Whether the decision depends on the path: see [`Policy::key_segments`].
    #[must_use]
    pub fn is_keyed(&self) -> bool {
        self.live().is_some_and(LiveOrigins::is_keyed)
    }
}
