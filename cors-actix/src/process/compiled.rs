//! The policies of one application under one configuration.
//!
//! Every rule of every annotated route is merged with the configuration and
//! checked here, once in a process and once for each reload. The result is
//! shared by all workers and never changes; a reload puts another in its place.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cors_core::{
    ByGroup, ByHost, Code, Config, Error, GroupIndex, HostClass, HostClasses, Policy, Problem,
    Request, Resolver, RouteOnHost, Rules, Setting, Source,
};

use super::policy_interner::{PolicyIndex, PolicyInterner};
use super::route_pair::RoutePair;
use super::siblings::{SiblingSet, Siblings};
use crate::observe::{PolicyRow, PolicyTable};
use crate::registration::{AppDescriptor, RouteDescriptor};
#[cfg(feature = "introspection")]
use crate::registration::{MethodName, ServedPath};

/// Every policy of an application.
#[derive(Debug)]
pub(crate) struct CompiledApp {
    resolver: Arc<Resolver>,
    policies: Vec<Arc<Policy>>,
    /// The policies of paths without an annotated route.
    fallback: ByHost<ByGroup<PolicyIndex>>,
    /// Invariant: in the order of [`AppDescriptor::routes`].
    routes: Vec<ByHost<CompiledRoute>>,
    siblings: Siblings,
    /// Whether the policy of a route depends on the path: by groups, or by the key of a set.
    by_path: Box<[bool]>,
    enforces: bool,
    /// The policies that are only reported on.
    report_only: Option<Arc<Self>>,
}

/// Invariant: in the order of [`AppDescriptor::routes`].
pub(super) type RoutesByHost<'r> = &'r [ByHost<CompiledRoute>];

/// The policies of a route on one class of hosts.
#[derive(Clone, Debug)]
pub(super) struct CompiledRoute {
    pub(super) policies: ByGroup<PolicyIndex>,
    /// See [`RouteOnHost::is_excluded`](cors_core::RouteOnHost::is_excluded).
    pub(super) is_excluded: bool,
}

impl CompiledApp {
    /// Merges, checks and numbers the policies; returns the warnings too.
    ///
    /// # Errors
    ///
    /// All problems of all routes at once.
    pub(crate) fn build(
        resolver: &Arc<Resolver>,
        descriptor: &AppDescriptor,
    ) -> Result<(Self, Vec<Problem>), Error> {
        let report_only = match resolver.report_only() {
            Some(resolver) => Some(Arc::new(Self::build(resolver, descriptor)?.0)),
            None => None,
        };
        let mut resolver = match resolver.live_sets().next() {
            None => Arc::clone(resolver),
            Some(_) => Arc::new(resolver.for_routes()),
        };
        if !descriptor.groups.is_empty() {
            resolver = Arc::new(resolver.with_groups(&descriptor.groups)?);
        }
        let rules = descriptor.routes.iter().flat_map(|route| route.handler.layers());
        let conditional: Vec<_> = rules.filter(|rules| rules.has_host()).collect();
        if !conditional.is_empty() {
            resolver = Arc::new(resolver.with_hosts_of(conditional)?);
        }
        let mut problems = resolver.warnings().to_vec();
        let mut interner = PolicyInterner::default();
        let fallback =
            resolver.fallback().map(|policies| policies.map(|policy| interner.intern(policy)));
        let mut routes: Vec<ByHost<CompiledRoute>> = Vec::with_capacity(descriptor.routes.len());
        let mut by_pattern: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, route) in descriptor.routes.iter().enumerate() {
            let earlier = by_pattern.entry(&route.anonymous).or_default();
            let twin = earlier.iter().find(|twin| descriptor.routes[**twin].is_twin_of(route));
            let policies = match twin {
                Some(twin) => routes[*twin].clone(),
                None => merge(&resolver, route, &mut problems).map(|on| CompiledRoute {
                    policies: on.policies.map(|policy| interner.intern(policy)),
                    is_excluded: on.is_excluded,
                }),
            };
            problems.extend(in_passthrough(&resolver, route, &policies, (&fallback, &interner)));
            for other in &*earlier {
                let pair = RoutePair {
                    earlier: &descriptor.routes[*other],
                    later: route,
                    resolver: &resolver,
                };
                problems.extend(pair.compare(&interner.policies, &routes[*other], &policies));
            }
            earlier.push(index);
            routes.push(policies);
        }
        // Other parts of the application may have rules that allow origins.
        if descriptor.part.is_none() {
            problems.extend(resolver.without_origins(interner.policies.iter().map(|it| &**it)));
        }
        let warnings = resolver.check(problems)?;
        let siblings = Siblings::find(descriptor, &routes, &mut interner);
        let PolicyInterner { policies, .. } = interner;
        let enforces = policies.iter().any(|policy| policy.enforces());
        let is_by_path = |on: &CompiledRoute| {
            on.policies.inside().next().is_some()
                || on.policies.iter().any(|index| policies[index.get()].is_keyed())
        };
        let by_path = routes.iter().map(|route| route.iter().any(is_by_path)).collect();
        let compiled =
            Self { resolver, policies, fallback, routes, siblings, by_path, enforces, report_only };
        Ok((compiled, warnings))
    }

    /// Policies that allow no origin: for an application whose rules
    /// turned out to be wrong when it was too late not to start.
    pub(crate) fn closed(descriptor: &AppDescriptor) -> Self {
        let resolver = Config::new(Rules::new(Source::BASELINE)).resolve().map(Arc::new);
        match resolver.and_then(|resolver| Self::build(&resolver, &AppDescriptor::default())) {
            Ok((closed, _)) => {
                // Neither groups nor hosts distinguish requests here, so one policy
                // applies to the whole route.
                let route = closed.fallback.map(|policies| CompiledRoute {
                    policies: policies.clone(),
                    is_excluded: false,
                });
                let routes = vec![route; descriptor.routes.len()];
                let by_path = vec![false; routes.len()].into();
                Self { routes, by_path, ..closed }
            }
            Err(error) => unreachable!("the baseline is valid: {error}"),
        }
    }

    /// Adds the policies and their places to a table.
    pub(crate) fn describe(&self, descriptor: &AppDescriptor, table: &mut PolicyTable) {
        let policy = |index: PolicyIndex| &self.policies[index.get()];
        for (route, by_host) in descriptor.routes.iter().zip(&self.routes) {
            let everywhere = &by_host.other().policies;
            for (host, CompiledRoute { policies, .. }) in by_host.differing() {
                let host = self.resolver.host_name(host);
                let inside = policies.inside().map(|(group, index)| (Some(group), *index));
                let outside = std::iter::once((None, *policies.outside()));
                let known = |group| everywhere.inside().any(|(known, _)| Some(known) == group);
                let differs = |&(group, index): &(Option<GroupIndex>, PolicyIndex)| {
                    *everywhere.get(group) != index || group.is_some() && !known(group)
                };
                for (group, index) in inside.chain(outside).filter(differs) {
                    let group = group.and_then(|group| self.resolver.group_pattern(group));
                    table.push(row_of_route(route, group.as_deref(), host, policy(index)));
                }
            }
            for (group, inside) in everywhere.inside() {
                let group = self.resolver.group_pattern(group);
                table.push(row_of_route(route, group.as_deref(), None, policy(*inside)));
            }
            table.push(row_of_route(route, None, None, policy(*everywhere.outside())));
        }
    }

    /// Adds the policies of paths without an annotated route.
    #[cfg(feature = "introspection")]
    pub(crate) fn describe_unannotated<'p>(
        &self,
        paths: impl Iterator<Item = &'p ServedPath>,
        table: &mut PolicyTable,
    ) {
        for ServedPath { pattern, methods } in paths {
            table.push(PolicyRow::of_served(pattern, methods, self.fallback_of(pattern)));
        }
    }

    /// The methods of a path without an annotated route that are served there, and that the
    /// policy does not allow, although it allows some origin.
    #[cfg(feature = "introspection")]
    pub(crate) fn blocked(
        &self,
        ServedPath { pattern, methods }: &ServedPath,
    ) -> Option<ServedPath> {
        let policy = self.fallback_of(pattern);
        let is_blocked = |method: &&MethodName| policy.blocks_method(method);
        let methods: Vec<_> = methods.iter().filter(is_blocked).cloned().collect();
        let pattern = pattern.clone();
        (!methods.is_empty()).then_some(ServedPath { pattern, methods })
    }

    /// The policy of a path without an annotated route, by its pattern.
    #[cfg(feature = "introspection")]
    fn fallback_of(&self, pattern: &str) -> &Policy {
        let groups = self.groups_of_pattern(pattern, HostClass::OTHER);
        let group = groups.first().copied().flatten();
        &self.policies[self.fallback(HostClass::OTHER, group).get()]
    }

    /// The policies that are only reported on.
    pub(crate) const fn report_only(&self) -> Option<&Arc<Self>> {
        self.report_only.as_ref()
    }

    pub(crate) fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The policy of paths that no annotated route serves.
    pub(crate) fn fallback(&self, host: HostClass, group: Option<GroupIndex>) -> PolicyIndex {
        *self.fallback.get(host).get(group)
    }

    /// The policy of a route, by its place in [`AppDescriptor::routes`].
    pub(crate) fn of_route(
        &self,
        route: usize,
        host: HostClass,
        group: Option<GroupIndex>,
    ) -> PolicyIndex {
        *self.routes[route].get(host).policies.get(group)
    }

    /// What a route has in common with others of its path, if their preflights differ in
    /// the methods only.
    pub(crate) fn together(
        &self,
        route: usize,
        host: HostClass,
        group: Option<GroupIndex>,
    ) -> Option<SiblingSet> {
        self.siblings.of(route, host, group)
    }

    /// Whether a route is for other hosts than these: a condition of its own
    /// attribute, or of a module around it, is not met.
    pub(crate) fn is_excluded(&self, route: usize, host: HostClass) -> bool {
        self.routes[route].get(host).is_excluded
    }

    /// Whether the host of a request makes a difference.
    pub(crate) fn has_hosts(&self) -> bool {
        self.resolver.has_hosts()
    }

    /// The classes that the host of a request may be in.
    pub(crate) fn hosts_of(&self, request: &impl Request) -> HostClasses {
        self.resolver.hosts_of(request)
    }

    /// Whether the policy of a route is another one in some group of paths, or depends on a key
    /// in the path.
    pub(crate) fn depends_on_path(&self, route: usize) -> bool {
        self.by_path[route]
    }

    /// Whether some policy of a route refuses requests before the handler runs.
    pub(crate) fn enforces_at(&self, route: usize) -> bool {
        let mut policies = self.routes[route].iter().flat_map(|on| on.policies.iter());
        self.enforces && policies.any(|index| self.policies[index.get()].enforces())
    }

    /// The groups that paths of a pattern may lie in.
    pub(crate) fn groups_of_pattern(
        &self,
        pattern: &str,
        host: HostClass,
    ) -> Vec<Option<GroupIndex>> {
        self.resolver.groups_of_pattern(pattern, host)
    }

    /// The configuration that this was compiled under.
    pub(crate) const fn resolver(&self) -> &Arc<Resolver> {
        &self.resolver
    }

    /// The group that a path belongs to on a host.
    pub(crate) fn group_of(&self, path: &str, host: HostClass) -> Option<GroupIndex> {
        self.resolver.group_of(path, host)
    }

    /// Whether some paths have rules of their own.
    pub(crate) fn has_groups(&self) -> bool {
        self.resolver.has_groups()
    }

    /// Whether CORS is disabled: requests and responses pass as they are.
    pub(crate) fn is_disabled(&self) -> bool {
        self.resolver.disabled().is_some()
    }

    /// Whether there are limits, which the CORS headers of handlers are not checked
    /// against.
    pub(crate) fn has_limits(&self) -> bool {
        self.resolver.has_limits()
    }

    /// Whether any policy refuses requests before the handler runs.
    pub(crate) const fn enforces(&self) -> bool {
        self.enforces
    }

    /// The status of a successful preflight.
    pub(crate) fn preflight_status(&self) -> u16 {
        self.resolver.preflight_status()
    }
}

/// The row of an annotated route, or of its part in a group of paths or on a host.
fn row_of_route(
    route: &RouteDescriptor,
    group: Option<&str>,
    host: Option<&str>,
    policy: &Policy,
) -> PolicyRow {
    let mut label = route.pattern.clone();
    if let Some(group) = group {
        label += &format!(" in {group}");
    }
    if let Some(host) = host {
        label += &format!(" on {host}");
    }
    PolicyRow::of_handler(label, route.handler.name, route.methods(), policy)
}

fn merge(
    resolver: &Resolver,
    route: &RouteDescriptor,
    problems: &mut Vec<Problem>,
) -> ByHost<RouteOnHost> {
    let route = cors_core::Route {
        pattern: &route.pattern,
        serves: &route.methods_here(),
        handler_serves: &route.methods_anywhere(),
        modules: &route.handler.modules,
        rules: &route.handler.rules,
    };
    resolver.route(route, problems)
}

/// The problem of a route that is not `passthrough`, in a group that is: browsers remember what
/// is answered there for other methods of its paths.
fn in_passthrough(
    resolver: &Resolver,
    route: &RouteDescriptor,
    policies: &ByHost<CompiledRoute>,
    (fallback, interner): (&ByHost<ByGroup<PolicyIndex>>, &PolicyInterner),
) -> Option<Problem> {
    let passes = |index: &PolicyIndex| interner.policies[index.get()].passes_through();
    let hosts: BTreeSet<_> = fallback.differing().map(|(host, _)| host).collect();
    std::iter::once(HostClass::OTHER).chain(hosts).find_map(|host| {
        let mut groups = resolver.groups_of_pattern(&route.pattern, host).into_iter().flatten();
        let group = groups.find(|group| {
            let own = policies.get(host);
            passes(fallback.get(host).get(Some(*group)))
                && !own.is_excluded
                && !passes(own.policies.get(Some(*group)))
        })?;
        let group = resolver.group_pattern(group)?;
        let (name, pattern) = (route.handler.name, &route.pattern);
        let message = format!(
            "`{name}` is not `passthrough`, but may serve paths of the group `{group}`, which is; \
             browsers remember preflights by URL, so what is answered there to a preflight for another \
             method of `{pattern}` also applies to requests that reach `{name}`"
        );
        let problem =
            Problem::warning(Code::SHARED_PREFLIGHT_CACHE, route.handler.source(), message);
        Some(problem.about_route(pattern).with_help(
            "exclude the path with a group of its own, serve all of its methods with `#[cors]`, or \
             answer preflights there with `Access-Control-Max-Age: 0`",
        ))
    })
}

/// A policy that allows no origin; one that enforces also refuses the requests.
pub(crate) fn closed_policy(enforces: bool) -> Arc<Policy> {
    let rules = Rules::new(Source::BASELINE);
    let rules = rules.flag(Setting::Enforce, enforces, Source::BASELINE);
    match Config::new(rules).resolve() {
        Ok(resolver) => Arc::clone(resolver.global()),
        Err(error) => unreachable!("the baseline is valid: {error}"),
    }
}
