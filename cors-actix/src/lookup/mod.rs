//! Which policies may apply to a request.
//!
//! A lookup joins the routes of one worker with the policies of one
//! configuration; a reload makes a new one.
//!
//! What a policy decides is left to the core, and what is done about it to
//! middleware. It may import process, registration, http and observe.

mod candidates;
mod keys;
mod memo;
mod path_index;
mod path_spellings;
mod route;
mod routes;
mod scope_index;
mod scopes;
mod worker;

pub(crate) use candidates::{Candidates, Why};
pub(crate) use keys::explain;
pub(crate) use worker::{Undecided, WorkerState};

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::ResourceMap;
use actix_web::http::StatusCode;
use cors_core::{GroupIndex, HostClass, HostClasses, Request};

use candidates::{CandidatesBuilder, FoundPolicy};
use memo::Memo;
use path_spellings::{alternatives, is_normal, may_name_anything};
pub(crate) use routes::RouteTable;
use routes::{Chance, HostConditions, Prediction};

use crate::http::PreparedPolicy;
use crate::process::{Compiled, PolicyIndex, Together, closed_policy};
use crate::registration::Needs;
use crate::registration::carried::Carried;

/// Every policy of an application, by route and path.
#[derive(Debug)]
pub(crate) struct PolicyLookup {
    routes: Rc<RouteTable>,
    compiled: Arc<Compiled>,
    /// Invariant: in the order of [`Compiled::policies`]. Header values count
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

/// The request that a response brings along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseRequest<'r> {
    pub(crate) request: &'r HttpRequest,
    /// Whether path, query and method are those that were received.
    pub(crate) is_unchanged: bool,
    /// Whether it knows the resources of the application.
    pub(crate) is_of_app: bool,
    /// The hosts that the request was for when it was received.
    pub(crate) hosts: HostClasses,
    pub(crate) status: StatusCode,
}

impl<'r> ResponseRequest<'r> {
    pub(crate) fn target(&self) -> Target<'r> {
        let Self { request, hosts, .. } = *self;
        let path = request.match_info().as_str();
        Target { path, method: request.method().as_str().as_bytes(), hosts }
    }

    /// Whether the whole path was routed.
    fn is_routed(&self) -> bool {
        let path = self.target().path;
        !path.is_empty() && self.routed_length() == path.len()
    }

    /// How much of the path was routed.
    fn routed_length(&self) -> usize {
        let info = self.request.match_info();
        // Where a middleware has put another path in the place of the one that was
        // routed, what is left may begin within a character, and actix would panic.
        match info.as_str().is_ascii() {
            true => info.as_str().len() - info.unprocessed().len(),
            false => 0,
        }
    }
}

/// The groups of `[[cors.paths]]` that a path may be in, on each host that the request
/// may be for.
///
/// Ambiguity never widens: where another spelling of the path leads to another group, or
/// the host cannot be told, only what all of them allow is granted.
struct Regions {
    exact: Region,
    /// Those of alternative spellings of the path, and of other hosts; nearly always
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
struct Hosts<'l> {
    lookup: &'l PolicyLookup,
    hosts: HostClasses,
}

impl HostConditions for Hosts<'_> {
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
    pub(crate) fn new(routes: &Rc<RouteTable>, compiled: Arc<Compiled>) -> Self {
        let lookup = Self::of(routes, compiled);
        let reported = || lookup.report_only.as_ref().map(|reported| &reported.compiled);
        routes.set_needs(|route| Needs {
            path: lookup.compiled.depends_on_path(route)
                || reported().is_some_and(|reported| reported.depends_on_path(route)),
            enforce: !lookup.compiled.is_disabled() && lookup.compiled.enforces_at(route),
        });
        lookup
    }

    fn of(routes: &Rc<RouteTable>, compiled: Arc<Compiled>) -> Self {
        let prepared = compiled.policies().iter().map(|_| OnceCell::new()).collect();
        let differ = !routes.is_empty() || compiled.has_groups();
        let sole = (!differ).then(|| compiled.fallback(HostClass::OTHER, None));
        // The content of a live set counts when the response leaves.
        let sole = sole.filter(|sole| !compiled.policies()[sole.get()].is_live());
        let reported = compiled.report_only().map(|it| Box::new(Self::of(routes, Arc::clone(it))));
        let (routes, closed, memo) = (Rc::clone(routes), OnceCell::new(), Memo::default());
        Self { routes, compiled, prepared, sole, closed, memo, report_only: reported }
    }

    /// What the policies were compiled to; tells a reload.
    pub(crate) const fn compiled(&self) -> &Arc<Compiled> {
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

    /// The policies that may apply before routing has told which one does.
    ///
    /// Ambiguity never widens: where it cannot be told here which resource actix
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

    /// The policy of a response that carries its route, or of one whose headers were
    /// put together from several.
    pub(crate) fn of_carried(
        &self,
        carried: &Carried,
        hosts: HostClasses,
    ) -> Option<Candidates<'_>> {
        if carried.is_uncertain() {
            return None;
        }
        if let (Some(route), Some(host)) = (carried.only(), hosts.only())
            && let Some(index) = self.routes.index_of(route.id)
            && !self.compiled.depends_on_path(index)
        {
            let policy = self.compiled.of_route(index, host, None);
            return Some(Candidates::only(self.policy(policy), Some(index)));
        }
        let mut found = CandidatesBuilder::default();
        let known = self.add_carried(carried, hosts, &mut found);
        known.then(|| found.build(|| self.fallback()))
    }

    /// Whether a response to a preflight that was left alone comes from a route that is not
    /// `passthrough`.
    pub(crate) fn is_of_other(&self, carried: &Carried, hosts: HostClasses) -> bool {
        let mut found = CandidatesBuilder::default();
        let all_known = self.add_carried(carried, hosts, &mut found);
        let is_carried = carried.routes().next().is_some();
        is_carried && !(all_known && found.build(|| self.fallback()).pass_through())
    }

    /// Whether some route that a response carries is one of another application: a handler
    /// has called that one, or a cache that both use has replayed its response. Which
    /// policy the response has there is not known here, so nothing is granted.
    pub(crate) fn has_unknown(&self, carried: &Carried) -> bool {
        carried.routes().any(|route| self.routes.index_of(route.id).is_none())
    }

    /// The policies that may apply to a response that carries no route, or not for
    /// certain: a middleware made it, a default service, or an un-annotated resource.
    ///
    /// It is judged by what applies to the request as it was received and as it is now,
    /// and, unless a middleware has certainly answered in the place of an annotated route,
    /// also by what applies to whatever un-annotated may have run.
    pub(crate) fn of_unmarked(
        &self,
        carried: &Carried,
        received: Target<'_>,
        request: &ResponseRequest<'_>,
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let mut found = CandidatesBuilder::default();
        self.add_carried(carried, received.hosts, &mut found);
        let now = request.target();
        let is_annotated = !self.routes.is_empty()
            && (!request.is_of_app || self.routes.may_be_annotated(request.request));
        let mut is_meant = false;
        if is_annotated || !request.is_routed() {
            let prediction = self.add_predicted(received, map, &mut found);
            is_meant =
                is_annotated && request.is_unchanged && self.is_answered_for(prediction, request);
            if !request.is_unchanged {
                self.add_predicted(now, map, &mut found);
            }
        } else if !request.is_unchanged {
            self.add_predicted(received, map, &mut found);
        }
        if !request.is_unchanged {
            let regions = self.regions(received.path, received.hosts);
            self.add_fallback(regions.as_ref(), received.path, &mut found);
        }
        if !is_meant {
            let regions = self.regions(now.path, now.hosts);
            self.add_fallback(regions.as_ref(), now.path, &mut found);
        }
        found.build(|| self.fallback())
    }

    /// The policies of the groups that the matched resource may lie in, where its pattern
    /// is not that of the path: a middleware has put another path in its place.
    pub(crate) fn of_matched(&self, request: &ResponseRequest<'_>) -> Option<Candidates<'_>> {
        if !self.compiled.has_groups() {
            return None;
        }
        let Target { path, hosts, .. } = request.target();
        let request = request.request;
        let pattern = request.match_pattern().filter(|pattern| pattern != path)?;
        // Of several patterns of a resource, actix tells the first one.
        if self.routes.is_match(&pattern, path)
            || request.resource_map().match_pattern(path).as_ref() == Some(&pattern)
        {
            return None;
        }
        let mut found = CandidatesBuilder::default();
        for host in hosts.iter() {
            for group in self.compiled.groups_of_pattern(&pattern, host) {
                // Which parameter has which value is not known: the path is another one.
                found.add(self.policy(self.compiled.fallback(host, group)), None, None);
            }
        }
        Some(found.build(|| self.fallback()))
    }

    /// Whether a response without a route was certainly made in the place of the one that was
    /// predicted: before anything was routed, or by a middleware of the scopes around it.
    ///
    /// A scope may have a guard, which cannot be seen, and a scope without annotated routes
    /// may lie between what actix meets first and the route. There another resource of the
    /// same pattern may run; or a default service, which may answer with a success or that
    /// nothing is there, but does not refuse as a middleware does.
    fn is_answered_for(&self, prediction: Prediction, request: &ResponseRequest<'_>) -> bool {
        let Some(route) = prediction.certain.filter(|_| is_normal(request.target().path)) else {
            return false;
        };
        let routed = request.routed_length();
        let is_in_scopes =
            || self.routes.scopes_length(route, request.target().path) == Some(routed);
        match (self.routes.is_root(route), request.is_routed()) {
            // A resource that has run and left no mark is not the annotated one for certain.
            (_, true) => false,
            (true, false) if prediction.is_met_first => routed == 0,
            (true, false) => is_refusal(request.status) && routed == 0,
            (false, false) => is_refusal(request.status) && (routed == 0 || is_in_scopes()),
        }
    }

    /// The policies that may apply to an error that carries no route: a middleware raised
    /// it, perhaps from the response of a default service. Nothing tells what became of the
    /// request.
    pub(crate) fn of_unmarked_error(
        &self,
        carried: &Carried,
        received: Target<'_>,
        status: StatusCode,
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let mut found = CandidatesBuilder::default();
        self.add_carried(carried, received.hosts, &mut found);
        let prediction = self.add_predicted(received, map, &mut found);
        let is_certain = prediction.certain.is_some() && is_normal(received.path);
        if !is_certain || !is_refusal(status) {
            let regions = self.regions(received.path, received.hosts);
            self.add_fallback(regions.as_ref(), received.path, &mut found);
        }
        found.build(|| self.fallback())
    }

    /// Takes note that the routes which a response carries have run for a request.
    pub(crate) fn note_ran(&self, carried: &Carried, request: &ResponseRequest<'_>) {
        if self.routes.learned() == 0 {
            return;
        }
        let routes = carried.routes().filter_map(|route| self.routes.index_of(route.id));
        for route in routes.filter(|route| self.routes.was_bypassed(*route)) {
            self.routes.note_ran(route, request.target());
        }
    }

    /// Takes note that an un-annotated resource has run in the place of the annotated
    /// route that was predicted, if that is so.
    pub(crate) fn note_unmarked(&self, request: &ResponseRequest<'_>, map: &ResourceMap) {
        if self.routes.is_empty() || !request.is_routed() {
            return;
        }
        let target = request.target();
        let prediction = self.routes.predict(
            target,
            map,
            &Hosts { lookup: self, hosts: target.hosts },
            &mut |_, _| {},
        );
        if let Some(route) = prediction.certain {
            self.routes.note_bypassed(route, target);
        }
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

    /// The policy of whatever is un-annotated outside of all groups.
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

    /// Adds the policies of the routes that a response carries, and tells whether all
    /// of them are known.
    fn add_carried<'t>(
        &'t self,
        carried: &Carried,
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
                // The path cannot be told.
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
        // The policy of the path is for methods that a slash may lead to an annotated route.
        if prediction.others && self.routes.gains_route_by_slash(target.path) {
            found.add_siblings();
        }
        Prediction { certain: prediction.certain.filter(|_| is_certain), ..prediction }
    }

    /// The same for one reading of the path. Where all routes of the path are answered
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
        let mut here = RoutesHere::default();
        let hosts = Hosts { lookup: self, hosts: target.hosts };
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
struct RoutesHere {
    number: usize,
    policy: Option<PolicyIndex>,
    together: Option<Together>,
    /// Whether all of them have the same policy.
    are_alike: bool,
    /// Whether all of them are answered together.
    are_together: bool,
    /// Whether one of them may run.
    any_runs: bool,
}

impl Default for RoutesHere {
    fn default() -> Self {
        let (policy, together) = (None, None);
        let [are_alike, are_together, any_runs] = [true, true, false];
        Self { number: 0, policy, together, are_alike, are_together, any_runs }
    }
}

impl RoutesHere {
    fn add(&mut self, policy: PolicyIndex, together: Option<Together>) {
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

/// Whether a middleware may refuse like this. That a path or method is not there is
/// what a default service answers, that of a scope included.
fn is_refusal(status: StatusCode) -> bool {
    let is_absence = matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
    (status.is_client_error() || status.is_server_error()) && !is_absence
}
