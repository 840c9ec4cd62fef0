//! Which annotated routes may run for a request, before actix routes it.
//!
//! Nothing here knows policies or depends on the configuration: a reload changes
//! policies, never routes. The order is that of registration, in which actix tries
//! its resources. What is not annotated is known from actix's resource map only,
//! which finds the first resource that matches a path, ignoring guards.

mod first_match;
mod slashes;
mod warnings;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::{Rc, Weak};

use actix_web::HttpRequest;
use actix_web::dev::{ResourceDef, ResourceMap};
use foldhash::fast::FixedState;

use super::Target;
use super::path_index::PathIndex;
use super::route_matcher::{FirstMatch, RouteMatcher};
use super::scope_index::ScopeIndex;
use super::scopes::{MAX_PARAMETERS, PathMatch};
use crate::registration::{AppDescriptor, Enforcer, RouteId, RouteKey, RouteNeeds, anonymous};

/// Every annotated route of one worker's application.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    /// The number of the application.
    app: u32,
    routes: Vec<RouteMatcher>,
    /// The scope that all requests have entered already, where actix's resource map shows
    /// an earlier one of the same pattern in its place.
    hidden: Option<String>,
    is_joined: Cell<bool>,
    /// Counts the changes of what requests have shown: see [`BypassedRequests`](super::route_matcher::BypassedRequests).
    learned: Cell<u32>,
    by_path: PathIndex,
    scopes: ScopeIndex,
    names: HashSet<String, FixedState>,
    /// For a path that is looked up with one character more.
    scratch: RefCell<String>,
    /// The full patterns of resources that were met on a path, by the address of their name.
    ///
    /// Invariant: a name is that of a resource in the one map of this application, which is kept
    /// for as long as requests are looked up, so no other name has its address.
    met: RefCell<HashMap<*const u8, Rc<str>, FixedState>>,
    /// Matchers of patterns that un-annotated resources were found to have.
    patterns: RefCell<HashMap<String, Option<ResourceDef>, FixedState>>,
}

/// What may become of a route when a request is routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chance {
    /// It may run.
    MayRun,
    /// It does not run for this request, but it may for another method of the path.
    Sibling,
}

/// What may run for a request, besides the annotated routes that `predict` visits one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prediction {
    /// Whether something un-annotated may run: another resource, or a default service.
    pub(crate) others: bool,
    /// The annotated route that certainly runs.
    pub(crate) certain: Option<usize>,
    /// Whether that is what actix meets first, so that nothing can lie in between.
    pub(crate) is_met_first: bool,
    /// Whether each annotated route of the path runs as certainly for its own methods.
    pub(crate) all_certain: bool,
}

/// What is known of the host of a request.
pub(crate) trait HostConditions {
    /// Whether a route is for other hosts than that of the request, and a guard may turn
    /// this one away: its own, or that of its scope.
    fn exclude(&self, route: usize) -> bool;

    /// Whether a route is for certain hosts only.
    fn are_on(&self, route: usize) -> bool;
}

impl Prediction {
    /// Something un-annotated may run, for all that is known.
    pub(crate) const UNKNOWN: Self =
        Self { others: true, certain: None, is_met_first: false, all_certain: false };
}

impl RouteTable {
    /// Joins the routes of a thread with their descriptors, in one order.
    pub(crate) fn new(app: u32, keys: &[RouteKey], descriptor: &AppDescriptor) -> Self {
        let hidden = descriptor.part.as_ref().filter(|part| part.has_twin);
        let hidden = hidden.map(|part| part.scopes.clone());
        let mut table = Self { app, hidden, ..Self::default() };
        for (index, (key, descriptor)) in keys.iter().zip(&descriptor.routes).enumerate() {
            table.names.insert(descriptor.name().to_owned());
            table.by_path.insert(&descriptor.pattern, index);
            let is_next = |earlier: &RouteMatcher| earlier.descriptor.scopes != descriptor.scopes;
            match table.routes.last().is_none_or(is_next) {
                _ if descriptor.is_root => {}
                true => table.scopes.insert(&descriptor.scopes, index),
                false => table.scopes.extend(index),
            }
            table.routes.push(RouteMatcher::new(descriptor, key));
        }
        table
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// Gives each route its id, which its responses carry from now on.
    pub(crate) fn join(&self, enforcer: &Weak<impl Enforcer + 'static>) {
        self.is_joined.set(true);
        for (index, route) in self.routes.iter().enumerate() {
            if let Ok(number) = u32::try_from(index) {
                let id = RouteId { app: self.app, route: number };
                route.marked().join(id, Weak::clone(enforcer) as _);
            }
        }
    }

    /// A number that changes whenever a prediction may come out differently.
    pub(crate) const fn learned(&self) -> u32 {
        self.learned.get()
    }

    /// Whether responses carry their routes.
    pub(crate) const fn is_joined(&self) -> bool {
        self.is_joined.get()
    }

    /// Sets what the current configuration needs of each route.
    pub(crate) fn set_needs(&self, needs: impl Fn(usize) -> RouteNeeds) {
        for (index, route) in self.routes.iter().enumerate() {
            route.marked().set_needs(needs(index));
        }
    }

    /// The place of a route that ran, in
    /// [`AppDescriptor::routes`](crate::registration::AppDescriptor).
    pub(crate) fn index_of(&self, id: RouteId) -> Option<usize> {
        let index = usize::try_from(id.route).ok()?;
        (id.app == self.app && index < self.routes.len()).then_some(index)
    }

    /// Whether a route lies outside of all scopes.
    pub(crate) fn is_root(&self, route: usize) -> bool {
        self.routes[route].descriptor.is_root
    }

    /// Whether a guard may turn requests away from a route: its own, or that of a scope.
    pub(crate) fn may_be_guarded(&self, route: usize) -> bool {
        self.routes[route].descriptor.may_be_guarded()
    }

    /// The handler of a route, with its module path.
    pub(crate) fn handler(&self, route: usize) -> &'static str {
        self.routes[route].descriptor.handler.name
    }

    /// Calls `visit` with each annotated route that may run for a path that is routed as
    /// it is, in order, and with those that only share the path.
    pub(crate) fn predict(
        &self,
        target: Target<'_>,
        map: &ResourceMap,
        hosts: &dyn HostConditions,
        visit: &mut dyn FnMut(usize, Chance),
    ) -> Prediction {
        let Target { path, method, .. } = target;
        let mut first: Option<usize> = None;
        let mut certain: Option<usize> = None;
        let mut doubtful = false;
        let mut leads_elsewhere = false;
        // A route whose own guard may pass a request on, but only to others of its resource.
        let mut guarded: Option<usize> = None;
        let mut any_guarded = false;
        let mut has_siblings = false;
        for (index, route, is_match) in self.matching(path) {
            if hosts.exclude(index) {
                leads_elsewhere |= self.is_reachable(index, path, map);
                // Turned away by a guard of its own, a request stays in the resource.
                let resource = &route.descriptor.resource;
                let stays = resource.is_guarded() && resource.identity().is_some();
                if stays && certain.is_none() && route.descriptor.serves(method) {
                    guarded = Some(index);
                }
                continue;
            }
            if !route.descriptor.serves(method) {
                visit(index, Chance::Sibling);
                has_siblings = true;
                doubtful |= certain.is_none() && route.descriptor.resource.takes_unserved(method);
                continue;
            }
            first.get_or_insert(index);
            // Within a scope the first resource that serves a request gets it.
            // Another scope gets it if a guard turns it away from this one, which
            // nothing does outside all scopes. Which scope is the first for a host is
            // known only of those whose routes have conditions for it.
            let is_met = self.is_reachable(index, path, map);
            let reachable = is_met || leads_elsewhere && self.is_led_to(index, hosts);
            let is_behind = |certain: usize| {
                let is_first = is_met || leads_elsewhere && hosts.are_on(certain);
                let certain = &self.routes[certain];
                certain.descriptor.is_root || is_first && route.is_beside(certain)
            };
            has_siblings |= first != Some(index);
            if certain.is_some_and(is_behind) {
                visit(index, Chance::Sibling);
                continue;
            }
            visit(index, Chance::MayRun);
            if certain.is_none() {
                let is_guarded = route.descriptor.resource.is_guarded();
                let may_miss = !reachable || is_match != PathMatch::Yes;
                // What ran in its place was registered before it.
                doubtful |= may_miss || route.bypassed().contains(target);
                let is_next = |guarded: usize| self.are_of_one_resource(guarded, index);
                doubtful |= guarded.is_some_and(|guarded| !is_next(guarded));
                guarded = match is_guarded {
                    true => Some(index),
                    false => guarded.filter(|_| may_miss),
                };
                any_guarded |= is_guarded;
                certain = (!may_miss && !is_guarded).then_some(index);
            }
        }
        let Some(first) = first else {
            // No guard may be there that turns the host away from such a route.
            let serving = self.matching(path).filter(|(_, it, _)| it.descriptor.serves(method));
            serving.for_each(|(index, ..)| visit(index, Chance::MayRun));
            return Prediction::UNKNOWN;
        };
        let met = self.first_match(path, map, first);
        doubtful |= guarded.is_some();
        doubtful |= self.is_behind_scope(path, met, first, hosts)
            || !leads_elsewhere && self.is_taken(met, first);
        // What is not annotated is none of the routes for other hosts.
        let is_seen = !leads_elsewhere || matches!(met, FirstMatch::Other { .. });
        if !doubtful && is_seen && self.is_shadowed(met, method, first) {
            self.routes[first].report_shadowed();
            doubtful = true;
        }
        let certain = certain.filter(|_| !doubtful && !any_guarded);
        let are_siblings_certain = |certain| {
            let matching = self.matching(path).filter(|(index, ..)| *index != certain);
            let mut siblings = matching.filter(|(index, ..)| !hosts.exclude(*index));
            siblings.all(|(index, _, is_match)| {
                is_match == PathMatch::Yes
                    && self.is_certain_beside(certain, index, path, map, hosts)
            })
        };
        Prediction {
            others: doubtful,
            certain,
            all_certain: !leads_elsewhere
                && (!has_siblings || certain.is_some_and(are_siblings_certain)),
            is_met_first: met == FirstMatch::Annotated(first),
        }
    }

    /// Whether a route of the path certainly runs for its own methods, given that another
    /// one certainly runs for its own.
    fn is_certain_beside(
        &self,
        certain: usize,
        index: usize,
        path: &str,
        map: &ResourceMap,
        hosts: &dyn HostConditions,
    ) -> bool {
        let route = &self.routes[index];
        !route.descriptor.resource.is_guarded()
            && route.bypassed().is_empty()
            && (self.are_of_one_resource(certain, index)
                || self.is_reachable(index, path, map)
                    && !self.is_behind_scope(
                        path,
                        self.first_match(path, map, index),
                        index,
                        hosts,
                    ))
    }

    fn are_of_one_resource(&self, one: usize, other: usize) -> bool {
        let [one, other] = [one, other].map(|route| &self.routes[route].descriptor.resource);
        one.is_one_with(other)
    }

    /// How much of a path the scopes around a route take, if that is certain.
    pub(crate) fn scopes_length(&self, route: usize, path: &str) -> Option<usize> {
        self.routes[route].scopes_length(path)
    }

    /// Whether the resource that a request matched is an annotated one, as far
    /// as its name and pattern show. After routing, actix knows the very resource,
    /// unless the request was routed twice.
    pub(crate) fn may_be_annotated(&self, request: &HttpRequest) -> bool {
        let (path, map) = (request.match_info().as_str(), request.resource_map());
        // Where none ran, actix looks for it by the path as it was sent, not as it is routed.
        let was_sent = path == request.path();
        self.is_annotated(path, request.match_name(), || request.match_pattern())
            || !was_sent
                && self.is_annotated(path, map.match_name(path), || map.match_pattern(path))
    }

    /// Whether the full pattern of some resource matches a path.
    pub(crate) fn is_match(&self, pattern: &str, path: &str) -> bool {
        self.whole_match(pattern, path) == Some(true)
    }

    /// Whether the pattern of a resource that takes a path matches a part of it only: the
    /// resource takes all that lies below, as `Files` does.
    fn is_beginning(&self, pattern: &str, path: &str) -> bool {
        self.whole_match(pattern, path) == Some(false)
    }

    /// `None` for more parameters than actix allows in one pattern.
    fn whole_match(&self, pattern: &str, path: &str) -> Option<bool> {
        let mut patterns = self.patterns.borrow_mut();
        if !patterns.contains_key(pattern) {
            // As many as there are resources, at most.
            let (numbered, parameters) = anonymous(pattern);
            let matcher = (parameters <= MAX_PARAMETERS).then(|| ResourceDef::new(numbered));
            patterns.insert(pattern.to_owned(), matcher);
        }
        patterns.get(pattern).and_then(Option::as_ref).map(|it| it.is_match(path))
    }

    /// Remembers that an un-annotated resource served a request for which an annotated
    /// route outside of all scopes was predicted.
    pub(crate) fn note_bypassed(&self, route: usize, target: Target<'_>) {
        let route = &self.routes[route];
        if route.descriptor.is_root {
            if route.bypassed().insert(target) {
                self.learned.update(|count| count.wrapping_add(1));
            }
            route.report_shadowed();
        }
    }

    /// Whether that is remembered of any request.
    pub(crate) fn was_bypassed(&self, route: usize) -> bool {
        !self.routes[route].bypassed().is_empty()
    }

    /// Forgets that, now that the route itself has served such a request.
    pub(crate) fn note_ran(&self, route: usize, target: Target<'_>) {
        if self.routes[route].bypassed().remove(target) {
            self.learned.update(|count| count.wrapping_add(1));
        }
    }

    /// The routes that match a path, each with its place, in order.
    fn matching(&self, path: &str) -> impl Iterator<Item = (usize, &RouteMatcher, PathMatch)> {
        let candidates = self.by_path.candidates(path).map(|index| (index, &self.routes[index]));
        let matched = candidates.map(move |(index, route)| (index, route, route.matches(path)));
        matched.filter(|(_, _, matched)| *matched != PathMatch::No)
    }
}
