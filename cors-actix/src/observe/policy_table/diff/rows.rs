//! Which rows of two tables are compared with each other.
//!
//! Annotated routes and named policies are compared by their label. Groups of paths are compared
//! by the paths that they contain: a path that leaves a group has the policy of another one, or
//! of everything else.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use cors_core::{EffectiveValue, Setting, pairs_of_groups};

use crate::observe::policy_table::{PolicyCell, PolicyRow, PolicyTable};

/// A row of the earlier table, one of the later table, or both.
pub(super) struct RowPair<'t> {
    pub(super) before: Option<Cow<'t, PolicyRow>>,
    pub(super) after: Option<Cow<'t, PolicyRow>>,
    /// The label of the one that is more specific.
    pub(super) label: String,
}

/// The rows of both tables, each beside the one that it is to be compared with.
pub(super) fn compared<'t>(before: &'t PolicyTable, after: &'t PolicyTable) -> Vec<RowPair<'t>> {
    let mut compared = by_label(before, after);
    compared.extend(by_path(before, after));
    compared
}

/// Routes and named policies.
fn by_label<'t>(before: &'t PolicyTable, after: &'t PolicyTable) -> Vec<RowPair<'t>> {
    // Several routes may have one label and serve the same methods, behind guards.
    let mut earlier: HashMap<(&str, &[Cow<'static, str>]), Vec<&PolicyRow>> = HashMap::new();
    for row in before.rows.iter().rev().filter(|row| row.is_of_its_own()) {
        earlier.entry((&row.label, &row.serves)).or_default().push(row);
    }
    let mut compared: Vec<RowPair<'_>> = Vec::new();
    for row in after.rows.iter().filter(|row| row.is_of_its_own()) {
        let found = earlier.get_mut(&(&*row.label, &*row.serves)).and_then(Vec::pop);
        compared.push(RowPair {
            before: found.map(Cow::Borrowed),
            after: Some(Cow::Borrowed(row)),
            label: row.label.clone(),
        });
    }
    let mut gone: Vec<_> = earlier.into_values().flatten().collect();
    gone.sort_by_key(|row| before.rows.iter().position(|it| std::ptr::eq(it, *row)));
    compared.extend(gone.into_iter().map(|row| RowPair {
        before: Some(Cow::Borrowed(row)),
        after: None,
        label: row.label.clone(),
    }));
    compared
}

/// Groups and everything else, on each host that one of the tables distinguishes.
fn by_path<'t>(before: &'t PolicyTable, after: &'t PolicyTable) -> Vec<RowPair<'t>> {
    let hosts: BTreeSet<_> = [before, after].iter().flat_map(|table| table.hosts()).collect();
    let mut compared = Vec::new();
    let mut known = BTreeSet::new();
    for host in std::iter::once(None).chain(hosts.into_iter().map(Some)) {
        let (before, after) = (Groups::on(before, host), Groups::on(after, host));
        // Too many combinations: each row with the one that has its label.
        let pairs = pairs_of_groups(&before.patterns(), &after.patterns())
            .unwrap_or_else(|| before.with_equal_labels(&after));
        // As in a table: groups from the most specific one, then everything else.
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        let last = |index: Option<usize>| index.unwrap_or(usize::MAX);
        pairs.sort_by_key(|(of_before, of_after)| (last(*of_after), last(*of_before)));
        for (of_before, of_after) in pairs {
            let rows = (before.row(of_before), after.row(of_after));
            let conditional = |row: &Option<Cow<'_, PolicyRow>>| {
                row.as_ref().is_some_and(|row| row.host().is_some())
            };
            if host.is_some() && !conditional(&rows.0) && !conditional(&rows.1) {
                // As on hosts without a condition.
                continue;
            }
            let labels = [&rows.0, &rows.1].map(|row| row.as_ref().map(|row| row.label.clone()));
            if !known.insert(labels.clone()) {
                continue;
            }
            let [of_before_label, of_after_label] = labels;
            let label = match (of_before, of_after) {
                (Some(_), None) => of_before_label,
                (None, Some(_)) => of_after_label,
                _ => of_after_label.max_by_length(of_before_label),
            };
            compared.push(RowPair {
                before: rows.0,
                after: rows.1,
                label: label.unwrap_or_default(),
            });
        }
    }
    compared
}

trait Longer {
    fn max_by_length(self, other: Self) -> Self;
}

impl Longer for Option<String> {
    /// The longer label is that of the smaller group, in most cases.
    fn max_by_length(self, other: Self) -> Self {
        let len = |label: &Self| label.as_ref().map(String::len);
        if len(&other) > len(&self) { other } else { self }
    }
}

/// The rows of a table that apply to paths on a host.
struct Groups<'t> {
    groups: Vec<&'t PolicyRow>,
    fallback: Option<Cow<'t, PolicyRow>>,
}

impl<'t> Groups<'t> {
    fn on(table: &'t PolicyTable, host: Option<&str>) -> Self {
        if table.disabled.is_some() {
            return Self { groups: Vec::new(), fallback: Some(Cow::Owned(left_alone())) };
        }
        let class = host.and_then(|host| table.class_of(host));
        let applies = |row: &&PolicyRow| {
            row.pattern().is_some() && row.host().is_none_or(|host| Some(host) == class)
        };
        let groups = table.rows.iter().filter(applies).collect();
        let fallback = table.rows.iter().find(|row| row.is_everything_else());
        Self { groups, fallback: fallback.map(Cow::Borrowed) }
    }

    fn patterns(&self) -> Vec<(&'t str, bool)> {
        let pattern =
            |row: &&'t PolicyRow| (row.pattern().unwrap_or_default(), row.host().is_some());
        self.groups.iter().map(pattern).collect()
    }

    fn row(&self, index: Option<usize>) -> Option<Cow<'t, PolicyRow>> {
        match index {
            Some(index) => Some(Cow::Borrowed(self.groups[index])),
            None => self.fallback.clone(),
        }
    }

    fn with_equal_labels(&self, other: &Self) -> BTreeSet<(Option<usize>, Option<usize>)> {
        let find =
            |groups: &[&PolicyRow], label: &str| groups.iter().position(|it| it.label == label);
        let mine = self.groups.iter().enumerate();
        let mine = mine.map(|(index, row)| (Some(index), find(&other.groups, &row.label)));
        let theirs = other.groups.iter().enumerate();
        let theirs = theirs.map(|(index, row)| (find(&self.groups, &row.label), Some(index)));
        mine.chain(theirs).chain([(None, None)]).collect()
    }
}

/// What applies to every path while CORS is disabled.
fn left_alone() -> PolicyRow {
    let cell = |setting| PolicyCell {
        setting,
        value: match setting {
            Setting::Origins => EffectiveValue::Passthrough,
            _ => EffectiveValue::Absent,
        },
        places: Vec::new(),
    };
    PolicyRow {
        label: EVERYTHING_ELSE.to_owned(),
        handler: None,
        serves: Vec::new(),
        settings: Setting::ALL.into_iter().map(cell).collect(),
    }
}

/// How the label of a row begins that applies outside of all groups.
const EVERYTHING_ELSE: &str = "everything else";

impl PolicyTable {
    /// The hosts that labels of groups name.
    fn hosts(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter(|row| row.pattern().is_some()).filter_map(PolicyRow::host)
    }

    /// The host in the labels whose rows apply to a host, or to hosts of a pattern such as
    /// `*.example.com`.
    fn class_of(&self, host: &str) -> Option<&str> {
        let covers = |pattern: &&str| {
            let below = pattern.strip_prefix("*.");
            *pattern == host
                || below.is_some_and(|below| {
                    let host = host.strip_prefix("*.").unwrap_or(host);
                    host.strip_suffix(below)
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                        && *pattern != host
                        && host != below
                })
        };
        self.hosts().filter(covers).max_by_key(|pattern| (*pattern == host, pattern.len()))
    }
}

impl PolicyRow {
    /// Whether this is an annotated route or a named policy, and no group of paths.
    fn is_of_its_own(&self) -> bool {
        self.pattern().is_none() && !self.is_everything_else()
    }

    fn is_everything_else(&self) -> bool {
        self.label.starts_with(EVERYTHING_ELSE)
    }

    /// The pattern of a group of paths.
    fn pattern(&self) -> Option<&str> {
        let is_group =
            self.handler.is_none() && self.serves.is_empty() && self.label.starts_with('/');
        let pattern = self.label.split_once(" on ").map_or(&*self.label, |(pattern, _)| pattern);
        is_group.then_some(pattern)
    }

    /// The host that the label names.
    fn host(&self) -> Option<&str> {
        self.label.split_once(" on ").map(|(_, host)| host)
    }
}
