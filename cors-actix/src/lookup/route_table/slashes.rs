//! What a `NormalizePath` inside may make of a path: with slashes merged, without one at the
//! end, and with one. Whether there is one, and in which mode, is not known.

use std::borrow::Cow;
use std::cell::RefMut;

use actix_web::dev::ResourceMap;

use super::{RouteMatcher, RouteTable};
use crate::lookup::Target;
use crate::lookup::path_spellings::{may_name_anything, normalised};
use crate::lookup::scopes::PathMatch;

impl RouteTable {
    /// The other paths that may be routed in the place of this one, as far as actix has
    /// something for them.
    pub(crate) fn other_readings<'p>(
        &self,
        Target { path, method, .. }: Target<'p>,
        certain: Option<usize>,
        map: &ResourceMap,
    ) -> impl Iterator<Item = Cow<'p, str>> {
        let shorter = normalised(path)
            .filter(|path| map.has_resource(path) || self.matching(path).next().is_some());
        let literal = certain.map(|route| &self.routes[route]);
        let longer = match literal.filter(|route| route.descriptor.is_literal()) {
            Some(route) => self.route_gains_by_slash(route, path, map),
            None => self.gains_by_slash(path, map, std::iter::once(method)),
        };
        let longer = longer.then(|| {
            let shortest = shortest(path);
            Cow::Owned(format!("{}/", shortest.trim_end_matches('/')))
        });
        shorter.chain(longer)
    }

    /// Whether a slash at the end leads to another resource for some method of the annotated
    /// routes of a path.
    pub(crate) fn gains_by_slash_for_any(
        &self,
        Target { path, .. }: Target<'_>,
        map: &ResourceMap,
    ) -> bool {
        self.matching(path).any(|(_, route, _)| self.route_gains_by_slash(route, path, map))
    }

    /// Whether a slash at the end leads to an annotated route, of any method, that the path
    /// is not one of without it.
    pub(crate) fn gains_route_by_slash(&self, path: &str) -> bool {
        let shortest = shortest(path);
        let longer = self.with_slash(&shortest);
        *longer != path && self.matching(&longer).any(|(_, route, _)| is_new(route, &shortest))
    }

    /// Whether some route, of any method, matches a path in any reading of it that may be routed.
    pub(crate) fn may_match(&self, path: &str) -> bool {
        let matches = |path: &str| self.matching(path).next().is_some();
        may_name_anything(path)
            || matches(path)
            || normalised(path).any(|shorter| matches(&shorter))
            || matches(&self.with_slash(&shortest(path)))
    }

    /// Whether a slash at the end leads to another resource for a method of this route.
    fn route_gains_by_slash(&self, route: &RouteMatcher, path: &str, map: &ResourceMap) -> bool {
        let methods = route.descriptor.methods();
        let gains =
            || self.gains_by_slash(path, map, methods.iter().map(|method| method.as_bytes()));
        match route.descriptor.is_literal() {
            true => route.gains_by_slash(gains),
            false => gains(),
        }
    }

    /// Whether a slash at the end leads to a resource that was registered with one: where
    /// a `NormalizePath` adds it, what is registered without is out of reach. Of annotated
    /// routes, those for one of the methods count.
    fn gains_by_slash<'m>(
        &self,
        path: &str,
        map: &ResourceMap,
        mut methods: impl Iterator<Item = &'m [u8]>,
    ) -> bool {
        let shortest = shortest(path);
        let longer = self.with_slash(&shortest);
        if *longer == path {
            return false;
        }
        let annotated = || self.matching(&longer).map(|(_, route, _)| route);
        let gains = |method: &[u8]| {
            annotated().any(|route| is_new(route, &shortest) && route.descriptor.serves(method))
        };
        methods.any(gains)
            || map.has_resource(&longer)
                && map.match_pattern(&longer).is_some_and(|pattern| {
                    let takes_both =
                        self.is_beginning(&pattern, &longer) || self.is_match(&pattern, &shortest);
                    let is_new = pattern.ends_with('/') || !takes_both;
                    is_new && !annotated().any(|route| route.descriptor.pattern == pattern)
                })
    }

    /// The path with one slash at the end.
    fn with_slash(&self, shortest: &str) -> RefMut<'_, String> {
        let mut longer = self.scratch.borrow_mut();
        longer.clear();
        longer.extend([shortest.trim_end_matches('/'), "/"]);
        longer
    }
}

/// The path with slashes merged, and without one at the end.
fn shortest(path: &str) -> Cow<'_, str> {
    normalised(path).last().unwrap_or(Cow::Borrowed(path))
}

/// Whether a route is only reached with a slash.
fn is_new(route: &RouteMatcher, without: &str) -> bool {
    route.matches(without) == PathMatch::No
}
