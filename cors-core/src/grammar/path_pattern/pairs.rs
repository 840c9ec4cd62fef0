//! Which groups of two configurations share a path: for comparing what these allow.
//!
//! The patterns of both are walked segment by segment, as one tree. At each node, the next
//! segment of a path is one of the literals there, empty, or any other text.

use std::collections::{BTreeMap, BTreeSet};

use super::{PathPattern, Segment};
use crate::problem::Source;

/// The most nodes that are visited: patterns with `*` before many different literals have
/// more, and are then not compared.
const MOST_NODES: usize = 1_000_000;

/// The most segments of a pattern: each is a call on the stack.
const MOST_SEGMENTS: usize = 500;

/// The indices of the most specific group of each configuration that contains a path;
/// `None` for a path outside of all groups.
type Pair = (Option<usize>, Option<usize>);

/// The pairs of groups, one of each configuration, that contain a common path, by their
/// patterns as in `[[cors.paths]]`; `None` in a pair means paths outside of all groups.
///
/// Of several groups that contain a path, the most specific one counts. The flag is whether
/// a group has a condition on the host: of two groups with equal paths, that one is more
/// specific. Text that is no pattern contains no path.
///
/// ```
/// use cors_core::pairs_of_groups;
///
/// let before = [("/api/**", false)];
/// let after = [("/api/**", false), ("/api/admin/**", false)];
/// let pairs: Vec<_> = pairs_of_groups(&before, &after).unwrap().into_iter().collect();
/// assert_eq!(pairs, [(None, None), (Some(0), Some(0)), (Some(0), Some(1))]);
/// ```
///
/// Returns `None` if the patterns have too many combinations, more than 1 000 000 nodes, or one has
/// more than 500 segments.
#[must_use]
pub fn pairs_of_groups(before: &[(&str, bool)], after: &[(&str, bool)]) -> Option<BTreeSet<Pair>> {
    let read = |groups: &[(&str, bool)], is_after| {
        let groups = groups.iter().enumerate().filter_map(move |(index, (text, has_host))| {
            let pattern = PathPattern::parse(text, &Source::BASELINE).ok()?;
            Some(IndexedGroup { index, is_after, has_host: *has_host, pattern })
        });
        groups.collect::<Vec<_>>()
    };
    let groups: Vec<IndexedGroup> =
        [read(before, false), read(after, true)].into_iter().flatten().collect();
    let mut walk = Walk { pairs: BTreeSet::new(), nodes: 0 };
    walk.below(0, &groups.iter().collect::<Vec<_>>())?;
    Some(walk.pairs)
}

struct IndexedGroup {
    index: usize,
    is_after: bool,
    has_host: bool,
    pattern: PathPattern,
}

impl IndexedGroup {
    fn len(&self) -> usize {
        self.pattern.segments.len()
    }

    /// Whether the group contains paths of `depth` segments, if those are matched.
    fn ends_at(&self, depth: usize) -> bool {
        self.len() == depth || self.len() < depth && self.pattern.everything_below
    }
}

struct Walk {
    pairs: BTreeSet<Pair>,
    nodes: usize,
}

impl Walk {
    /// Visits all paths that begin with `depth` segments, which the groups in `live` match.
    fn below(&mut self, depth: usize, live: &[&IndexedGroup]) -> Option<()> {
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > MOST_SEGMENTS {
            return None;
        }
        if depth > 0 {
            self.pairs
                .insert((most_specific(live, depth, false), most_specific(live, depth, true)));
        }
        if depth > 0 && live.iter().all(|group| group.len() < depth) {
            // Only `/**` is left, which contains everything below alike.
            return Some(());
        }
        let mut by_literal: BTreeMap<&str, Vec<&IndexedGroup>> = BTreeMap::new();
        let (mut any, mut everything) = (Vec::new(), Vec::new());
        for group in live {
            match group.pattern.segments.get(depth) {
                Some(Segment::Literal(literal)) => {
                    by_literal.entry(literal).or_default().push(group)
                }
                Some(Segment::Any(_)) => any.push(*group),
                None if group.pattern.everything_below => everything.push(*group),
                None => {}
            }
        }
        // An empty segment is one that `*` does not match, whether a pattern has it or not.
        by_literal.entry("").or_default();
        for (literal, mut taking) in by_literal {
            taking.extend(&everything);
            if !literal.is_empty() {
                taking.extend(&any);
            }
            self.below(depth + 1, &taking)?;
        }
        any.extend(everything);
        self.below(depth + 1, &any)?;
        Some(())
    }
}

fn most_specific(live: &[&IndexedGroup], depth: usize, is_after: bool) -> Option<usize> {
    let matching = live.iter().filter(|group| group.is_after == is_after && group.ends_at(depth));
    let most = matching.max_by_key(|group| (group.pattern.specificity(), group.has_host));
    most.map(|group| group.index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(before: &[&str], after: &[&str]) -> Vec<Pair> {
        let before: Vec<_> = before.iter().map(|text| (*text, false)).collect();
        let after: Vec<_> = after.iter().map(|text| (*text, false)).collect();
        pairs_of_groups(&before, &after).unwrap().into_iter().collect()
    }

    #[test]
    fn every_combination_of_groups_that_some_path_has_is_found() {
        let (none, a, b) = (None, Some(0), Some(1));
        for (before, after, expected) in [
            (&[][..], &[][..], vec![(none, none)]),
            (&["/**"], &["/**"], vec![(a, a)]),
            (&["/x"], &[], vec![(none, none), (a, none)]),
            // `/x/**` contains `/x` and `/x/`; `/x/*` neither.
            (&["/x/**"], &["/x/*"], vec![(none, none), (a, none), (a, a)]),
            (&["/*/b"], &["/a/*"], vec![(none, none), (none, a), (a, none), (a, a)]),
            (&["/a/**", "/*"], &["/a"], vec![(none, none), (a, none), (a, a), (b, none)]),
            (&["/x/"], &["/x"], vec![(none, none), (none, a), (a, none)]),
            (&["no pattern"], &["/x"], vec![(none, none), (none, a)]),
        ] {
            assert_eq!(pairs(before, after), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn many_groups_are_compared_in_one_walk() {
        let texts: Vec<String> = (0..10_000).map(|n| format!("/tenants/{n}/**")).collect();
        let groups: Vec<_> = texts.iter().map(|text| (text.as_str(), false)).collect();
        let pairs = pairs_of_groups(&groups, &groups[1..]).unwrap();
        assert_eq!(pairs.len(), 10_001);
        assert!(pairs.contains(&(Some(0), None)) && pairs.contains(&(Some(1), Some(0))));
    }

    #[test]
    fn a_condition_on_the_host_is_more_specific_and_combinations_are_bounded() {
        let groups = [("/x", false), ("/x", true)];
        let pairs = pairs_of_groups(&groups, &[]).unwrap();
        assert_eq!(pairs.into_iter().collect::<Vec<_>>(), [(None, None), (Some(1), None)]);

        let long = "/a".repeat(100_000);
        assert_eq!(pairs_of_groups(&[(&long, false)], &[]), None);

        // Each pattern has `*` at other places, so that most paths match others of them.
        let texts: Vec<String> = (0..4_096)
            .map(|n| {
                let part =
                    |at| if n >> at & 1 == 1 { "/*".to_owned() } else { format!("/{at}-{n}") };
                (0..12).map(part).collect()
            })
            .collect();
        let many: Vec<_> = texts.iter().map(|text| (text.as_str(), false)).collect();
        // Whether that is too much or not, it ends.
        let _ = pairs_of_groups(&many, &many);
    }
}
