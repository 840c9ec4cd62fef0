//! The location of a span, which only the compiler knows.

use proc_macro2::{Literal, Span};

/// A place in a file; line and column are counted from 1.
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) line: Literal,
    pub(crate) column: Literal,
}

impl Location {
    #[cfg(not(test))]
    pub(crate) fn of(span: Span) -> Self {
        let span = span.unwrap();
        Self::new(span.file(), span.line(), span.column())
    }

    /// Unit tests run outside of a compiler, where spans have no file.
    #[cfg(test)]
    pub(crate) fn of(span: Span) -> Self {
        let start = span.start();
        Self::new("src/api.rs".to_owned(), start.line, start.column + 1)
    }

    fn new(file: String, line: usize, column: usize) -> Self {
        let unsuffixed = Literal::usize_unsuffixed;
        Self { file, line: unsuffixed(line), column: unsuffixed(column) }
    }
}
