//! What a change of policies opens, and what it closes.

mod allowed;
mod rows;

use std::fmt;

use cors_core::{EffectiveValue, Setting};
use serde::Serialize;

use self::rows::{RowPair, compared};
use super::{PolicyRow, PolicyTable};

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
    /// pattern covered before is not opened, and neither is a group of paths under the policy
    /// that applied to them before. Annotated routes and named policies of one table only are
    /// [added](PolicyDiff::added) or [removed](PolicyDiff::removed). While CORS is
    /// [disabled](PolicyTable::disabled), every path is compared as `passthrough`.
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
        let mut diff = PolicyDiff::default();
        for RowPair { before, after, label } in compared(self, after) {
            match (before, after) {
                (Some(before), Some(after)) => {
                    let changes = allowed::changes(&before, &after);
                    let methods = after.serves.join(", ");
                    if !changes.is_empty() {
                        diff.changed.push(RowChange { path: label, methods, changes });
                    }
                }
                (None, Some(row)) => diff.added.push(row.into_owned()),
                (Some(row), None) => diff.removed.push(row.into_owned()),
                (None, None) => {}
            }
        }
        diff
    }
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
    ///
    /// ```
    /// use cors_actix::{Cors, rules};
    ///
    /// let one = || Cors::builder().origins(["https://app.example"]);
    /// let closed = one().paths("/internal/**", rules().off()).build()?;
    /// let diff = one().build()?.table().diff(&closed.table());
    /// assert_eq!(diff.to_string(), "closes\n  /internal/**: origins: https://app.example");
    /// assert!(diff.closes() && !diff.opens());
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[must_use]
    pub fn opens(&self) -> bool {
        self.added.iter().any(allowed::is_open)
            || self.changed.iter().flat_map(RowChange::changes).any(|it| !it.opened.is_empty())
    }

    /// Whether something is no longer allowed: a row was removed that allowed some origin, or a
    /// setting allows less.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.removed.iter().any(allowed::is_open)
            || self.changed.iter().flat_map(RowChange::changes).any(|it| !it.closed.is_empty())
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
