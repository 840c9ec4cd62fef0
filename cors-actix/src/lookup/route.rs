//! One annotated route of a worker: which paths it matches, and whether actix
//! would choose it.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{ResourceDef, ResourceMap};

use crate::observe::log;
use crate::registration::{RouteDescriptor, anonymous, is_literal};

/// actix's limit for one pattern; several in a row may have more.
const MAX_PARAMETERS: usize = 16;

/// An annotated route of this worker's application.
#[derive(Debug)]
pub(crate) struct RouteMatcher {
    pub(crate) descriptor: Arc<RouteDescriptor>,
    /// The pattern of the anchor beside the route.
    anchor: Rc<str>,
    matcher: ResourceDef,
    /// `None` where actix's limit forbids one pattern for all scopes.
    scopes_matcher: Option<ResourceDef>,
    /// What [`RouteMatcher::is_reachable`] and [`RouteMatcher::first_match`] found,
    /// where that is the same for every path.
    reachable: OnceCell<bool>,
    first_match: OnceCell<FirstMatch>,
    /// Whether a resource that nobody annotated was seen to serve in its place.
    shadowed: Cell<bool>,
    /// Whether it was said that the route is shadowed.
    reported: Cell<bool>,
}

/// The resource that actix matches first on the way to a path, guards apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FirstMatch {
    /// One of ours, by its place.
    Annotated(usize),
    /// One that nobody annotated, and whether it serves in the place of ours.
    Other { in_place: bool },
}

impl RouteMatcher {
    pub(crate) fn new(descriptor: &Arc<RouteDescriptor>, anchor: &Rc<str>) -> Self {
        Self {
            descriptor: Arc::clone(descriptor),
            anchor: Rc::clone(anchor),
            matcher: matcher(&descriptor.pattern),
            scopes_matcher: scopes_matcher(&descriptor.scopes),
            reachable: OnceCell::new(),
            first_match: OnceCell::new(),
            shadowed: Cell::new(false),
            reported: Cell::new(false),
        }
    }

    /// Whether the path is one of this route's.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// A resource is named after its handler, unless its attribute says otherwise.
    pub(crate) fn is_named(&self, name: Option<&str>) -> bool {
        name == Some(self.descriptor.name())
    }

    /// Whether a parameter of the route may stand for slashes: `{tail}*`, or one
    /// with a regular expression of its own.
    pub(crate) fn takes_slashes(&self) -> bool {
        self.descriptor.pattern.ends_with('*') || self.descriptor.anonymous.contains(':')
    }

    /// Whether a pattern matches the same paths as this route.
    pub(crate) fn has_pattern(&self, pattern: &str) -> bool {
        self.descriptor.pattern == pattern || self.descriptor.anonymous == anonymous(pattern).0
    }

    /// Whether the scopes around the route are those that actix chooses first
    /// for the path, guards apart: their anchor is found, and is this one.
    pub(crate) fn is_reachable(&self, path: &str, map: &ResourceMap) -> bool {
        match is_literal(&self.descriptor.scopes) {
            true => *self.reachable.get_or_init(|| self.find_anchor(path, map)),
            false => self.find_anchor(path, map),
        }
    }

    fn find_anchor(&self, path: &str, map: &ResourceMap) -> bool {
        let anchor = &self.anchor;
        let found = self
            .scopes_length(path)
            .and_then(|length| map.match_pattern(&format!("{}{anchor}", &path[..length])));
        found.is_some_and(|found| found == format!("{}{anchor}", self.descriptor.scopes))
    }

    /// The first match on the way to a path of this route, looked up with
    /// `find_first_match` unless that is known.
    pub(crate) fn first_match(&self, find_first_match: impl FnOnce() -> FirstMatch) -> FirstMatch {
        match self.descriptor.is_literal() {
            true => *self.first_match.get_or_init(find_first_match),
            false => find_first_match(),
        }
    }

    /// How much of the path belongs to the scopes around the route.
    fn scopes_length(&self, path: &str) -> Option<usize> {
        match self.descriptor.scopes.is_empty() {
            true => Some(0),
            false => self.scopes_matcher.as_ref()?.find_match(path),
        }
    }

    /// Whether this route lies in the same scope as an earlier one or further
    /// in, both being reachable.
    pub(crate) fn is_within_scopes_of(&self, earlier: &Self) -> bool {
        self.descriptor.scopes.starts_with(&earlier.descriptor.scopes)
    }

    /// Whether this route is tried after an earlier one that turned a request away:
    /// it lies in the same scope or further in, or the other one outside of all.
    pub(crate) fn is_beside(&self, earlier: &Self) -> bool {
        let Self { descriptor, .. } = earlier;
        descriptor.is_root || !self.descriptor.is_root && self.is_within_scopes_of(earlier)
    }

    pub(crate) const fn is_shadowed(&self) -> bool {
        self.shadowed.get()
    }

    /// Remembers that a resource which nobody annotated served this path.
    ///
    /// Where the scopes take up the whole path, it may have been a middleware of
    /// theirs that answered.
    pub(crate) fn learn_shadowed(&self, path: &str) {
        if self.scopes_length(path) != Some(path.len()) {
            self.shadowed.set(true);
            self.report_shadowed();
        }
    }

    /// Says once that the route is granted less than its attribute says.
    pub(crate) fn report_shadowed(&self) {
        if !self.reported.replace(true) {
            log::shadowed(self.descriptor.handler.name, &self.descriptor.pattern);
        }
    }
}

/// A matcher for a full pattern.
fn matcher(pattern: &str) -> ResourceDef {
    match anonymous(pattern) {
        (anonymous, parameters) if parameters <= MAX_PARAMETERS => ResourceDef::new(anonymous),
        // Beyond what one pattern can hold: everything below its literal part,
        // so that it is never missed.
        _ => {
            let literal = pattern.split('{').next().unwrap_or_default();
            let (segments, _) = literal.rsplit_once('/').unwrap_or_default();
            ResourceDef::prefix(segments.to_owned())
        }
    }
}

/// A matcher for the part of a path that belongs to scopes.
fn scopes_matcher(scopes: &str) -> Option<ResourceDef> {
    let (anonymous, parameters) = anonymous(scopes);
    (parameters <= MAX_PARAMETERS).then(|| ResourceDef::prefix(anonymous))
}
