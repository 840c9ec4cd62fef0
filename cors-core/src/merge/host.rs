//! The condition that a layer applies under: `host`.
//!
//! It is no setting: it is not inherited, merged or compiled. For a request that
//! does not meet it the layer is absent. Which layers a request has is decided
//! when routes are resolved.

use std::collections::HashMap;

use super::layer::Layer;
use crate::config::{Element, ElementKind};
use crate::origin::HostPattern;
use crate::problem::{Code, Problem, Source};

/// The hosts that a layer applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostCondition {
    pub(crate) source: Source,
    pub(crate) patterns: Vec<HostPattern>,
    /// Whether there are constants among them, whose text is not known while
    /// compiling.
    has_unknown: bool,
}

/// Where a condition has nothing to be a condition of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HostlessPlace {
    Global,
    Policy,
    Profile,
    Limits,
}

impl HostCondition {
    /// Reads the hosts of a clause at `source`.
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
        for Element { text, kind, source } in hosts {
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
                    .with_note_at("first here", earlier)
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

    /// Whether some request meets both conditions, as far as that is known.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let meet = |pattern: &HostPattern| other.patterns.iter().any(|it| it.overlaps(pattern));
        // What is wrong has been reported.
        let is_unknown = |it: &Self| it.has_unknown || it.patterns.is_empty();
        is_unknown(self) || is_unknown(other) || self.patterns.iter().any(meet)
    }

    fn show(&self) -> String {
        let patterns: Vec<_> = self.patterns.iter().map(HostPattern::as_str).collect();
        format!("`{}`", patterns.join("`, `"))
    }
}

impl Layer {
    /// Reports a condition in a layer that cannot have one.
    pub(crate) fn refuse_host(&self, place: HostlessPlace, problems: &mut Vec<Problem>) {
        let Some(HostCondition { source, .. }) = &self.host else { return };
        let (message, help) = match place {
            HostlessPlace::Global => (
                "the global rules apply to every host, so `host` cannot be said here",
                "put it into a group: `[[cors.paths]]` with `match = \"/**\"`, this `host`, and the \
                 rules of this host",
            ),
            HostlessPlace::Profile => (
                "a profile is part of the global rules, which apply to every host, so `host` cannot \
                 be said here",
                "put it into a group: `[[cors.paths]]` with `match = \"/**\"`, this `host`, and the \
                 rules of this host",
            ),
            HostlessPlace::Policy => (
                "a named policy applies where it is used, so `host` cannot be said here",
                "put `host` into the group or the attribute that uses the policy",
            ),
            HostlessPlace::Limits => (
                "limits apply to every host, so `host` cannot be said here",
                "remove it; a group for one host is narrowed by its own rules",
            ),
        };
        problems.push(Problem::error(Code::MISPLACED_HOST, source, message).with_help(help));
    }
}

/// Reports conditions of modules and their handler that no request can meet
/// together. `layers` are those of one route, the outermost first.
pub(crate) fn check_hosts<'l>(layers: impl IntoIterator<Item = &'l Layer>) -> Vec<Problem> {
    let conditions: Vec<_> = layers.into_iter().filter_map(|it| it.host.as_ref()).collect();
    let Some((inner, outer)) = conditions.split_last() else { return Vec::new() };
    let disjoint = outer.iter().filter(|outer| !outer.overlaps(inner));
    disjoint
        .map(|outer| {
            let message = format!(
                "no request is for {} and for {}, so this handler would never run under its rules",
                inner.show(),
                outer.show()
            );
            Problem::error(Code::DISJOINT_HOSTS, &inner.source, message)
                .with_note_at("the other `host` is here", &outer.source)
                .with_help("give both the same `host`, or remove one of the two")
        })
        .collect()
}
