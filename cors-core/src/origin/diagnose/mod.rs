//! Explains a string that is not an origin pattern. It is read from left to right,
//! every mistake is corrected on the way, and the first one is reported together with
//! the fully corrected string.
//!
//! This module does not decide what is valid: a correction is only suggested if
//! [`OriginPattern`] accepts it.

mod help;
mod host;

use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) use self::help::{Advice, help};
use self::host::correct_host;
use super::issue::OriginIssue;
use super::pattern::OriginPattern;
use super::regex::OriginRegex;
use super::serialized::{default_port, is_scheme};
use crate::problem::Code;

/// Explains why `input` is not an origin pattern.
pub(super) fn diagnose(input: &str) -> OriginIssue {
    if let Some(issue) = not_one_origin(input) {
        return issue;
    }
    let mut found = Findings::of(input);
    let text = correct_wrapping(&mut found);
    let (scheme, rest) = correct_scheme(&mut found, &text);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = correct_userinfo(&mut found, authority);
    let (host, port) = split_port(authority);
    let host = correct_host(&mut found, &scheme, host);
    let port = correct_port(&mut found, &scheme, port);
    reject_tail(&mut found, &host, tail);
    found.into_issue(&format!("{scheme}://{host}{port}"))
}

/// The findings so far: the first mistake, and whether all of them could be corrected.
pub(super) struct Findings<'a> {
    input: &'a str,
    first: Option<(Code, String)>,
    correctable: bool,
}

impl<'a> Findings<'a> {
    fn of(input: &'a str) -> Self {
        Self { input, first: None, correctable: true }
    }

    /// Records a mistake that the caller corrects. `message` is appended to the input.
    pub(super) fn corrected(&mut self, code: Code, message: impl AsRef<str>) {
        if self.first.is_none() {
            self.first = Some((code, format!("{} {}", quote(self.input), message.as_ref())));
        }
    }

    /// Records a mistake whose correction is ambiguous.
    pub(super) fn unclear(&mut self, code: Code, message: impl AsRef<str>) {
        self.corrected(code, message);
        self.correctable = false;
    }

    fn into_issue(self, corrected: &str) -> OriginIssue {
        // The length of the whole string is the only thing that the steps do not check.
        let unexplained =
            || (Code::BAD_HOST, format!("{} is too long for an origin", quote(self.input)));
        let regex_like = is_like_a_regex(self.input);
        let suggestion = OriginPattern::parse_strictly(corrected)
            .filter(|_| self.correctable && !regex_like)
            .map(|pattern| pattern.to_string());
        let (code, message) = self.first.unwrap_or_else(unexplained);
        let issue = OriginIssue::new(code, message, suggestion);
        match regex_like {
            true => issue.with_advice(as_regex(self.input)),
            false => issue,
        }
    }
}

/// Whether the text is more likely a regular expression than an origin with a mistake.
fn is_like_a_regex(text: &str) -> bool {
    let marks =
        ["\\.", "\\d", "\\w", "\\-", "(", "?:", ".+", "]+", "]*", "]{", "|", "[a-z", "[^", "[0-9"];
    text.starts_with(['^', '~'])
        || text.ends_with('$')
        || marks.iter().any(|mark| text.contains(mark))
}

/// The expression, if it is accepted as it is, or corrected.
fn as_regex(text: &str) -> Advice {
    let text = text.trim().trim_start_matches(['~', ' ']);
    let bare = |regex: &OriginRegex| {
        regex.without_anchors().map_or_else(|| text.to_owned(), |bare| bare.to_string())
    };
    let regex = match OriginRegex::parse(text) {
        Ok(regex) => Some(bare(&regex)),
        Err(issue) => issue.suggestion().map(ToOwned::to_owned),
    };
    // What is accepted with a warning would only lead to the next report.
    let is_right = |text: &String| {
        OriginRegex::parse(text)
            .is_ok_and(|it| it.unescaped_dot().is_none() && it.named_hosts_as_meant().is_ok())
    };
    let escaped = |text: String| if is_right(&text) { text } else { escape_dots(&text) };
    match regex.map(escaped).filter(is_right) {
        Some(regex) => Advice::Regex(regex.into()),
        None => Advice::Words(
            "this looks like a regular expression, which has an element of its own: `regex`",
        ),
    }
}

/// The input in backticks, on one line and shortened to 80 characters.
pub(super) fn quote(input: &str) -> String {
    const SHOWN: usize = 80;
    let mut quoted = String::from("`");
    for c in input.chars().take(SHOWN) {
        match c {
            '"' | '\'' | '\\' => quoted.push(c),
            _ => quoted.extend(c.escape_debug()),
        }
    }
    if input.chars().nth(SHOWN).is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// Reports strings that are not meant as one origin.
fn not_one_origin(input: &str) -> Option<OriginIssue> {
    let text = input.trim();
    let shown = quote(text);
    let (code, message) = match text {
        "" => (Code::EMPTY_ORIGIN, "an empty string matches no origin".to_owned()),
        "*" => (
            Code::QUOTED_WILDCARD,
            format!("{shown} is not an origin; to allow every origin, use the keyword `any`"),
        ),
        "any" => (Code::QUOTED_WILDCARD, format!("{shown} is a keyword, not an origin in a list")),
        _ if is_word(text, &["any", "all", "every", "everyone", "true", "yes"]) => (
            Code::QUOTED_WILDCARD,
            format!("{shown} is not an origin; to allow every origin, use the keyword `any`"),
        ),
        _ if is_word(text, &["none", "nobody", "off", "deny", "false", "no"]) => {
            let message = format!("{shown} is not an origin: origins look like `https://host`");
            let issue = OriginIssue::new(Code::MISSING_SCHEME, message, None);
            return Some(issue.with_advice(Advice::NoOrigin));
        }
        _ if is_word(text, &["self", "'self'", "same-origin", "same_origin", "sameorigin"]) => {
            let message = format!("{shown} is not an origin: origins look like `https://host`");
            let issue = OriginIssue::new(Code::MISSING_SCHEME, message, None);
            return Some(issue.with_advice(Advice::Words(
                "remove it: pages of the server's own origin are always allowed",
            )));
        }
        _ if is_word(text, &["data:", "blob:", "about:", "javascript:", "filesystem:"])
            || ["data:", "about:", "javascript:"].iter().any(|it| text.starts_with(it)) =>
        {
            let message =
                format!("{shown} names no origin: browsers send `null` for such a document");
            let issue = OriginIssue::new(Code::BAD_SCHEME, message, None);
            return Some(issue.with_advice(Advice::Words(
                "remove it; to allow documents of this kind, list the origin of the page that opens \
                 them",
            )));
        }
        _ if text.eq_ignore_ascii_case("null") => (
            Code::NULL_ORIGIN,
            format!(
                "{shown} is sent by sandboxed frames of every site, so it would allow all of them"
            ),
        ),
        _ if is_placeholder(text) => {
            let message = format!("{shown} is a placeholder, and nothing replaces it here");
            let issue = OriginIssue::new(Code::MISSING_SCHEME, message, None);
            return Some(issue.with_advice(Advice::Words(
                "list the origin itself, or set the variable `CORS_ORIGINS`, which overrides the list",
            )));
        }
        _ => return several_origins(text),
    };
    Some(OriginIssue::new(code, message, None))
}

/// Whether the text is a variable of a shell or template: `${FRONTEND}`, `{{ frontend }}`,
/// `%FRONTEND%`.
fn is_placeholder(text: &str) -> bool {
    let is_between = |start, end| text.starts_with(start) && text.ends_with(end);
    is_between("${", "}")
        || is_between("{{", "}}")
        || is_between("<%", "%>")
        || is_between("$(", ")")
        || text.len() > 2 && is_between("%", "%")
}

/// Escapes the dots of an expression that are followed by a letter.
fn escape_dots(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 4);
    let mut chars = text.chars().peekable();
    let mut previous = None;
    while let Some(c) = chars.next() {
        let is_literal = chars.peek().is_some_and(char::is_ascii_alphabetic);
        if c == '.' && previous != Some('\\') && is_literal {
            escaped.push('\\');
        }
        escaped.push(c);
        previous = Some(c);
    }
    escaped
}

fn is_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn several_origins(text: &str) -> Option<OriginIssue> {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let parts: Vec<&str> = text.split(is_separator).filter(|part| !part.is_empty()).collect();
    // `https;//a.example` is one origin.
    if misspelt_separator(text).is_some_and(|(_, rest)| !rest.contains(is_separator)) {
        return None;
    }
    // White space alone may be a typing mistake inside one origin.
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !text.contains([',', ';']) && (parts.len() < 2 || bare.matches("://").count() == 1) {
        return None;
    }
    let corrected: Option<Vec<String>> = parts
        .iter()
        .map(|part| match OriginPattern::parse(part) {
            Ok(pattern) => Some(pattern.to_string()),
            Err(issue) => issue.suggestion().map(ToOwned::to_owned),
        })
        .collect();
    let message = match parts.as_slice() {
        [_] => format!("{} has a separator that belongs to no origin", quote(text)),
        _ => format!(
            "{} contains several origins in one string, so it would never match",
            quote(text)
        ),
    };
    Some(match corrected.as_deref() {
        Some([one]) => OriginIssue::new(Code::SEVERAL_ORIGINS, message, Some(one.clone())),
        Some(many @ [_, ..]) => OriginIssue::new(Code::SEVERAL_ORIGINS, message, None)
            .with_advice(Advice::Separate(many.to_vec())),
        _ => OriginIssue::new(Code::SEVERAL_ORIGINS, message, None),
    })
}

/// Removes white space and quotation marks.
fn correct_wrapping(found: &mut Findings<'_>) -> String {
    let is_space = |c: char| c.is_whitespace() || c.is_control();
    let text: String = found.input.chars().filter(|&c| !is_space(c)).collect();
    if text.len() != found.input.len() {
        let why = "contains white space, which origins never contain";
        // Words that are joined name a host that nobody meant: `https://app example.com`.
        let words: Vec<&str> =
            found.input.split(is_space).filter(|word| !word.is_empty()).collect();
        let is_in_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '*');
        let joins =
            |pair: &[&str]| pair[0].ends_with(is_in_word) && pair[1].starts_with(is_in_word);
        match words.windows(2).any(joins) {
            true => found.unclear(Code::WHITESPACE, why),
            false => found.corrected(Code::WHITESPACE, why),
        }
    }
    let bare = text.trim_matches(['"', '\'', '`', '<', '>']);
    if bare.len() != text.len() {
        found.corrected(Code::BAD_SCHEME, "has quotation marks inside the string");
    }
    bare.to_owned()
}

/// Returns the scheme and the text after `://`.
fn correct_scheme<'t>(found: &mut Findings<'_>, text: &'t str) -> (String, &'t str) {
    let (scheme, rest) = correct_first_scheme(found, text);
    let is_web = |scheme: &str| matches!(scheme, "http" | "https" | "ws" | "wss");
    let second = rest.split_once("://").map(|(second, rest)| (second.to_ascii_lowercase(), rest));
    let second = second
        .filter(|(second, _)| is_web(second))
        .or_else(|| misspelt_separator(rest).map(|(second, rest)| (second.to_owned(), rest)));
    let Some((second, rest)) = second else { return (scheme, rest) };
    match second == scheme {
        true => found.corrected(Code::BAD_SCHEME, "has its scheme twice"),
        false => found.unclear(Code::BAD_SCHEME, "has two schemes"),
    }
    (scheme, rest)
}

/// The scheme of the web and the rest of a text that has something else than `://` between
/// them: `https;//a.example`, `https:a.example`, `https:///a.example`.
fn misspelt_separator(text: &str) -> Option<(&'static str, &str)> {
    const MARKS: [char; 4] = [':', ';', '/', '\\'];
    ["https", "http", "wss", "ws"].into_iter().find_map(|scheme| {
        let start = text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme))?;
        let after = &text[start.len()..];
        let marks = after.strip_prefix(['.', ',']).filter(|it| it.starts_with(['/', '\\']));
        let rest = marks.unwrap_or(after).trim_start_matches(MARKS);
        let separator = &after[..after.len() - rest.len()];
        // `https:8080` is a host with a port, and `https://:8080` has no host.
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let is_port = rest[..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b'*');
        let is_one = !is_port && (separator.len() > 1 || separator == ":");
        (is_one && separator != "://" && !rest.is_empty()).then_some((scheme, rest))
    })
}

fn correct_first_scheme<'t>(found: &mut Findings<'_>, text: &'t str) -> (String, &'t str) {
    if let Some((scheme, rest)) = misspelt_separator(text) {
        match text[scheme.len()..].starts_with("://") {
            true => found.corrected(Code::BAD_HOST, "has more than `://` before its host"),
            false => found.corrected(Code::MISSING_SCHEME, NO_SCHEME),
        }
        let meant = corrected_scheme(scheme).map_or(scheme, |(meant, _)| meant);
        return (meant.to_owned(), rest);
    }
    let before_path = |scheme: &str| !scheme.contains(['/', '?', '#', '@']);
    let Some((written, rest)) = text.split_once("://").filter(|(s, _)| before_path(s)) else {
        return supply_scheme(found, text);
    };
    if written.is_empty() {
        return supply_scheme(found, rest);
    }
    if written.contains('*') {
        found.corrected(
            Code::MISPLACED_WILDCARD,
            "would allow unencrypted `http` as well as `https`",
        );
        return ("https".to_owned(), rest);
    }
    let scheme = written.to_ascii_lowercase();
    if scheme == "file" {
        found.unclear(Code::FILE_SCHEME, "names no page: browsers send `null` for a local file, and the webviews that send `file://` send it \
             for every file alike");
    } else if !is_scheme(&scheme) {
        found
            .unclear(Code::BAD_SCHEME, format!("does not start with a scheme: {}", quote(written)));
    } else if let Some((meant, reason)) = corrected_scheme(&scheme) {
        found.corrected(Code::BAD_SCHEME, format!("never matches: {reason}"));
        return (meant.to_owned(), rest);
    } else if scheme != written {
        found.corrected(
            Code::UPPER_CASE,
            "has upper-case letters, which browsers never send, so it would never match",
        );
    }
    (scheme, rest)
}

/// The scheme that was meant by one that browsers never send, and the reason.
pub(super) fn corrected_scheme(scheme: &str) -> Option<(&'static str, String)> {
    let web_socket = |meant| {
        let reason = format!("a page that opens a WebSocket sends its own origin, `{meant}://…`");
        (meant, reason)
    };
    match scheme {
        "ws" => Some(web_socket("http")),
        "wss" => Some(web_socket("https")),
        "ftp" => Some(("https", "browsers show no pages over `ftp`".to_owned())),
        _ => misspelt_scheme(scheme)
            .map(|meant| (meant, format!("`{scheme}` is probably a misspelling of `{meant}`"))),
    }
}

/// The scheme `http` or `https` that `scheme` is probably a misspelling of. Extensions
/// and applications have their own schemes, but none that is similar to these two.
pub(super) fn misspelt_scheme(scheme: &str) -> Option<&'static str> {
    const MOST: usize = 2;
    // Longer schemes cannot be close enough.
    let is_short = scheme.len() <= "https".len() + MOST;
    if matches!(scheme, "http" | "https") || !is_short || !is_scheme(scheme) {
        return None;
    }
    let distance = |known: &str| strsim::osa_distance(scheme, known);
    // With more edits, `http` would become nearly any three letters.
    let most = if scheme.len() > 3 { MOST } else { 1 };
    let nearest = ["https", "http"].into_iter().min_by_key(|known| distance(known))?;
    (distance(nearest) <= most).then_some(nearest)
}

const NO_SCHEME: &str = "has no scheme; origins look like `https://host`";

/// Finds the intended scheme of a text without `://`.
fn supply_scheme<'t>(found: &mut Findings<'_>, text: &'t str) -> (String, &'t str) {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("file:") {
        found.unclear(Code::FILE_SCHEME, "names no page: browsers send `null` for a local file, and the webviews that send `file://` send it \
             for every file alike");
        return ("file".to_owned(), "");
    }
    let rest = text.trim_start_matches('/');
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let first = &rest[..end];
    // A word may be the name of a host in the network, but more often it is not; and what has an
    // `@` is an e-mail address.
    let is_host = first.contains(['.', ':']) || first.eq_ignore_ascii_case("localhost");
    match is_host && !first.contains('@') {
        true => found.corrected(Code::MISSING_SCHEME, NO_SCHEME),
        false => found.unclear(Code::MISSING_SCHEME, NO_SCHEME),
    }
    let (host, port) = split_port(&lower[text.len() - rest.len()..][..end]);
    let plain = port != Some("443") && (port == Some("80") || super::host::is_loopback(host));
    (if plain { "http" } else { "https" }.to_owned(), rest)
}

fn correct_userinfo<'t>(found: &mut Findings<'_>, authority: &'t str) -> &'t str {
    let Some((_, host)) = authority.rsplit_once('@') else { return authority };
    found.corrected(
        Code::USERINFO,
        "has a user name or password, which browsers leave out of `Origin`",
    );
    host
}

/// Splits as the valid grammar does, but accepts any text as the port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if authority.parse::<Ipv6Addr>().is_ok() {
        return (authority, None);
    }
    let host_end = match authority.rfind(']') {
        None if authority.starts_with('[') => return (authority, None),
        end => end.unwrap_or(0),
    };
    match authority[host_end..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(host_end + colon);
            (host, Some(&port[1..]))
        }
        None => (authority, None),
    }
}

/// Returns the port with its colon, or an empty string.
fn correct_port(found: &mut Findings<'_>, scheme: &str, port: Option<&str>) -> String {
    let Some(port) = port else { return String::new() };
    let digits = port.trim_start_matches('0');
    match digits.parse::<u16>() {
        _ if port == "*" => return ":*".to_owned(),
        _ if port.is_empty() => found.corrected(Code::BAD_PORT, "ends in a colon without a port"),
        _ if port.contains('*') => {
            found.unclear(
                Code::MISPLACED_WILDCARD,
                "has a `*` in the port, but only `:*` as a whole is supported",
            );
        }
        Ok(number) if !digits.starts_with('+') => {
            if port.len() != digits.len() {
                found.corrected(
                    Code::BAD_PORT,
                    "has a port with leading zeros, which browsers never send",
                );
            }
            if default_port(scheme) != Some(number) {
                return format!(":{number}");
            }
            let reason = format!(
                "contains the port {number}, which browsers omit for `{scheme}`, so it would never match"
            );
            found.corrected(Code::DEFAULT_PORT, reason);
        }
        _ => found.unclear(Code::BAD_PORT, format!("has an invalid port: {}", quote(port))),
    }
    String::new()
}

fn reject_tail(found: &mut Findings<'_>, host: &str, tail: &str) {
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    let is_address = || host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok();
    let is_length = |bits: &str| bits.parse::<u8>().is_ok_and(|bits| bits <= 128);
    match path {
        _ if path.strip_prefix('/').is_some_and(is_length) && is_address() => {
            found.unclear(Code::PATH, "is a range of addresses, but an origin has one host");
        }
        // What follows may be the host that is meant: `http:s//a.example`.
        _ if path.starts_with("//") && !path.trim_matches('/').is_empty() => {
            found.unclear(Code::PATH, "has a path, but an origin ends after the host and port");
        }
        "/" if path == tail => found.corrected(
            Code::TRAILING_SLASH,
            "ends in a slash, but browsers send `Origin` without one, so it would never match",
        ),
        "" | "/" if path != tail => {
            found.corrected(Code::QUERY, "has a query or fragment, which is not part of an origin");
        }
        "" => {}
        _ => found.corrected(Code::PATH, "has a path, but an origin ends after the host and port"),
    }
}
