//! Routes of one path whose preflights are answered together.
//!
//! Routes that serve different methods of one path, under policies that differ in nothing
//! else that a preflight can show, have one more policy in common: with the methods of all.
//! Whether it may answer a request is decided by lookup, which knows what may run.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cors_core::{GroupIndex, HostClass, Policy};
use foldhash::fast::FixedState;

use super::compiled::RoutesByHost;
use super::policy_interner::{PolicyIndex, PolicyInterner};
use crate::registration::AppDescriptor;

/// The routes that are answered together, for each class of hosts and group of paths.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    /// Invariant: a class of hosts in which some route of a path differs is listed for all
    /// routes of the path; `None` for a route that is alone there.
    by_route: HashMap<(usize, HostClass, Option<GroupIndex>), Option<SiblingSet>, FixedState>,
}

/// What a route has in common with others of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SiblingSet {
    /// The number of the set, equal for all of its routes.
    set: usize,
    /// The policy of the route, with the methods of all.
    pub(crate) policy: PolicyIndex,
}

impl SiblingSet {
    pub(crate) const fn is_of_set(self, other: Self) -> bool {
        self.set == other.set
    }
}

impl Siblings {
    /// Finds the routes that can be answered together, by place, pattern and policy.
    pub(super) fn find(
        descriptor: &AppDescriptor,
        routes: RoutesByHost<'_>,
        interner: &mut PolicyInterner,
    ) -> Self {
        let mut by_place: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, route) in descriptor.routes.iter().enumerate() {
            let place = (&route.scopes, &route.anonymous, route.is_root, route.resource.identity());
            by_place.entry(place).or_default().push(index);
        }
        let mut found = Self::default();
        let mut next_set = 0;
        for place in by_place.into_values().filter(|place| place.len() > 1) {
            let differing = |route: &usize| routes[*route].differing().map(|(host, _)| host);
            let hosts: BTreeSet<_> = place.iter().flat_map(differing).collect();
            for host in std::iter::once(HostClass::OTHER).chain(hosts) {
                let inside = routes[place[0]].get(host).policies.inside();
                let groups: Vec<_> = inside.map(|(group, _)| Some(group)).chain([None]).collect();
                for group in groups {
                    let members = place.iter().copied().filter(|route| {
                        let route_here = &descriptor.routes[*route];
                        let is_elsewhere =
                            routes[*route].get(host).is_excluded && route_here.may_be_guarded();
                        !route_here.resource.is_guarded() && !is_elsewhere
                    });
                    let at = SiblingPlace { descriptor, routes, host, group };
                    let sets = at.sets(members, &interner.policies);
                    for route in &place {
                        found.by_route.insert((*route, host, group), None);
                    }
                    for set in sets.into_iter().filter(|set| set.len() > 1) {
                        at.add(&set, next_set, interner, &mut found);
                        next_set += 1;
                    }
                }
            }
        }
        found
    }

    pub(super) fn of(
        &self,
        route: usize,
        host: HostClass,
        group: Option<GroupIndex>,
    ) -> Option<SiblingSet> {
        if self.by_route.is_empty() {
            return None;
        }
        let at = |host, group| self.by_route.get(&(route, host, group));
        // As for policies: what is not listed is as for other hosts, and outside of groups.
        let host = if at(host, None).is_some() { host } else { HostClass::OTHER };
        *at(host, group).or_else(|| at(host, None))?
    }
}

/// Routes of one path on a class of hosts, in a group.
struct SiblingPlace<'p> {
    descriptor: &'p AppDescriptor,
    routes: RoutesByHost<'p>,
    host: HostClass,
    group: Option<GroupIndex>,
}

impl SiblingPlace<'_> {
    fn policy(&self, route: usize) -> PolicyIndex {
        *self.routes[route].get(self.host).policies.get(self.group)
    }

    /// Divides the routes into sets whose policies agree; of routes for one method, only
    /// the first is in any.
    fn sets(
        &self,
        members: impl Iterator<Item = usize>,
        policies: &[Arc<Policy>],
    ) -> Vec<Vec<usize>> {
        let policy = |route: usize| &policies[self.policy(route).get()];
        let mut sets: Vec<Vec<usize>> = Vec::new();
        let mut served: Vec<&str> = Vec::new();
        for route in members {
            let methods = self.descriptor.routes[route].methods();
            let is_repeated = methods.iter().any(|method| served.contains(&&**method));
            served.extend(methods.iter().map(|method| &**method));
            if is_repeated {
                continue;
            }
            let agrees =
                |set: &&mut Vec<usize>| policy(set[0]).answers_preflights_like(policy(route));
            match sets.iter_mut().find(agrees) {
                Some(set) => set.push(route),
                None => sets.push(vec![route]),
            }
        }
        sets
    }

    fn add(
        &self,
        set: &[usize],
        number: usize,
        interner: &mut PolicyInterner,
        found: &mut Siblings,
    ) {
        for route in set {
            let policies = &interner.policies;
            let others = set.iter().map(|other| &*policies[self.policy(*other).get()]);
            let policy = policies[self.policy(*route).get()].with_methods_of(others);
            let policy = interner.intern(&Arc::new(policy));
            let together = SiblingSet { set: number, policy };
            found.by_route.insert((*route, self.host, self.group), Some(together));
        }
    }
}
