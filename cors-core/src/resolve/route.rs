//! Merging what a route says with the configuration below it.

use std::sync::Arc;

use super::by_group::{ByGroup, GroupIndex};
use super::{Group, Resolver};
use crate::ceiling::{RouteOverride, check_production};
use crate::config::{Overrides, Profile, Rules};
use crate::grammar::{Method, join};
use crate::merge::{Base, Context, Layer, Merged, Sourced};
use crate::policy::Policy;
use crate::problem::{Code, Problem, nearest};

/// An annotated route, as an adapter knows it.
#[derive(Clone, Copy, Debug)]
pub struct Route<'r> {
    /// The full pattern with all scopes, such as `/api/{tenant}/users`.
    pub pattern: &'r str,
    /// The methods that the handler serves under this pattern.
    pub serves: &'r [&'r str],
    /// The methods that the handler serves under any pattern: those that its
    /// rules may name.
    pub handler_serves: &'r [&'r str],
    /// What the attributes of the modules around it say, the outermost first.
    pub modules: &'r [Rules],
    /// What its own attribute says.
    pub rules: Option<&'r Rules>,
}

impl Resolver {
    /// Merges the rules of a route with the configuration below them.
    ///
    /// Problems are added to `problems`; with an error among them, the policies
    /// must not be used.
    pub fn route(&self, route: Route<'_>, problems: &mut Vec<Problem>) -> ByGroup<Arc<Policy>> {
        let Route { pattern, serves, handler_serves, modules, rules } = route;
        let methods = |names: &[&str]| -> Vec<Method> {
            names.iter().map(|method| Method::served(method)).collect()
        };
        let (serves, handler_serves) = (methods(serves), methods(handler_serves));
        let known: Vec<&str> = self.policies.keys().map(String::as_str).collect();
        let mut found = Vec::new();
        let mut layers = Vec::with_capacity(modules.len() + 1);
        for module in modules {
            // For all handlers of the module, so what it says of methods is no
            // mistake where this one does not serve them.
            let layer = self.check_layer(module, None, &known, problems);
            layers.push(layer.without_removing_other_than(&serves));
        }
        let own = rules.map(|own| self.check_layer(own, Some(&handler_serves), &known, &mut found));
        layers.extend(own);
        let policies = self.by_group(Some((pattern, &layers)), Some(&serves), &mut found);
        // What is suspicious below the route has been said when it was read.
        let new = found.into_iter().filter(|problem| !self.warnings.contains(problem));
        let about = format!("this is about {} `{pattern}`", join(&serves));
        let about = |problem: Problem| problem.with_note(about.clone()).about_route(pattern);
        problems.extend(new.map(about));
        policies
    }

    /// Compiles the global layer, with each group that may be concerned and with
    /// the layers of a route, which are given with its pattern.
    pub(crate) fn by_group(
        &self,
        route: Option<(&str, &[Layer])>,
        serves: Option<&[Method]>,
        problems: &mut Vec<Problem>,
    ) -> ByGroup<Arc<Policy>> {
        let mut compile = |group: Option<&Group>| {
            let lower = std::iter::once(&self.global_layer).chain(group.map(|group| &group.layer));
            let upper = route.filter(|_| !is_closed(group, route)).map_or(&[][..], |(_, own)| own);
            let mut found = Vec::new();
            let layers: Vec<_> = lower.chain(upper).collect();
            let merged = self.merge(&layers, serves, &mut found);
            if self.profile == Some(Profile::Production) {
                found.extend(check_production(&merged));
            }
            self.check_limits(&merged, &layers, serves, &mut found);
            let policy = Arc::new(merged.compile(serves, &self.origin_sets));
            let about = group.filter(|_| route.is_some()).map(|group| &group.pattern);
            problems.extend(found.into_iter().map(|problem| match about {
                Some(group) => problem.with_note(format!("in the group `{group}`")),
                None => problem,
            }));
            policy
        };
        let mut inside = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            if route.is_some_and(|(route, _)| !group.pattern.may_contain(route)) {
                continue;
            }
            let policy = compile(Some(group));
            if route.is_some_and(|(route, _)| group.pattern.contains_all(route)) {
                // No path of the route is in a wider group, or in none.
                return ByGroup { outside: policy, inside };
            }
            inside.push((GroupIndex(index), policy));
        }
        ByGroup { outside: compile(None), inside }
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
        // Lower layers were written against the safelisted methods, so an edit of
        // theirs finds them; what the route does not serve is taken out at last.
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
        let overrides = || self.limits.iter().map(|checked| &checked.limits.route_overrides);
        if overrides().all(|(overrides, _)| *overrides == Overrides::Any) {
            return;
        }
        for above in 1..layers.len() {
            let [(below, _), (merged, _)] =
                [&layers[..above], &layers[..=above]].map(|layers| self.fold(layers, serves));
            let layer =
                RouteOverride { layer: layers[above], below: &below, merged: &merged, serves };
            problems.extend(overrides().flat_map(|limit| layer.check(limit)));
        }
    }
}

/// Whether a group is `off` and a route serves some of its paths among others:
/// what the route says was not said for these.
fn is_closed(group: Option<&Group>, route: Option<(&str, &[Layer])>) -> bool {
    group.zip(route).is_some_and(|(Group { pattern, layer }, (route, _))| {
        matches!(layer.base, Base::Off(_)) && !pattern.contains_all(route)
    })
}

fn unknown_policy(name: &Sourced<String>, known: &[&str]) -> Problem {
    let Sourced { value, source } = name;
    let help = match nearest(value, known.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if known.is_empty() => format!("define it: `[cors.policies.{value}]`"),
        None => format!("the policies are `{}`", known.join("`, `")),
    };
    Problem::error(Code::UNKNOWN_POLICY, source, format!("there is no policy named `{value}`"))
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::{Config, Rules, Source};

    #[test]
    fn the_help_for_an_unknown_name_is_the_names_that_there_are() {
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
