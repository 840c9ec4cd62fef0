//! Merging the rules of a route with the configuration.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::by_group::{ByGroup, GroupIndex};
use super::by_host::ByHost;
use super::host_class::HostClass;
use super::{Group, Resolver};
use crate::ceiling::{CheckedLimits, RouteOverride, check_production};
use crate::config::{Overrides, Rules};
use crate::grammar::{Method, join, segment_in_route};
use crate::merge::{Base, Context, Disabled, Layer, Merged, Sourced, check_hosts};
use crate::policy::Policy;
use crate::problem::{Code, Problem, nearest, toml_key};

/// An annotated route, as registered by an adapter.
#[derive(Clone, Copy, Debug)]
pub struct Route<'r> {
    /// The full pattern with all scopes, such as `/api/{tenant}/users`.
    pub pattern: &'r str,
    /// The methods that the handler serves under this pattern.
    pub serves: &'r [&'r str],
    /// The methods that the handler serves under any pattern: its rules may only name
    /// these.
    pub handler_serves: &'r [&'r str],
    /// The rules of the surrounding modules, the outermost first.
    pub modules: &'r [Rules],
    /// The rules of its own attribute, and those that it was given in addition, each
    /// building on those before.
    pub rules: &'r [Rules],
}

/// The policies of a route on one class of hosts.
#[derive(Clone, Debug)]
pub struct RouteOnHost {
    /// The policies, by group of paths.
    pub policies: ByGroup<Arc<Policy>>,
    /// Whether a `host` condition of its own attribute, or of a surrounding module,
    /// does not match.
    ///
    /// If a guard separates virtual hosts, the route does not run for such a host; if
    /// it runs anyway, the policies are correct without that layer.
    pub is_excluded: bool,
}

impl RouteOnHost {
    /// Whether both are compiled from the same layers.
    fn is_same(&self, other: &Self) -> bool {
        let Self { policies, is_excluded } = self;
        let same = |one: &[(GroupIndex, Arc<Policy>)], other: &[(GroupIndex, Arc<Policy>)]| {
            one.len() == other.len()
                && one.iter().zip(other).all(|((group, policy), (other_group, other))| {
                    group == other_group && Arc::ptr_eq(policy, other)
                })
        };
        *is_excluded == other.is_excluded
            && Arc::ptr_eq(&policies.outside, &other.policies.outside)
            && same(&policies.inside, &other.policies.inside)
    }
}

impl Resolver {
    /// Merges the rules of a route with the configuration, for each class of hosts.
    ///
    /// The hosts in its rules must be known: see [`Resolver::with_hosts_of`].
    ///
    /// Problems are added to `problems`; if one of them is an error, the policies must
    /// not be used.
    ///
    /// # Panics
    ///
    /// When its rules contain a host that was not passed to
    /// [`Resolver::with_hosts_of`]: the layer would not apply to any request.
    pub fn route(&self, route: Route<'_>, problems: &mut Vec<Problem>) -> ByHost<RouteOnHost> {
        let Route { pattern, serves, handler_serves, modules, rules } = route;
        let methods = |names: &[&str]| -> Vec<Method> {
            names.iter().map(|method| Method::served(method)).collect()
        };
        let (serves, handler_serves) = (methods(serves), methods(handler_serves));
        let known: Vec<&str> = self.policies.keys().map(String::as_str).collect();
        let mut found = Vec::new();
        let mut layers = Vec::with_capacity(modules.len() + 1);
        for module in modules {
            // The rules apply to all handlers of the module, so methods that this one
            // does not serve are not a mistake.
            let layer = self.check_layer(module, None, &known, problems);
            layers.push(layer.without_removing_other_than(&serves));
        }
        let own = rules
            .iter()
            .map(|own| self.check_layer(own, Some(&handler_serves), &known, &mut found));
        layers.extend(own);
        let conditions = layers.iter().filter_map(|layer| layer.host.as_ref());
        for condition in conditions {
            assert!(self.hosts.knows(condition), "unknown host: {condition:?}");
        }
        found.extend(check_hosts(&layers));
        let policies = self.by_host(Some((pattern, &layers)), Some(&serves), &mut found);
        // Warnings about lower layers were already reported with the configuration.
        let new = found.into_iter().filter(|problem| !self.warnings.contains(problem));
        let about = format!("this applies to {} `{pattern}`", join(&serves));
        let about = |problem: Problem| problem.with_note(about.clone()).about_route(pattern);
        problems.extend(new.map(about));
        policies
    }

    /// Compiles the global layer for each class of hosts, with each group that may
    /// apply, and with the layers of a route, given with its pattern.
    pub(crate) fn by_host(
        &self,
        route: Option<(&str, &[Layer])>,
        serves: Option<&[Method]>,
        problems: &mut Vec<Problem>,
    ) -> ByHost<RouteOnHost> {
        let relevant = self.relevant_hosts(route);
        let mut compiler =
            RouteCompiler { resolver: self, route, serves, compiled: HashMap::new(), problems };
        let other = compiler.on_host(HostClass::OTHER);
        let mut differing = Vec::new();
        for class in relevant {
            let on_host = compiler.on_host(class);
            if !on_host.is_same(&other) {
                differing.push((class, on_host));
            }
        }
        ByHost { other, differing }
    }

    /// The classes of hosts that satisfy a condition of a route, or of a group that may
    /// contain it.
    fn relevant_hosts(&self, route: Option<(&str, &[Layer])>) -> BTreeSet<HostClass> {
        if self.hosts.is_empty() {
            return BTreeSet::new();
        }
        let may_lie_in =
            |group: &&Group| route.is_none_or(|(route, _)| group.pattern.may_contain(route));
        let groups = self.groups.iter().filter(may_lie_in).map(|group| &group.layer);
        let own = route.map_or(&[][..], |(_, own)| own);
        let conditions = groups.chain(own).filter_map(|layer| layer.host.as_ref());
        conditions.flat_map(|condition| self.hosts.classes_of(condition)).collect()
    }

    pub(crate) fn check_layer(
        &self,
        rules: &Rules,
        serves: Option<&[Method]>,
        policies: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Layer {
        let context = Context { sets: Some(&self.sets), serves, is_limit: false };
        let (layer, found) = Layer::check(rules, context);
        problems.extend(found);
        if let Base::Policy(name) = &layer.base
            && !policies.contains(&name.value.as_str())
        {
            problems.push(unknown_policy(name, policies));
        }
        layer
    }

    pub(crate) fn merge(
        &self,
        layers: &[&Layer],
        serves: Option<&[Method]>,
        problems: &mut Vec<Problem>,
    ) -> Merged {
        let (merged, found) = self.fold(layers, serves);
        problems.extend(found);
        let route = serves.zip(layers.last()).map(|(serves, layer)| (serves, &layer.source));
        problems.extend(merged.check(route));
        merged
    }

    fn fold(&self, layers: &[&Layer], serves: Option<&[Method]>) -> (Merged, Vec<Problem>) {
        // Edits of lower layers assume the safelisted methods, so the baseline contains
        // them; methods that the route does not serve are removed in the end.
        let mut baseline = serves.unwrap_or_default().to_vec();
        let safelisted = Method::SAFELISTED.into_iter().map(Method::served);
        baseline.extend(safelisted.filter(|method| !serves.unwrap_or_default().contains(method)));
        Merged::fold(layers, &baseline, |name| self.policies.get(name))
    }

    fn check_limits(
        &self,
        merged: &Merged,
        layers: &[&Layer],
        serves: Option<&[Method]>,
        problems: &mut Vec<Problem>,
    ) {
        for limits in &self.limits {
            problems.extend(limits.check(merged, layers, serves));
        }
        let is_free = |checked: &CheckedLimits| checked.limits.route_overrides.0 == Overrides::Any;
        if self.limits.iter().all(is_free) {
            return;
        }
        for above in 1..layers.len() {
            let [(below, _), (merged, _)] =
                [&layers[..above], &layers[..=above]].map(|layers| self.fold(layers, serves));
            let layer =
                RouteOverride { layer: layers[above], below: &below, merged: &merged, serves };
            problems.extend(self.limits.iter().flat_map(|checked| layer.check(&checked.limits)));
        }
    }
}

/// Compiles the policies of one route, or of the paths that no annotated route serves.
struct RouteCompiler<'r> {
    resolver: &'r Resolver,
    /// The pattern of the route, with the layers of its modules and its own attribute.
    route: Option<(&'r str, &'r [Layer])>,
    serves: Option<&'r [Method]>,
    /// The compiled policies, by group and by the layers of the route that apply:
    /// classes of hosts with equal keys share a policy.
    compiled: HashMap<(Option<usize>, Vec<bool>), Arc<Policy>>,
    problems: &'r mut Vec<Problem>,
}

impl RouteCompiler<'_> {
    fn on_host(&mut self, host: HostClass) -> RouteOnHost {
        let own = self.route.map_or(&[][..], |(_, own)| own);
        let applies: Vec<bool> = own.iter().map(|layer| self.applies(host, layer)).collect();
        let policies = self.by_group(host, &applies);
        RouteOnHost { policies, is_excluded: applies.contains(&false) }
    }

    fn applies(&self, host: HostClass, layer: &Layer) -> bool {
        layer.host.as_ref().is_none_or(|condition| self.resolver.hosts.satisfies(host, condition))
    }

    fn by_group(&mut self, host: HostClass, applies: &[bool]) -> ByGroup<Arc<Policy>> {
        let resolver = self.resolver;
        let mut inside = Vec::new();
        for &index in resolver.groups_on.get(host) {
            let group = &resolver.groups[index];
            let is_outside = |(route, _): (&str, _)| {
                !group.pattern.may_contain(route) || passes_by(group, route)
            };
            if self.route.is_some_and(is_outside) {
                continue;
            }
            let policy = self.policy(host, Some(index), applies);
            if self.route.is_some_and(|(route, _)| group.pattern.contains_all(route)) {
                // All paths of the route are in this group, so no other group applies.
                return ByGroup { outside: policy, inside };
            }
            inside.push((GroupIndex(index), policy));
        }
        ByGroup { outside: self.policy(host, None, applies), inside }
    }

    /// The policy in a group, or outside of all groups, with the layers of the route
    /// that apply.
    fn policy(&mut self, host: HostClass, group: Option<usize>, applies: &[bool]) -> Arc<Policy> {
        let key = (group, applies.to_vec());
        if let Some(known) = self.compiled.get(&key) {
            return Arc::clone(known);
        }
        let Self { resolver, route, serves, .. } = *self;
        let group = group.map(|index| &resolver.groups[index]);
        let lower = std::iter::once(&resolver.global_layer).chain(group.map(|group| &group.layer));
        let upper = route.filter(|_| !is_closed(group, route)).map_or(&[][..], |(_, own)| own);
        let upper = upper.iter().zip(applies).filter(|(_, applies)| **applies);
        let mut found = Vec::new();
        let layers: Vec<_> = lower.chain(upper.map(|(layer, _)| layer)).collect();
        let mut merged = resolver.merge(&layers, serves, &mut found);
        resolver.check_limits(&merged, &layers, serves, &mut found);
        match (&resolver.loopback, resolver.profile()) {
            // After the checks: what this adds cannot reach production.
            (Some(loopback), _) => merged.allow_loopback(loopback),
            (None, Some(profile)) => found.extend(check_production(&merged, profile)),
            (None, None) => {}
        }
        let find = |layer, parameter: &str| match (layer, group, route) {
            (0, ..) => Err("the global rules have no path".to_owned()),
            (1, Some(group), _) => group.pattern.segment_of(parameter),
            (_, _, Some((pattern, _))) => {
                let found = segment_in_route(pattern, parameter)?;
                // Two references that are written alike are taken for the same list.
                match group.map(|group| (&group.pattern, group.pattern.segment_of(parameter))) {
                    Some((group, Ok(other))) if other != found => Err(format!(
                        "the group `{group}` has another segment of this name, so rename one of them"
                    )),
                    _ => Ok(found),
                }
            }
            (_, _, None) => Err("these rules have no path".to_owned()),
        };
        merged.find_keys(find, &mut found);
        resolver.live_requirements.add(merged.live_requirements());
        let policy = Arc::new(merged.compile(serves, &resolver.origin_sets));
        let about_group = group.filter(|_| route.is_some()).map(|group| &group.pattern);
        let about_host = self.host_note(host, group, applies);
        self.problems.extend(found.into_iter().map(|mut problem| {
            if let Some(group) = about_group {
                problem = problem.with_note(format!("in the group `{group}`"));
            }
            match &about_host {
                Some(note) => problem.with_note(note.clone()),
                None => problem,
            }
        }));
        self.compiled.insert(key, Arc::clone(&policy));
        policy
    }

    /// The note that names the hosts of a problem, unless all hosts are affected.
    fn host_note(
        &self,
        host: HostClass,
        group: Option<&Group>,
        applies: &[bool],
    ) -> Option<String> {
        let own = self.route.map_or(&[][..], |(_, own)| own);
        let in_group = group.is_some_and(|group| group.layer.host.is_some());
        if !in_group && own.iter().all(|layer| layer.host.is_none()) {
            return None;
        }
        Some(match self.resolver.hosts.name(host) {
            Some(name) if in_group || applies.contains(&true) => format!("on the host `{name}`"),
            _ => "on hosts that no `host` here matches".to_owned(),
        })
    }
}

/// Whether a group is `off` and the route also serves paths outside of it: the rules of the
/// route are not meant for the group.
fn is_closed(group: Option<&Group>, route: Option<(&str, &[Layer])>) -> bool {
    group.zip(route).is_some_and(|(Group { pattern, layer }, (route, _))| {
        layer.disabled() == Some(Disabled::Off) && !pattern.contains_all(route)
    })
}

/// Whether a group is `passthrough` and the route also serves paths outside of it: the group
/// does not apply to the route. Clients choose the path, and must not be able to choose
/// whether the rules of the handler apply.
fn passes_by(Group { pattern, layer }: &Group, route: &str) -> bool {
    layer.disabled() == Some(Disabled::Passthrough) && !pattern.contains_all(route)
}

fn unknown_policy(name: &Sourced<String>, known: &[&str]) -> Problem {
    let Sourced { value, source } = name;
    let help = match nearest(value, known.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if known.is_empty() => format!("define it: `[cors.policies.{}]`", toml_key(value)),
        None => format!("the policies are `{}`", known.join("`, `")),
    };
    Problem::error(Code::UNKNOWN_POLICY, source, format!("there is no policy named `{value}`"))
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::{Config, Rules, Source};

    #[test]
    fn help_for_an_unknown_policy_lists_the_defined_policies() {
        let here = Source::caller();
        let rules = || Rules::new(here.clone());
        let help = |config: Config| {
            let error = config.resolve().unwrap_err();
            error.problems()[0].help().unwrap().to_owned()
        };
        let policy = Config::new(rules().policy("opne", here.clone()));
        assert_eq!(help(policy.clone()), "define it: `[cors.policies.opne]`");
        let of_other = policy.clone().named_policy("partners", rules());
        assert_eq!(help(of_other), "the policies are `partners`");
        assert_eq!(help(policy.named_policy("open", rules())), "did you mean `open`?");
    }
}
