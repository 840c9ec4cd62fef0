//! Finding patterns among many: by their segments, and not one by one.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{PathPattern, Segment, upper_case_escapes};

/// Patterns, each with a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatternIndex {
    root: Branch,
}

/// The patterns that begin with the same segments.
#[derive(Clone, Debug, Default)]
struct Branch {
    // The keys come from configuration, so an attacker cannot cause hash collisions.
    literals: HashMap<Box<str>, Branch, FixedState>,
    any: Option<Box<Branch>>,
    /// The patterns that end here.
    here: Vec<usize>,
    /// The patterns that end here with `/**`.
    below: Vec<usize>,
}

impl PatternIndex {
    /// Adds a pattern.
    pub(crate) fn insert(&mut self, pattern: &PathPattern, number: usize) {
        let node = pattern.segments.iter().fold(&mut self.root, |node, segment| match segment {
            Segment::Literal(literal) => node.literals.entry(literal.clone()).or_default(),
            Segment::Any(_) => node.any.get_or_insert_default(),
        });
        let list = if pattern.everything_below { &mut node.below } else { &mut node.here };
        list.push(number);
    }

    /// The lowest number of a pattern that matches the path, among those for which `applies`.
    pub(crate) fn first_match(
        &self,
        path: &str,
        applies: &impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let path = path.strip_prefix('/').unwrap_or(path);
        self.root.first_match(Some(path), applies)
    }

    /// The lowest number of a pattern that is as long as `other`, ends as it does and matches
    /// a path that `other` matches, among those for which `applies`.
    pub(crate) fn first_alike(
        &self,
        other: &PathPattern,
        applies: &impl Fn(usize) -> bool,
    ) -> Option<usize> {
        self.root.first_alike(&other.segments, other.everything_below, applies)
    }
}

impl Branch {
    /// `rest` is what is left of the path; `None` after its last segment.
    fn first_match(&self, rest: Option<&str>, applies: &impl Fn(usize) -> bool) -> Option<usize> {
        let below = first(&self.below, applies);
        let Some(rest) = rest else { return lower(below, first(&self.here, applies)) };
        let (part, rest) = match rest.split_once('/') {
            Some((part, rest)) => (part, Some(rest)),
            None => (rest, None),
        };
        let literal = self.literals.get(part).or_else(|| {
            let is_escaped = part.contains('%');
            is_escaped.then(|| self.literals.get(&*upper_case_escapes(part))).flatten()
        });
        let literal = literal.and_then(|node| node.first_match(rest, applies));
        let any = self.any.as_ref().filter(|_| !part.is_empty());
        let any = any.and_then(|node| node.first_match(rest, applies));
        lower(below, lower(literal, any))
    }

    fn first_alike(
        &self,
        segments: &[Segment],
        everything_below: bool,
        applies: &impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let Some((segment, segments)) = segments.split_first() else {
            return first(if everything_below { &self.below } else { &self.here }, applies);
        };
        let alike = |node: &Self| node.first_alike(segments, everything_below, applies);
        let any = self.any.as_deref().and_then(alike);
        let literal = match segment {
            Segment::Literal(literal) => self.literals.get(literal).and_then(alike),
            Segment::Any(_) => self.literals.values().filter_map(alike).min(),
        };
        lower(any, literal)
    }
}

fn first(numbers: &[usize], applies: &impl Fn(usize) -> bool) -> Option<usize> {
    numbers.iter().copied().filter(|number| applies(*number)).min()
}

fn lower(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    /// Every pattern that can be made of these segments, with up to three of them.
    fn patterns() -> Vec<PathPattern> {
        let segments = ["a", "b", "*", "a%2Fb"];
        let mut texts = vec![String::new()];
        for length in 0..3 {
            let longer = texts.iter().filter(|text| text.matches('/').count() == length);
            let longer =
                longer.flat_map(|text| segments.map(|segment| format!("{text}/{segment}")));
            texts.extend(longer.collect::<Vec<_>>());
        }
        let all = texts.iter().flat_map(|text| [text.clone(), format!("{text}/**")]);
        let all = all.chain(["/".to_owned()]);
        all.filter_map(|text| PathPattern::parse(&text, &Source::BASELINE).ok()).collect()
    }

    #[test]
    fn the_index_finds_what_comparing_one_by_one_finds() {
        let patterns = patterns();
        let mut index = PatternIndex::default();
        patterns.iter().enumerate().for_each(|(number, it)| index.insert(it, number));
        let parts = ["", "a", "b", "c", "a%2Fb", "a%2fb"];
        let mut paths = vec![String::new()];
        for _ in 0..4 {
            let longer = paths.iter().flat_map(|path| parts.map(|part| format!("{path}/{part}")));
            paths = longer.chain(paths.clone()).collect();
            paths.sort();
            paths.dedup();
        }
        for applies in [|_: usize| true, |number: usize| number.is_multiple_of(3)] {
            for path in &paths {
                let one_by_one = patterns.iter().enumerate();
                let mut one_by_one = one_by_one.filter(|(number, _)| applies(*number));
                let expected =
                    one_by_one.find(|(_, it)| it.matches(path)).map(|(number, _)| number);
                assert_eq!(index.first_match(path, &applies), expected, "{path}");
            }
            for other in &patterns {
                let is_alike = |(number, it): &(usize, &PathPattern)| {
                    applies(*number)
                        && it.segments.len() == other.segments.len()
                        && it.everything_below == other.everything_below
                        && it.overlaps(other)
                };
                let expected = patterns.iter().enumerate().find(is_alike).map(|(number, _)| number);
                assert_eq!(index.first_alike(other, &applies), expected, "{other}");
            }
        }
    }
}
