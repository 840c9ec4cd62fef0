//! What the law excuses: the cases that SECURITY.md lists, as narrowly as they can be told.

use cors_browser::FetchRequest;

use super::learned::Seen;
use super::{Ran, Visit, is_files};
use crate::applications::description::{Kind, Mode as Slashes, Plain, Service};
use crate::applications::oracle;
use crate::applications::routes::{self, Leaf, Place};

impl<'v> Visit<'v> {
    /// What cannot be seen before routing, narrowly:
    ///
    /// * the guard of a scope, where it turns a request away from an annotated route to something
    ///   un-annotated;
    /// * an un-annotated resource that takes the place of an annotated route, where the
    ///   first thing that actix meets on the path is annotated, or the resource is named and has
    ///   the very pattern of the route, as one for another method would; until it was seen to run.
    ///
    /// A third case is [`Visit::is_out_of_reach`].
    pub(super) fn is_excused(&self, runs: &Ran<'_>, path: &str, request: &FetchRequest) -> bool {
        if runs.leaf.as_ref().is_some_and(|leaf| leaf.route().is_some()) {
            return false;
        }
        let meant = self.meant(path, request);
        if meant.iter().any(|leaf| leaf.may_be_turned_away()) {
            return true;
        }
        let Some(meant) = meant.first() else { return false };
        let mut met = self.leaves.iter().filter(|leaf| leaf.matches(path));
        let is_hidden = met.next().is_some_and(|first| match first.service {
            Service::Plain(Plain { kind: Kind::Attribute | Kind::NamedCatchAll, .. }) => {
                meant.has_pattern(&first.pattern())
            }
            _ => first.route().is_some(),
        });
        match &runs.leaf {
            Some(ran) => {
                let seen = Seen::new(ran.place.clone(), path, request);
                is_hidden && !self.seen.contains(&seen)
            }
            // A resource that answers 405, the default service of a scope, and `Files` that finds
            // nothing were not seen to serve anything.
            None => {
                let finds_nothing =
                    || self.leaves.iter().any(|it| is_files(it) && it.matches(path));
                is_hidden
                    && (runs.status == 405 || self.is_taken_before(meant, path) || finds_nothing())
            }
        }
    }

    /// Whether a `NormalizePath` leads from an annotated route, or from the exact path of a group,
    /// to a default service, or by a slash that it adds to a resource that takes the path with one
    /// and without, or that lies behind a scope which takes the path and has a guard. Without the `NormalizePath` the route would run, or the group apply, and nothing
    /// tells the edge that there is one.
    pub(super) fn is_out_of_reach(
        &self,
        runs: &Ran<'_>,
        path: &str,
        request: &FetchRequest,
    ) -> bool {
        let sent = &*self.received(request);
        let Some(mode) = self.application.normalizes.filter(|_| sent != path) else { return false };
        let meant = self.meant(sent, request);
        let is_meant = meant.iter().any(|leaf| !leaf.matches(path))
            || !oracle::are_in_one_group(self.config(), sent, path, request.url.host());
        let is_hidden = |leaf: &Leaf<'_>| {
            let is_reached = !leaf.matches(sent) && !self.has_scope_before(leaf, path);
            // Nor are resources without `#[cors]` seen that have the pattern of a route.
            mode == Slashes::Always && (!is_reached || self.has_namesake(leaf))
        };
        is_meant && runs.leaf.as_ref().is_none_or(is_hidden)
    }

    /// The annotated routes that serve a request on such a path, those for other hosts apart.
    pub(super) fn meant(&self, path: &str, request: &FetchRequest) -> Vec<&Leaf<'v>> {
        let (method, host) = (&*request.method, request.url.host());
        let is_meant =
            |leaf: &&Leaf<'_>| leaf.is_annotated_for(path, method) && !leaf.is_excluded(host);
        self.leaves.iter().filter(is_meant).collect()
    }

    /// Whether `Files` may answer where another resource matches, too, or a scope takes the path
    /// before: the path is then not routed to its end, as if a middleware had answered, so that the
    /// policy of the other one counts.
    pub(super) fn is_file_beside_other(&self, path: &str) -> bool {
        let longer = format!("{path}/");
        let is_met = |leaf: &&Leaf<'_>| leaf.matches(path) || leaf.matches(&longer);
        let met = self.leaves.iter().filter(is_met);
        let is_beside = met.clone().count() > 1;
        met.clone().any(|leaf| is_files(leaf) && (is_beside || self.has_scope_before(leaf, path)))
    }

    /// Whether the beginning of a scope's pattern would take the path as a scope of its own:
    /// where one scope ends and the next begins cannot be seen from outside.
    pub(super) fn is_beside_part_of_scope(&self, path: &str) -> bool {
        let (_, scopes) = routes::tree(&self.application.services);
        scopes.iter().any(|(place, patterns)| {
            let whole = patterns.concat();
            let mut parts = whole.match_indices('/').map(|(end, _)| &whole[..end]);
            let takes = |part: &str| !part.is_empty() && routes::behind(&[part], path).is_some();
            self.has_annotated(place)
                && routes::behind(patterns, path).is_none()
                && parts.any(|part| {
                    part.matches('{').count() == part.matches('}').count() && takes(part)
                })
        })
    }

    /// Whether a scope that a leaf does not lie in takes the path before it.
    pub(super) fn has_scope_before(&self, leaf: &Leaf<'_>, path: &str) -> bool {
        self.scopes_before(leaf, path).next().is_some()
    }

    /// The scopes around other leaves that take the path before this one.
    pub(super) fn scopes_before<'a>(
        &'a self,
        leaf: &'a Leaf<'_>,
        path: &'a str,
    ) -> impl Iterator<Item = Place> + 'a {
        let (_, scopes) = routes::tree(&self.application.services);
        scopes.into_iter().filter_map(move |(place, pattern)| {
            let is_before = place < leaf.place && !leaf.place.starts_with(&place);
            (is_before && routes::behind(&pattern, path).is_some()).then_some(place)
        })
    }

    pub(super) fn has_annotated(&self, scope: &Place) -> bool {
        let mut inside = self.leaves.iter().filter(|leaf| leaf.place.starts_with(scope));
        inside.any(|leaf| leaf.route().is_some())
    }

    /// Whether a scope without annotated routes takes the path before a route.
    pub(super) fn is_taken_before(&self, route: &Leaf<'_>, path: &str) -> bool {
        self.scopes_before(route, path).any(|scope| !self.has_annotated(&scope))
    }
}
