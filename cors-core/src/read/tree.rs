//! A configuration as a tree of values, each with its place.
//!
//! The tree is independent of its input: the text of a `cors.toml`, or the settings of
//! an application.

use crate::problem::Source;

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) source: Source,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool(bool),
    /// An integer outside of `i64` exceeds every limit, and is replaced by the greatest
    /// one.
    Integer(i64),
    Text(String),
    List(Vec<Value>),
    Table(Vec<Entry>),
    /// `null`, which TOML does not have.
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "TOML has no such value"))]
    Null,
    /// A value that no setting accepts, by the name of its type.
    Other(&'static str),
}

/// A key of a table, and its value.
pub(crate) type Entry = (Key, Value);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) source: Source,
}

impl Value {
    /// Another value at the same place.
    pub(crate) fn with(&self, kind: Kind) -> Self {
        Self { kind, source: self.source.clone() }
    }

    pub(crate) const fn bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub(crate) const fn integer(&self) -> Option<i64> {
        match self.kind {
            Kind::Integer(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn table(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The name of the type in TOML, with an article.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Bool(_) => "a boolean",
            Kind::Integer(_) => "an integer",
            Kind::Text(_) => "a string",
            Kind::List(_) => "an array",
            Kind::Table(_) => "a table",
            Kind::Null => "null",
            Kind::Other(name) => name,
        }
    }
}
