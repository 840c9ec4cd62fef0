//! One mistake, its report, and what to write instead.

use cors_core::Code;

/// What the page shows of one code.
pub(super) struct Example {
    pub(super) code: Code,
    /// The language of `mistake` and `instead`, for the highlighter.
    pub(super) language: &'static str,
    pub(super) mistake: String,
    /// The report, verbatim.
    pub(super) output: String,
    pub(super) instead: Instead,
}

/// What to write instead.
pub(super) enum Instead {
    /// This, in the same language.
    Code(String),
    /// A sentence.
    Words(String),
}

/// The code with this name.
pub(super) fn code(name: &str) -> Code {
    let known = Code::ALL.iter().find(|code| code.as_str().trim_start_matches("cors::") == name);
    *known.unwrap_or_else(|| panic!("`{name}` is not a code"))
}

/// A source file without its first line, `// instead: ...`, and that line.
pub(super) fn split(source: &str) -> Option<(&str, &str)> {
    let (first, rest) = source.split_once('\n')?;
    Some((first.strip_prefix("// instead: ")?, rest))
}
