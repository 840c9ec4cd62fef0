//! Checking the configuration outside of handlers, and compiling the policies of paths
//! without an annotated handler.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::by_group::ByGroup;
use super::by_host::ByHost;
use super::global::GlobalRules;
use super::host_class::HostTable;
use super::live::LiveRequirements;
use super::{Group, Resolver};
use crate::ceiling::CheckedLimits;
use crate::config::{Config, Element, ElementKind, Rules};
use crate::grammar::{PathPattern, PatternIndex};
use crate::live::LiveSet;
use crate::merge::{
    Base, Context, Layer, LiveElement, Merged, OriginElement, PathlessPlace, Sets, Sourced,
    read_origin,
};
use crate::origin::SharedSets;
use crate::problem::{Code, Error, Problem, Source};
use crate::setting::Setting;

impl Config {
    /// Checks everything and compiles the global policy and those of the groups.
    ///
    /// # Errors
    ///
    /// All problems at once, in the order of their places.
    pub fn resolve(&self) -> Result<Resolver, Error> {
        Resolver::new(self, &[])
    }

    /// Checks everything, as [`Config::resolve`] does, to take the place of another
    /// configuration: live sets that both define keep their content.
    ///
    /// # Errors
    ///
    /// All problems at once, in the order of their places; among them what live sets contain
    /// that this configuration does not accept.
    pub fn resolve_after(&self, before: &Resolver) -> Result<Resolver, Error> {
        let sets: Vec<_> = before.live_sets().cloned().collect();
        let resolver = Resolver::new(self, &sets)?;
        Error::check(resolver.check_live_content())?;
        Ok(resolver)
    }
}

impl Resolver {
    /// Checks and compiles `config`; see [`Config::resolve`].
    pub(crate) fn new(config: &Config, before: &[LiveSet]) -> Result<Self, Error> {
        let mut resolver = Self::with_global_rules(config, None, before)?;
        if let Some(rules) = &config.report_only {
            let sets: Vec<_> = resolver.live_sets().cloned().collect();
            let reported = Self::with_global_rules(config, Some(rules), &sets)?;
            let known = |it: &&Problem| !resolver.warnings.contains(it);
            let new: Vec<_> = reported.warnings.iter().filter(known).cloned().collect();
            resolver.warnings.extend(new);
            resolver.report_only = Some(Arc::new(reported));
        }
        Ok(resolver)
    }

    /// Checks and compiles `config`, with these rules over the global ones.
    fn with_global_rules(
        config: &Config,
        over: Option<&Rules>,
        before: &[LiveSet],
    ) -> Result<Self, Error> {
        let Config {
            global: _,
            sets,
            live_sets,
            policies,
            groups,
            preflight_status: _,
            enabled: _,
            limits,
            profile: _,
            profiles: _,
            allowed_warnings,
            environment: _,
            environment_enabled: _,
            report_only: _,
            lenient,
            problems,
        } = config;
        let mut problems = problems.clone();
        let mut global = GlobalRules::select(config, &mut problems);
        global.over.extend(over.cloned());

        let origin_sets = SharedSets::default();
        let mut resolver = Self {
            global_layer: Layer::check(&Rules::new(Source::BASELINE), Context::default()).0,
            policies: BTreeMap::new(),
            sets: Sets::new(),
            live_requirements: LiveRequirements::default(),
            groups: Vec::new(),
            by_path: PatternIndex::default(),
            limits: Vec::new(),
            hosts: HostTable::default(),
            groups_on: ByHost::everywhere(Vec::new()),
            fallback: ByHost::everywhere(ByGroup {
                outside: Arc::new(Merged::baseline(&[]).compile(None, &origin_sets)),
                inside: Vec::new(),
            }),
            origin_sets,
            preflight_status: check_status(&global.preflight_status, &mut problems),
            profile: global.profile.clone(),
            loopback: global.loopback.clone(),
            disabled: global.disabled().cloned(),
            allowed_codes: allowed_warnings
                .iter()
                .filter_map(|it| it.check(*lenient, &mut problems))
                .collect(),
            warnings: Vec::new(),
            report_only: None,
        };
        resolver.add_sets(sets, &mut problems);
        resolver.add_live_sets(live_sets, before, sets, &mut problems);
        let known: Vec<&str> = policies.iter().map(|(name, _)| name.as_str()).collect();
        resolver.add_policies(policies, &known, &mut problems);
        let mut layers = Vec::with_capacity(1 + global.over.len());
        for (index, rules) in std::iter::once(&global.rules).chain(&global.over).enumerate() {
            let layer = resolver.check_layer(rules, None, &known, &mut problems);
            let place = if index == 0 { PathlessPlace::Global } else { PathlessPlace::Profile };
            layer.reject_misplaced(place, &mut problems);
            layers.push(layer);
        }
        for rules in &global.others {
            let layer = resolver.check_layer(rules, None, &known, &mut problems);
            layer.reject_misplaced(PathlessPlace::Profile, &mut problems);
        }
        resolver.global_layer = global.combine(layers, &mut problems);
        if let Some(loopback) = &resolver.loopback
            && sets.is_empty()
            && live_sets.is_empty()
            && policies.is_empty()
            && groups.is_empty()
            && resolver.global_layer.allows_no_origin()
        {
            problems.push(loopback_without_origins(loopback));
        }
        let context = Context { sets: Some(&resolver.sets), ..Context::default() };
        let checked = |limits| CheckedLimits::new(limits, context, &mut problems);
        resolver.limits = limits.iter().map(checked).collect();
        resolver.add_groups(groups, &mut problems);
        if *lenient {
            problems = problems.into_iter().map(Problem::leniently).collect();
        }
        resolver.compile_fallback(problems)
    }

    fn add_sets(&mut self, sets: &[(Element, Vec<Element>)], problems: &mut Vec<Problem>) {
        for (name, origins) in sets {
            if self.sets.contains_key(name.text.as_ref())
                && let Some((earlier, _)) = sets.iter().find(|(known, _)| known.text == name.text)
            {
                problems.push(defined_twice("set", &name.text, &name.source, &earlier.source));
            }
            let (nested, origins): (Vec<_>, Vec<_>) =
                origins.iter().partition(|element| element.kind == ElementKind::Set);
            problems.extend(nested.into_iter().map(|inner| nested_set(&name.text, inner)));
            let read = origins.iter().flat_map(|element| read_origin(element, None, problems));
            let elements = read.collect();
            self.sets.insert(name.text.clone().into_owned(), elements);
        }
    }

    /// Adds the live sets; those that were there before keep their content.
    fn add_live_sets(
        &mut self,
        live_sets: &[(Element, bool)],
        before: &[LiveSet],
        sets: &[(Element, Vec<Element>)],
        problems: &mut Vec<Problem>,
    ) {
        for (Element { text: name, source, .. }, is_keyed) in live_sets {
            let live = live_sets.iter().map(|(known, _)| known);
            let fixed = sets.iter().map(|(known, _)| known);
            if self.sets.contains_key(name.as_ref())
                && let Some(earlier) = fixed.chain(live).find(|known| known.text == *name)
            {
                problems.push(defined_twice("set", name, source, &earlier.source));
            }
            let is_it = |set: &&LiveSet| set.name() == name && set.is_keyed() == *is_keyed;
            let set = before.iter().find(is_it).cloned();
            let set = set.unwrap_or_else(|| LiveSet::new(name, *is_keyed));
            let value = OriginElement::Live(LiveElement::new(set));
            let definition = vec![Sourced { value, source: source.clone() }];
            self.sets.insert(name.clone().into_owned(), definition);
        }
    }

    fn add_policies(
        &mut self,
        policies: &[(String, Rules)],
        known: &[&str],
        problems: &mut Vec<Problem>,
    ) {
        for (name, rules) in policies {
            if self.policies.contains_key(name)
                && let Some((_, earlier)) = policies.iter().find(|(known, _)| known == name)
            {
                problems.push(defined_twice("policy", name, rules.source(), earlier.source()));
            }
            let layer = self.check_layer(rules, None, known, problems);
            layer.reject_misplaced(PathlessPlace::Policy, problems);
            if let Base::Policy(base) = &layer.base {
                problems.push(nested_policy(name, base));
            }
            // A named policy must be complete, so it is checked whether it is used or
            // not.
            let _ = self.merge(&[&layer], None, problems);
            self.policies.insert(name.clone(), layer);
        }
    }

    /// Adds groups that an application registers in code.
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
    /// All problems at once, including groups that match equally well.
    pub fn with_groups(&self, groups: &[(Element, Rules)]) -> Result<Self, Error> {
        let (mut resolver, mut problems) = (self.clone(), self.warnings.clone());
        resolver.add_groups(groups, &mut problems);
        resolver.compile_fallback(problems)
    }

    fn add_groups(&mut self, groups: &[(Element, Rules)], problems: &mut Vec<Problem>) {
        let known: Vec<String> = self.policies.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (pattern, rules) in groups {
            let layer = self.check_layer(rules, None, &known, problems);
            match PathPattern::parse(&pattern.text, &pattern.source) {
                Ok(pattern) => {
                    let group = Group { pattern, layer };
                    self.report_ambiguity(&group, problems);
                    self.by_path.insert(&group.pattern, self.groups.len());
                    self.groups.push(group);
                }
                Err(problem) => problems.push(problem),
            }
        }
        self.groups.sort_by_key(|group| std::cmp::Reverse(group.specificity()));
        self.by_path = PatternIndex::default();
        for (index, group) in self.groups.iter().enumerate() {
            self.by_path.insert(&group.pattern, index);
        }
        let hosts = self.groups.iter().filter_map(|group| group.layer.host.as_ref());
        self.hosts = self.hosts.with(hosts.flat_map(|host| &host.patterns));
    }

    /// Adds the hosts in the `host` conditions of rules that an application sets in
    /// code.
    ///
    /// Policies are compiled for the hosts of the groups; the hosts of the rules of
    /// routes must be added before [`Resolver::route`].
    ///
    /// ```
    /// use cors_core::{Config, HostClass, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let resolver = Config::new(Rules::new(here.clone())).resolve()?;
    /// let rules = Rules::new(here.clone()).host("t1.example.com", here);
    /// let more = resolver.with_hosts_of([&rules])?;
    /// assert_eq!(resolver.host_class(b"t1.example.com"), Some(HostClass::OTHER));
    /// assert_ne!(more.host_class(b"t1.example.com"), Some(HostClass::OTHER));
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No errors besides those of the configuration: problems of the rules are reported
    /// by [`Resolver::route`].
    pub fn with_hosts_of<'r>(
        &self,
        rules: impl IntoIterator<Item = &'r Rules>,
    ) -> Result<Self, Error> {
        let layers: Vec<_> = rules
            .into_iter()
            .filter(|rules| rules.has_host())
            .map(|rules| Layer::check(rules, Context::default()).0)
            .collect();
        let hosts = layers.iter().filter_map(|layer| layer.host.as_ref());
        let mut resolver = self.clone();
        resolver.hosts = self.hosts.with(hosts.flat_map(|host| &host.patterns));
        resolver.compile_fallback(self.warnings.clone())
    }

    /// Compiles the policies for paths that no annotated route serves, for each class
    /// of hosts.
    fn compile_fallback(mut self, mut problems: Vec<Problem>) -> Result<Self, Error> {
        self.groups_on = self.groups_by_host();
        self.fallback = self.by_host(None, None, &mut problems).map(|on| on.policies.clone());
        problems.sort_by(|a, b| a.source().cmp(b.source()));
        self.warnings = self.check(problems)?;
        Ok(self)
    }

    /// The groups of each class of hosts, by their index, the most specific first.
    fn groups_by_host(&self) -> ByHost<Vec<usize>> {
        let mut conditional: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut everywhere = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            match &group.layer.host {
                None => everywhere.push(index),
                Some(host) => {
                    for class in self.hosts.classes_of(host) {
                        conditional.entry(class).or_default().push(index);
                    }
                }
            }
        }
        let differing = conditional.into_iter().map(|(class, mut groups)| {
            groups.extend(&everywhere);
            groups.sort_unstable();
            (class, groups)
        });
        ByHost { differing: differing.collect(), other: everywhere }
    }

    fn report_ambiguity(&self, added: &Group, problems: &mut Vec<Problem>) {
        // Patterns that are equally specific are as long as each other, and end alike.
        let is_ambiguous = |other: usize| self.groups[other].is_ambiguous_with(added);
        let ambiguous = self.by_path.first_alike(&added.pattern, &is_ambiguous);
        let ambiguous = ambiguous.map(|other| &self.groups[other]);
        let Group { pattern, layer: Layer { source, .. } } = added;
        if let Some(Group { pattern: other, layer, .. }) = ambiguous {
            problems.push(
                Problem::error(
                    Code::AMBIGUOUS_GROUPS,
                    source,
                    format!(
                        "`{pattern}` and `{other}` match some paths and are equally specific, so neither \
                         takes precedence"
                    ),
                )
                .with_note_at("the other group is configured here", &layer.source)
                .with_help("make one of them narrower, or merge them into one group"),
            );
        }
    }
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
                        "`preflight_status = {status}` makes every preflight fail: browsers require \
                         a status from 200 to 299"
                    ),
                )
                .with_help("remove it to send 204, or write 200 for clients that require it"),
            );
            204
        }
    }
}

/// Warns about `loopback`, set at `source`, in a configuration without any origin.
fn loopback_without_origins(source: &Source) -> Problem {
    Problem::warning(
        Code::LOOPBACK_WITHOUT_ORIGINS,
        source,
        "`loopback` adds nothing to `[cors]`, which allows no origin",
    )
    .with_help(
        "set `origins` in `[cors]` or in this profile; routes with `origins` of their own need \
         nothing else",
    )
}

/// In a file, the TOML parser reports this.
fn defined_twice(what: &str, name: &str, source: &Source, earlier: &Source) -> Problem {
    Problem::error(
        Code::DUPLICATE_SETTING,
        source,
        format!("the {what} `{name}` is defined twice, but only one definition can apply"),
    )
    .with_note_at("first defined here", earlier)
    .with_help("remove one of the two, or rename it")
}

fn nested_set(name: &str, inner: &Element) -> Problem {
    let Element { text, kind: _, key: _, source } = inner;
    Problem::error(
        Code::NESTED_SET,
        source,
        format!(
            "the set `{name}` contains the set `{text}`, which would hide which origins are allowed"
        ),
    )
    .about(Setting::Origins)
    .with_help("list its origins here, or name both sets where they are used")
}

fn nested_policy(name: &str, base: &Sourced<String>) -> Problem {
    Problem::error(
        Code::NESTED_POLICY,
        &base.source,
        format!(
            "the policy `{name}` is based on another policy, but a named policy must be complete"
        ),
    )
    .with_help(format!("copy the settings that it needs from `{}`", base.value))
}
