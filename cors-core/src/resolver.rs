//! From a configuration and the rules of a route to compiled policies.
//!
//! Merging and checking happen here, once, at startup: what a request needs is
//! looked up. Two levels of one configuration can be merged with what a route's
//! attributes say: the global rules and the one group that its path belongs to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ceiling::Ceiling;
use crate::global::GlobalRules;
use crate::layer::{Base, Context, Layer, Said, Sets};
use crate::list::read_origin;
use crate::merge::Merged;
use crate::method::join;
use crate::origin::SharedSets;
use crate::overrides::Override;
use crate::path_pattern::PathPattern;
use crate::profile::check_production;
use crate::silence::Silenced;
use crate::{
    Code, Config, Element, ElementKind, Error, Method, Overrides, Policy, Problem, Profile, Rules,
    Setting, Source, nearest,
};

/// A checked configuration, ready to compile the policies of routes.
#[derive(Clone, Debug)]
pub struct Resolver {
    global_layer: Layer,
    policies: BTreeMap<String, Layer>,
    sets: Sets,
    /// Invariant: the most specific pattern first.
    groups: Vec<Group>,
    ceilings: Vec<Ceiling>,
    fallback: ByGroup<Arc<Policy>>,
    /// What the policies of routes share.
    origin_sets: SharedSets,
    preflight_status: u16,
    profile: Option<Profile>,
    pub(crate) silenced: Vec<Silenced>,
    warnings: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct Group {
    pattern: PathPattern,
    layer: Layer,
}

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

/// Which `[[cors.paths]]` group a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupIndex(usize);

/// What holds inside the groups that are told apart, and outside all of them.
///
/// A route such as `/api/{tenant}/users` may serve paths of several groups, so
/// its policy depends on the path.
#[derive(Clone, Debug)]
pub struct ByGroup<T> {
    outside: T,
    inside: Vec<(GroupIndex, T)>,
}

impl Resolver {
    /// See [`Config::resolve`].
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let Config {
            global: _,
            sets,
            policies,
            groups,
            preflight_status: _,
            limits,
            profile: _,
            overlays: _,
            allowances,
            environment: _,
            problems,
        } = config;
        let mut problems = problems.clone();
        let global = GlobalRules::settle(config, &mut problems);

        let origin_sets = SharedSets::default();
        let mut resolver = Self {
            global_layer: Layer::check(&Rules::new(Source::BASELINE), Context::default()).0,
            policies: BTreeMap::new(),
            sets: Sets::new(),
            groups: Vec::new(),
            ceilings: Vec::new(),
            fallback: ByGroup {
                outside: Arc::new(Merged::baseline(&[]).compile(None, &origin_sets)),
                inside: Vec::new(),
            },
            origin_sets,
            preflight_status: check_status(&global.preflight_status, &mut problems),
            profile: global.profile,
            silenced: allowances.iter().filter_map(|it| it.check(&mut problems)).collect(),
            warnings: Vec::new(),
        };
        for (name, origins) in sets {
            if resolver.sets.contains_key(name.text.as_ref())
                && let Some((earlier, _)) = sets.iter().find(|(known, _)| known.text == name.text)
            {
                problems.push(defined_twice("set", &name.text, &name.source, &earlier.source));
            }
            let (nested, origins): (Vec<_>, Vec<_>) =
                origins.iter().partition(|element| element.kind == ElementKind::Set);
            problems.extend(nested.into_iter().map(|inner| nested_set(&name.text, inner)));
            let read = origins.iter().flat_map(|element| read_origin(element, None, &mut problems));
            let elements = read.collect();
            resolver.sets.insert(name.text.clone().into_owned(), elements);
        }
        let known: Vec<&str> = policies.iter().map(|(name, _)| name.as_str()).collect();
        for (name, rules) in policies {
            if resolver.policies.contains_key(name)
                && let Some((_, earlier)) = policies.iter().find(|(known, _)| known == name)
            {
                problems.push(defined_twice("policy", name, rules.source(), earlier.source()));
            }
            let layer = resolver.check_layer(rules, None, &known, &mut problems);
            if let Base::Policy(base) = &layer.base {
                problems.push(nested_policy(name, base));
            }
            // Complete by itself, so wrong by itself, whether used or not.
            let _ = resolver.merge(&[&layer], None, &mut problems);
            resolver.policies.insert(name.clone(), layer);
        }
        let mut layers = Vec::with_capacity(1 + global.overlays.len());
        for rules in std::iter::once(&global.rules).chain(&global.overlays) {
            layers.push(resolver.check_layer(rules, None, &known, &mut problems));
        }
        for rules in &global.others {
            let _ = resolver.check_layer(rules, None, &known, &mut problems);
        }
        resolver.global_layer = global.lay(layers, &mut problems);
        let context = Context { sets: Some(&resolver.sets), serves: None };
        let preset = &global.loopback;
        let ceiling = |limits| Ceiling::new(limits, preset.clone(), context, &mut problems);
        resolver.ceilings = limits.iter().map(ceiling).collect();
        resolver.add_groups(groups, problems)
    }

    /// The same with more groups, which an application registers in code.
    ///
    /// ```
    /// use cors_core::{Config, Element, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let resolver = Config::new(Rules::new(here.clone())).resolve()?;
    /// let open = Rules::new(here.clone()).origins_any(here.clone());
    /// let more = resolver.with_groups(&[(Element::plain("/public/**", here), open)])?;
    /// assert!(!resolver.has_groups() && more.has_groups());
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All problems at once, also of two groups that match equally well.
    pub fn with_groups(&self, groups: &[(Element, Rules)]) -> Result<Self, Error> {
        self.clone().add_groups(groups, self.warnings.clone())
    }

    fn add_groups(
        mut self,
        groups: &[(Element, Rules)],
        mut problems: Vec<Problem>,
    ) -> Result<Self, Error> {
        let known: Vec<String> = self.policies.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (pattern, rules) in groups {
            let layer = self.check_layer(rules, None, &known, &mut problems);
            match PathPattern::parse(pattern) {
                Ok(pattern) => {
                    self.report_tie(&pattern, &layer.source, &mut problems);
                    self.groups.push(Group { pattern, layer });
                }
                Err(problem) => problems.push(problem),
            }
        }
        self.groups.sort_by_key(|group| std::cmp::Reverse(group.pattern.specificity()));
        self.fallback = self.by_group(None, None, &mut problems);
        problems.sort_by(|a, b| a.source().cmp(b.source()));
        self.warnings = self.check(problems)?;
        Ok(self)
    }

    /// The policy of paths outside every group.
    #[must_use]
    pub const fn global(&self) -> &Arc<Policy> {
        &self.fallback.outside
    }

    /// The policy of a path that no annotated route serves.
    #[must_use]
    pub fn for_path(&self, path: &str) -> &Arc<Policy> {
        self.fallback.get(self.group_of(path))
    }

    /// The policies of everything that is not annotated.
    #[must_use]
    pub const fn fallback(&self) -> &ByGroup<Arc<Policy>> {
        &self.fallback
    }

    /// Whether some paths have rules of their own.
    #[must_use]
    pub const fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The group that a path belongs to: the most specific one that matches.
    #[must_use]
    pub fn group_of(&self, path: &str) -> Option<GroupIndex> {
        self.groups.iter().position(|group| group.pattern.matches(path)).map(GroupIndex)
    }

    /// The pattern of a group, as it was written.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let rules = || Rules::new(here.clone());
    /// let resolver = Config::new(rules()).group("/api/**", rules(), here.clone()).resolve()?;
    /// let group = resolver.group_of("/api/orders").and_then(|group| resolver.group_pattern(group));
    /// assert_eq!(group.as_deref(), Some("/api/**"));
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn group_pattern(&self, group: GroupIndex) -> Option<String> {
        Some(self.groups.get(group.0)?.pattern.to_string())
    }

    /// The status of a successful preflight.
    #[must_use]
    pub const fn preflight_status(&self) -> u16 {
        self.preflight_status
    }

    /// The profile that is in force: the one that was chosen, or production where
    /// profiles differ and none was.
    #[must_use]
    pub const fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// What is suspicious in the configuration.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

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
    fn by_group(
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

    fn check_layer(
        &self,
        rules: &Rules,
        serves: Option<&[Method]>,
        policies: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Layer {
        let context = Context { sets: Some(&self.sets), serves };
        let (layer, found) = Layer::check(rules, context);
        problems.extend(found);
        if let Base::Policy(name) = &layer.base
            && !policies.contains(&name.value.as_str())
        {
            problems.push(unknown_policy(name, policies));
        }
        layer
    }

    fn merge(
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
        for ceiling in &self.ceilings {
            problems.extend(ceiling.check(merged, layers, serves));
        }
        let overrides = || self.ceilings.iter().map(|ceiling| &ceiling.limits.route_overrides);
        if overrides().all(|(overrides, _)| *overrides == Overrides::Any) {
            return;
        }
        for above in 1..layers.len() {
            let [(below, _), (merged, _)] =
                [&layers[..above], &layers[..=above]].map(|layers| self.fold(layers, serves));
            let layer = Override { layer: layers[above], below: &below, merged: &merged, serves };
            problems.extend(overrides().flat_map(|limit| layer.check(limit)));
        }
    }

    fn report_tie(&self, pattern: &PathPattern, source: &Source, problems: &mut Vec<Problem>) {
        let tie = self.groups.iter().find(|group| {
            group.pattern.specificity() == pattern.specificity() && group.pattern.overlaps(pattern)
        });
        if let Some(Group { pattern: other, layer, .. }) = tie {
            problems.push(
                Problem::error(
                    Code::AMBIGUOUS_GROUPS,
                    source,
                    format!(
                        "`{pattern}` and `{other}` match some paths equally well, so neither is \
                         the more specific one"
                    ),
                )
                .with_note_at("the other group is here", &layer.source)
                .with_help("make one of the two narrower, or put both into one group"),
            );
        }
    }
}

impl<T> ByGroup<T> {
    /// What holds in a group, or outside all of them.
    #[must_use]
    pub fn get(&self, group: Option<GroupIndex>) -> &T {
        let inside = self.inside.iter().find(|(index, _)| Some(*index) == group);
        inside.map_or(&self.outside, |(_, inside)| inside)
    }

    /// All of them, outside first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.outside).chain(self.inside.iter().map(|(_, inside)| inside))
    }

    /// What holds in each group, the most specific one first.
    pub fn inside(&self) -> impl Iterator<Item = (GroupIndex, &T)> {
        self.inside.iter().map(|(group, inside)| (*group, inside))
    }

    /// What holds outside all groups.
    pub const fn outside(&self) -> &T {
        &self.outside
    }

    /// The same by group, each turned into something else.
    #[must_use]
    pub fn map<U>(&self, mut turn: impl FnMut(&T) -> U) -> ByGroup<U> {
        ByGroup {
            outside: turn(&self.outside),
            inside: self.inside.iter().map(|(index, inside)| (*index, turn(inside))).collect(),
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

fn check_status((status, source): &(i64, Source), problems: &mut Vec<Problem>) -> u16 {
    match u16::try_from(*status) {
        Ok(status @ 200..=299) => status,
        _ => {
            problems.push(
                Problem::error(
                    Code::BAD_PREFLIGHT_STATUS,
                    source,
                    format!(
                        "`preflight_status = {status}` makes every preflight fail: browsers want \
                         a status from 200 to 299"
                    ),
                )
                .with_help("leave it out for 204, or write 200 for clients that insist on it"),
            );
            204
        }
    }
}

fn unknown_policy(name: &Said<String>, known: &[&str]) -> Problem {
    let Said { value, source } = name;
    let help = match nearest(value, known.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if known.is_empty() => format!("define it: `[cors.policies.{value}]`"),
        None => format!("the policies are `{}`", known.join("`, `")),
    };
    Problem::error(Code::UNKNOWN_POLICY, source, format!("there is no policy named `{value}`"))
        .with_help(help)
}

/// In a file, TOML has seen to it.
fn defined_twice(what: &str, name: &str, source: &Source, earlier: &Source) -> Problem {
    Problem::error(
        Code::DUPLICATE_SETTING,
        source,
        format!("the {what} `{name}` is defined twice, and only one can hold"),
    )
    .with_note_at("first defined here", earlier)
    .with_help("remove one of the two, or give it another name")
}

fn nested_set(name: &str, inner: &Element) -> Problem {
    let Element { text, kind: _, source } = inner;
    Problem::error(
        Code::NESTED_SET,
        source,
        format!("the set `{name}` contains the set `{text}`, which would hide who is trusted"),
    )
    .about(Setting::Origins)
    .with_help(format!(
        "list its origins here, or name both where they are used: \
         `origins = [{{ set = \"{name}\" }}, {{ set = \"{text}\" }}]`"
    ))
}

fn nested_policy(name: &str, base: &Said<String>) -> Problem {
    Problem::error(
        Code::NESTED_POLICY,
        &base.source,
        format!("the policy `{name}` starts from another one, and a named policy is complete"),
    )
    .with_help(format!("copy what it needs from `{}`", base.value))
}
