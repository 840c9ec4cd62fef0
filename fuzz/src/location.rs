//! Where a span is, outside of a compiler: in no file, but at a line and column.

use proc_macro2::{Literal, Span};

/// A place in a file; line and column count from 1.
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) line: Literal,
    pub(crate) column: Literal,
}

impl Location {
    pub(crate) fn of(span: Span) -> Self {
        let start = span.start();
        let unsuffixed = Literal::usize_unsuffixed;
        let (line, column) = (unsuffixed(start.line), unsuffixed(start.column + 1));
        Self { file: "src/api.rs".to_owned(), line, column }
    }
}
