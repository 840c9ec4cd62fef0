//! Texts of `cors.toml`: those that serve a case, those that must be refused, and those that
//! only look wrong.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// The configuration of a case: in the file its name, after loading its text as well.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Config {
    /// The name that it has in the file.
    pub name: String,
    /// What it is read from.
    pub text: Text,
}

impl From<String> for Config {
    fn from(name: String) -> Self {
        Self { name, text: Text::default() }
    }
}

/// A text of `cors.toml`, and how it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Whether it is read as settings of an application's users are.
    #[serde(default)]
    pub lenient: bool,
    /// What its live sets contain.
    #[serde(default)]
    pub live: BTreeMap<String, Live>,
}

/// The content of a live set: one list, or a list for each key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Live {
    /// One list.
    List(Vec<String>),
    /// A list for each key.
    Keyed(BTreeMap<String, Vec<String>>),
}

impl Text {
    /// The configuration, unchecked.
    #[must_use]
    pub fn read(&self) -> cors_core::Config {
        let config = cors_core::Config::from_toml(&self.text, "cors.toml");
        if self.lenient { config.lenient() } else { config }
    }
}

/// A `cors.toml` that must be refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invalid {
    /// The file that contains it, without `.toml`.
    #[serde(skip)]
    pub topic: String,
    /// The mistake, in snake case; unique within the file.
    pub name: String,
    /// What it restates: the number of an advisory, or a file of the web-platform-tests.
    pub source: Option<String>,
    /// The text of `cors.toml`.
    pub text: String,
    /// Whether it is read as settings of an application's users are.
    #[serde(default)]
    pub lenient: bool,
    /// The errors of the report, all of them, in order. Warnings are left out.
    pub problems: Vec<Problem>,
}

/// A `cors.toml` that must be accepted, however much it looks like one that is not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Valid {
    /// The file that contains it, without `.toml`.
    #[serde(skip)]
    pub topic: String,
    /// What is accepted, in snake case; unique within the file.
    pub name: String,
    /// What it restates: the number of an advisory, or a file of the web-platform-tests.
    pub source: Option<String>,
    /// The text of `cors.toml`.
    pub text: String,
    /// Whether it is read as settings of an application's users are.
    #[serde(default)]
    pub lenient: bool,
    /// The warnings, all of them, in order. Left out: there may be any.
    pub warnings: Option<Vec<Problem>>,
}

/// One problem that a report must name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The code without `cors::`.
    pub code: String,
    /// The place, where the contract leaves no doubt about it.
    pub at: Option<At>,
}

/// A place in `cors.toml`, written `3:12`, or `3` where only the line is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct At {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: Option<u32>,
}

impl TryFrom<String> for At {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = |text: &str| text.parse().map_err(|_| format!("no place: {text}"));
        let (line, column) = match text.split_once(':') {
            Some((line, column)) => (line, Some(number(column)?)),
            None => (&*text, None),
        };
        Ok(Self { line: number(line)?, column })
    }
}

impl At {
    /// Whether a place that a report names is this one.
    #[must_use]
    pub fn is(self, line: u32, column: u32) -> bool {
        self.line == line && self.column.is_none_or(|expected| expected == column)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "{}:{column}", self.line),
            None => write!(f, "{}", self.line),
        }
    }
}

impl Invalid {
    /// What it is read from.
    #[must_use]
    pub fn text(&self) -> Text {
        Text { text: self.text.clone(), lenient: self.lenient, live: BTreeMap::new() }
    }

    /// The text as a report names it: `topic/name`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.topic, self.name)
    }
}

impl Valid {
    /// What it is read from.
    #[must_use]
    pub fn text(&self) -> Text {
        Text { text: self.text.clone(), lenient: self.lenient, live: BTreeMap::new() }
    }

    /// The text as a report names it: `topic/name`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.topic, self.name)
    }
}
