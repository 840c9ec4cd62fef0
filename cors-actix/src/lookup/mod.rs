//! Which policies may apply to a request.
//!
//! A lookup joins the routes of one worker with the policies of one
//! configuration; a reload makes a new one.
//!
//! What a policy decides is left to the core, and what is done about it to
//! middleware.
//!
//! May import: `http`, `observe`, `process`, `registration`.

mod candidates;
mod keys;
mod memo;
mod of_response;
mod path_index;
mod path_spellings;
mod route_matcher;
mod route_table;
mod scope_index;
mod scopes;
mod unanswered;
mod worker;

pub(crate) use candidates::{Candidates, PolicyDecision};
pub(crate) use keys::explain;
pub(crate) use of_response::ResponseRequest;
pub(crate) use unanswered::UnansweredRoutes;
pub(crate) use worker::{EnforceContext, WorkerState};

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ResourceMap;
use cors_core::{GroupIndex, HostClass, HostClasses, Request};

use candidates::{CandidatesBuilder, FoundPolicy};
use memo::Memo;
use path_spellings::{alternatives, may_name_anything};
pub(crate) use route_table::RouteTable;
use route_table::{Chance, HostConditions, Prediction};

use crate::http::PreparedPolicy;
use crate::process::{CompiledApp, PolicyIndex, SiblingSet, closed_policy};
use crate::registration::RouteNeeds;
use crate::registration::carried::CarriedRoutes;

/// Every policy of an application, by route and path.
#[derive(Debug)]
pub(crate) struct PolicyLookup {
    routes: Rc<RouteTable>,
    compiled: Arc<CompiledApp>,
    /// Invariant: in the order of [`CompiledApp::policies`]. Header values count
    /// references, and a counter that workers share would slow all of them: each
    /// worker prepares its own, when a policy is first used.
    prepared: Box<[OnceCell<PreparedPolicy>]>,
    /// The policy of every request, where neither routes nor groups have their own, and it is
    /// not live.
    sole: Option<PolicyIndex>,
    closed: OnceCell<PreparedPolicy>,
    memo: Memo,
    /// The policies that are only reported on.
    report_only: Option<Box<Self>>,
}

/// A path and a method as a request had them at some moment, and the hosts that it may
/// be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'r> {
    pub(crate) path: &'r str,
    pub(crate) method: &'r [u8],
    pub(crate) hosts: HostClasses,
}

/// The groups of `[[cors.paths]]` that a path may be in, on each host that the request
/// may be for.
///
/// Ambiguity never widens: where another spelling of the path leads to another group, or
/// the host is not certain, only what all of them allow is allowed.
struct Regions {
    exact: Region,
    /// The groups of alternative spellings, and of other hosts; nearly always
    /// empty.
    others: Vec<Region>,
}

/// A class of hosts, and a group of paths there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    host: HostClass,
    group: Option<GroupIndex>,
}

impl Regions {
    fn iter(&self) -> impl Iterator<Item = Region> {
        std::iter::once(self.exact).chain(self.others.iter().copied())
    }
}

/// The host of a request, as far as routes have conditions for it.
struct RequestHosts<'l> {
    lookup: &'l PolicyLookup,
    hosts: HostClasses,
}

impl HostConditions for RequestHosts<'_> {
    fn exclude(&self, route: usize) -> bool {
        let PolicyLookup { compiled, routes, .. } = self.lookup;
        compiled.has_hosts()
            && routes.may_be_guarded(route)
            && self.hosts.iter().all(|host| compiled.is_excluded(route, host))
    }

    fn are_on(&self, route: usize) -> bool {
        self.lookup.compiled.is_excluded(route, HostClass::OTHER)
    }
}

impl PolicyLookup {
    pub(crate) fn new(routes: &Rc<RouteTable>, compiled: Arc<CompiledApp>) -> Self {
        let lookup = Self::of(routes, compiled);
        let reported = || lookup.report_only.as_ref().map(|reported| &reported.compiled);
        routes.set_needs(|route| RouteNeeds {
            path: lookup.compiled.depends_on_path(route)
                || reported().is_some_and(|reported| reported.depends_on_path(route)),
            enforce: !lookup.compiled.is_disabled() && lookup.compiled.enforces_at(route),
        });
        lookup
    }

    fn of(routes: &Rc<RouteTable>, compiled: Arc<CompiledApp>) -> Self {
        let prepared = compiled.policies().iter().map(|_| OnceCell::new()).collect();
        let differ = !routes.is_empty() || compiled.has_groups();
        let sole = (!differ).then(|| compiled.fallback(HostClass::OTHER, None));
        // The content of a live set counts when the response leaves.
        let sole = sole.filter(|sole| !compiled.policies()[sole.get()].is_live());
        let reported = compiled.report_only().map(|it| Box::new(Self::of(routes, Arc::clone(it))));
        let (routes, closed, memo) = (Rc::clone(routes), OnceCell::new(), Memo::default());
        Self { routes, compiled, prepared, sole, closed, memo, report_only: reported }
    }

    /// The compiled policies: another value means that they were reloaded.
    pub(crate) const fn compiled(&self) -> &Arc<CompiledApp> {
        &self.compiled
    }

    pub(crate) fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The policies that are only reported on.
    pub(crate) fn report_only(&self) -> Option<&Self> {
        self.report_only.as_deref()
    }

    /// The policy of every request, where there is only one.
    pub(crate) fn sole(&self) -> Option<&PreparedPolicy> {
        self.sole.map(|index| self.policy(index).prepared)
    }

    /// The classes of hosts that a request may be for.
    pub(crate) fn hosts_of(&self, request: &impl Request) -> HostClasses {
        self.compiled.hosts_of(request)
    }

    /// The policies that may apply, before routing decides which one does.
    ///
    /// Ambiguity never widens: where it is not certain here which resource actix
    /// will choose, all of them count.
    pub(crate) fn candidates(&self, target: Target<'_>, map: &ResourceMap) -> Candidates<'_> {
        if let Some(sole) = self.sole {
            return Candidates::only(self.policy(sole), None);
        }
        let learned = self.routes.learned();
        if let Some(known) = self.memo.find(target, learned, |index| self.policy_or_closed(index)) {
            return known;
        }
        let mut found = CandidatesBuilder::default();
        self.add_predicted(target, map, &mut found);
        let candidates = found.build(|| self.fallback());
        self.memo.insert(target, learned, &candidates);
        candidates
    }

    /// The policy that allows nothing.
    pub(crate) fn nothing(&self) -> Candidates<'_> {
        Candidates::only(self.closed(), None)
    }

    /// Whether `enforce` refuses a request at the route that it has reached.
    fn is_refused_at(
        &self,
        route: usize,
        path: &str,
        hosts: HostClasses,
        request: &impl Request,
    ) -> bool {
        let mut found = CandidatesBuilder::default();
        match self.regions(path, hosts) {
            Some(regions) => self.add_route(route, &regions, Some(path), &mut found),
            None => self.add_closed(&mut found),
        }
        let candidates = found.build(|| self.fallback());
        !candidates.pass_through() && candidates.judge(request).1.is_refused()
    }

    fn policy(&self, index: PolicyIndex) -> FoundPolicy<'_> {
        let prepare = || PreparedPolicy::new(&self.compiled.policies()[index.get()]);
        let prepared = self.prepared[index.get()].get_or_init(prepare);
        FoundPolicy { prepared, index: Some(index) }
    }

    /// A policy that allows nothing.
    fn closed(&self) -> FoundPolicy<'_> {
        let prepare = || PreparedPolicy::new(&closed_policy(self.compiled.enforces()));
        FoundPolicy { prepared: self.closed.get_or_init(prepare), index: None }
    }

    fn policy_or_closed(&self, index: Option<PolicyIndex>) -> FoundPolicy<'_> {
        index.map_or_else(|| self.closed(), |index| self.policy(index))
    }

    /// The policy of everything that is un-annotated and outside of all groups.
    fn fallback(&self) -> FoundPolicy<'_> {
        self.policy(self.compiled.fallback(HostClass::OTHER, None))
    }

    /// `None` for a path that may name anything.
    fn regions(&self, path: &str, hosts: HostClasses) -> Option<Regions> {
        let at = |host, group| Region { host, group };
        let has_groups = self.compiled.has_groups();
        let group = |path: &str, host| has_groups.then(|| self.compiled.group_of(path, host))?;
        let first = hosts.iter().next().unwrap_or_default();
        let exact = at(first, group(path, first));
        let mut others = Vec::new();
        for host in hosts.iter() {
            let mut add = |group| {
                let region = at(host, group);
                if region != exact && !others.contains(&region) {
                    others.push(region);
                }
            };
            add(group(path, host));
            if has_groups {
                alternatives(path)?.for_each(|path| add(group(&path, host)));
            }
        }
        Some(Regions { exact, others })
    }

    /// A policy that allows nothing, for a path that may name anything.
    fn add_closed<'t>(&'t self, found: &mut CandidatesBuilder<'t>) {
        found.add(self.closed(), None, None);
    }

    fn add_fallback<'t>(
        &'t self,
        regions: Option<&Regions>,
        path: &str,
        found: &mut CandidatesBuilder<'t>,
    ) {
        let Some(regions) = regions else { return self.add_closed(found) };
        for Region { host, group } in regions.iter() {
            found.add(self.policy(self.compiled.fallback(host, group)), None, Some(path));
        }
    }

    fn add_route<'t>(
        &'t self,
        route: usize,
        regions: &Regions,
        path: Option<&str>,
        found: &mut CandidatesBuilder<'t>,
    ) {
        for Region { host, group } in regions.iter() {
            let policy = self.policy(self.compiled.of_route(route, host, group));
            found.add(policy, Some(route), path);
        }
    }

    /// Adds the policies of the routes that a response carries; returns whether all
    /// of them are known.
    fn add_carried<'t>(
        &'t self,
        carried: &CarriedRoutes,
        hosts: HostClasses,
        found: &mut CandidatesBuilder<'t>,
    ) -> bool {
        let mut all_known = true;
        for route in carried.routes() {
            let Some(index) = self.routes.index_of(route.id) else {
                all_known = false;
                continue;
            };
            let regions = match (&route.path, self.compiled.depends_on_path(index)) {
                (Some(path), true) => self.regions(path, hosts),
                // The path is not certain.
                (None, true) => None,
                (_, false) => self.regions("", hosts),
            };
            match regions {
                Some(regions) => {
                    self.add_route(index, &regions, route.path.as_deref(), found);
                }
                None => self.add_closed(found),
            }
        }
        all_known
    }

    /// Adds the policies of everything that may run for a request, in every reading of
    /// its path that may be routed.
    fn add_predicted<'t>(
        &'t self,
        target: Target<'_>,
        map: &ResourceMap,
        found: &mut CandidatesBuilder<'t>,
    ) -> Prediction {
        let path = target.path;
        if may_name_anything(path) && !self.routes.is_empty() {
            self.add_closed(found);
            return Prediction::UNKNOWN;
        }
        let (prediction, together) = self.add_reading(target, map, found);
        if self.routes.is_empty() {
            return prediction;
        }
        let mut is_certain = true;
        for reading in self.routes.other_readings(target, prediction.certain, map) {
            is_certain = false;
            let (_, together) = self.add_reading(Target { path: &reading, ..target }, map, found);
            if together.is_some() {
                found.add_siblings();
            }
        }
        if is_certain && let Some(policy) = together {
            // A slash at the end may be gained for another method of the path only.
            match self.routes.gains_by_slash_for_any(target, map) {
                true => found.add_siblings(),
                false => found.replace(self.policy(policy)),
            }
        } else if together.is_some() {
            found.add_siblings();
        }
        // The policy of the path applies to methods that a slash may lead to an annotated route.
        if prediction.others && self.routes.gains_route_by_slash(target.path) {
            found.add_siblings();
        }
        Prediction { certain: prediction.certain.filter(|_| is_certain), ..prediction }
    }

    /// Adds the policies for one reading of the path. Where all routes of the path are answered
    /// together, also the policy for that: with it, an answer may speak for all of them.
    fn add_reading<'t>(
        &'t self,
        target: Target<'_>,
        map: &ResourceMap,
        found: &mut CandidatesBuilder<'t>,
    ) -> (Prediction, Option<PolicyIndex>) {
        let Some(regions) = self.regions(target.path, target.hosts) else {
            self.add_closed(found);
            return (Prediction::UNKNOWN, None);
        };
        let Region { host, group } = regions.exact;
        let mut here = PathRoutes::default();
        let hosts = RequestHosts { lookup: self, hosts: target.hosts };
        let prediction = self.routes.predict(target, map, &hosts, &mut |route, chance| {
            let policy = self.compiled.of_route(route, host, group);
            here.add(policy, self.compiled.together(route, host, group));
            if chance == Chance::MayRun {
                here.any_runs = true;
                self.add_route(route, &regions, Some(target.path), found);
            }
        });
        if prediction.others {
            self.add_fallback(Some(&regions), target.path, found);
        }
        let certain = prediction
            .certain
            .filter(|_| prediction.all_certain && here.are_together && regions.others.is_empty());
        let together = certain.and_then(|route| self.compiled.together(route, host, group));
        if together.is_none() && here.differ(&prediction) {
            found.add_siblings();
        }
        (prediction, together.map(|together| together.policy))
    }
}

/// The annotated routes of one path.
struct PathRoutes {
    number: usize,
    policy: Option<PolicyIndex>,
    together: Option<SiblingSet>,
    /// Whether all of them have the same policy.
    are_alike: bool,
    /// Whether all of them are answered together.
    are_together: bool,
    /// Whether one of them may run.
    any_runs: bool,
}

impl Default for PathRoutes {
    fn default() -> Self {
        let (policy, together) = (None, None);
        let [are_alike, are_together, any_runs] = [true, true, false];
        Self { number: 0, policy, together, are_alike, are_together, any_runs }
    }
}

impl PathRoutes {
    fn add(&mut self, policy: PolicyIndex, together: Option<SiblingSet>) {
        self.number += 1;
        self.are_alike &= *self.policy.get_or_insert(policy) == policy;
        self.are_together &= together
            .is_some_and(|together| self.together.get_or_insert(together).is_of_set(together));
    }

    /// Whether an answer for one of them may not be used for the others.
    fn differ(&self, prediction: &Prediction) -> bool {
        let are_alike = self.are_alike && (self.number < 2 || prediction.all_certain);
        self.number > 0 && (!are_alike || !self.any_runs)
    }
}
