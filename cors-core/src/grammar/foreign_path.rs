//! Detection of foreign syntax in path patterns: routers, globs, regular expressions.
//!
//! Compared literally, `/x/:id` matches no path that a page requests, so a group with
//! `off = true` would silently leave `/x/5` open. Text that is probably meant as a
//! placeholder is therefore an error. A path that really contains such text is written
//! with percent-escapes: `/users/%3Abatch`.

/// Syntax that other matchers do not read literally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForeignSyntax {
    /// `{id}`, `:id`, `<id>`, `[id]`, `$id`, `%(id)s`.
    Parameter,
    /// `a|b`, `{a,b}`.
    Alternatives,
    /// `\d+`, `^x$`, `.+`, `(x)`, `[0-9]`, `!(x)`.
    Expression,
    /// `*` next to other text.
    PartialWildcard,
    /// `?` or `#`.
    Query,
}

impl ForeignSyntax {
    /// Finds foreign syntax in one segment whose escapes are not decoded.
    ///
    /// Browsers send `: $ ( ) ! @ , ; = ' + ~ |` unescaped, so most of these are
    /// accepted where no placeholder uses them: `/users:batch`, `/a(1)`, `/x;v=1`.
    pub(super) fn find(segment: &str) -> Option<Self> {
        let has = |characters: &[char]| segment.contains(characters);
        if has(&['|']) || segment.contains('{') && segment.contains(',') && !segment.contains(':') {
            return Some(Self::Alternatives);
        }
        if has(&['{', '}', '<', '>'])
            || has_named(segment, ':', |before| before.is_none_or(|c| "-._~(".contains(c)))
            || has_named(segment, '$', |before| before.is_none())
            || has_format(segment)
        {
            return Some(Self::Parameter);
        }
        let is_group = segment.starts_with('(') && segment.ends_with(')');
        let is_glob = ["!(", "@(", "+("].iter().any(|glob| segment.contains(glob));
        if has(&['[', ']', '\\', '^'])
            || segment.contains(".+")
            || segment.contains(".*")
            || segment.contains("(?")
            || segment.ends_with('$')
            || is_group
            || is_glob
        {
            return Some(Self::Expression);
        }
        match () {
            () if has(&['*']) => Some(Self::PartialWildcard),
            () if has(&['?', '#']) => Some(Self::Query),
            () => None,
        }
    }

    /// The description of the syntax, for the message "`…` is …".
    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::Parameter => "a route parameter",
            Self::Alternatives => "a list of alternatives",
            Self::Expression => "a regular expression or a glob",
            Self::PartialWildcard => "a wildcard for part of a segment",
            Self::Query => "more than a path",
        }
    }
}

/// Splits a path, without its first slash, into segments.
///
/// A slash in the regular expression of a parameter or in a group ends no segment:
/// `{id:[^/]+}`, `(/.*)?`. Only foreign syntax has these.
pub(super) fn split(path: &str) -> Vec<&str> {
    let mut segments: Vec<&str> = Vec::new();
    let mut start = 0;
    while let Some(end) = path[start..].find('/').map(|length| start + length) {
        let end = end_of_brackets(&path[start..])
            .map(|length| start + length)
            .filter(|&closed| closed > end && ForeignSyntax::find(&path[start..closed]).is_some())
            .unwrap_or(end);
        segments.push(&path[start..end]);
        match path[end..].strip_prefix('/') {
            Some(_) => start = end + 1,
            None => return segments,
        }
    }
    segments.push(&path[start..]);
    segments
}

/// The length of the first segment if brackets in it contain a slash and are closed.
fn end_of_brackets(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut has_slash = false;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open.push('}'),
            '(' => open.push(')'),
            '[' if open.last() != Some(&']') => open.push(']'),
            '/' if open.is_empty() => return has_slash.then_some(at),
            '/' => has_slash = true,
            _ if open.last() == Some(&c) => drop(open.pop()),
            _ => {}
        }
    }
    (open.is_empty() && has_slash).then_some(text.len())
}

/// Whether a parameter of another router takes several segments of a path: `{tail:.*}`,
/// `{tail}*`, `:tail+`, `<tail..>`, `{tail:path}`.
pub(super) fn spans_segments(segment: &str) -> bool {
    let one = segment.replace("[^/]", "");
    one.ends_with("}*")
        || one.starts_with(':') && one.ends_with(['*', '+'])
        || ["{*", "..", ":path}", "<path:", ".*", ".+", "/"].iter().any(|part| one.contains(part))
}

/// Whether a segment is `*tail`, which is everything below in some routers.
pub(super) fn is_splat(segment: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    segment.strip_prefix('*').is_some_and(|name| !name.is_empty() && name.chars().all(is_word))
}

/// Spells one segment of a literal path for a path group pattern.
///
/// Characters that a pattern would read as a placeholder are percent-escaped, so that
/// the pattern matches exactly this segment.
///
/// ```
/// use cors_core::spell_path_segment;
///
/// assert_eq!(spell_path_segment("$metadata"), "%24metadata");
/// assert_eq!(spell_path_segment("orders"), "orders");
/// ```
#[must_use]
pub fn spell_path_segment(segment: &str) -> String {
    if ForeignSyntax::find(segment).is_none() {
        return segment.to_owned();
    }
    let mut spelled = String::with_capacity(segment.len() + 8);
    for (at, c) in segment.char_indices() {
        let is_format = "sdiu".contains(c) && segment[..at].ends_with('%');
        let is_dot_of_expression = c == '.' && segment[at + 1..].starts_with(['+', '*']);
        match c {
            '*' | '{' | '}' | '<' | '>' | '(' | ')' | '[' | ']' | '|' | '\\' | '^' | '$' | ':'
            | '?' | '#' => spelled.push_str(&format!("%{:02X}", u32::from(c))),
            _ if is_format || is_dot_of_expression => {
                spelled.push_str(&format!("%{:02X}", u32::from(c)));
            }
            _ => spelled.push(c),
        }
    }
    spelled
}

/// Whether `sigil` precedes a name and follows a character that `may_precede` accepts
/// (`None` is the start of the segment).
fn has_named(segment: &str, sigil: char, may_precede: impl Fn(Option<char>) -> bool) -> bool {
    segment.match_indices(sigil).any(|(at, _)| {
        let named = segment[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        named && may_precede(segment[..at].chars().next_back())
    })
}

/// Whether the segment contains a `printf` placeholder: `%s`, `%(id)s`.
fn has_format(segment: &str) -> bool {
    segment.match_indices('%').any(|(at, _)| {
        let mut after = segment[at + 1..].chars();
        match (after.next(), after.next()) {
            // An escape, such as `%d1`.
            (Some('d'), Some(digit)) if digit.is_ascii_hexdigit() => false,
            (Some(c), _) => "(sdiu".contains(c),
            (None, _) => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_other_routers_are_found() {
        for (segment, expected) in [
            ("{id}", ForeignSyntax::Parameter),
            (":id", ForeignSyntax::Parameter),
            (":id.json", ForeignSyntax::Parameter),
            (":id?", ForeignSyntax::Parameter),
            (":from-:to", ForeignSyntax::Parameter),
            ("user-:id", ForeignSyntax::Parameter),
            ("users(.:format)", ForeignSyntax::Parameter),
            ("<id>", ForeignSyntax::Parameter),
            ("<int:id>", ForeignSyntax::Parameter),
            ("$id", ForeignSyntax::Parameter),
            ("%(id)s", ForeignSyntax::Parameter),
            ("%s", ForeignSyntax::Parameter),
            ("%d", ForeignSyntax::Parameter),
            ("(a|b)", ForeignSyntax::Alternatives),
            ("a|b", ForeignSyntax::Alternatives),
            ("{a,b}", ForeignSyntax::Alternatives),
            ("{id:[0-9]{1,9}}", ForeignSyntax::Parameter),
            ("[id]", ForeignSyntax::Expression),
            ("[...slug]", ForeignSyntax::Expression),
            ("[0-9]+", ForeignSyntax::Expression),
            ("\\d+", ForeignSyntax::Expression),
            ("^x", ForeignSyntax::Expression),
            ("x$", ForeignSyntax::Expression),
            (".+", ForeignSyntax::Expression),
            (".*", ForeignSyntax::Expression),
            ("(x)", ForeignSyntax::Expression),
            ("x(?i)", ForeignSyntax::Expression),
            ("!(admin)", ForeignSyntax::Expression),
            ("v*", ForeignSyntax::PartialWildcard),
            ("*splat", ForeignSyntax::PartialWildcard),
            ("a?", ForeignSyntax::Query),
            ("a#b", ForeignSyntax::Query),
        ] {
            assert_eq!(ForeignSyntax::find(segment), Some(expected), "{segment}");
        }
    }

    #[test]
    fn a_slash_in_foreign_syntax_ends_no_segment() {
        for (path, expected) in [
            ("", &[""][..]),
            ("a/", &["a", ""]),
            ("x/{id:[^/]+}/y", &["x", "{id:[^/]+}", "y"]),
            ("x/{id:[a-z/]+}", &["x", "{id:[a-z/]+}"]),
            ("x(/.*)?", &["x(/.*)?"]),
            ("x/(a/b|c)/", &["x", "(a/b|c)", ""]),
            ("x/{id/y}", &["x", "{id/y}"]),
            ("a(1/b)", &["a(1", "b)"]),
            ("x/{id/y", &["x", "{id", "y"]),
            ("x/[a/b", &["x", "[a", "b"]),
        ] {
            assert_eq!(split(path), expected, "{path}");
        }
    }

    #[test]
    fn characters_that_browsers_send_unescaped_are_literal() {
        for segment in [
            "",
            "users:batch",
            "a:1",
            "12:30",
            "ns::name",
            "a(1)",
            "Products(1)",
            "a$b",
            "$1",
            "x;v=1",
            "a,b",
            "user@example.com",
            "it's",
            "~me",
            "a+b",
            "a=b&c",
            "100%",
            "a%2Fb",
            "%d1",
            "b!",
            "ä",
            "a b",
        ] {
            assert_eq!(ForeignSyntax::find(segment), None, "{segment}");
            assert_eq!(spell_path_segment(segment), segment);
        }
    }

    #[test]
    fn a_spelled_literal_contains_no_foreign_syntax() {
        for (segment, spelled) in [
            (":batch", "%3Abatch"),
            ("$metadata", "%24metadata"),
            ("<a>", "%3Ca%3E"),
            ("(a|b)", "%28a%7Cb%29"),
            ("*", "%2A"),
            (".+", "%2E+"),
            ("%s", "%%73"),
            ("%(id)s", "%%28id%29s"),
            ("why?", "why%3F"),
        ] {
            assert_eq!(spell_path_segment(segment), spelled);
            assert_eq!(ForeignSyntax::find(spelled), None, "{spelled}");
        }
    }
}
