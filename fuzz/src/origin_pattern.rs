//! Laws: a text that is accepted as a pattern is its own canonical spelling, allows what it spells
//! and nothing beside; of one that is refused, the report is one readable line, and what it
//! suggests to write is accepted, and no wider than what was written. The same for a regular
//! expression.
//!
//! Input: the text; with `regex:` in front, an expression.

use cors_core::{Code, Origin, OriginIssue, OriginPattern, OriginRegex, Unproven};

use crate::oracle::origin::{parts, samples};

/// The longest message: the text is shown twice at most, shortened to 80 characters, each of
/// which may be escaped.
const LONGEST_MESSAGE: usize = 2 * 80 * "\\u{10ffff}".len() + 400;

/// Judges one text.
///
/// # Panics
///
/// When a law is violated.
pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match text.strip_prefix("regex:") {
        Some(regex) if regex.len() <= 64 && !regex.contains('{') => check_regex(regex),
        Some(_) => {}
        None => match OriginPattern::parse(text) {
            Ok(pattern) => accepted(text, &pattern),
            Err(issue) => refused(text, &issue),
        },
    }
}

fn accepted(text: &str, pattern: &OriginPattern) {
    assert_eq!(pattern.to_string(), text);
    assert_eq!(OriginPattern::parse(pattern.as_str()).as_ref(), Ok(pattern));
    assert!(pattern.covers(pattern), "{text}");
    assert_eq!(pattern.is_exact(), !text.contains('*'), "{text}");

    let matches = |origin: &str| {
        Origin::parse(origin.as_bytes()).is_some_and(|origin| pattern.matches(&origin))
    };
    let (scheme, host) = (pattern.scheme(), pattern.host());
    // Where a host is as long as can be, a longer one is no host.
    let shortest = text.replacen("*.", "x.", 1).replace(":*", "");
    for sample in samples(text).iter().chain([&shortest]) {
        let is_origin = parts(sample.as_bytes()).is_some();
        assert!(is_origin || *sample != shortest, "{text} allows nothing");
        assert_eq!(matches(sample), is_origin, "{sample} under {text}");
    }
    let port = shortest.strip_prefix(&format!("{scheme}://")).unwrap_or_default();
    let port = port.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map(|(_, it)| it);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    // A pattern for `*.example` rightly allows what is below `example`.
    let foreign = if host.ends_with("example") { "evil.test" } else { "evil.example" };
    for other in [
        format!("{scheme}://evil{host}{port}"),
        format!("{scheme}://{host}.{foreign}{port}"),
        format!("{scheme}://{foreign}{port}"),
        format!("{scheme}://evil-{host}{port}"),
        format!("x-{scheme}://{host}{port}"),
        format!("{scheme}s://{host}{port}"),
        format!("{scheme}://{host}.{port}"),
        format!("{scheme}://.{host}{port}"),
        format!("{scheme}://user@{host}{port}"),
        format!("{scheme}://{host}{port}/"),
        format!("{scheme}://{host}{port}:1:1"),
    ] {
        assert!(!matches(&other), "{other} under {text}");
    }
    let apex = format!("{scheme}://{host}{port}");
    assert_eq!(matches(&apex), !pattern.has_subdomains(), "{apex} under {text}");
    let below = format!("{scheme}://a.{host}{port}");
    let is_origin = parts(below.as_bytes()).is_some();
    assert_eq!(matches(&below), pattern.has_subdomains() && is_origin, "{below} under {text}");
    if !pattern.has_any_port() {
        let other =
            format!("{scheme}://{}{host}:64998", if pattern.has_subdomains() { "a." } else { "" });
        assert!(!matches(&other) || port == ":64998", "{other} under {text}");
    }
}

fn refused(text: &str, issue: &OriginIssue) {
    readable(text, issue);
    // What browsers send is accepted; only what an A-label stands for is looked at more closely,
    // and whether a scheme is a misspelling of `http` or `https`.
    let misspelt = issue.code() == Code::BAD_SCHEME && text.find(':').is_some_and(|end| end < 8);
    let is_known = parts(text.as_bytes()).is_none() || text.contains("xn--") || misspelt;
    assert!(is_known, "{text}: {issue}");
    for suggestion in suggestions(issue) {
        let parsed = OriginPattern::parse(&suggestion);
        let pattern = parsed.unwrap_or_else(|issue| panic!("{suggestion} for {text}: {issue}"));
        assert_ne!(suggestion, text);
        let stars = |text: &str| text.matches('*').count();
        assert!(stars(&suggestion) <= stars(text), "{suggestion} for {text}");
        accepted(&suggestion, &pattern);
    }
}

fn check_regex(source: &str) {
    match OriginRegex::parse(source) {
        Ok(regex) => {
            assert_eq!(regex.as_str(), source);
            assert_eq!(OriginRegex::parse(&regex.to_string()), Ok(regex.clone()));
            let dot = regex.unescaped_dot();
            assert!(dot.is_none_or(|at| source.as_bytes()[at] == b'.'), "{source} at {dot:?}");
            let _ = regex.matches_any_loopback();
            if let Some(bare) = regex.without_anchors() {
                assert!(OriginRegex::parse(bare).is_ok(), "{bare} for {source}");
            }
            if let Some(sample) = regex.named_hosts().err().and_then(Unproven::sample) {
                assert!(parts(sample.as_bytes()).is_some(), "{sample} for {source}");
                assert!(regex.is_match(sample), "{sample} for {source}");
            }
        }
        Err(issue) => {
            readable(source, &issue);
            let offset = issue.offset();
            assert!(offset.is_none_or(|at| source.is_char_boundary(at)), "{source} at {offset:?}");
            for suggestion in suggestions(&issue) {
                assert!(OriginRegex::parse(&suggestion).is_ok(), "{suggestion} for {source}");
                assert_ne!(suggestion, source);
            }
        }
    }
}

/// The corrections in an issue: its suggestion, and the quoted parts of its help.
fn suggestions(issue: &OriginIssue) -> Vec<String> {
    let listed = issue.help().strip_prefix("write each as a separate string: `");
    let listed = listed.and_then(|list| list.strip_suffix('`'));
    let listed = listed.into_iter().flat_map(|list| list.split(", "));
    let unquoted = |element: &str| element.trim_matches('"').to_owned();
    if let Some(suggestion) = issue.suggestion() {
        assert!(issue.help().contains(suggestion), "{suggestion} is not in {}", issue.help());
    }
    issue.suggestion().map(str::to_owned).into_iter().chain(listed.map(unquoted)).collect()
}

fn readable(text: &str, issue: &OriginIssue) {
    let (message, help) = (issue.message(), issue.help());
    // What is to be written may hold what was written.
    let is_plain = |words: &str| words.chars().all(|c| !c.is_control());
    assert!(is_plain(message) && (is_plain(help) || !is_plain(text)), "{message:?}, {help:?}");
    assert!(!message.is_empty() && !help.is_empty());
    assert!(message.len() <= LONGEST_MESSAGE, "{} bytes: {message}", message.len());
}
