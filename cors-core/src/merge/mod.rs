//! Merging layers: how global, group and route rules combine.
//!
//! | inherited \ here | absent | `= L` | `= any` | `+= L` | `-= L`                            |
//! |------------------|--------|-------|---------|--------|-----------------------------------|
//! | none             | none   | L     | any     | L      | error: nothing to remove          |
//! | M                | M      | L     | any     | M ∪ L  | M \ L; error if nothing is left   |
//! | any              | any    | L     | any     | error  | error                             |
//! | off              | off    | L     | any     | error  | error                             |
//!
//! `passthrough` is merged like `off`.
//!
//! An absent setting is always inherited, so omitting one never widens the policy. Of
//! scalars, the value of the higher layer applies.
//!
//! `danger_allow_null_origin` adds the origin `null` to the list, so it is inherited
//! with the list. This table is for a layer that does not set it; if a layer sets it,
//! that value applies, regardless of `origins`:
//!
//! | inherited `null` \ here | `origins` absent, `+=`, `-=` | `origins = L`, `= any` | `policy`, `replace`, `off` |
//! |-------------------------|------------------------------|------------------------|----------------------------|
//! | not allowed             | not allowed                  | not allowed            | as the policy; not allowed |
//! | allowed                 | allowed                      | not allowed            | as the policy; not allowed |
//!
//! Profiles and environment variables are part of the global layer, so they replace the
//! list without changing this flag. One rule involves two settings: inherited
//! credentials do not apply to newly added origins.
//!
//! This module checks one layer of rules, folds layers, checks the result and compiles
//! it into a policy. Which layers apply to a path, and the limits on the result, are
//! decided by the modules above.
//!
//! May import: `config`, `grammar`, `live`, `origin`, `policy`, `problem`, `setting`.

mod checks;
mod compile;
mod cover;
mod credentials;
mod host_condition;
mod layer;
mod list;
mod live_element;
mod loopback;
mod overlay;

pub(crate) use self::cover::Cover;
pub(crate) use self::host_condition::{HostCondition, PathlessPlace, check_hosts};
pub(crate) use self::layer::{
    Base, Context, Disabled, Layer, List, OriginElement, Rule, Sets, Sourced,
};
pub(crate) use self::list::{ListMerge, Mergeable, read_origin};
pub(crate) use self::live_element::{LiveElement, LiveRequirement};

use crate::grammar::{HeaderName, Method};
use crate::policy::Provenance;
use crate::problem::{Code, Problem, Source};
use crate::setting::{Op, Setting};

/// The settings of all layers, merged.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) disabled: Option<Sourced<Disabled>>,
    pub(crate) provenance: Provenance,
    pub(crate) origins: MergedList<OriginElement>,
    pub(crate) methods: MergedList<Method>,
    pub(crate) headers: MergedList<HeaderName>,
    pub(crate) expose: MergedList<HeaderName>,
    /// The origins that may send credentials; [`MergedList::Any`] for all of `origins`.
    // Invariant: a list is covered by `origins`, unless a problem was reported.
    pub(crate) credentials: MergedList<OriginElement>,
    pub(crate) max_age: Option<Layered<u32>>,
    pub(crate) private_network: Layered<bool>,
    pub(crate) enforce: Layered<bool>,
    pub(crate) allow_insecure: Layered<bool>,
    pub(crate) allow_suffixes: Layered<bool>,
    pub(crate) allow_null: Layered<bool>,
}

/// A list after merging.
#[derive(Clone, Debug)]
pub(crate) enum MergedList<T> {
    Any(Layered<Authorization>),
    Only(Vec<Layered<T>>),
}

/// Whether `any` covers the `authorization` header.
pub(crate) type Authorization = bool;

/// A value with the place where it is set, and its layer.
#[derive(Clone, Debug)]
pub(crate) struct Layered<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
    pub(crate) layer: LayerId,
}

/// The layer that a value comes from. A greater value is a higher layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
// Invariant: two numbers per layer, because its named policy is directly below the
// layer itself.
pub(crate) struct LayerId(usize);

impl LayerId {
    /// The built-in defaults, below all layers.
    pub(crate) const BASELINE: Self = Self(0);

    /// The layer with number `index`, counted from the lowest.
    const fn of(index: usize) -> Self {
        Self(2 * index + 2)
    }

    /// The named policy that the layer with number `index` starts from.
    const fn of_policy(index: usize) -> Self {
        Self(2 * index + 1)
    }

    /// Whether the layer is part of the global rules: the baseline, the lowest layer,
    /// or its named policy.
    pub(crate) fn is_global(self) -> bool {
        self <= Self::of(0)
    }

    /// The number of the layer, counted from the lowest: of a named policy, that of the layer
    /// that starts from it.
    pub(crate) const fn index(self) -> usize {
        self.0.saturating_sub(1) / 2
    }

    /// If this is a named policy, the index of the layer that starts from it.
    pub(crate) fn policy_user(self) -> Option<usize> {
        (self.0 % 2 == 1).then_some(self.0 / 2)
    }
}

impl Merged {
    /// The defaults: no origin is allowed. `methods` are those that the route serves,
    /// if they are known.
    pub(crate) fn baseline(methods: &[Method]) -> Self {
        fn at<T>(value: T) -> Layered<T> {
            Layered { value, source: Source::BASELINE, layer: LayerId::BASELINE }
        }
        Self {
            disabled: None,
            provenance: Provenance::default(),
            origins: MergedList::Only(Vec::new()),
            methods: MergedList::Only(methods.iter().cloned().map(at).collect()),
            headers: MergedList::Only(Vec::new()),
            expose: MergedList::Only(Vec::new()),
            credentials: MergedList::Only(Vec::new()),
            max_age: None,
            private_network: at(false),
            enforce: at(false),
            allow_insecure: at(false),
            allow_suffixes: at(false),
            allow_null: at(false),
        }
    }

    /// Applies `layers` to the baseline, the lowest first.
    ///
    /// `policies` finds a named policy; undefined names were reported when the layer
    /// was checked.
    pub(crate) fn fold<'l>(
        layers: &[&'l Layer],
        methods: &[Method],
        policies: impl Fn(&str) -> Option<&'l Layer>,
    ) -> (Self, Vec<Problem>) {
        let mut merged = Self::baseline(methods);
        let mut problems = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let id = LayerId::of(index);
            match &layer.base {
                Base::Inherit if merged.disabled.is_some() => {
                    if let Some(disabled) = &merged.disabled
                        && !matches!(layer.origins, Rule::Set(..))
                    {
                        problems.push(parent_is_disabled(&layer.source, disabled));
                        continue;
                    }
                    merged = merged.only_enforce(methods);
                }
                Base::Inherit => {}
                Base::Replace => merged = Self::baseline(methods),
                Base::Policy(name) => {
                    merged = Self::baseline(methods);
                    if let Some(policy) = policies(&name.value) {
                        merged.put(policy, LayerId::of_policy(index), &mut problems);
                    }
                }
                Base::Disabled(disabled) => {
                    merged = merged.only_enforce(methods);
                    merged.put(&layer.only_enforce(), id, &mut problems);
                    merged.provenance.note(Setting::Origins, Op::Set, &disabled.source);
                    merged.disabled = Some(disabled.clone());
                    continue;
                }
            }
            merged.put(layer, id, &mut problems);
        }
        (merged, problems)
    }

    /// The baseline, with `enforce` as it is set here.
    fn only_enforce(self, methods: &[Method]) -> Self {
        let Self { enforce, mut provenance, .. } = self;
        provenance.keep_only(Setting::Enforce);
        Self { enforce, provenance, ..Self::baseline(methods) }
    }

    /// Applies the settings of one layer.
    fn put(&mut self, layer: &Layer, id: LayerId, problems: &mut Vec<Problem>) {
        let Layer {
            source: _,
            host: _, // only layers whose `host` matches are folded
            base: _,
            clauses,
            origins,
            methods,
            headers,
            expose,
            credentials,
            max_age,
            private_network,
            enforce,
            allow_insecure,
            allow_suffixes,
            allow_null,
        } = layer;
        for (setting, op, source) in clauses {
            self.provenance.note(*setting, *op, source);
        }

        if let MergedList::Any(all) = &self.credentials
            && matches!(credentials, Rule::Inherit)
            && let Some(place) = adds_trust(&self.origins, origins)
        {
            let is_any = matches!(origins, Rule::Set(List::Any { .. }));
            problems.push(inherited_credentials(place, is_any, &all.source));
            self.credentials = MergedList::Only(Vec::new());
        }
        let below = self.origins_to_narrow(origins);

        let mut list = ListMerge { setting: Setting::Origins, layer: id, problems };
        list.apply(&mut self.origins, origins);
        list.setting = Setting::Methods;
        list.apply(&mut self.methods, methods);
        list.setting = Setting::Headers;
        list.apply(&mut self.headers, headers);
        list.setting = Setting::Expose;
        list.apply(&mut self.expose, expose);
        list.setting = Setting::Credentials;
        list.apply(&mut self.credentials, credentials);
        if let Some(below) = below {
            self.narrow_credentials(&below, id);
        }
        let place = clauses.iter().rev().find(|(setting, ..)| *setting == Setting::Credentials);
        if let Some((.., place)) = place {
            self.check_credentials_are_covered(credentials, place, problems);
        }

        if self.allow_null.value
            && matches!(origins, Rule::Set(_))
            && let Some((.., source)) =
                clauses.iter().find(|(setting, ..)| *setting == Setting::Origins)
        {
            if allow_null.is_none() {
                self.provenance.note(Setting::DangerAllowNullOrigin, Op::Set, source);
            }
            self.allow_null = Layered { value: false, source: source.clone(), layer: id };
        }

        let scalar = |mine: &mut Layered<bool>, new: &Option<Sourced<bool>>| {
            if let Some(Sourced { value, source }) = new {
                *mine = Layered { value: *value, source: source.clone(), layer: id };
            }
        };
        scalar(&mut self.private_network, private_network);
        scalar(&mut self.enforce, enforce);
        scalar(&mut self.allow_insecure, allow_insecure);
        scalar(&mut self.allow_suffixes, allow_suffixes);
        scalar(&mut self.allow_null, allow_null);
        if let Some(Sourced { value, source }) = max_age {
            self.max_age = Some(Layered { value: *value, source: source.clone(), layer: id });
        }
    }
}

/// The place where the rule adds an origin that was not allowed before.
fn adds_trust<'r>(
    inherited: &MergedList<OriginElement>,
    rule: &'r Rule<OriginElement>,
) -> Option<&'r Source> {
    let MergedList::Only(inherited) = inherited else { return None };
    let added: Vec<_> = match rule {
        Rule::Inherit => return None,
        Rule::Set(List::Any { source, .. }) => return Some(source),
        Rule::Set(List::Only(list)) => list.iter().collect(),
        Rule::Edit(edits) => edits.iter().flat_map(|edit| &edit.add).collect(),
    };
    let inherited = Cover::of(inherited.iter().map(|known| &known.value));
    added
        .into_iter()
        .find(|element| !inherited.covers(&element.value))
        .map(|element| &element.source)
}

fn inherited_credentials(place: &Source, is_any: bool, credentials: &Source) -> Problem {
    let language = place.language();
    let none = language.flag(Setting::Credentials, false);
    // Credentials for every origin are refused.
    let all = match is_any {
        true => String::new(),
        false => format!(", `{}`", language.flag(Setting::Credentials, true)),
    };
    Problem::error(
        Code::INHERITED_CREDENTIALS,
        place,
        "this adds an origin under inherited `credentials = true`, so it could read responses as \
         your users",
    )
    .about(Setting::Origins)
    .with_note_at(checks::set_here(Setting::Credentials, credentials), credentials)
    .with_help(format!(
        "set `credentials` here: `{none}` (recommended){all}, or a list of the origins that may send \
         them"
    ))
}

pub(crate) fn parent_is_disabled(layer: &Source, disabled: &Sourced<Disabled>) -> Problem {
    let name = disabled.value.name();
    let language = layer.language();
    let origins = language.example(Setting::Origins);
    let passthrough = language.keyword("passthrough");
    let (message, help) = match disabled.value {
        Disabled::Off => (
            "these rules have no effect: CORS is `off` in the layer that they inherit from",
            format!("set what is allowed here, for example `{origins}`, or a `policy`"),
        ),
        Disabled::Passthrough => (
            "these rules have no effect: the layer that they inherit from is `passthrough`, which \
             leaves CORS to the handlers",
            format!(
                "write `{passthrough}` here too, or set what is allowed, for example `{origins}`, \
                 or a `policy`"
            ),
        ),
    };
    Problem::error(Code::PARENT_IS_OFF, layer, message)
        .with_note_at(format!("`{name}` is set here"), &disabled.source)
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Rules};

    fn place(line: u32) -> Source {
        Source::code("api.rs", line, 1)
    }

    /// Global rules that allow one origin with credentials, set at line 1.
    fn global() -> Rules {
        Rules::new(place(1))
            .list(Setting::Origins, Op::Set, ["https://a.example"], place(1))
            .flag(Setting::Credentials, true, place(1))
            .flag(Setting::Enforce, true, place(2))
    }

    #[test]
    fn off_discards_the_sources_of_all_settings_except_enforce() {
        let off = Rules::new(place(3)).off(place(3));
        let resolver = Config::new(global()).group("/x", off, place(3)).resolve().unwrap();
        let sources = |setting| resolver.for_path("/x").effective(setting).sources().to_vec();
        assert_eq!(sources(Setting::Enforce), [place(2)]);
        assert_eq!(sources(Setting::Credentials), []);
        assert_eq!(sources(Setting::Origins), [place(3)]);
    }

    #[test]
    fn replacing_the_origins_removes_null() {
        let null = Setting::DangerAllowNullOrigin;
        let origins =
            |op| Rules::new(place(3)).list(Setting::Origins, op, ["https://b.example"], place(3));
        let any = Rules::new(place(3)).origins_any(place(3));
        for (group, allowed, source) in [
            (Rules::new(place(3)), true, 1),
            (origins(Op::Add), true, 1),
            (origins(Op::Set), false, 3),
            (any, false, 3),
            (origins(Op::Set).flag(null, true, place(4)), true, 4),
        ] {
            let global = Rules::new(place(1))
                .list(Setting::Origins, Op::Set, ["https://a.example"], place(1))
                .flag(null, true, place(1));
            let resolver = Config::new(global).group("/x", group, place(3)).resolve().unwrap();
            let effective = resolver.for_path("/x").effective(null);
            assert_eq!(effective.value().to_string(), allowed.to_string());
            assert_eq!(effective.sources(), [place(source)]);
        }
    }

    #[test]
    fn removing_an_element_that_is_not_inherited_is_a_warning() {
        for (setting, element) in [
            (Setting::Origins, "https://b.example"),
            (Setting::Methods, "PUT"),
            (Setting::Headers, "x-b"),
        ] {
            let group = Rules::new(place(3)).list(setting, Op::Remove, [element], place(3));
            let global = global().list(Setting::Headers, Op::Set, ["x-a"], place(1));
            let resolver = Config::new(global).group("/x", group, place(3)).resolve();
            let resolver = resolver.unwrap();
            let messages: Vec<_> = resolver.warnings().iter().map(Problem::message).collect();
            assert_eq!(messages, [format!("`{element}` is not among the inherited `{setting}`")]);
        }
    }
}
