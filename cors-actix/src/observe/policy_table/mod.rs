//! The effective policies of an application, for people to read and to compare.
//!
//! A table has no places of its own kind and borrows nothing, so that one that was written to a
//! file is like one of a running application. It imports no other room.

mod data;
mod diff;
mod display;

pub use diff::{PolicyChange, PolicyDiff, RowChange};

use std::borrow::Cow;
use std::collections::HashMap;

use cors_core::{EffectiveValue, Policy, Resolver, Setting, Source};
use serde::{Deserialize, Serialize};

/// The effective policies: a row for each annotated route, each group of paths,
/// and everything else.
///
/// Displays as a table of at most 100 columns, unless a path or an origin is longer. It
/// serialises, and deserialises again, as an object with a list of `policies`; there every
/// setting has its value and the places that set it. Two tables are equal if the same
/// policies apply to the same paths and methods, wherever they are set; [`PolicyTable::diff`]
/// shows what differs.
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyTable {
    profile: Option<String>,
    file: Option<String>,
    /// The place of `enabled = false`.
    disabled: Option<String>,
    #[serde(rename = "policies")]
    rows: Vec<PolicyRow>,
    /// The places of rows in `rows` by their label, while rows are added: there may be 10 000.
    #[serde(skip)]
    by_label: HashMap<String, Vec<usize>>,
}

/// The effective policy of one route or group: see [`PolicyTable`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyRow {
    #[serde(rename = "path")]
    label: String,
    handler: Option<Cow<'static, str>>,
    serves: Vec<Cow<'static, str>>,
    /// Invariant: every setting once, in the order of the reference.
    #[serde(flatten, with = "data")]
    settings: Vec<PolicyCell>,
}

/// The effective value of one setting, and the places that set it.
#[derive(Clone, Debug)]
pub struct PolicyCell {
    setting: Setting,
    value: EffectiveValue,
    places: Vec<String>,
}

/// The same policies for the same paths and methods: the places, the handlers' names, the
/// profile and the file are left out.
impl PartialEq for PolicyTable {
    fn eq(&self, other: &Self) -> bool {
        self.disabled.is_some() == other.disabled.is_some() && self.rows == other.rows
    }
}

impl Eq for PolicyTable {}

/// The same policy for the same path and methods.
impl PartialEq for PolicyRow {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label && self.serves == other.serves && self.settings == other.settings
    }
}

impl Eq for PolicyRow {}

/// The same value of the same setting.
impl PartialEq for PolicyCell {
    fn eq(&self, other: &Self) -> bool {
        self.setting == other.setting && self.value == other.value
    }
}

impl Eq for PolicyCell {}

impl PolicyTable {
    /// A table without rows, of the configuration of this profile, read from this file.
    pub(crate) fn new(profile: Option<String>, file: Option<String>) -> Self {
        Self { profile, file, disabled: None, rows: Vec::new(), by_label: HashMap::new() }
    }

    /// The table while CORS is disabled at this place.
    pub(crate) fn disabled_at(self, source: &Source) -> Self {
        Self { disabled: Some(source.to_string()), ..self }
    }

    /// The policies of a configuration by itself, without an application: of its groups of paths,
    /// of everything else, and of its named policies. `file` is the path that it was read from.
    ///
    /// ```
    /// use cors_actix::PolicyTable;
    /// use cors_actix::core::Config;
    ///
    /// # #[cfg(feature = "config")] {
    /// let config = Config::from_toml("[cors]\n[cors.policies.public]\norigins = 'any'\n", "cors.toml");
    /// let table = PolicyTable::without_application(&config.resolve()?, Some("/srv/cors.toml"));
    /// let rows: Vec<_> = table.rows().iter().map(|row| row.label()).collect();
    /// assert_eq!(rows, ["everything else", "the policy `public`"]);
    /// # }
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[must_use]
    pub fn without_application(resolver: &Resolver, file: Option<&str>) -> Self {
        let mut table = Self::new(resolver.profile().map(str::to_owned), file.map(str::to_owned));
        if let Some(source) = resolver.disabled() {
            return table.disabled_at(source);
        }
        table.push_fallback(resolver, None);
        for (name, policy) in resolver.named_policies() {
            table.push(PolicyRow::of_paths(format!("the policy `{name}`"), &policy));
        }
        table
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
        let alike = self.by_label.entry(row.label.clone()).or_default();
        if !alike.iter().any(|known| self.rows[*known] == row) {
            alike.push(self.rows.len());
            self.rows.push(row);
        }
    }

    /// The place of `enabled = false`, if CORS is disabled: there are no rows then.
    #[must_use]
    pub fn disabled(&self) -> Option<&str> {
        self.disabled.as_deref()
    }

    /// The profile, if the configuration has any.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The file that the configuration was read from, as an absolute path.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
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
        let handler = Some(Cow::Borrowed(handler));
        Self { handler, serves: serves.to_vec(), ..Self::of_paths(label, policy) }
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
            let places = effective.sources().iter().map(Source::to_string).collect();
            PolicyCell { setting, value: effective.value().clone(), places }
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
    pub fn handler(&self) -> Option<&str> {
        self.handler.as_deref()
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

    /// The places that set it, lowest layer first, such as `cors.toml:3:1`; empty for the
    /// default.
    #[must_use]
    pub fn places(&self) -> &[String] {
        &self.places
    }
}
