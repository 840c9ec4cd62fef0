//! The place in the user's configuration or code that a report points to.

use core::fmt;
#[cfg(feature = "config")]
use core::ops::Range;
use std::sync::Arc;

use super::fix::Language;
#[cfg(feature = "config")]
use super::source_text::SourceText;

/// The place where a rule or setting is configured.
///
/// ```
/// use cors_core::Source;
///
/// assert_eq!(Source::file("cors.toml", 7, 11).to_string(), "cors.toml:7:11");
/// assert_eq!(Source::env("CORS_ORIGINS").to_string(), "env CORS_ORIGINS");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(Place);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    Baseline,
    Code {
        file: &'static str,
        line: u32,
        column: u32,
        /// Whether the place is in `#[cors(...)]`, rather than a call of the builder.
        in_attribute: bool,
    },
    File {
        path: Arc<str>,
        line: u32,
        column: u32,
    },
    /// A range of bytes in a text that reports can show.
    #[cfg(feature = "config")]
    Text {
        text: Arc<SourceText>,
        start: usize,
        end: usize,
    },
    Env(Arc<str>),
    /// A key path, and the number of places before it.
    #[cfg(feature = "serde")]
    Key {
        position: u32,
        path: Arc<str>,
    },
    Token(u32),
    /// An option of a command.
    Option(&'static str),
}

impl Source {
    /// The built-in defaults.
    pub const BASELINE: Self = Self(Place::Baseline);

    /// A place in the program's source, as reported by `file!()`, `line!()` and
    /// `column!()`.
    #[must_use]
    pub const fn code(file: &'static str, line: u32, column: u32) -> Self {
        Self(Place::Code { file, line, column, in_attribute: false })
    }

    /// A place in the arguments of `#[cors(...)]`, as known when the program runs.
    #[must_use]
    pub const fn attribute(file: &'static str, line: u32, column: u32) -> Self {
        Self(Place::Code { file, line, column, in_attribute: true })
    }

    /// The place of the caller, for builder methods.
    #[must_use]
    #[track_caller]
    pub const fn caller() -> Self {
        let caller = core::panic::Location::caller();
        Self::code(caller.file(), caller.line(), caller.column())
    }

    /// A place in a configuration file; line and column count from 1.
    #[must_use]
    pub fn file(path: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self(Place::File { path: path.into(), line, column })
    }

    /// An environment variable.
    #[must_use]
    pub fn env(name: &str) -> Self {
        Self(Place::Env(name.into()))
    }

    /// The token with the number `index` of an attribute that is being expanded.
    ///
    /// This crate has no access to compiler spans: a macro numbers its tokens, and gets
    /// the number back from a problem with [`Source::token_index`].
    #[must_use]
    pub const fn token(index: u32) -> Self {
        Self(Place::Token(index))
    }

    /// The place without its column, short enough for a table.
    ///
    /// ```
    /// use cors_core::Source;
    ///
    /// assert_eq!(Source::file("cors.toml", 7, 11).line(), "cors.toml:7");
    /// assert_eq!(Source::env("CORS_ORIGINS").line(), "env CORS_ORIGINS");
    /// ```
    #[must_use]
    pub fn line(&self) -> String {
        let place = self.to_string();
        match self.0 {
            Place::Baseline | Place::Env(_) | Place::Token(_) | Place::Option(_) => place,
            _ => place.rsplit_once(':').map_or_else(|| place.clone(), |(line, _)| line.to_owned()),
        }
    }

    /// The file, line and column of a place in a file or in code, counted from 1.
    ///
    /// ```
    /// use cors_core::Source;
    ///
    /// assert_eq!(Source::file("cors.toml", 7, 11).position(), Some(("cors.toml", 7, 11)));
    /// assert_eq!(Source::env("CORS_ORIGINS").position(), None);
    /// ```
    #[must_use]
    pub fn position(&self) -> Option<(&str, usize, usize)> {
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        match &self.0 {
            Place::Code { file, line, column, in_attribute: _ } => {
                Some((file, number(*line), number(*column)))
            }
            Place::File { path, line, column } => Some((path, number(*line), number(*column))),
            #[cfg(feature = "config")]
            Place::Text { text, start, .. } => {
                let (line, column) = text.position(*start);
                Some((text.name(), line, column))
            }
            #[cfg(feature = "serde")]
            Place::Key { .. } => None,
            Place::Baseline | Place::Env(_) | Place::Token(_) | Place::Option(_) => None,
        }
    }

    /// The language that this place is written in.
    #[must_use]
    pub const fn language(&self) -> Language {
        match &self.0 {
            Place::Token(_) | Place::Code { in_attribute: true, .. } => Language::Attribute,
            Place::Code { .. } => Language::Builder,
            Place::Baseline | Place::File { .. } | Place::Option(_) => Language::Toml,
            #[cfg(feature = "config")]
            Place::Text { .. } => Language::Toml,
            Place::Env(_) => Language::Variable,
            #[cfg(feature = "serde")]
            Place::Key { .. } => Language::Settings,
        }
    }

    /// An option of a command, such as `--profile`.
    ///
    /// ```
    /// assert_eq!(cors_core::Source::option("--profile").to_string(), "option --profile");
    /// ```
    #[must_use]
    pub const fn option(name: &'static str) -> Self {
        Self(Place::Option(name))
    }

    /// The number given to [`Source::token`], if this is such a source.
    #[must_use]
    pub const fn token_index(&self) -> Option<u32> {
        match self.0 {
            Place::Token(index) => Some(index),
            _ => None,
        }
    }
}

#[cfg(feature = "serde")]
impl Source {
    /// The value number `position` of deserialized settings, with its key path.
    pub(crate) fn key(position: u32, path: &str) -> Self {
        Self(Place::Key { position, path: path.into() })
    }
}

#[cfg(feature = "config")]
impl Source {
    /// A range of bytes in a text that reports can show.
    pub(crate) fn text(text: &Arc<SourceText>, range: Range<usize>) -> Self {
        let Range { start, end } = range;
        Self(Place::Text { text: Arc::clone(text), start, end })
    }

    /// The text and the range in it, if there is a text to show.
    pub(crate) fn shown(&self) -> Option<(&Arc<SourceText>, Range<usize>)> {
        match &self.0 {
            Place::Text { text, start, end } => Some((text, *start..*end)),
            _ => None,
        }
    }

    /// The place where the text begins.
    pub(crate) fn start(&self) -> Self {
        match &self.0 {
            Place::Text { text, .. } => Self::text(text, 0..0),
            _ => self.clone(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Baseline => f.write_str("the baseline"),
            Place::Code { file, line, column, in_attribute: _ } => {
                write!(f, "{file}:{line}:{column}")
            }
            Place::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            #[cfg(feature = "config")]
            Place::Text { text, start, .. } => {
                let (line, column) = text.position(*start);
                write!(f, "{}:{line}:{column}", text.name())
            }
            Place::Env(name) => write!(f, "env {name}"),
            #[cfg(feature = "serde")]
            Place::Key { path, .. } => f.write_str(path),
            Place::Token(index) => write!(f, "token {index}"),
            Place::Option(name) => write!(f, "option {name}"),
        }
    }
}
