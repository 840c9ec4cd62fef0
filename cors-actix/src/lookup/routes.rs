//! The annotated routes of one worker's application, and what its resource map
//! tells about them.
//!
//! Nothing here depends on the configuration: a reload changes policies, never
//! routes. The order is that of registration, in which actix tries its
//! resources.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::ResourceMap;
use foldhash::fast::FixedState;

use super::path_index::PathIndex;
use super::route::{FirstMatch, RouteMatcher};
use crate::registration::{RouteDescriptor, RouteId, RouteKey};

/// Every annotated route of an application.
#[derive(Debug, Default)]
pub(crate) struct RouteTable {
    matchers: Vec<RouteMatcher>,
    by_path: PathIndex,
    by_id: HashMap<RouteId, usize, FixedState>,
    names: HashSet<&'static str, FixedState>,
    /// Whether a `NormalizePath` that adds slashes may lead to an annotated route.
    has_slashes: bool,
}

impl RouteTable {
    /// Joins the routes of a thread with their descriptors, in one order.
    pub(crate) fn new(keys: &[RouteKey], descriptors: &[Arc<RouteDescriptor>]) -> Self {
        let mut all = Self::default();
        for (index, (RouteKey { id, anchor }, descriptor)) in
            keys.iter().zip(descriptors).enumerate()
        {
            all.by_id.insert(*id, index);
            all.names.insert(descriptor.name());
            let matcher = RouteMatcher::new(descriptor, anchor);
            let has_slash = descriptor.pattern.len() > 1 && descriptor.pattern.ends_with('/');
            all.has_slashes |= has_slash || matcher.takes_slashes();
            all.by_path.insert(&descriptor.pattern, index);
            all.matchers.push(matcher);
        }
        all
    }

    /// Those that match a path, each with its place in
    /// [`AppDescriptor::routes`](crate::registration::AppDescriptor), in order.
    pub(crate) fn matching(&self, path: &str) -> impl Iterator<Item = (usize, &RouteMatcher)> {
        let candidates = self.by_path.candidates(path);
        candidates
            .map(|index| (index, &self.matchers[index]))
            .filter(move |(_, matcher)| matcher.matches(path))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.matchers.is_empty()
    }

    /// The place of a route that ran.
    pub(crate) fn index_of(&self, id: RouteId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// Whether the route at a place is one for this method.
    pub(crate) fn serves(&self, route: usize, method: &[u8]) -> bool {
        self.matchers[route].descriptor.serves(method)
    }

    /// Whether a guard may turn requests away from the route at a place.
    pub(crate) fn may_be_guarded(&self, route: usize) -> bool {
        self.matchers[route].descriptor.may_be_guarded()
    }

    /// The name of the handler that probably serves a path, for people.
    pub(crate) fn handler_of(&self, path: &str, method: &[u8]) -> Option<&'static str> {
        let serving = self.matching(path).find(|(_, matcher)| matcher.descriptor.serves(method));
        serving.map(|(_, matcher)| matcher.descriptor.handler.name)
    }

    /// Whether a `NormalizePath` that adds slashes may lead to an annotated route.
    pub(crate) const fn has_slashes(&self) -> bool {
        self.has_slashes
    }

    /// Whether the resource that a request matched is an annotated one, as far
    /// as its name and pattern tell.
    pub(crate) fn may_be_annotated(&self, request: &HttpRequest) -> bool {
        let (path, map) = (request.match_info().as_str(), request.resource_map());
        // Where none ran, actix looks for it by the path as it was sent, not as it is routed.
        let was_sent = path == request.path();
        self.is_annotated(path, request.match_name(), || request.match_pattern())
            || !was_sent
                && self.is_annotated(path, map.match_name(path), || map.match_pattern(path))
    }

    fn is_annotated(
        &self,
        path: &str,
        name: Option<&str>,
        pattern: impl FnOnce() -> Option<String>,
    ) -> bool {
        // A name costs less to ask for than a pattern, which is put together anew.
        let Some(name) = name.filter(|name| self.names.contains(name)) else {
            return false;
        };
        let pattern = pattern();
        self.matching(path).any(|(_, matcher)| {
            matcher.is_named(Some(name)) && Some(&matcher.descriptor.pattern) == pattern.as_ref()
        })
    }

    /// Whether a scope that `chosen` does not lie in takes the path, unless a guard
    /// turns it away there: what the scope does not serve is for its default service.
    pub(crate) fn is_taken(&self, path: &str, map: &ResourceMap, chosen: &RouteMatcher) -> bool {
        match chosen.first_match(|| self.find_first_match(path, map, chosen)) {
            FirstMatch::Annotated(index) => !chosen.is_beside(&self.matchers[index]),
            FirstMatch::Other { .. } => false,
        }
    }

    /// The same, of a scope with an annotated route for the path, which need not be
    /// the first match.
    pub(crate) fn is_behind_scope(&self, path: &str, chosen: &RouteMatcher) -> bool {
        let earlier = self.matching(path).map(|(_, matcher)| matcher);
        let mut earlier = earlier.take_while(|matcher| !std::ptr::eq(*matcher, chosen));
        earlier.any(|matcher| !chosen.is_beside(matcher))
    }

    /// Whether actix may route the path to a resource other than `chosen`, of
    /// which this table knows nothing.
    ///
    /// Before routing, actix tells the first resource that matches the path.
    pub(crate) fn is_shadowed(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
        chosen: &RouteMatcher,
    ) -> bool {
        match chosen.first_match(|| self.find_first_match(path, map, chosen)) {
            // Its scope may take the whole path where ours takes a part.
            FirstMatch::Annotated(index) => {
                let RouteMatcher { descriptor, .. } = &self.matchers[index];
                descriptor.serves(method) && descriptor.pattern != chosen.descriptor.pattern
            }
            FirstMatch::Other { in_place } => in_place,
        }
    }

    fn find_first_match(&self, path: &str, map: &ResourceMap, chosen: &RouteMatcher) -> FirstMatch {
        let (Some(pattern), name) = (map.match_pattern(path), map.match_name(path)) else {
            return FirstMatch::Other { in_place: true };
        };
        let is_met = |matcher: &RouteMatcher| {
            matcher.descriptor.pattern == pattern && matcher.is_named(name)
        };
        match self.matching(path).find(|(_, matcher)| is_met(matcher)) {
            Some((index, _)) => FirstMatch::Annotated(index),
            // A route attribute without `#[cors]` names its resource and guards
            // its method: it leaves other methods of the same pattern alone.
            None => FirstMatch::Other { in_place: name.is_none() || !chosen.has_pattern(&pattern) },
        }
    }

    /// Remembers that a resource which nobody annotated served a request that an
    /// annotated route was thought to serve.
    pub(crate) fn learn(&self, path: &str, method: &[u8], map: &ResourceMap) {
        let serving = self.matching(path).find(|(_, matcher)| matcher.descriptor.serves(method));
        if let Some((_, matcher)) = serving
            && !matcher.is_shadowed()
            && matcher.is_reachable(path, map)
            && !self.is_behind_scope(path, matcher)
            && !self.is_taken(path, map, matcher)
            && !self.is_shadowed(path, method, map, matcher)
        {
            matcher.learn_shadowed(path);
        }
    }

    /// Says which routes share their path with a resource that nobody annotated,
    /// as far as their pattern is a path.
    ///
    /// Each question is a walk through all resources, so only so many are asked
    /// beforehand; the others when a preflight does.
    pub(crate) fn report_shadowed(&self, map: &ResourceMap) {
        const MOST: usize = 200;
        for matcher in
            self.matchers.iter().filter(|matcher| matcher.descriptor.is_literal()).take(MOST)
        {
            let mut methods = matcher.descriptor.methods().iter();
            if methods.any(|method| {
                self.is_shadowed(&matcher.descriptor.pattern, method.as_bytes(), map, matcher)
            }) {
                matcher.report_shadowed();
            }
        }
    }
}
