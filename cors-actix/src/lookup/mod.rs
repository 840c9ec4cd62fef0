//! Which policies may apply to a request.
//!
//! A table joins the routes of one worker with the policies of one
//! configuration; a reload makes a new one.
//!
//! What a policy decides is left to the core, and what is done about it to
//! middleware. It may import process, registration, http and observe.

mod candidates;
mod path_index;
mod path_spellings;
mod route;
mod routes;
mod worker;

pub(crate) use candidates::{Candidates, Why};
pub(crate) use worker::Live;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ResourceMap;
use cors_core::GroupIndex;

use candidates::Found;
use path_spellings::{normalised, readings};
use route::Entry;
use routes::Entries;

use crate::http::PreparedPolicy;
use crate::process::{Compiled, PolicyIndex};

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

/// The groups of `[[cors.paths]]` that a path may be in.
///
/// Ambiguity never widens: where another reading of the path leads to another
/// group, only what both allow is granted.
struct Groups {
    as_spelt: Option<GroupIndex>,
    /// Other ones, of its other readings; nearly always empty.
    as_read: Vec<Option<GroupIndex>>,
}

impl Groups {
    const fn only(as_spelt: Option<GroupIndex>) -> Self {
        Self { as_spelt, as_read: Vec::new() }
    }

    fn iter(&self) -> impl Iterator<Item = Option<GroupIndex>> {
        std::iter::once(self.as_spelt).chain(self.as_read.iter().copied())
    }
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

    /// What holds for a path that no annotated route serves.
    pub(crate) fn fallback(&self, path: &str) -> Candidates<'_> {
        self.in_groups(|| path, |group| self.compiled.fallback(group))
    }

    /// What holds for a route that ran, by its place among the entries.
    pub(crate) fn of_route<'p>(
        &self,
        route: usize,
        path: impl FnOnce() -> &'p str,
    ) -> Candidates<'_> {
        self.in_groups(path, |group| self.compiled.of_route(route, group))
    }

    fn in_groups<'p>(
        &self,
        path: impl FnOnce() -> &'p str,
        policy: impl Fn(Option<GroupIndex>) -> PolicyIndex,
    ) -> Candidates<'_> {
        if !self.compiled.has_groups() {
            return Candidates::only(self.policy(policy(None)));
        }
        let groups = self.groups(path());
        let first = Candidates::only(self.policy(policy(groups.as_spelt)));
        let others = groups.as_read.iter().map(|group| self.policy(policy(*group)));
        others.fold(first, Candidates::or)
    }

    fn groups(&self, path: &str) -> Groups {
        if !self.compiled.has_groups() {
            return Groups::only(None);
        }
        let as_spelt = self.compiled.group_of(path);
        let as_read = readings(path).map(|path| self.compiled.group_of(&path));
        Groups { as_spelt, as_read: as_read.filter(|group| *group != as_spelt).collect() }
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
        let groups = self.groups(path);
        let mut found = self.found(path, &groups, method, map);
        // A `NormalizePath` inside may route the request elsewhere.
        if !found.as_sent {
            let mut shortest = Cow::Borrowed(path);
            for path in normalised(path) {
                let groups = self.groups(&path);
                if !self.find(&path, &groups, method, map, &mut found) {
                    self.add_fallback(&groups, &mut found);
                }
                shortest = path;
            }
            if self.entries.has_slashes() && !path.ends_with('/') {
                let path = format!("{shortest}/");
                let is_new = |(_, entry): (_, &Entry)| !entry.matches(&shortest);
                if self.entries.matching(&path).any(is_new) {
                    self.find(&path, &self.groups(&path), method, map, &mut found);
                }
            }
        }
        found.into_candidates(self.policy(self.compiled.fallback(groups.as_spelt)))
    }

    /// The same for a path that is not going to change any more.
    pub(crate) fn candidates_as_routed(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let groups = self.groups(path);
        let found = self.found(path, &groups, method, map);
        found.into_candidates(self.policy(self.compiled.fallback(groups.as_spelt)))
    }

    fn found<'t>(
        &'t self,
        path: &str,
        groups: &Groups,
        method: &[u8],
        map: &ResourceMap,
    ) -> Found<'t> {
        let mut found = Found::default();
        if !self.find(path, groups, method, map, &mut found) {
            self.add_fallback(groups, &mut found);
        }
        found
    }

    fn add_fallback<'t>(&'t self, groups: &Groups, found: &mut Found<'t>) {
        for group in groups.iter() {
            found.add(self.policy(self.compiled.fallback(group)));
        }
    }

    /// Adds the policies of the annotated routes that may serve the path, and
    /// tells whether there are any.
    fn find<'t>(
        &'t self,
        path: &str,
        groups: &Groups,
        method: &[u8],
        map: &ResourceMap,
        found: &mut Found<'t>,
    ) -> bool {
        let mut policies: Option<PolicyIndex> = None;
        let mut siblings = false;
        let mut first: Option<&Entry> = None;
        let mut certain: Option<&Entry> = None;
        let mut doubtful = false;
        let mut passes_scopes = false;
        for (route, entry) in self.entries.matching(path) {
            let policy = self.compiled.of_route(route, groups.as_spelt);
            siblings |= *policies.get_or_insert(policy) != policy;
            if !entry.shape.serves(method) {
                passes_scopes |= first.is_none() && !entry.shape.is_root;
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
            for group in groups.iter() {
                found.add(self.policy(self.compiled.of_route(route, group)));
            }
            if certain.is_none() {
                let may_pass =
                    !reachable || entry.shape.resource.is_guarded() || entry.is_shadowed();
                doubtful |= may_pass;
                certain = Some(entry).filter(|_| !may_pass);
            }
        }
        let Some(first) = first else {
            found.siblings |= policies.is_some();
            return false;
        };
        doubtful |= passes_scopes && self.entries.is_behind_scope(path, first)
            || self.entries.is_taken(path, map, first);
        if !doubtful && self.entries.is_shadowed(path, method, map, first) {
            first.report_shadowed();
            doubtful = true;
        }
        if doubtful {
            self.add_fallback(groups, found);
        }
        found.siblings |= siblings;
        found.as_sent |= certain.is_some_and(|entry| !doubtful && !entry.takes_slashes());
        true
    }
}
