//! The policies of one application under one configuration.
//!
//! Every rule of every annotated route is merged with the configuration and
//! checked here, once in a process and once for each reload. The result is
//! shared by all workers and never changes; a reload puts another in its place.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use cors_core::{
    ByGroup, Code, Config, Error, GroupIndex, Policy, Problem, Resolver, Rules, Setting, Source,
};

use crate::observe::{PolicyRow, PolicyTable};
use crate::registration::{AppDescriptor, RouteDescriptor};

/// Every policy of an application.
#[derive(Debug)]
pub(crate) struct Compiled {
    resolver: Arc<Resolver>,
    policies: Vec<Arc<Policy>>,
    /// What holds where no annotated route serves.
    fallback: ByGroup<PolicyIndex>,
    /// Invariant: in the order of [`AppDescriptor::routes`].
    routes: Vec<ByGroup<PolicyIndex>>,
    enforces: bool,
}

/// The number of a policy in [`Compiled::policies`]. Policies that are equal and
/// were said in the same places share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PolicyIndex(usize);

impl PolicyIndex {
    pub(crate) const fn new(index: usize) -> Self {
        Self(index)
    }

    pub(crate) const fn get(self) -> usize {
        self.0
    }
}

impl Compiled {
    /// Merges, checks and numbers; gives the warnings along.
    ///
    /// # Errors
    ///
    /// All problems of all routes at once.
    pub(crate) fn build(
        resolver: &Arc<Resolver>,
        descriptor: &AppDescriptor,
    ) -> Result<(Self, Vec<Problem>), Error> {
        let resolver = match descriptor.groups.is_empty() {
            true => Arc::clone(resolver),
            false => Arc::new(resolver.with_groups(&descriptor.groups)?),
        };
        let mut problems = resolver.warnings().to_vec();
        let mut interner = PolicyInterner::default();
        let fallback = resolver.fallback().map(|policy| interner.intern(policy));
        let mut routes: Vec<ByGroup<PolicyIndex>> = Vec::with_capacity(descriptor.routes.len());
        let mut by_pattern: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, route) in descriptor.routes.iter().enumerate() {
            let earlier = by_pattern.entry(&route.anonymous).or_default();
            let twin = earlier.iter().find(|twin| descriptor.routes[**twin].is_twin_of(route));
            let policies = match twin {
                Some(twin) => routes[*twin].clone(),
                None => {
                    merge(&resolver, route, &mut problems).map(|policy| interner.intern(policy))
                }
            };
            for other in &*earlier {
                let pair = RoutePair { earlier: &descriptor.routes[*other], later: route };
                problems.extend(pair.compare(&interner.policies, &routes[*other], &policies));
            }
            earlier.push(index);
            routes.push(policies);
        }
        let warnings = resolver.check(problems)?;
        let PolicyInterner { policies, .. } = interner;
        let enforces = policies.iter().any(|policy| policy.enforces());
        Ok((Self { resolver, policies, fallback, routes, enforces }, warnings))
    }

    /// Policies that allow nobody anything: for an application whose rules
    /// turned out to be wrong when it was too late not to start.
    pub(crate) fn closed(descriptor: &AppDescriptor) -> Self {
        let resolver = Config::new(Rules::new(Source::BASELINE)).resolve().map(Arc::new);
        match resolver.and_then(|resolver| Self::build(&resolver, &AppDescriptor::default())) {
            Ok((closed, _)) => {
                // No group tells paths apart here, so what holds for one route does for all.
                let routes = vec![closed.fallback.clone(); descriptor.routes.len()];
                Self { routes, ..closed }
            }
            Err(error) => unreachable!("the baseline is valid: {error}"),
        }
    }

    /// Adds what holds where to a table.
    pub(crate) fn describe(&self, descriptor: &AppDescriptor, table: &mut PolicyTable) {
        let policy = |index: PolicyIndex| &self.policies[index.0];
        for (route, policies) in descriptor.routes.iter().zip(&self.routes) {
            for (group, inside) in policies.inside() {
                let group = self.resolver.group_pattern(group);
                table.push(row_of_route(route, group.as_deref(), policy(*inside)));
            }
            table.push(row_of_route(route, None, policy(*policies.outside())));
        }
    }

    pub(crate) fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The policy of paths that no annotated route serves.
    pub(crate) fn fallback(&self, group: Option<GroupIndex>) -> PolicyIndex {
        *self.fallback.get(group)
    }

    /// The policy of a route, by its place in [`AppDescriptor::routes`].
    pub(crate) fn of_route(&self, route: usize, group: Option<GroupIndex>) -> PolicyIndex {
        *self.routes[route].get(group)
    }

    /// Whether the policy of a route is another one in some group of paths.
    pub(crate) fn depends_on_path(&self, route: usize) -> bool {
        self.routes[route].inside().next().is_some()
    }

    /// All groups, and what lies outside of them.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Option<GroupIndex>> {
        self.fallback.inside().map(|(group, _)| Some(group)).chain([None])
    }

    /// The groups that paths of a pattern may lie in.
    pub(crate) fn groups_of_pattern(&self, pattern: &str) -> Vec<Option<GroupIndex>> {
        self.resolver.groups_of_pattern(pattern)
    }

    /// The configuration that this was compiled under.
    pub(crate) const fn resolver(&self) -> &Arc<Resolver> {
        &self.resolver
    }

    /// The group that a path belongs to.
    pub(crate) fn group_of(&self, path: &str) -> Option<GroupIndex> {
        self.resolver.group_of(path)
    }

    /// Whether some paths have rules of their own.
    pub(crate) fn has_groups(&self) -> bool {
        self.resolver.has_groups()
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

/// The row of an annotated route, or of its part in a group of paths.
fn row_of_route(route: &RouteDescriptor, group: Option<&str>, policy: &Policy) -> PolicyRow {
    let label = match group {
        Some(group) => format!("{} in {group}", route.pattern),
        None => route.pattern.clone(),
    };
    PolicyRow::of_handler(label, route.handler.name, route.methods(), policy)
}

fn merge(
    resolver: &Resolver,
    route: &RouteDescriptor,
    problems: &mut Vec<Problem>,
) -> ByGroup<Arc<Policy>> {
    let route = cors_core::Route {
        pattern: &route.pattern,
        serves: &route.methods_here(),
        handler_serves: &route.methods_anywhere(),
        modules: &route.handler.modules,
        rules: route.handler.rules.as_ref(),
    };
    resolver.route(route, problems)
}

/// Gives equal policies one number.
#[derive(Default)]
struct PolicyInterner {
    policies: Vec<Arc<Policy>>,
    /// By a hash of the header values; what has one hash is compared.
    by_hash: HashMap<u64, Vec<PolicyIndex>>,
}

impl PolicyInterner {
    fn intern(&mut self, policy: &Arc<Policy>) -> PolicyIndex {
        let mut hasher = DefaultHasher::new();
        policy.prepared().for_each(|prepared| prepared.hash(&mut hasher));
        let alike = self.by_hash.entry(hasher.finish()).or_default();
        if let Some(known) = alike.iter().find(|known| is_same(&self.policies[known.0], policy)) {
            return *known;
        }
        let number = PolicyIndex(self.policies.len());
        self.policies.push(Arc::clone(policy));
        alike.push(number);
        number
    }
}

fn is_same(one: &Arc<Policy>, other: &Arc<Policy>) -> bool {
    let said_alike = || Setting::ALL.iter().all(|s| one.sources(*s) == other.sources(*s));
    Arc::ptr_eq(one, other) || one == other && said_alike()
}

/// Two routes that match the same paths.
struct RoutePair<'r> {
    earlier: &'r RouteDescriptor,
    later: &'r RouteDescriptor,
}

impl RoutePair<'_> {
    /// What is wrong with the two under one pattern.
    fn compare(
        &self,
        policies: &[Arc<Policy>],
        mine: &ByGroup<PolicyIndex>,
        theirs: &ByGroup<PolicyIndex>,
    ) -> Option<Problem> {
        let Self { earlier, later } = self;
        let policy = |index: &PolicyIndex| &policies[index.0];
        let mut pairs = mine.iter().zip(theirs.iter());
        let both = earlier.methods().iter().find(|method| later.serves(method.as_bytes()));
        if let Some(method) = both {
            // A guard may tell the two apart.
            let may_differ = earlier.may_be_guarded() || later.may_be_guarded();
            let conflict =
                !may_differ && pairs.any(|(mine, theirs)| policy(mine) != policy(theirs));
            return conflict.then(|| self.conflict(method));
        }
        let share = pairs.all(|(mine, theirs)| policy(mine).shares_preflights_with(policy(theirs)));
        (!share).then(|| self.shared_cache())
    }

    fn conflict(&self, method: &str) -> Problem {
        let (mine, theirs) = self.names();
        let pattern = &self.later.pattern;
        let message = format!(
            "`{mine}` and `{theirs}` both serve {method} `{pattern}` under different policies, so \
             a preflight cannot tell which one counts"
        );
        Problem::error(Code::CONFLICTING_ROUTES, self.later.handler.source(), message)
            .with_note_at(format!("`{mine}` is here"), self.earlier.handler.source())
            .with_help("register one of the two, or give both the same policy")
    }

    fn shared_cache(&self) -> Problem {
        let (mine, theirs) = self.names();
        let pattern = &self.later.pattern;
        let message = format!(
            "`{mine}` and `{theirs}` serve `{pattern}` with different `headers`, `max_age` or \
             `credentials`, but browsers remember preflights by URL: a header that one allows may \
             then be sent to the other without asking"
        );
        Problem::warning(Code::SHARED_PREFLIGHT_CACHE, self.later.handler.source(), message)
            .about_route(pattern)
            .with_note_at(format!("`{mine}` is here"), self.earlier.handler.source())
            .with_help("give both the same, or say `max_age = 0` on both")
    }

    fn names(&self) -> (&'static str, &'static str) {
        (self.earlier.handler.name, self.later.handler.name)
    }
}
