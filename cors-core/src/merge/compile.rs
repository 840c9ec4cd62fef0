//! Compiling merged rules into a policy.

use super::layer::{Disabled, OriginElement};
use super::{Layered, LiveElement, Merged, MergedList};
use crate::grammar::{HeaderName, Method};
use crate::origin::{OriginSet, SharedSets};
use crate::policy::{Expose, Headers, KeySegment, LiveOrigins, LiveUse, Methods, Origins, Policy};
use crate::setting::Setting;

impl Merged {
    /// Compiles the policy. `serves` limits its methods to those of the route; `sets`
    /// shares origin sets with other policies.
    ///
    /// Invariant: `check` found no error.
    pub(crate) fn compile(self, serves: Option<&[Method]>, sets: &SharedSets) -> Policy {
        let Self {
            disabled,
            mut provenance,
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
        } = self;
        provenance.dangers = [
            (Setting::DangerAllowInsecureOrigins, &allow_insecure),
            (Setting::DangerAllowPublicSuffixes, &allow_suffixes),
            (Setting::DangerAllowNullOrigin, &allow_null),
        ]
        .into_iter()
        .filter_map(|(danger, accepted)| accepted.value.then_some(danger))
        .collect();
        let disabled = disabled.map(|disabled| disabled.value);
        let mut uses = Vec::new();
        let origins = match (disabled, origins) {
            (Some(Disabled::Off), _) => Origins::Off,
            (Some(Disabled::Passthrough), _) => Origins::Passthrough,
            (None, MergedList::Any(_)) => Origins::Any,
            (None, MergedList::Only(list)) => {
                let (list, live) = without_live(list, false);
                uses.extend(live);
                Origins::Only(sets.share(origin_set(list, allow_null.value)))
            }
        };
        let (origins, credentials) = match (origins, credentials) {
            // `*` with credentials must never be sent, even if `check` missed it.
            (origins, MergedList::Any(_)) => {
                let is_list = matches!(origins, Origins::Only(_));
                (origins, is_list)
            }
            (origins @ (Origins::Off | Origins::Passthrough), MergedList::Only(_)) => {
                (origins, false)
            }
            (origins, MergedList::Only(list)) if list.is_empty() => (origins, false),
            (origins, MergedList::Only(list)) => {
                let allowed = match origins {
                    Origins::Only(set) => Some(set),
                    _ => None,
                };
                let (list, live) = without_live(list, true);
                uses.extend(live);
                let trusted = sets.share(origin_set(list, false));
                (Origins::Trusting { allowed, trusted }, false)
            }
        };
        let origins = with_live(origins, uses);
        Policy {
            credentials,
            origins,
            methods: compile_methods(methods, serves),
            headers: compile_headers(headers),
            expose: compile_expose(expose),
            max_age: max_age.map(|at| at.value.to_string().into()),
            private_network: private_network.value,
            enforce: enforce.value && disabled != Some(Disabled::Passthrough),
            provenance,
        }
    }
}

/// Separates the live sets of a list of `origins`, or of `credentials`.
fn without_live(
    list: Vec<Layered<OriginElement>>,
    trusts: bool,
) -> (Vec<Layered<OriginElement>>, Vec<LiveUse>) {
    let mut uses = Vec::new();
    let mut fixed = list;
    fixed.retain(|at| {
        let OriginElement::Live(LiveElement { set, parameter, segment }) = &at.value else {
            return true;
        };
        let key = parameter.clone().zip(*segment);
        let key = key.map(|(parameter, segment)| KeySegment { parameter, segment });
        // A keyed set without its key was reported, and contains nothing.
        uses.push(LiveUse { set: set.clone(), key, allows: !trusts, trusts });
        false
    });
    (fixed, uses)
}

/// The origins, with live sets if there are any.
fn with_live(origins: Origins, uses: Vec<LiveUse>) -> Origins {
    if uses.is_empty() {
        return origins;
    }
    let (allowed, trusted) = match origins {
        Origins::Only(set) => (Some(set), None),
        Origins::Trusting { allowed, trusted } => (allowed, Some(trusted)),
        other => return other,
    };
    Origins::Live(Box::new(LiveOrigins::new(allowed, trusted, uses)))
}

fn origin_set(list: Vec<Layered<OriginElement>>, allow_null: bool) -> OriginSet {
    let (mut patterns, mut regexes) = (Vec::new(), Vec::new());
    for element in list {
        match element.value {
            OriginElement::Pattern(pattern) => patterns.push(pattern),
            OriginElement::Regex(regex) => regexes.push(regex),
            OriginElement::Live(_) => {}
        }
    }
    OriginSet::new(patterns, regexes, allow_null)
}

fn compile_methods(methods: MergedList<Method>, serves: Option<&[Method]>) -> Methods {
    let methods: Box<[Method]> = match (methods, serves) {
        (MergedList::Any(_), None) => return Methods::Any,
        (MergedList::Any(_), Some(serves)) => serves.into(),
        (MergedList::Only(list), None) => list.into_iter().map(|at| at.value).collect(),
        (MergedList::Only(list), Some(serves)) => {
            list.into_iter().map(|at| at.value).filter(|m| serves.contains(m)).collect()
        }
    };
    Methods::only(methods)
}

fn compile_headers(headers: MergedList<HeaderName>) -> Headers {
    match headers {
        MergedList::Any(at) => Headers::Any { authorization: at.value },
        MergedList::Only(list) => {
            let names = sorted(list);
            Headers::Only {
                value: text(&names),
                longest: names.iter().map(|name| name.as_str().len()).max().unwrap_or(0),
                names,
            }
        }
    }
}

fn compile_expose(expose: MergedList<HeaderName>) -> Expose {
    match expose {
        MergedList::Any(_) => Expose::Any,
        MergedList::Only(list) if list.is_empty() => Expose::Nothing,
        MergedList::Only(list) => Expose::Only(text(&sorted(list))),
    }
}

fn sorted(list: Vec<Layered<HeaderName>>) -> Box<[HeaderName]> {
    let mut names: Vec<_> = list.into_iter().map(|at| at.value).collect();
    names.sort();
    names.dedup();
    names.into()
}

fn text(names: &[HeaderName]) -> Box<str> {
    names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ").into()
}
