//! Live sets in merged rules: where they are used, and what their content has to meet there.

use std::hash::{Hash, Hasher};

use super::layer::OriginElement;
use super::{LayerId, Layered, Mergeable as _, Merged, MergedList};
use crate::live::LiveSet;
use crate::problem::{Code, Language, Problem, Source};
use crate::setting::Setting;

/// A live set as an element of `origins` or `credentials`.
#[derive(Clone, Debug)]
pub(crate) struct LiveElement {
    pub(crate) set: LiveSet,
    /// The route parameter that selects the list of a keyed set.
    pub(crate) parameter: Option<Box<str>>,
    /// The segment of the path that is the value of the parameter.
    pub(crate) segment: Option<usize>,
}

impl LiveElement {
    pub(crate) const fn new(set: LiveSet) -> Self {
        Self { set, parameter: None, segment: None }
    }

    /// This set, with the list that a route parameter selects.
    pub(crate) fn with_key(&self, parameter: Option<&str>) -> Self {
        let parameter = parameter.map(Into::into);
        Self { set: self.set.clone(), parameter, segment: None }
    }

    /// The set in a message, with the parameter that selects one of its lists.
    pub(super) fn show(&self) -> String {
        let name = self.set.name();
        match &self.parameter {
            None => format!("the live set `{name}`"),
            Some(parameter) => {
                format!("the live set `{name}` by `{{{}}}`", parameter.escape_debug())
            }
        }
    }

    /// Reports a parameter in limits, which have no path.
    pub(crate) fn reject_key(&self, source: &Source) -> Option<Problem> {
        let (name, parameter) = (self.set.name(), self.parameter.as_ref()?);
        let parameter = parameter.escape_debug();
        let message =
            format!("limits have no path, so the parameter `{parameter}` selects nothing");
        Some(
            Problem::error(Code::UNEXPECTED_SET_KEY, source, message)
                .about(Setting::Origins)
                .with_help(format!("remove `key`: the set `{name}` means the lists of all keys")),
        )
    }

    /// Whether all origins of `other` are origins of this: without a parameter, those of
    /// every key.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.set.name() == other.set.name()
            && (self.parameter.is_none() || self.parameter == other.parameter)
    }
}

/// Two elements are equal if they are written alike.
impl PartialEq for LiveElement {
    fn eq(&self, other: &Self) -> bool {
        self.set.name() == other.set.name() && self.parameter == other.parameter
    }
}

impl Eq for LiveElement {}

impl Hash for LiveElement {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.set.name().hash(state);
        self.parameter.hash(state);
    }
}

/// What the origins of a live set have to meet where it is used.
#[derive(Clone, Debug)]
pub(crate) struct LiveRequirement {
    pub(crate) set: Box<str>,
    /// Whether the set is a part of `credentials`, and not of `origins`.
    pub(crate) is_trusted: bool,
    /// The place where the set is used.
    pub(crate) source: Source,
    layer: LayerId,
    /// The rules around it, without lists.
    rules: Merged,
}

impl LiveRequirement {
    /// Whether both require the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let requirements = |it: &Self| {
            let Merged { credentials, private_network, allow_insecure, allow_suffixes, .. } =
                &it.rules;
            let of_all = match credentials {
                MergedList::Any(all) => Some(all.layer),
                MergedList::Only(_) => None,
            };
            let flags = [private_network, allow_insecure, allow_suffixes];
            let flags = flags.map(|flag| flag.value.then_some(flag.layer));
            (it.is_trusted, it.layer, of_all, flags)
        };
        self.set == other.set && requirements(self) == requirements(other)
    }

    /// Reports an origin that may not be in the set, because of the settings beside it;
    /// `place` is where it comes from.
    pub(crate) fn check(
        &self,
        origin: &OriginElement,
        place: &Source,
    ) -> (Layered<OriginElement>, Vec<Problem>) {
        let Self { is_trusted, layer, rules, .. } = self;
        let at = Layered { value: origin.clone(), source: place.clone(), layer: *layer };
        let mut problems = Vec::new();
        rules.check_live_origin(&at, *is_trusted, &mut problems);
        (at, problems)
    }
}

impl Merged {
    /// Whether `origins` or `credentials` name a keyed set, which the global rules cannot.
    pub(crate) fn names_keyed_set(&self) -> bool {
        let is_keyed = |list: &MergedList<OriginElement>| match list {
            MergedList::Any(_) => false,
            MergedList::Only(list) => list.iter().any(|at| at.value.needs_path()),
        };
        is_keyed(&self.origins) || is_keyed(&self.credentials)
    }

    /// The live sets that these rules use.
    pub(crate) fn live_requirements(&self) -> Vec<LiveRequirement> {
        if self.disabled.is_some() {
            return Vec::new();
        }
        let lists = [(&self.origins, false), (&self.credentials, true)];
        let mut uses = Vec::new();
        for (list, is_trusted) in lists {
            let MergedList::Only(list) = list else { continue };
            for Layered { value, source, layer } in list {
                let OriginElement::Live(live) = value else { continue };
                let rules = Self {
                    credentials: match &self.credentials {
                        MergedList::Any(all) => MergedList::Any(all.clone()),
                        MergedList::Only(_) => MergedList::Only(Vec::new()),
                    },
                    private_network: self.private_network.clone(),
                    allow_insecure: self.allow_insecure.clone(),
                    allow_suffixes: self.allow_suffixes.clone(),
                    ..Self::baseline(&[])
                };
                let (set, source, layer) = (live.set.name().into(), source.clone(), *layer);
                uses.push(LiveRequirement { set, is_trusted, source, layer, rules });
            }
        }
        uses
    }

    /// Finds the segment of the path for each route parameter that selects the list of a keyed
    /// set. `segment` finds it in the pattern of a layer, given by the index of the layer; its
    /// error is the reason why there is none.
    pub(crate) fn find_keys(
        &mut self,
        segment: impl Fn(usize, &str) -> Result<usize, String>,
        problems: &mut Vec<Problem>,
    ) {
        for list in [&mut self.origins, &mut self.credentials] {
            let MergedList::Only(list) = list else { continue };
            for Layered { value, source, layer } in list {
                let OriginElement::Live(live) = value else { continue };
                let name = live.set.name();
                match &live.parameter {
                    None if live.set.is_keyed() => {
                        let problem = missing_key(name, source);
                        problems.push(match layer.is_global() {
                            true => problem.with_help(use_below_path("tenant", source)),
                            false => problem,
                        });
                    }
                    None => {}
                    Some(parameter) => match segment(layer.index(), parameter) {
                        Ok(found) => live.segment = Some(found),
                        Err(reason) => {
                            let problem = no_parameter(name, parameter, &reason, source);
                            problems.push(match layer.is_global() {
                                true => problem.with_help(use_below_path(parameter, source)),
                                false => problem,
                            });
                        }
                    },
                }
            }
        }
    }
}

fn missing_key(name: &str, source: &Source) -> Problem {
    let message = format!("the set `{name}` has a list for each key, and no key is selected here");
    Problem::error(Code::MISSING_SET_KEY, source, message).about(Setting::Origins).with_help(
        match source.language().set_with_key(name, "tenant") {
            Some(set) => format!("name the parameter of the path that is the key: `{set}`"),
            None => "a variable cannot select a key: use the set in a group or handler".to_owned(),
        },
    )
}

/// What to write instead of a keyed set in the global rules.
fn use_below_path(parameter: &str, source: &Source) -> String {
    let language = source.language();
    let path = language.text(&format!("/t/{{{}}}/**", bare_name(parameter).unwrap_or("tenant")));
    let group = match language {
        Language::Builder => format!("`.paths({path}, …)`"),
        Language::Settings => format!("an element of `paths` with `\"match\": {path}`"),
        _ => format!("`[[cors.paths]]` with `match = {path}`"),
    };
    format!("use the set in a group, as {group}, or at a handler, whose path has the parameter")
}

/// The name in `tenant`, `{tenant}` and `{tenant:[a-z]+}`.
fn bare_name(parameter: &str) -> Option<&str> {
    let bare = parameter.trim_matches(['{', '}']).split(':').next().unwrap_or_default();
    (!bare.is_empty() && !bare.contains(['{', '}', '*', '/'])).then_some(bare)
}

fn no_parameter(name: &str, parameter: &str, reason: &str, source: &Source) -> Problem {
    let message = format!(
        "`{}` cannot select the list of the set `{name}`: {reason}",
        parameter.escape_debug()
    );
    let bare = bare_name(parameter);
    let without_braces = bare
        .filter(|bare| *bare != parameter)
        .and_then(|bare| source.language().set_with_key(name, bare));
    let help = match without_braces {
        Some(set) => format!("write the name without braces: `{set}`"),
        None => format!(
            "name a parameter that is a whole segment of the path, as `{{{0}}}` in `/t/{{{0}}}/**`",
            bare.unwrap_or("tenant").escape_debug()
        ),
    };
    Problem::error(Code::UNKNOWN_PARAMETER, source, message).about(Setting::Origins).with_help(help)
}
