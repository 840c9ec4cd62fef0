//! The text of a configuration file, kept so that a report can show lines of it.
//!
//! A place is stored as a range of bytes. Lines and columns are counted only when a
//! report is written, since there may be 100 000 origins.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Range;
use std::sync::Arc;

/// A text with a name.
pub(crate) struct SourceText {
    name: Box<str>,
    text: Box<str>,
    /// Invariant: ascending, the first is 0.
    line_starts: Vec<usize>,
}

impl SourceText {
    pub(crate) fn new(name: &str, text: &str) -> Arc<Self> {
        let after =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after).collect();
        Arc::new(Self { name: name.into(), text: text.into(), line_starts })
    }

    /// The name of the text in reports.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Line and column of a byte, both counted from 1.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts[line - 1];
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The bytes of a line, without its end; `line` counts from 1.
    pub(crate) fn line(&self, line: usize) -> Range<usize> {
        let start = self.line_starts[line - 1];
        let next = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let text = &self.text[start..next];
        start..start + text.trim_end_matches(['\n', '\r']).len()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

// Two reads of one file are the same place in a report.
impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for SourceText {}

impl PartialOrd for SourceText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SourceText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl Hash for SourceText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for SourceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text may be megabytes.
        f.debug_tuple("SourceText").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = SourceText::new("cors.toml", "a\u{e4}b\r\n\nc");
        for (offset, place) in [(0, (1, 1)), (3, (1, 3)), (6, (2, 1)), (7, (3, 1)), (8, (3, 2))] {
            assert_eq!(text.position(offset), place, "byte {offset}");
        }
        assert_eq!(&text.as_str()[text.line(1)], "a\u{e4}b");
        assert_eq!(&text.as_str()[text.line(2)], "");
        assert_eq!(&text.as_str()[text.line(3)], "c");
        assert_eq!(text.position(99), (3, 1), "beyond the end is the last line");
    }
}
