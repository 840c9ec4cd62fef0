//! Which policies may apply to a request.
//!
//! A lookup joins the routes of one worker with the policies of one
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
pub(crate) use worker::WorkerState;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ResourceMap;
use cors_core::{GroupIndex, HostClass, HostClasses, Request};

use candidates::CandidatesBuilder;
use path_spellings::normalised;
use route::RouteMatcher;
use routes::RouteTable;

use crate::http::PreparedPolicy;
use crate::process::{Compiled, PolicyIndex};

/// Every policy of an application, by route and path.
#[derive(Debug)]
pub(crate) struct PolicyLookup {
    routes: Rc<RouteTable>,
    compiled: Arc<Compiled>,
    /// Invariant: in the order of [`Compiled::policies`]. Header values count
    /// references, and a counter that workers share would slow all of them: each
    /// worker prepares its own, when a policy is first used.
    prepared: Box<[OnceCell<PreparedPolicy>]>,
    /// The policy of every request, where neither routes nor groups have their own.
    sole: Option<PolicyIndex>,
}

/// The groups of `[[cors.paths]]` that a path may be in, each with the hosts that
/// the request may be for.
///
/// Ambiguity never widens: where another spelling of the path leads to another
/// group, or the host cannot be told, only what all of them allow is granted.
struct Groups {
    hosts: HostClasses,
    exact: Place,
    /// Other groups, of alternative spellings of the path, and other hosts; nearly
    /// always empty.
    alternatives: Vec<Place>,
}

/// A class of hosts, and the group of a path there.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    host: HostClass,
    group: Option<GroupIndex>,
}

impl Groups {
    fn iter(&self) -> impl Iterator<Item = Place> {
        std::iter::once(self.exact).chain(self.alternatives.iter().copied())
    }
}

impl PolicyLookup {
    pub(crate) fn new(routes: &Rc<RouteTable>, compiled: Arc<Compiled>) -> Self {
        let prepared = compiled.policies().iter().map(|_| OnceCell::new()).collect();
        let differ = !routes.is_empty() || compiled.has_groups();
        let sole = (!differ).then(|| compiled.fallback(HostClass::OTHER, None));
        Self { routes: Rc::clone(routes), compiled, prepared, sole }
    }

    /// What the policies were compiled to; tells a reload.
    pub(crate) const fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The policy of every request, where there is only one.
    pub(crate) fn sole(&self) -> Option<&PreparedPolicy> {
        self.sole.map(|index| self.policy(index))
    }

    /// The classes of hosts that a request may be for.
    pub(crate) fn hosts_of(&self, request: &impl Request) -> HostClasses {
        self.compiled.hosts_of(request)
    }

    /// What holds for a path that no annotated route serves.
    pub(crate) fn fallback(&self, path: &str, hosts: HostClasses) -> Candidates<'_> {
        self.in_groups(|| path, hosts, |at| self.compiled.fallback(at.host, at.group))
    }

    /// What holds for a route that ran, by its place in the [`RouteTable`].
    pub(crate) fn of_route<'p>(
        &self,
        route: usize,
        path: impl FnOnce() -> &'p str,
        hosts: HostClasses,
    ) -> Candidates<'_> {
        self.in_groups(path, hosts, |at| self.compiled.of_route(route, at.host, at.group))
    }

    fn in_groups<'p>(
        &self,
        path: impl FnOnce() -> &'p str,
        hosts: HostClasses,
        policy: impl Fn(Place) -> PolicyIndex,
    ) -> Candidates<'_> {
        if let (false, Some(host)) = (self.compiled.has_groups(), hosts.only()) {
            return Candidates::only(self.policy(policy(Place { host, group: None })));
        }
        let groups = self.groups(path(), hosts);
        let first = Candidates::only(self.policy(policy(groups.exact)));
        let others = groups.alternatives.iter().map(|place| self.policy(policy(*place)));
        others.fold(first, Candidates::or)
    }

    fn groups(&self, path: &str, hosts: HostClasses) -> Groups {
        let mut classes = hosts.iter();
        let host = classes.next().unwrap_or_default();
        let at = |path: &str, host| Place { host, group: self.compiled.group_of(path, host) };
        let exact = at(path, host);
        let mut alternatives: Vec<Place> = classes.map(|host| at(path, host)).collect();
        if self.compiled.has_groups() {
            for path in path_spellings::alternatives(path) {
                let others = hosts.iter().map(|host| at(&path, host));
                alternatives.extend(others.filter(|other| *other != exact));
            }
        }
        Groups { hosts, exact, alternatives }
    }

    /// Whether a route is for other hosts than that of the request, and a guard
    /// tells hosts apart.
    fn is_excluded(&self, route: usize, hosts: HostClasses) -> bool {
        self.compiled.has_hosts()
            && self.routes.may_be_guarded(route)
            && hosts.iter().all(|host| self.compiled.is_excluded(route, host))
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
        hosts: HostClasses,
        map: &ResourceMap,
    ) -> Candidates<'_> {
        if let Some(sole) = self.sole() {
            return Candidates::only(sole);
        }
        let groups = self.groups(path, hosts);
        let mut found = self.found(path, &groups, method, map);
        // A `NormalizePath` inside may route the request elsewhere.
        if !found.as_sent {
            let mut shortest = Cow::Borrowed(path);
            for path in normalised(path) {
                let groups = self.groups(&path, hosts);
                if !self.find(&path, &groups, method, map, &mut found) {
                    self.add_fallback(&groups, &mut found);
                }
                shortest = path;
            }
            if self.routes.has_slashes() && !path.ends_with('/') {
                let path = format!("{shortest}/");
                let is_new = |(_, matcher): (_, &RouteMatcher)| !matcher.matches(&shortest);
                if self.routes.matching(&path).any(is_new) {
                    self.find(&path, &self.groups(&path, hosts), method, map, &mut found);
                }
            }
        }
        found.into_candidates(
            self.policy(self.compiled.fallback(groups.exact.host, groups.exact.group)),
        )
    }

    /// The same for a path that is not going to change any more.
    pub(crate) fn candidates_as_routed(
        &self,
        path: &str,
        method: &[u8],
        hosts: HostClasses,
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let groups = self.groups(path, hosts);
        let found = self.found(path, &groups, method, map);
        found.into_candidates(
            self.policy(self.compiled.fallback(groups.exact.host, groups.exact.group)),
        )
    }

    fn found<'t>(
        &'t self,
        path: &str,
        groups: &Groups,
        method: &[u8],
        map: &ResourceMap,
    ) -> CandidatesBuilder<'t> {
        let mut found = CandidatesBuilder::default();
        if !self.find(path, groups, method, map, &mut found) {
            self.add_fallback(groups, &mut found);
        }
        found
    }

    fn add_fallback<'t>(&'t self, groups: &Groups, found: &mut CandidatesBuilder<'t>) {
        for Place { host, group } in groups.iter() {
            found.add(self.policy(self.compiled.fallback(host, group)));
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
        found: &mut CandidatesBuilder<'t>,
    ) -> bool {
        let mut policies: Option<PolicyIndex> = None;
        let mut siblings = false;
        let mut first: Option<&RouteMatcher> = None;
        let mut certain: Option<&RouteMatcher> = None;
        let mut doubtful = false;
        let mut passes_scopes = false;
        let is_excluded = |route: usize| self.is_excluded(route, groups.hosts);
        let mut leads_elsewhere = false;
        for (route, matcher) in self.routes.matching(path) {
            if is_excluded(route) {
                // The guard of its scope turns this host away, and the walk goes on.
                leads_elsewhere |= matcher.is_reachable(path, map);
                continue;
            }
            let policy = self.compiled.of_route(route, groups.exact.host, groups.exact.group);
            siblings |= *policies.get_or_insert(policy) != policy;
            if !matcher.descriptor.serves(method) {
                passes_scopes |= first.is_none() && !matcher.descriptor.is_root;
                continue;
            }
            first.get_or_insert(matcher);
            // Within a scope the first resource that serves a request gets it.
            // Another scope gets it if a guard turns it away from this one, which
            // nothing does outside all scopes.
            let reachable = leads_elsewhere || matcher.is_reachable(path, map);
            let is_behind = |first: &RouteMatcher| {
                first.descriptor.is_root || reachable && matcher.is_within_scopes_of(first)
            };
            if certain.is_some_and(is_behind) {
                continue;
            }
            for Place { host, group } in groups.iter() {
                found.add(self.policy(self.compiled.of_route(route, host, group)));
            }
            if certain.is_none() {
                let may_pass =
                    !reachable || matcher.descriptor.resource.is_guarded() || matcher.is_shadowed();
                doubtful |= may_pass;
                certain = Some(matcher).filter(|_| !may_pass);
            }
        }
        let Some(first) = first else {
            // No guard may be there that turns the host away from such a route.
            let excluded = self.routes.matching(path).filter(|(route, _)| is_excluded(*route));
            for (route, _) in excluded.filter(|(_, it)| it.descriptor.serves(method)) {
                for Place { host, group } in groups.iter() {
                    found.add(self.policy(self.compiled.of_route(route, host, group)));
                }
            }
            found.siblings |= policies.is_some();
            return false;
        };
        doubtful |= passes_scopes && self.routes.is_behind_scope(path, first)
            || !leads_elsewhere && self.routes.is_taken(path, map, first);
        if !doubtful && !leads_elsewhere && self.routes.is_shadowed(path, method, map, first) {
            first.report_shadowed();
            doubtful = true;
        }
        if doubtful {
            self.add_fallback(groups, found);
        }
        found.siblings |= siblings;
        found.as_sent |= certain.is_some_and(|matcher| !doubtful && !matcher.takes_slashes());
        true
    }
}
