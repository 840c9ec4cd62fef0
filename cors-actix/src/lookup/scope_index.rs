//! Which scopes with annotated routes may take a path.
//!
//! Where one scope ends and the next begins is not known, so each segment of their
//! common pattern counts as the end of one. They are asked for only where another
//! resource hides what actix meets on the way. A scope of an empty path is not among
//! them: it takes the path of every anchor behind it.

use std::cell::OnceCell;
use std::ops::RangeInclusive;

use actix_web::dev::ResourceDef;

use super::path_index::PathIndex;
use super::scopes::{MAX_PARAMETERS, segment_ends};
use crate::registration::anonymous;

/// Every scope that may be around some annotated route.
#[derive(Debug, Default)]
pub(super) struct ScopeIndex {
    scopes: Vec<PossibleScope>,
    by_path: PathIndex,
}

/// A scope, or what looks like one.
#[derive(Debug)]
pub(super) struct PossibleScope {
    /// The pattern, including the scopes around it.
    pub(super) pattern: String,
    /// The first annotated route inside, and those that follow it with the same pattern of
    /// scopes.
    pub(super) routes: RangeInclusive<usize>,
    /// The matcher, made when it is first needed; `None` if the pattern has more parameters
    /// than actix allows.
    matcher: OnceCell<Option<ResourceDef>>,
}

impl PossibleScope {
    fn may_take(&self, path: &str) -> bool {
        let matcher = self.matcher.get_or_init(|| {
            let (numbered, parameters) = anonymous(&self.pattern);
            (parameters <= MAX_PARAMETERS).then(|| ResourceDef::prefix(numbered))
        });
        matcher.as_ref().is_none_or(|scope| scope.is_match(path))
    }
}

impl ScopeIndex {
    /// Adds the scopes around a route; routes are given in ascending order.
    pub(super) fn insert(&mut self, scopes: &str, route: usize) {
        for end in segment_ends(scopes).filter(|end| *end > 0) {
            let pattern = scopes[..end].to_owned();
            self.by_path.insert(pattern.trim_end_matches('/'), self.scopes.len());
            let routes = route..=route;
            self.scopes.push(PossibleScope { pattern, routes, matcher: OnceCell::new() });
        }
    }

    /// Adds a route with the same scopes as the one before it, or with others of the same
    /// pattern.
    pub(super) fn extend(&mut self, route: usize) {
        let last = self.scopes.iter_mut().rev();
        for scope in last.take_while(|scope| scope.routes.end() + 1 == route) {
            scope.routes = *scope.routes.start()..=route;
        }
    }

    /// The scopes that may take a path, ignoring guards, in order.
    pub(super) fn taking(&self, path: &str) -> impl Iterator<Item = &PossibleScope> {
        let candidates = self.by_path.candidates(path).map(|index| &self.scopes[index]);
        candidates.filter(|scope| scope.may_take(path))
    }
}
