//! What actix meets first on the way to a path, from its resource map: the annotated route itself,
//! another resource, or a scope that takes the path.
//!
//! The map ignores guards, so what is met first may still reject a request.

use std::rc::Rc;

use actix_web::dev::ResourceMap;

use super::{HostConditions, RouteTable};
use crate::lookup::route_matcher::{FirstMatch, RouteMatcher};

impl RouteTable {
    /// Whether actix first enters the scopes of a route, ignoring guards.
    pub(super) fn is_reachable(&self, index: usize, path: &str, map: &ResourceMap) -> bool {
        if self.is_hidden(index) {
            return true;
        }
        self.routes[index]
            .is_reachable(path, map)
            .unwrap_or_else(|| self.first_match(path, map, index) == FirstMatch::Annotated(index))
    }

    /// Whether a route lies directly in a scope that requests have entered already, and of
    /// which the resource map shows nothing.
    pub(super) fn is_hidden(&self, index: usize) -> bool {
        self.hidden.as_ref() == Some(&self.routes[index].descriptor.scopes)
    }

    /// Whether a request that the routes for other hosts turn away may be taken to reach the
    /// scope of a route: it has conditions for the host, or nothing shows that an earlier
    /// scope of the same pattern is another one.
    pub(super) fn is_led_to(&self, index: usize, hosts: &dyn HostConditions) -> bool {
        let RouteMatcher { descriptor, .. } = &self.routes[index];
        let is_alike = |earlier: usize| {
            self.routes[earlier].descriptor.scopes == descriptor.scopes && !hosts.exclude(earlier)
        };
        !descriptor.is_root && (hosts.are_on(index) || !(0..index).any(is_alike))
    }

    /// What actix meets first on a path of the route `chosen`.
    pub(super) fn first_match(&self, path: &str, map: &ResourceMap, chosen: usize) -> FirstMatch {
        if self.is_hidden(chosen) {
            return FirstMatch::Annotated(chosen);
        }
        self.routes[chosen].first_match(|| self.find_first(path, map, chosen))
    }

    fn find_first(&self, path: &str, map: &ResourceMap, chosen: usize) -> FirstMatch {
        // A resource without a name is none of the annotated ones.
        let Some((name, pattern)) = self.named_match(path, map) else {
            return FirstMatch::Other { in_place: true };
        };
        let is_it = |route: &RouteMatcher| {
            *route.descriptor.pattern == *pattern && route.is_named(Some(name))
        };
        match self.matching(path).find(|(_, route, _)| is_it(route)) {
            Some((index, ..)) if self.are_of_one_resource(index, chosen) => {
                FirstMatch::Annotated(chosen)
            }
            Some((index, ..)) => FirstMatch::Annotated(index),
            // A route attribute without `#[cors]` names its resource and guards
            // its method: it leaves other methods of the same pattern alone.
            None => FirstMatch::Other { in_place: !self.routes[chosen].has_pattern(&pattern) },
        }
    }

    /// The name and the full pattern of the first resource on a path, if it has a name. To find
    /// either is a walk through all resources, so the pattern is only looked for once.
    fn named_match<'m>(&self, path: &str, map: &'m ResourceMap) -> Option<(&'m str, Rc<str>)> {
        let name = map.match_name(path)?;
        let address = name.as_ptr();
        if let Some(pattern) = self.met.borrow().get(&address) {
            return Some((name, Rc::clone(pattern)));
        }
        let pattern: Rc<str> = map.match_pattern(path)?.into();
        // An empty text has no address of its own.
        if !name.is_empty() {
            self.met.borrow_mut().insert(address, Rc::clone(&pattern));
        }
        Some((name, pattern))
    }

    /// Whether a scope that `chosen` does not lie in takes the path, unless a guard
    /// rejects it there: what the scope does not serve is for its default service.
    pub(super) fn is_taken(&self, met: FirstMatch, chosen: usize) -> bool {
        match met {
            FirstMatch::Annotated(index) => !self.routes[chosen].is_beside(&self.routes[index]),
            FirstMatch::Other { .. } => false,
        }
    }

    /// Whether a scope with annotated routes takes the path that lies between what is met
    /// first and `chosen`. The place of what is not annotated is not known.
    pub(super) fn is_behind_scope(
        &self,
        path: &str,
        met: FirstMatch,
        chosen: usize,
        hosts: &dyn HostConditions,
    ) -> bool {
        // Nothing lies between, and nothing is looked up.
        if met == FirstMatch::Annotated(chosen) {
            return false;
        }
        let is_between = |scope: usize| match met {
            FirstMatch::Annotated(met) => met < scope && scope < chosen,
            FirstMatch::Other { .. } => scope < chosen,
        };
        let route = &self.routes[chosen];
        self.scopes.taking(path).any(|scope| {
            is_between(*scope.routes.start())
                && !route.is_inside_scopes(&scope.pattern)
                && !scope.routes.clone().all(|route| hosts.exclude(route))
        })
    }

    /// Whether actix may route the path to a resource other than `chosen`, of
    /// which the table knows nothing.
    pub(super) fn is_shadowed(&self, met: FirstMatch, method: &[u8], chosen: usize) -> bool {
        match met {
            // Its scope may take the whole path where ours takes a part.
            FirstMatch::Annotated(index) => {
                let RouteMatcher { descriptor, .. } = &self.routes[index];
                descriptor.serves(method)
                    && descriptor.pattern != self.routes[chosen].descriptor.pattern
            }
            FirstMatch::Other { in_place } => in_place,
        }
    }

    pub(super) fn is_annotated(
        &self,
        path: &str,
        name: Option<&str>,
        pattern: impl FnOnce() -> Option<String>,
    ) -> bool {
        // A name costs less to ask for than a pattern, which is put together anew.
        let Some(name) = name.filter(|name| self.names.contains(*name)) else {
            return false;
        };
        let pattern = pattern();
        self.matching(path).any(|(_, route, _)| {
            route.is_named(Some(name)) && Some(&route.descriptor.pattern) == pattern.as_ref()
        })
    }
}
