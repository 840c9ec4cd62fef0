//! The effective policies of an application, for people to read and to compare.

use std::borrow::Cow;
use std::fmt;

use cors_core::{EffectiveValue, Policy, Resolver, Setting, Source};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// The effective policies: a row for each annotated route, each group of paths,
/// and everything else.
///
/// Displays as a table; serialises as a list of objects, in which every setting
/// has its value and the places that set it. Two tables are equal when all of
/// this is equal.
///
/// ```
/// use cors_actix::{Cors, rules};
///
/// let cors = Cors::builder()
///     .origins(["https://app.example"])
///     .credentials(true)
///     .paths("/public/**", rules().origins_any().credentials(false).max_age("1h"))
///     .build()?;
/// let table = cors.table();
/// let rows: Vec<_> = table.rows().iter().map(|row| row.label()).collect();
/// assert_eq!(rows, ["/public/**", "everything else"]);
/// assert!(table.to_string().contains("https://app.example"));
/// # Ok::<(), cors_actix::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTable {
    rows: Vec<PolicyRow>,
    /// The place of `enabled = false`.
    disabled: Option<Source>,
}

/// The effective policy of one route or group: see [`PolicyTable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    label: String,
    handler: Option<&'static str>,
    serves: Vec<Cow<'static, str>>,
    settings: Vec<PolicyCell>,
}

/// The effective value of one setting, and the places that set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCell {
    setting: Setting,
    value: EffectiveValue,
    sources: Vec<Source>,
}

impl PolicyTable {
    pub(crate) const fn new() -> Self {
        Self { rows: Vec::new(), disabled: None }
    }

    /// A table without rows: CORS is disabled at this place.
    pub(crate) const fn disabled_at(source: Source) -> Self {
        Self { rows: Vec::new(), disabled: Some(source) }
    }

    /// Adds the policy of everything that is not annotated, in the scope that the `Cors` is
    /// around.
    pub(crate) fn push_fallback(&mut self, resolver: &Resolver, scope: Option<&str>) {
        let fallback = resolver.fallback();
        for (host, policies) in fallback.differing() {
            let name = resolver.host_name(host).unwrap_or_default();
            for (group, policy) in policies.inside().filter(|(it, _)| resolver.group_has_host(*it))
            {
                let pattern = resolver.group_pattern(group).unwrap_or_default();
                self.push(PolicyRow::of_paths(format!("{pattern} on {name}"), policy));
            }
        }
        for (group, policy) in fallback.other().inside() {
            let pattern = resolver.group_pattern(group).unwrap_or_default();
            self.push(PolicyRow::of_paths(pattern, policy));
        }
        let label = match scope {
            Some(scope) => format!("everything else in {scope}"),
            None => "everything else".to_owned(),
        };
        self.push(PolicyRow::of_paths(label, resolver.global()));
    }

    /// Adds a row, unless another application has an equal one.
    pub(crate) fn push(&mut self, row: PolicyRow) {
        if !self.rows.contains(&row) {
            self.rows.push(row);
        }
    }

    /// The place of `enabled = false`, if CORS is disabled: there are no rows then.
    #[must_use]
    pub const fn disabled(&self) -> Option<&Source> {
        self.disabled.as_ref()
    }

    /// Annotated routes in the order of registration, groups from the most
    /// specific one, then everything else. What differs on some hosts comes before
    /// the policy of all others: `/api/list on t1.example.com`.
    #[must_use]
    pub fn rows(&self) -> &[PolicyRow] {
        &self.rows
    }
}

impl PolicyRow {
    /// A part of an application that an annotated handler serves.
    pub(crate) fn of_handler(
        label: impl Into<String>,
        handler: &'static str,
        serves: &[Cow<'static, str>],
        policy: &Policy,
    ) -> Self {
        Self { handler: Some(handler), serves: serves.to_vec(), ..Self::of_paths(label, policy) }
    }

    /// A path without an annotated handler, and the methods that are served there.
    #[cfg(feature = "introspection")]
    pub(crate) fn of_served(path: &str, serves: &[Cow<'static, str>], policy: &Policy) -> Self {
        Self { serves: serves.to_vec(), ..Self::of_paths(path, policy) }
    }

    /// A group of paths, or everything else.
    pub(crate) fn of_paths(label: impl Into<String>, policy: &Policy) -> Self {
        let cell = |setting| {
            let effective = policy.effective(setting);
            let sources = effective.sources().to_vec();
            PolicyCell { setting, value: effective.value().clone(), sources }
        };
        let settings = Setting::ALL.into_iter().map(cell).collect();
        Self { label: label.into(), handler: None, serves: Vec::new(), settings }
    }

    /// The pattern of a route or of a group, or `everything else`, and the hosts that
    /// it is about, where these are not all.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The annotated handler with its module path.
    #[must_use]
    pub const fn handler(&self) -> Option<&'static str> {
        self.handler
    }

    /// The methods that the route serves; empty for other rows.
    #[must_use]
    pub fn serves(&self) -> &[Cow<'static, str>] {
        &self.serves
    }

    /// Every setting, in the order of the reference.
    #[must_use]
    pub fn settings(&self) -> &[PolicyCell] {
        &self.settings
    }

    /// The effective value of one setting.
    #[must_use]
    pub fn get(&self, setting: Setting) -> Option<&PolicyCell> {
        self.settings.iter().find(|cell| cell.setting == setting)
    }
}

impl PolicyCell {
    /// The setting.
    #[must_use]
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// The effective value.
    #[must_use]
    pub const fn value(&self) -> &EffectiveValue {
        &self.value
    }

    /// The places that set it, lowest layer first; empty for the default.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }
}

/// The settings that have a column of their own.
const COLUMNS: [(&str, Setting); 6] = [
    ("METHODS", Setting::Methods),
    ("ORIGINS", Setting::Origins),
    ("CREDENTIALS", Setting::Credentials),
    ("HEADERS", Setting::Headers),
    ("EXPOSE", Setting::Expose),
    ("MAX AGE", Setting::MaxAge),
];

/// How many elements of a list are shown before the rest is counted.
const SHOWN: usize = 3;

impl fmt::Display for PolicyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.disabled {
            return write!(f, "CORS is disabled: `enabled = false` is set at {source}");
        }
        let mut lines = vec![heading()];
        lines.extend(self.rows.iter().map(PolicyRow::line));
        let widths: Vec<usize> = (0..lines[0].len())
            .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
            .collect();
        for (index, line) in lines.iter().enumerate() {
            let cells: Vec<_> =
                line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn heading() -> Vec<String> {
    let columns = COLUMNS.iter().map(|(heading, _)| *heading);
    ["PATH"].into_iter().chain(columns).chain(["AND", "FROM"]).map(str::to_owned).collect()
}

impl PolicyRow {
    fn line(&self) -> Vec<String> {
        let columns = COLUMNS.iter().filter_map(|(_, setting)| self.get(*setting));
        let columns = columns.map(|cell| short(&cell.value));
        [self.label.clone()]
            .into_iter()
            .chain(columns)
            .chain([self.flags().join(", "), self.from().join(", ")])
            .collect()
    }

    /// The flags that are on and have no column of their own.
    fn flags(&self) -> Vec<&'static str> {
        let other =
            |cell: &&PolicyCell| COLUMNS.iter().all(|(_, setting)| *setting != cell.setting);
        let on = |cell: &&PolicyCell| cell.value == EffectiveValue::Flag(true);
        self.settings.iter().filter(other).filter(on).map(|cell| cell.setting.name()).collect()
    }

    /// The places that set anything, each once.
    fn from(&self) -> Vec<String> {
        let mut places = Vec::new();
        for source in self.settings.iter().flat_map(|cell| &cell.sources) {
            let place = source.line();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

fn short(value: &EffectiveValue) -> String {
    match value {
        EffectiveValue::List(elements) if elements.len() > SHOWN => {
            format!("{}, and {} more", elements[..SHOWN].join(", "), elements.len() - SHOWN)
        }
        EffectiveValue::List(elements) if elements.is_empty() => "-".to_owned(),
        EffectiveValue::Absent => "-".to_owned(),
        EffectiveValue::Flag(flag) => if *flag { "yes" } else { "-" }.to_owned(),
        EffectiveValue::Seconds(seconds) => format!("{seconds} s"),
        value => value.to_string(),
    }
}

impl Serialize for PolicyTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.rows)
    }
}

impl Serialize for PolicyRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { label, handler, serves, settings } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", label)?;
        map.serialize_entry("handler", handler)?;
        map.serialize_entry("serves", serves)?;
        for cell in settings {
            map.serialize_entry(cell.setting.name(), cell)?;
        }
        map.end()
    }
}

impl Serialize for PolicyCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { setting: _, value, sources } = self;
        let mut map = serializer.serialize_map(Some(2))?;
        match value {
            EffectiveValue::List(elements) => map.serialize_entry("value", elements)?,
            EffectiveValue::Flag(flag) => map.serialize_entry("value", flag)?,
            EffectiveValue::Seconds(seconds) => map.serialize_entry("value", seconds)?,
            EffectiveValue::Absent => map.serialize_entry("value", &())?,
            keyword => map.serialize_entry("value", &keyword.to_string())?,
        }
        let sources: Vec<_> = sources.iter().map(Source::to_string).collect();
        map.serialize_entry("from", &sources)?;
        map.end()
    }
}
