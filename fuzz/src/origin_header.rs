//! Law: a set of patterns and regular expressions contains the value of an `Origin` line if, and
//! only if, the value is spelled as browsers do and one of them allows it.
//!
//! Input: one pattern a line, `regex:` before an expression, `null` for the flag; the last line is
//! the value.

use cors_core::{Origin, OriginPattern, OriginRegex, OriginSet};

use crate::oracle::{origin, regex};

/// Judges one value.
///
/// # Panics
///
/// When the law is violated.
pub fn check(data: &[u8]) {
    let mut lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let value = lines.pop().unwrap_or_default();
    let (mut patterns, mut regexes, mut null) = (Vec::new(), Vec::new(), false);
    for line in lines.into_iter().take(16) {
        let line = String::from_utf8_lossy(line);
        match line.strip_prefix("regex:") {
            _ if line == "null" => null = true,
            Some(regex) if regex.len() <= 64 && !regex.contains('{') => {
                regexes.extend(OriginRegex::parse(regex));
            }
            Some(_) => {}
            None => patterns.extend(OriginPattern::parse(&line)),
        }
    }
    let set = OriginSet::new(patterns.clone(), regexes.clone(), null);
    let contains = set.contains(value);

    let parts = origin::parts(value);
    let parsed = Origin::parse(value);
    let spelled = parsed.map(|origin| {
        let port = origin.port().map(|port| port.to_string()).unwrap_or_default();
        (origin.scheme().to_owned(), origin.host().to_owned(), port)
    });
    let expected = parts.clone().map(|parts| (parts.scheme, parts.host, parts.port));
    let shown = value.escape_ascii();
    assert_eq!(spelled, expected, "{shown}");

    let Some((origin, parts)) = parsed.zip(parts) else {
        return assert_eq!(contains, null && value == b"null", "{shown} in {set:?}");
    };
    let allows = |pattern: &OriginPattern| {
        let allows = origin::allows(pattern.as_str(), &parts);
        assert_eq!(pattern.matches(&origin), allows, "{pattern} on {shown}");
        allows
    };
    let matches = |regex: &OriginRegex| {
        let text = origin.as_str();
        let matches = regex.is_match(text);
        if let Some(expected) = regex::matches_all(regex.as_str(), text) {
            assert_eq!(matches, expected, "{regex} on {shown}");
        }
        matches
    };
    let allowed = patterns.iter().filter(|pattern| allows(pattern)).count();
    let matched = regexes.iter().filter(|regex| matches(regex)).count();
    assert_eq!(contains, allowed + matched > 0, "{shown} in {patterns:?} and {regexes:?}");
}
