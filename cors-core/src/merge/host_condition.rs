//! The condition of a layer, `host`, and what only rules about particular paths may set.
//!
//! `host` is not a setting: it is not inherited, merged or compiled. The layer does not
//! apply to requests that do not match the condition. Which layers apply to a request
//! is decided in `resolve`.

use std::collections::HashMap;

use super::layer::{Base, Disabled, Layer, Sourced};
use crate::config::{Element, ElementKind};
use crate::origin::HostPattern;
use crate::problem::{Code, Problem, Source};

/// The hosts that a layer applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostCondition {
    pub(crate) source: Source,
    pub(crate) patterns: Vec<HostPattern>,
    /// Whether some hosts are constants, whose text is not known at compile time.
    has_unknown: bool,
}

/// A place for rules that are not about particular paths.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PathlessPlace {
    Global,
    Policy,
    Profile,
    Limits,
}

impl HostCondition {
    /// Parses the hosts of a clause at `source`.
    pub(super) fn read(hosts: &[Element], source: &Source, problems: &mut Vec<Problem>) -> Self {
        if hosts.is_empty() {
            problems.push(
                Problem::error(
                    Code::EMPTY_LIST,
                    source,
                    "an empty `host` matches no request, so these rules would never apply",
                )
                .with_help("list the hosts, or remove `host` to apply the rules to every host"),
            );
        }
        let mut condition =
            Self { source: source.clone(), patterns: Vec::new(), has_unknown: false };
        let mut places: HashMap<HostPattern, &Source> = HashMap::new();
        for Element { text, kind, source, key: _ } in hosts {
            if *kind == ElementKind::Constant {
                condition.has_unknown = true;
                continue;
            }
            let pattern = match HostPattern::parse(text, source) {
                Ok(pattern) => pattern,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            match places.get(&pattern) {
                Some(earlier) => problems.push(
                    Problem::warning(
                        Code::DUPLICATE_ELEMENT,
                        source,
                        format!("`{text}` is in the list twice"),
                    )
                    .with_note_at("first listed here", earlier)
                    .with_help("remove one of the two"),
                ),
                None => {
                    places.insert(pattern.clone(), source);
                    condition.patterns.push(pattern);
                }
            }
        }
        condition
    }

    /// Whether some request may match both conditions.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let meet = |pattern: &HostPattern| other.patterns.iter().any(|it| it.overlaps(pattern));
        // Invalid hosts have already been reported.
        let is_unknown = |it: &Self| it.has_unknown || it.patterns.is_empty();
        is_unknown(self) || is_unknown(other) || self.patterns.iter().any(meet)
    }

    fn show(&self) -> String {
        let patterns: Vec<_> = self.patterns.iter().map(HostPattern::as_str).collect();
        format!("`{}`", patterns.join("`, `"))
    }
}

impl Layer {
    /// Reports `host` and `passthrough` in a layer that does not support them.
    pub(crate) fn reject_misplaced(&self, place: PathlessPlace, problems: &mut Vec<Problem>) {
        self.reject_passthrough(place, problems);
        let Some(HostCondition { source, .. }) = &self.host else { return };
        let (message, help) = match place {
            PathlessPlace::Global => (
                "the global rules apply to every host, so `host` cannot be set here",
                "configure a group instead: `[[cors.paths]]` with `match = \"/**\"`, this `host`, and the \
                 rules of this host",
            ),
            PathlessPlace::Profile => (
                "a profile is part of the global rules, which apply to every host, so `host` cannot \
                 be set here",
                "configure a group instead: `[[cors.paths]]` with `match = \"/**\"`, this `host`, and the \
                 rules of this host",
            ),
            PathlessPlace::Policy => (
                "a named policy applies where it is used, so `host` cannot be set here",
                "set `host` in the group or the attribute that uses the policy",
            ),
            PathlessPlace::Limits => (
                "limits apply to every host, so `host` cannot be set here",
                "remove it; to narrow the rules for one host, set them in its group",
            ),
        };
        problems.push(Problem::error(Code::MISPLACED_HOST, source, message).with_help(help));
    }

    fn reject_passthrough(&self, place: PathlessPlace, problems: &mut Vec<Problem>) {
        let Base::Disabled(Sourced { value: Disabled::Passthrough, source }) = &self.base else {
            return;
        };
        let (message, help) = match place {
            PathlessPlace::Policy => (
                "a named policy cannot be `passthrough`, which is about particular paths",
                "set `passthrough` in the group or the attribute instead of `policy`".to_owned(),
            ),
            PathlessPlace::Global | PathlessPlace::Profile | PathlessPlace::Limits => (
                "`passthrough` is about particular paths, and this table applies to all of them",
                format!(
                    "to disable `Cors` everywhere, write `{}` instead; for some paths, set \
                     `passthrough` in a group: `[[cors.paths]]`",
                    source.language().enabled(false)
                ),
            ),
        };
        // That something else has no effect beside it is not what is wrong.
        let is_about = |it: &Problem| it.notes().any(|(_, place)| place == Some(source));
        problems.retain(|it| it.code() != Code::OFF_WITH_OTHERS || !is_about(it));
        problems.push(Problem::error(Code::MISPLACED_PASSTHROUGH, source, message).with_help(help));
    }
}

/// Reports `host` conditions of modules and their handler that no request matches
/// together. `layers` are those of one route, the outermost first.
pub(crate) fn check_hosts<'l>(layers: impl IntoIterator<Item = &'l Layer>) -> Vec<Problem> {
    let conditions: Vec<_> = layers.into_iter().filter_map(|it| it.host.as_ref()).collect();
    let Some((inner, outer)) = conditions.split_last() else { return Vec::new() };
    let disjoint = outer.iter().filter(|outer| !outer.overlaps(inner));
    disjoint
        .map(|outer| {
            let message = format!(
                "no request matches both {} and {}, so the rules of this handler would never apply",
                inner.show(),
                outer.show()
            );
            Problem::error(Code::DISJOINT_HOSTS, &inner.source, message)
                .with_note_at("the other `host` is set here", &outer.source)
                .with_help("set the same `host` for both, or remove one of the two")
        })
        .collect()
}
