//! A configuration as a tree of values, each with its place.
//!
//! What is read from it is the same whatever it was made from: the text of a
//! `cors.toml`, or the settings that an application has put together.

use crate::problem::Source;

/// A value and where it was said.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) source: Source,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Bool(bool),
    /// Beyond an `i64` is beyond every limit here, and becomes the greatest one.
    Integer(i64),
    Text(String),
    List(Vec<Value>),
    Table(Vec<Entry>),
    /// Nothing that is of use here, by the name of its type.
    Other(&'static str),
}

/// A key of a table, and its value.
pub(crate) type Entry = (Key, Value);

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) source: Source,
}

impl Value {
    pub(crate) const fn bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
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

    /// The name of the type, as TOML has it.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Bool(_) => "boolean",
            Kind::Integer(_) => "integer",
            Kind::Text(_) => "string",
            Kind::List(_) => "array",
            Kind::Table(_) => "table",
            Kind::Other(name) => name,
        }
    }
}
