//! Checking the origins and keys of a change.

use crate::ceiling::{CheckedLimits, check_loopback};
use crate::config::{Element, ElementKind};
use crate::live::LiveSet;
use crate::merge::{Cover, LiveElement, LiveRequirement, OriginElement, read_origin};
use crate::origin::{OriginPattern, OriginRegex};
use crate::problem::{Code, Problem, Severity, Source};
use crate::resolve::Resolver;
use crate::setting::Setting;

use super::live_error::RejectedOrigin;

/// The parsed origins of a list.
pub(super) type Origins = (Vec<OriginPattern>, Vec<OriginRegex>);

/// Checks the origins of a change.
pub(super) struct OriginCheck<'r> {
    resolver: &'r Resolver,
    uses: Vec<LiveRequirement>,
    /// The limits that the origins have to be covered by.
    limits: Vec<(Cover<'r, OriginElement>, &'r CheckedLimits)>,
    pub(super) rejected: Vec<RejectedOrigin>,
}

impl<'r> OriginCheck<'r> {
    pub(super) fn new(resolver: &'r Resolver, set: &LiveSet) -> Self {
        let mut uses = resolver.live_requirements.of(set);
        if let Some(reported) = &resolver.report_only {
            uses.extend(reported.live_requirements.of(set));
        }
        let is_in_origins = uses.iter().any(|it| !it.is_trusted);
        let itself = OriginElement::Live(LiveElement::new(set.clone()));
        let limits = resolver.limits.iter().filter(|_| is_in_origins);
        let limits = limits.filter_map(|limits| Some((limits.origins()?, limits)));
        // Limits that name the set allow whatever it contains.
        let limits = limits.filter(|(cover, _)| !cover.covers(&itself)).collect();
        Self { resolver, uses, limits, rejected: Vec::new() }
    }

    /// The first problem of an origin; `place` is where it comes from.
    pub(super) fn problem_of(
        &self,
        origin: &OriginElement,
        place: Option<&Source>,
    ) -> Option<Problem> {
        for (cover, limits) in &self.limits {
            if !cover.covers(origin) {
                return Some(limits.over_origins(origin, place.unwrap_or(&Source::BASELINE)));
            }
        }
        for live in &self.uses {
            let (at, problems) = live.check(origin, place.unwrap_or(&live.source));
            let is_error = |problem: &Problem| problem.severity() == Severity::Error;
            let found = problems.into_iter().find(is_error).or_else(|| {
                let is_local = self.resolver.is_local() || live.is_trusted;
                let profile = self.resolver.profile().filter(|_| !is_local)?;
                check_loopback(&at, profile)
            });
            if let Some(problem) = found {
                return Some(match place {
                    Some(_) => problem.with_note_at("the set is used here", &live.source),
                    None => problem,
                });
            }
        }
        None
    }

    fn accepts(&self, pattern: &OriginPattern) -> bool {
        self.problem_of(&OriginElement::Pattern(pattern.clone()), None).is_none()
    }

    /// Parses and checks a list.
    pub(super) fn list(&mut self, key: Option<&str>, list: Vec<Element>) -> Origins {
        self.parse(key, list, true)
    }

    /// Parses a list of origins to be removed: what was accepted earlier may be removed in any
    /// case.
    pub(super) fn removed(&mut self, key: Option<&str>, list: Vec<Element>) -> Origins {
        self.parse(key, list, false)
    }

    fn parse(&mut self, key: Option<&str>, list: Vec<Element>, is_checked: bool) -> Origins {
        let (mut patterns, mut regexes) = (Vec::with_capacity(list.len()), Vec::new());
        for (index, element) in list.into_iter().enumerate() {
            let mut problems = Vec::new();
            // Nearly all: there may be 100 000.
            if element.kind == ElementKind::Plain
                && let Ok(pattern) = OriginPattern::parse(&element.text)
                && (!is_checked || self.limits.is_empty() && is_plain(&pattern))
            {
                debug_assert!(!is_checked || self.accepts(&pattern), "{pattern}");
                patterns.push(pattern);
                continue;
            }
            let parsed = match element.kind {
                ElementKind::Set => {
                    problems.push(nested(&element));
                    Vec::new()
                }
                _ => read_origin(&element, None, &mut problems),
            };
            let parsed = parsed.into_iter().next().map(|parsed| parsed.value);
            let problem = problems.into_iter().find(|it| it.severity() == Severity::Error);
            let problem = problem.or_else(|| {
                let parsed = parsed.as_ref().filter(|_| is_checked)?;
                self.problem_of(parsed, Some(&element.source))
            });
            match (problem, parsed) {
                (Some(problem), _) => {
                    let text = element.text.into_owned();
                    self.rejected.push(RejectedOrigin::origin(key, index, text, problem));
                }
                (None, Some(OriginElement::Pattern(pattern))) => patterns.push(pattern),
                (None, Some(OriginElement::Regex(regex))) => regexes.push(regex),
                // Neither a problem nor an origin: a constant of an attribute.
                (None, Some(OriginElement::Live(_)) | None) => {}
            }
        }
        (patterns, regexes)
    }

    /// Checks a key.
    pub(super) fn key(&mut self, key: &str, place: &Source) -> bool {
        let Some(reason) = why_no_segment(key) else { return true };
        let message = format!("`{}` cannot be a key: {reason}", key.escape_debug());
        let problem = Problem::error(Code::BAD_SET_KEY, place, message).with_help(
            "a key is the text of one segment of the path, as the handler gets it: for example `acme`",
        );
        self.rejected.push(RejectedOrigin::of_key(key, problem));
        false
    }
}

/// Whether an origin is accepted beside all settings: one host, encrypted or of this machine.
/// [`LiveRequirement::check`] and [`check_loopback`] report other origins only.
fn is_plain(pattern: &OriginPattern) -> bool {
    pattern.is_exact() && !pattern.is_insecure()
}

/// Why no request can have a key.
fn why_no_segment(key: &str) -> Option<&'static str> {
    match key {
        "" => Some("a segment of a path is not empty"),
        "." | ".." => Some("browsers remove this segment from a path"),
        _ if key.contains('/') => Some("a slash separates segments of a path"),
        _ if key.contains('%') => {
            Some("a `%` in a path has other readings, so no origin is allowed there")
        }
        _ if key.contains('\u{FFFD}') => Some("it stands for bytes that are no text"),
        _ => None,
    }
}

fn nested(element: &Element) -> Problem {
    let message = format!(
        "a live set contains origins, and not the set `{}`, whose content would not be checked",
        element.text.escape_debug()
    );
    Problem::error(Code::NESTED_SET, &element.source, message)
        .about(Setting::Origins)
        .with_help("list its origins, or name both sets where they are used")
}
