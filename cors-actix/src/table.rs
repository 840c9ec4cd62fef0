//! Which policies may apply to a request.
//!
//! A table joins the routes of one worker with the policies of one
//! configuration; a reload makes a new one.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ResourceMap;

use crate::candidates::{Candidates, Found};
use crate::compiled::{Compiled, PolicyIndex};
use crate::entries::Entries;
use crate::entry::Entry;
use crate::response::PreparedPolicy;
use crate::route::RouteId;

/// Every policy of an application, by route and path.
#[derive(Debug)]
pub(crate) struct Table {
    entries: Rc<Entries>,
    compiled: Arc<Compiled>,
    /// Invariant: in the order of [`Compiled::policies`]. Header values count
    /// references, and a counter that workers share would slow all of them: each
    /// worker prepares its own, when a policy is first used.
    prepared: Box<[OnceCell<PreparedPolicy>]>,
    /// The policy of every request, where neither routes nor groups have their own.
    sole: Option<PolicyIndex>,
}

impl Table {
    pub(crate) fn new(entries: &Rc<Entries>, compiled: Arc<Compiled>) -> Self {
        let prepared = compiled.policies().iter().map(|_| OnceCell::new()).collect();
        let differ = !entries.is_empty() || compiled.has_groups();
        let sole = (!differ).then(|| compiled.fallback(None));
        Self { entries: Rc::clone(entries), compiled, prepared, sole }
    }

    /// What the policies were compiled to; tells a reload.
    pub(crate) const fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The policy of every request, where there is only one.
    pub(crate) fn sole(&self) -> Option<&PreparedPolicy> {
        self.sole.map(|index| self.policy(index))
    }

    /// The policy of a path that no annotated route serves.
    pub(crate) fn fallback(&self, path: &str) -> &PreparedPolicy {
        self.policy(self.compiled.fallback(self.compiled.group_of(path)))
    }

    /// The policy of a route that ran.
    pub(crate) fn of_route<'p>(
        &self,
        id: RouteId,
        path: impl FnOnce() -> &'p str,
    ) -> Option<&PreparedPolicy> {
        let route = self.entries.index_of(id)?;
        let group = match self.compiled.has_groups() {
            true => self.compiled.group_of(path()),
            false => None,
        };
        Some(self.policy(self.compiled.of_route(route, group)))
    }

    fn policy(&self, index: PolicyIndex) -> &PreparedPolicy {
        let index = index.get();
        let prepare = || PreparedPolicy::new(&self.compiled.policies()[index]);
        self.prepared[index].get_or_init(prepare)
    }

    /// The policies that may apply before routing has told which one does.
    ///
    /// Ambiguity never widens: where it cannot be told here which resource actix
    /// will choose, all of them count.
    pub(crate) fn candidates(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
    ) -> Candidates<'_> {
        if let Some(sole) = self.sole() {
            return Candidates::only(sole);
        }
        let mut found = self.found(path, method, map);
        // A `NormalizePath` inside may route the request elsewhere.
        if !found.as_sent {
            if self.entries.has_slashes() && !path.ends_with('/') {
                self.find(&format!("{path}/"), method, map, &mut found);
            }
            for variant in normalised(path) {
                if !self.find(&variant, method, map, &mut found) {
                    found.add(self.fallback(&variant));
                }
            }
        }
        found.into_candidates(self.fallback(path))
    }

    /// The same for a path that is not going to change any more.
    pub(crate) fn candidates_as_routed(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
    ) -> Candidates<'_> {
        self.found(path, method, map).into_candidates(self.fallback(path))
    }

    fn found<'t>(&'t self, path: &str, method: &[u8], map: &ResourceMap) -> Found<'t> {
        let mut found = Found::default();
        if !self.find(path, method, map, &mut found) {
            found.add(self.fallback(path));
        }
        found
    }

    /// Adds the policies of the annotated routes that may serve the path, and
    /// tells whether there are any.
    fn find<'t>(
        &'t self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
        found: &mut Found<'t>,
    ) -> bool {
        let group = self.compiled.group_of(path);
        let mut policies: Option<PolicyIndex> = None;
        let mut siblings = false;
        let mut first: Option<&Entry> = None;
        let mut certain: Option<&Entry> = None;
        let mut doubtful = false;
        for (route, entry) in self.entries.matching(path) {
            let policy = self.compiled.of_route(route, group);
            siblings |= *policies.get_or_insert(policy) != policy;
            if !entry.shape.serves(method) {
                continue;
            }
            first.get_or_insert(entry);
            // Within a scope the first resource that serves a request gets it.
            // Another scope gets it if a guard turns it away from this one, which
            // nothing does outside all scopes.
            let reachable = entry.is_reachable(path, map);
            let is_behind = |first: &Entry| {
                first.shape.is_root || reachable && entry.is_within_scopes_of(first)
            };
            if certain.is_some_and(is_behind) {
                continue;
            }
            found.add(self.policy(policy));
            if certain.is_none() {
                doubtful |= !reachable || entry.shape.resource.is_guarded() || entry.is_shadowed();
                certain = Some(entry).filter(|_| !doubtful);
            }
        }
        let Some(first) = first else {
            found.siblings |= policies.is_some();
            return false;
        };
        if !doubtful && self.entries.is_shadowed(path, method, map, first) {
            first.report_shadowed();
            doubtful = true;
        }
        if doubtful {
            found.add(self.policy(self.compiled.fallback(group)));
        }
        found.siblings |= siblings;
        found.as_sent |= certain.is_some_and(|entry| !doubtful && !entry.takes_slashes());
        true
    }
}

/// What a `NormalizePath` that merges and trims slashes may make of a path.
fn normalised(path: &str) -> impl Iterator<Item = String> {
    let merged = path.contains("//").then(|| {
        let mut merged = path.replace("//", "/");
        while merged.contains("//") {
            merged = merged.replace("//", "/");
        }
        merged
    });
    let trimmed =
        merged.as_deref().unwrap_or(path).strip_suffix('/').filter(|path| !path.is_empty());
    let trimmed = trimmed.map(str::to_owned);
    merged.into_iter().chain(trimmed)
}
