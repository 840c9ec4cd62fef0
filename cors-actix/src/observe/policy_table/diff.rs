//! What a change of policies opens, and what it closes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;

use cors_core::{DEFAULT_MAX_AGE, EffectiveValue, OriginPattern, Setting};
use serde::Serialize;

use super::{PolicyCell, PolicyRow, PolicyTable};

/// How many elements of a list are shown before the rest is counted.
const SHOWN: usize = 8;

/// What differs between two tables: see [`PolicyTable::diff`].
///
/// Displays with what is opened first; nothing if there is no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PolicyDiff {
    added: Vec<PolicyRow>,
    removed: Vec<PolicyRow>,
    changed: Vec<RowChange>,
}

/// A path and methods whose policy changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowChange {
    path: String,
    methods: String,
    changes: Vec<PolicyChange>,
}

/// What a setting newly allows, and what it no longer allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyChange {
    #[serde(serialize_with = "name")]
    setting: Setting,
    opened: Vec<String>,
    closed: Vec<String>,
}

impl PolicyTable {
    /// What `after` opens and closes in comparison with this table.
    ///
    /// Places do not matter: moving a line of `cors.toml` is no difference. An origin that a
    /// pattern covered before is not opened.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let table = |origins: &[&str]| Cors::builder().origins(origins).build().map(|cors| cors.table());
    /// let before = table(&["https://app.example", "https://old.example"])?;
    /// let diff = before.diff(&table(&["https://app.example", "https://beta.example"])?);
    /// assert_eq!(
    ///     diff.to_string(),
    ///     "opens\n  everything else: origins: https://beta.example\n\
    ///      closes\n  everything else: origins: https://old.example",
    /// );
    /// assert!(before.diff(&before).is_empty());
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[must_use]
    pub fn diff(&self, after: &Self) -> PolicyDiff {
        let (mine, theirs) = (by_path(&self.rows), by_path(&after.rows));
        let missing = |rows: &[PolicyRow], from: &RowsByPath<'_>| {
            let is_missing = |row: &&PolicyRow| !from.contains_key(&path(row));
            rows.iter().filter(is_missing).cloned().collect()
        };
        let changed = self.rows.iter().filter_map(|before| {
            let after = theirs.get(&path(before))?;
            let cells = before.settings.iter().zip(&after.settings);
            let changes: Vec<_> =
                cells.filter_map(|(before, after)| before.change(after)).collect();
            let methods = before.serves.join(", ");
            (!changes.is_empty()).then(|| RowChange {
                path: before.label.clone(),
                methods,
                changes,
            })
        });
        PolicyDiff {
            changed: changed.collect(),
            added: missing(&after.rows, &mine),
            removed: missing(&self.rows, &theirs),
        }
    }
}

/// Rows by label and methods, which identify them: of equal ones, the first.
type RowsByPath<'t> = HashMap<(&'t str, &'t [Cow<'static, str>]), &'t PolicyRow>;

fn path(row: &PolicyRow) -> (&str, &[Cow<'static, str>]) {
    (&row.label, &row.serves)
}

fn by_path(rows: &[PolicyRow]) -> RowsByPath<'_> {
    rows.iter().rev().map(|row| (path(row), row)).collect()
}

impl PolicyDiff {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// The rows that are there in the later table only.
    #[must_use]
    pub fn added(&self) -> &[PolicyRow] {
        &self.added
    }

    /// The rows that were there in the earlier table only.
    #[must_use]
    pub fn removed(&self) -> &[PolicyRow] {
        &self.removed
    }

    /// The rows of both tables whose policies differ.
    #[must_use]
    pub fn changed(&self) -> &[RowChange] {
        &self.changed
    }

    /// Whether something is allowed that was not: a row was added that allows some origin, or
    /// a setting allows more.
    #[must_use]
    pub fn opens(&self) -> bool {
        let is_open = |row: &PolicyRow| {
            row.get(Setting::Origins).is_some_and(|origins| match origins.value() {
                EffectiveValue::Off => false,
                EffectiveValue::List(origins) => !origins.is_empty(),
                _ => true,
            })
        };
        self.added.iter().any(is_open)
            || self.changed.iter().flat_map(RowChange::changes).any(|it| !it.opened.is_empty())
    }
}

impl RowChange {
    /// The pattern of the route or group, as in [`PolicyRow::label`].
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The methods that the route serves; empty for a group.
    #[must_use]
    pub fn methods(&self) -> &str {
        &self.methods
    }

    /// The settings that differ.
    #[must_use]
    pub fn changes(&self) -> &[PolicyChange] {
        &self.changes
    }
}

impl PolicyChange {
    /// The setting.
    #[must_use]
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// What is newly allowed: elements of a list, `any`, `true`, or a longer duration.
    #[must_use]
    pub fn opened(&self) -> &[String] {
        &self.opened
    }

    /// What is no longer allowed.
    #[must_use]
    pub fn closed(&self) -> &[String] {
        &self.closed
    }
}

impl PolicyCell {
    fn change(&self, after: &Self) -> Option<PolicyChange> {
        let setting = self.setting;
        if self == after {
            return None;
        }
        let (opened, closed) = match setting {
            // It refuses requests: without it, more is possible.
            Setting::Enforce => (self.grants(after), after.grants(self)),
            Setting::MaxAge => {
                let seconds = |cell: &Self| match cell.value {
                    EffectiveValue::Seconds(seconds) => seconds,
                    _ => DEFAULT_MAX_AGE,
                };
                let (before, now) = (seconds(self), seconds(after));
                let text = vec![format!("{now} s instead of {before} s")];
                match before.cmp(&now) {
                    Ordering::Less => (text, Vec::new()),
                    Ordering::Equal => (Vec::new(), Vec::new()),
                    Ordering::Greater => (Vec::new(), text),
                }
            }
            _ => (after.grants(self), self.grants(after)),
        };
        // The same in other words.
        let differs = !opened.is_empty() || !closed.is_empty();
        differs.then_some(PolicyChange { setting, opened, closed })
    }

    /// What this value allows and `other` does not.
    fn grants(&self, other: &Self) -> Vec<String> {
        use EffectiveValue::{Any, AnyWithAuthorization, Flag, List, Passthrough};
        let whole = |value: &EffectiveValue| vec![value.to_string()];
        match (&self.value, &other.value) {
            (mine, theirs) if mine == theirs => Vec::new(),
            (AnyWithAuthorization, _) | (Passthrough, _) | (Flag(true), _) => whole(&self.value),
            (Any, AnyWithAuthorization) => Vec::new(),
            (Any, _) => whole(&self.value),
            (List(_), Any | AnyWithAuthorization | Flag(true)) => Vec::new(),
            (List(mine), List(theirs)) => {
                let same: HashSet<&String> = theirs.iter().collect();
                // An element without a wildcard covers only itself, and there may be 100 000.
                let wide: Vec<_> = theirs.iter().filter(|it| it.contains('*')).collect();
                let is_new = |element: &&String| {
                    !same.contains(element) && !wide.iter().any(|it| covers(it, element))
                };
                mine.iter().filter(is_new).cloned().collect()
            }
            (List(mine), _) => mine.clone(),
            _ => Vec::new(),
        }
    }
}

/// Whether an element of a list allows all that another one does.
fn covers(mine: &str, other: &str) -> bool {
    let pattern = |text: &str| OriginPattern::parse(text).ok();
    mine == other || pattern(mine).zip(pattern(other)).is_some_and(|(mine, it)| mine.covers(&it))
}

impl fmt::Display for PolicyDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |elements: fn(&PolicyChange) -> &Vec<String>| {
            let rows = self.changed.iter().flat_map(move |row| {
                row.changes.iter().map(move |change| (row, change, elements(change)))
            });
            let rows = rows.filter(|(.., elements)| !elements.is_empty());
            rows.map(|(row, change, elements)| {
                let elements = EffectiveValue::List(elements.clone()).shortened(SHOWN);
                format!("{}: {}: {elements}", head(&row.methods, &row.path), change.setting)
            })
            .collect()
        };
        let rows = |rows: &[PolicyRow]| {
            let origins = |row: &PolicyRow| {
                row.get(Setting::Origins).map_or_else(String::new, |it| it.value.shortened(SHOWN))
            };
            let line = |row: &PolicyRow| {
                format!("{}: origins: {}", head(&row.serves.join(", "), &row.label), origins(row))
            };
            rows.iter().map(line).collect()
        };
        let sections: [(&str, Vec<String>); 4] = [
            ("opens", lines(|change| &change.opened)),
            ("closes", lines(|change| &change.closed)),
            ("is new", rows(&self.added)),
            ("is gone", rows(&self.removed)),
        ];
        let mut separator = "";
        for (title, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
            write!(f, "{separator}{title}")?;
            separator = "\n";
            lines.iter().try_for_each(|line| write!(f, "\n  {line}"))?;
        }
        Ok(())
    }
}

fn head(methods: &str, path: &str) -> String {
    if methods.is_empty() { path.to_owned() } else { format!("{methods} {path}") }
}

fn name<S: serde::Serializer>(setting: &Setting, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(setting.name())
}
