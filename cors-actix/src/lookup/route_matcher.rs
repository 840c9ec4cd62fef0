//! One annotated route: which paths it matches, and whether actix reaches it.

use std::cell::{Cell, OnceCell, RefCell};
use std::hash::BuildHasher as _;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ResourceMap;
use foldhash::fast::FixedState;

use super::Target;
use super::scopes::{PathMatch, RoutePath};
use crate::observe::log;
use crate::registration::{MarkedRoute, RouteDescriptor, RouteKey, anonymous, is_literal};

/// An annotated route of this worker's application.
#[derive(Debug)]
pub(crate) struct RouteMatcher {
    pub(crate) descriptor: Arc<RouteDescriptor>,
    marked: Rc<MarkedRoute>,
    /// The pattern of the anchor beside the route.
    anchor: Rc<str>,
    path: RoutePath,
    /// What [`RouteMatcher::is_reachable`] and [`RouteMatcher::first_match`] found,
    /// where that is the same for every path.
    reachable: OnceCell<bool>,
    first_match: OnceCell<FirstMatch>,
    gains_by_slash: OnceCell<bool>,
    bypassed: BypassedRequests,
    /// Whether it was logged that another resource serves in the place of the route.
    reported: Cell<bool>,
}

/// The resource that actix meets first on the way to a path, ignoring guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstMatch {
    /// An annotated route, by its place.
    Annotated(usize),
    /// An un-annotated resource, and whether it serves in the place of the route.
    Other { in_place: bool },
}

impl RouteMatcher {
    pub(crate) fn new(descriptor: &Arc<RouteDescriptor>, key: &RouteKey) -> Self {
        let RouteKey { marked, anchor } = key;
        let local = descriptor.resource.local_pattern();
        Self {
            descriptor: Arc::clone(descriptor),
            marked: Rc::clone(marked),
            anchor: Rc::clone(anchor),
            path: RoutePath::new(&descriptor.scopes, &local),
            reachable: OnceCell::new(),
            first_match: OnceCell::new(),
            gains_by_slash: OnceCell::new(),
            bypassed: BypassedRequests::default(),
            reported: Cell::new(false),
        }
    }

    pub(crate) fn marked(&self) -> &MarkedRoute {
        &self.marked
    }

    /// Whether the path is one of this route's.
    pub(super) fn matches(&self, path: &str) -> PathMatch {
        self.path.matches(path)
    }

    /// A resource is named after its handler, unless its attribute names it.
    pub(crate) fn is_named(&self, name: Option<&str>) -> bool {
        name == Some(self.descriptor.name())
    }

    /// Whether a pattern matches the same paths as this route.
    pub(crate) fn has_pattern(&self, pattern: &str) -> bool {
        self.descriptor.pattern == pattern || self.descriptor.anonymous == anonymous(pattern).0
    }

    /// Whether the scopes around the route are those that actix enters first for
    /// the path, ignoring guards: their anchor is found, and is this one. `None` where
    /// that depends on more than the path of the scopes.
    pub(crate) fn is_reachable(&self, path: &str, map: &ResourceMap) -> Option<bool> {
        if self.path.depends_on_rest() {
            return None;
        }
        Some(match is_literal(&self.descriptor.scopes) {
            true => *self.reachable.get_or_init(|| self.find_anchor(path, map)),
            false => self.find_anchor(path, map),
        })
    }

    fn find_anchor(&self, path: &str, map: &ResourceMap) -> bool {
        let anchor = &self.anchor;
        let found = self
            .scopes_length(path)
            .and_then(|length| map.match_pattern(&format!("{}{anchor}", &path[..length])));
        found.is_some_and(|found| found == format!("{}{anchor}", self.descriptor.scopes))
    }

    /// What actix meets first on a path of this route, looked up with `find` unless
    /// that is known.
    pub(crate) fn first_match(&self, find: impl FnOnce() -> FirstMatch) -> FirstMatch {
        match self.descriptor.is_literal() {
            true => *self.first_match.get_or_init(find),
            false => find(),
        }
    }

    /// Whether a slash at the end of the only path of this route leads to another resource,
    /// looked up with `find` unless that is known.
    pub(crate) fn gains_by_slash(&self, find: impl FnOnce() -> bool) -> bool {
        *self.gains_by_slash.get_or_init(find)
    }

    /// How much of the path belongs to the scopes around the route, if that is
    /// certain.
    pub(crate) fn scopes_length(&self, path: &str) -> Option<usize> {
        self.path.scopes_length(path)
    }

    /// Whether this route is tried after an earlier one that turned a request away: it lies
    /// in the same scope or further in, or the other one outside of all.
    pub(crate) fn is_beside(&self, earlier: &Self) -> bool {
        let Self { descriptor, .. } = earlier;
        descriptor.is_root || self.is_inside_scopes(&descriptor.scopes)
    }

    /// Whether the scopes around this route begin with those of a pattern.
    pub(crate) fn is_inside_scopes(&self, scopes: &str) -> bool {
        let rest = self.descriptor.scopes.strip_prefix(scopes);
        let ends = |rest: &str| rest.is_empty() || rest.starts_with('/');
        !self.descriptor.is_root && (scopes.is_empty() || rest.is_some_and(ends))
    }

    pub(crate) const fn bypassed(&self) -> &BypassedRequests {
        &self.bypassed
    }

    /// Logs once that preflights for the route are allowed less than its attribute
    /// allows.
    pub(crate) fn report_shadowed(&self) {
        if !self.reported.replace(true) {
            log::shadowed(self.descriptor.handler.name, &self.descriptor.pattern);
        }
    }
}

/// The requests for which an un-annotated resource was last seen to run in the place of
/// a route outside of all scopes: one that was registered before the route, behind what
/// actix meets first. Nothing of this can be seen before routing. It is forgotten when
/// the route itself runs for such a request.
///
/// The order of registration decides what runs there, and no guard of a scope, so clients
/// cannot choose what is seen, unless that resource has a guard of its own.
#[derive(Debug, Default)]
pub(crate) struct BypassedRequests {
    /// Hashes of path and method: a collision allows less, never more.
    requests: RefCell<Vec<u64>>,
    /// The index of the one that is replaced next.
    oldest: Cell<usize>,
}

impl BypassedRequests {
    /// How many requests are remembered.
    const MOST: usize = 16;

    pub(super) fn is_empty(&self) -> bool {
        self.requests.borrow().is_empty()
    }

    pub(super) fn contains(&self, target: Target<'_>) -> bool {
        !self.is_empty() && self.requests.borrow().contains(&hash(target))
    }

    /// Returns whether it was not remembered before.
    pub(super) fn insert(&self, target: Target<'_>) -> bool {
        if self.contains(target) {
            return false;
        }
        let mut requests = self.requests.borrow_mut();
        match requests.len() < Self::MOST {
            true => requests.push(hash(target)),
            false => {
                let oldest = self.oldest.replace((self.oldest.get() + 1) % Self::MOST);
                requests[oldest] = hash(target);
            }
        }
        true
    }

    /// The route has run for such a request. Returns whether that was remembered otherwise.
    pub(super) fn remove(&self, target: Target<'_>) -> bool {
        let hash = hash(target);
        let mut requests = self.requests.borrow_mut();
        let before = requests.len();
        requests.retain(|known| *known != hash);
        self.oldest.set(0);
        requests.len() < before
    }
}

fn hash(Target { path, method, hosts }: Target<'_>) -> u64 {
    FixedState::default().hash_one((path, method, hosts))
}
