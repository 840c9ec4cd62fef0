//! One entry of `host`, and the `Host` of a request that it is compared with.
//!
//! The grammar is that of the host and port of an origin pattern, so a `host` condition
//! is written like the origin of the same site without its scheme. The effect of a
//! condition on a layer is decided in `merge`.

use std::fmt;
use std::sync::Arc;

use super::diagnose::quote;
use super::host::{self, MAX_DOMAIN};
use super::pattern::{OriginPattern, PortRule, is_below};
use super::serialized::{parse_port, split_port};
use crate::problem::{Code, Correction, Problem, Source};

/// The hosts that one entry of `host` matches.
///
/// | pattern | requests for |
/// |---|---|
/// | `t1.example.com` | that host, on any port |
/// | `t1.example.com:8443` | that host on that port |
/// | `*.example.com` | one or more whole labels before `example.com`, never `example.com` itself |
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HostPattern {
    // Invariant: the other fields are functions of `text`.
    text: Arc<str>,
    host_len: usize,
    subdomains: bool,
    port: Option<u16>,
}

impl HostPattern {
    /// Parses one entry of `host`, which is written at `place`.
    pub(crate) fn parse(text: &str, place: &Source) -> Result<Self, Problem> {
        Self::parse_strictly(text).ok_or_else(|| diagnose(text, place))
    }

    fn parse_strictly(text: &str) -> Option<Self> {
        // `any` is a valid host name, but here it is most likely meant as every host.
        if text == "any" {
            return None;
        }
        let pattern = OriginPattern::parse_strictly(&format!("https://{text}"))?;
        let port = match pattern.port() {
            PortRule::Default => None,
            // Browsers leave the default ports out of `Host`, so it would never match.
            PortRule::Number(80 | 443) | PortRule::Any => return None,
            PortRule::Number(port) => Some(port),
        };
        let (host_len, subdomains) = (pattern.host().len(), pattern.has_subdomains());
        // No request is for such a host: see `RequestHost`.
        (!pattern.host().ends_with('.')).then(|| Self {
            text: text.into(),
            host_len,
            subdomains,
            port,
        })
    }

    /// The pattern as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, without a leading `*.`; an IPv6 address keeps its brackets.
    pub(crate) fn name(&self) -> &str {
        let start = if self.subdomains { "*.".len() } else { 0 };
        &self.text[start..start + self.host_len]
    }

    /// Whether the pattern starts with `*.`.
    pub(crate) const fn has_subdomains(&self) -> bool {
        self.subdomains
    }

    /// The only port, or `None` for every port.
    pub(crate) const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether both patterns match a common host.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let ports = self.port.is_none() || other.port.is_none() || self.port == other.port;
        let below =
            |pattern: &Self, base: &Self| base.subdomains && is_below(pattern.name(), base.name());
        ports
            && (self.subdomains == other.subdomains && self.name() == other.name()
                || below(self, other)
                || below(other, self))
    }
}

impl fmt::Debug for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostPattern({})", self.text)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// The host and port that a request is for, if they are spelled as browsers serialise
/// them.
///
/// Guards and proxies compare bytes, so for some of them `T1.example.com` and
/// `t1.example.com.` are other hosts than `t1.example.com`.
///
/// Parsing allocates nothing, and looks at no more than [`MAX_LEN`] bytes.
pub(crate) struct RequestHost<'h> {
    name: &'h str,
    port: Option<u16>,
}

/// The longest `Host` that is looked at: a host, `:` and a port.
const MAX_LEN: usize = MAX_DOMAIN + 1 + 5;

impl<'h> RequestHost<'h> {
    /// Reads the value of a `Host` field or an `:authority`; `None` if it is not a
    /// host with or without a port (RFC 9110, section 7.2), or not in the only spelling
    /// of browsers: in lower case, without a final dot.
    pub(crate) fn parse(value: &'h [u8]) -> Option<Self> {
        if value.len() > MAX_LEN {
            return None;
        }
        let (host, port) = split_port(std::str::from_utf8(value).ok()?)?;
        let port = match port {
            // RFC 3986 section 3.2.3: an empty port is the default port.
            None | Some("") => None,
            Some(digits) => Some(parse_port(digits)?),
        };
        let is_read = !host.ends_with('.') && host::is_serialized("http", host);
        is_read.then_some(Self { name: host, port })
    }

    /// The host.
    pub(crate) const fn name(&self) -> &str {
        self.name
    }

    /// The port, if the request contains one.
    pub(crate) const fn port(&self) -> Option<u16> {
        self.port
    }
}

/// Explains why `text` is not an entry of `host`.
fn diagnose(text: &str, place: &Source) -> Problem {
    let (code, message, help) = explain(text);
    let problem = Problem::error(code, place, message);
    match corrected(text) {
        Some(host) => {
            problem.with_help(format!("write `{host}`")).with_correction(Correction::Write(host))
        }
        None => problem.with_help(help),
    }
}

const HELP: &str = "write a host such as `t1.example.com`, with a port to match only that port, \
                    or `*.example.com` to match all its subdomains";

fn explain(text: &str) -> (Code, String, &'static str) {
    let shown = quote(text);
    let trimmed = text.trim();
    if trimmed.is_empty() {
        let message = "an empty `host` matches no request, so these rules would never apply";
        return (Code::BAD_HOST_CONDITION, message.to_owned(), HELP);
    }
    if matches!(trimmed, "*" | "any") {
        let message =
            format!("{shown} is not needed: without `host`, the rules apply to every host");
        return (Code::HOST_WILDCARD, message, "remove `host`");
    }
    if trimmed.contains([',', ';']) || trimmed.split_whitespace().count() > 1 {
        let message =
            format!("{shown} contains several hosts in one string, so it would never match");
        return (Code::BAD_HOST_CONDITION, message, "write each host as a separate string");
    }
    if text.contains("://") {
        let message = format!(
            "{shown} has a scheme, but `host` is compared with the `Host` header, which has none"
        );
        return (Code::HOST_WITH_SCHEME, message, HELP);
    }
    if text.contains(['/', '?', '#', '\\']) {
        let message = format!(
            "{shown} has a path, but `host` is compared with the `Host` header, which has none"
        );
        return (
            Code::HOST_WITH_PATH,
            message,
            "write only the host here, and the path in the path pattern",
        );
    }
    let origin = format!("https://{text}");
    match OriginPattern::parse(&origin) {
        Ok(pattern) => {
            let why = match pattern.port() {
                PortRule::Any => "has `:*`, but a host without a port already matches every port",
                PortRule::Number(_) => {
                    "contains a default port, which browsers leave out of `Host`, so it would \
                     never match"
                }
                PortRule::Default => "ends in a dot, so it would never match",
            };
            (Code::BAD_HOST_CONDITION, format!("{shown} {why}"), HELP)
        }
        Err(issue) => {
            let code = match issue.code() {
                Code::UPPER_CASE => Code::HOST_UPPER_CASE,
                Code::NON_ASCII => Code::HOST_NON_ASCII,
                Code::MISPLACED_WILDCARD | Code::WILDCARD_IP => Code::HOST_WILDCARD,
                _ => Code::BAD_HOST_CONDITION,
            };
            let why = match (issue.code(), issue.message().strip_prefix(&quote(&origin))) {
                (Code::DEFAULT_PORT, _) => {
                    " contains a default port, which browsers leave out of `Host`, so it would \
                     never match"
                }
                (_, Some(why)) => why,
                (_, None) => " is not a host",
            };
            (code, format!("{shown}{}", why.replace("`https://", "`")), HELP)
        }
    }
}

/// The text with all mistakes corrected, if the intended host is clear.
fn corrected(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let pattern = match OriginPattern::parse(&format!("https://{authority}")) {
        Ok(pattern) => pattern,
        Err(issue) => OriginPattern::parse_strictly(issue.suggestion()?)?,
    };
    let host = pattern.host().trim_end_matches('.');
    let wildcard = if pattern.has_subdomains() { "*." } else { "" };
    let port = match pattern.port() {
        PortRule::Number(80 | 443) | PortRule::Default | PortRule::Any => String::new(),
        PortRule::Number(port) => format!(":{port}"),
    };
    let corrected = format!("{wildcard}{host}{port}");
    HostPattern::parse_strictly(&corrected).map(|pattern| pattern.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_of_an_origin_are_a_valid_pattern() {
        for text in [
            "t1.example.com",
            "t1.example.com:8443",
            "*.example.com",
            "*.example.com:8443",
            "localhost",
            "localhost:3000",
            "127.0.0.1",
            "[::1]",
            "[::1]:8080",
            "xn--bcher-kva.example",
            "a_b.example",
        ] {
            let pattern = HostPattern::parse_strictly(text);
            assert_eq!(pattern.map(|pattern| pattern.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn mistakes_are_reported_with_code_and_help() {
        for (text, code, help) in [
            ("https://t1.example.com", Code::HOST_WITH_SCHEME, "write `t1.example.com`"),
            ("https://T1.example.com:443/x", Code::HOST_WITH_SCHEME, "write `t1.example.com`"),
            ("https://t1.example.com:80", Code::HOST_WITH_SCHEME, "write `t1.example.com`"),
            ("t1.example.com/", Code::HOST_WITH_PATH, "write `t1.example.com`"),
            ("t1.example.com/api", Code::HOST_WITH_PATH, "write `t1.example.com`"),
            ("T1.example.com", Code::HOST_UPPER_CASE, "write `t1.example.com`"),
            ("bücher.example", Code::HOST_NON_ASCII, "write `xn--bcher-kva.example`"),
            ("*", Code::HOST_WILDCARD, "remove `host`"),
            ("any", Code::HOST_WILDCARD, "remove `host`"),
            ("*example.com", Code::HOST_WILDCARD, "write `*.example.com`"),
            ("t1.*.example.com", Code::HOST_WILDCARD, HELP),
            ("t1.*", Code::HOST_WILDCARD, HELP),
            ("*.127.0.0.1", Code::HOST_WILDCARD, "write `127.0.0.1`"),
            ("", Code::BAD_HOST_CONDITION, HELP),
            (
                "a.example, b.example",
                Code::BAD_HOST_CONDITION,
                "write each host as a separate string",
            ),
            ("t1.example.com.", Code::BAD_HOST_CONDITION, "write `t1.example.com`"),
            ("t1.example.com:80", Code::BAD_HOST_CONDITION, "write `t1.example.com`"),
            ("t1.example.com:443", Code::BAD_HOST_CONDITION, "write `t1.example.com`"),
            ("t1.example.com:*", Code::BAD_HOST_CONDITION, "write `t1.example.com`"),
            ("t1.example.com:99999", Code::BAD_HOST_CONDITION, HELP),
            ("::1", Code::BAD_HOST_CONDITION, "write `[::1]`"),
            ("127.1", Code::BAD_HOST_CONDITION, "write `127.0.0.1`"),
            ("user@t1.example.com", Code::BAD_HOST_CONDITION, "write `t1.example.com`"),
            ("a..example.com", Code::BAD_HOST_CONDITION, "write `a.example.com`"),
        ] {
            let problem = HostPattern::parse(text, &Source::BASELINE).unwrap_err();
            assert_eq!((problem.code(), problem.help()), (code, Some(help)), "{problem}");
            assert!(!problem.message().contains("https://") || text.contains("://"), "{problem}");
        }
    }

    #[test]
    fn patterns_overlap_if_they_match_a_common_host() {
        for (one, other, expected) in [
            ("a.example", "a.example", true),
            ("a.example", "b.example", false),
            ("a.example", "a.example:8080", true),
            ("a.example:8081", "a.example:8080", false),
            ("*.example", "a.example", true),
            ("*.example", "example", false),
            ("*.example", "*.a.example", true),
            ("*.b.example", "*.a.example", false),
            ("*.example:8080", "a.example:8081", false),
            ("*.example", "evilexample", false),
        ] {
            let pattern = |text| HostPattern::parse_strictly(text).unwrap();
            assert_eq!(pattern(one).overlaps(&pattern(other)), expected, "{one} {other}");
            assert_eq!(pattern(other).overlaps(&pattern(one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn the_host_of_a_request_is_read_in_the_spelling_of_browsers_only() {
        let overlong = "a".repeat(300);
        for (value, expected) in [
            ("t1.example.com", Some(("t1.example.com", None))),
            ("t1.example.com:8080", Some(("t1.example.com", Some(8080)))),
            ("t1.example.com:", Some(("t1.example.com", None))),
            ("[::1]:3000", Some(("[::1]", Some(3000)))),
            ("127.0.0.1", Some(("127.0.0.1", None))),
            ("T1.example.com", None),
            ("t1.example.coM:8080", None),
            ("t1.example.com.", None),
            ("t1.example.com.:81", None),
            ("[0:0:0:0:0:0:0:1]", None),
            ("[2001:DB8::1]", None),
            ("t1.example.com..", None),
            ("t1..example.com", None),
            ("t1.example.com:0080", None),
            ("t1.example.com:+80", None),
            ("user@t1.example.com", None),
            ("t1.example.com/x", None),
            ("http://t1.example.com", None),
            ("a b", None),
            ("b\u{fc}cher.example", None),
            ("127.1", None),
            ("[::1", None),
            ("[::1]x", None),
            ("*", None),
            ("", None),
            (&overlong, None),
        ] {
            let parsed = RequestHost::parse(value.as_bytes());
            let parsed = parsed.as_ref().map(|host| (host.name(), host.port()));
            assert_eq!(parsed, expected, "{value}");
        }
        assert!(RequestHost::parse(b"\xff.example").is_none());
    }
}
