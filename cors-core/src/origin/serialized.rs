//! The value of an `Origin` header, parsed with the strict grammar of what browsers
//! serialise. A value outside it was not sent by a browser, so it is rejected;
//! splitting it leniently might make it match.

use super::host;

/// An origin as a browser sends it: `scheme://host` or `scheme://host:port`.
///
/// Parsing borrows and never allocates. `null` is not an origin in this sense.
///
/// ```
/// use cors_core::Origin;
///
/// let origin = Origin::parse(b"https://app.example.com:8443").unwrap();
/// assert_eq!(origin.scheme(), "https");
/// assert_eq!(origin.host(), "app.example.com");
/// assert_eq!(origin.port(), Some(8443));
///
/// // Browsers never send any of these:
/// assert_eq!(Origin::parse(b"https://example.com/"), None);
/// assert_eq!(Origin::parse(b"https://example.com:443"), None);
/// assert_eq!(Origin::parse(b"https://Example.com"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    text: &'a str,
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Origin<'a> {
    /// Parses the value of an `Origin` header; `None` if no browser would send it.
    ///
    /// # Security
    ///
    /// The labels of an internationalised name (`xn--…`) are not decoded here: they are
    /// compared as they are, and the labels of a pattern are checked when the pattern
    /// is parsed.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        if value.len() > MAX_LEN {
            return None;
        }
        let text = std::str::from_utf8(value).ok()?;
        let (scheme, authority) = text.split_once("://")?;
        let (host, port) = split_port(authority)?;
        if !is_scheme(scheme) || is_never_sent(scheme) || !host::is_serialized(scheme, host) {
            return None;
        }
        let port = match port {
            None => None,
            // URL Standard, "port state": a default port is stored as null and
            // so never serialised.
            Some(digits) => Some(parse_port(digits).filter(|&n| default_port(scheme) != Some(n))?),
        };
        Some(Self { text, scheme, host, port })
    }

    /// The whole origin, as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The scheme, without `://`.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// The host; an IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The port, or `None` for the default port of the scheme.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether this origin has the host and port of a `Host` header.
    ///
    /// `Host` is compared case-insensitively and may contain the default port of the
    /// origin's scheme (RFC 9110 sections 4.2.3 and 7.2).
    ///
    /// ```
    /// use cors_core::Origin;
    ///
    /// let origin = Origin::parse(b"https://example.com").unwrap();
    /// assert!(origin.same_host(b"Example.com"));
    /// assert!(origin.same_host(b"example.com:443"));
    /// assert!(!origin.same_host(b"example.com:80"));
    /// ```
    ///
    /// # Security
    ///
    /// `Host` does not contain the scheme: `http://example.com` has the same host as a
    /// service behind `https://example.com`.
    #[must_use]
    pub fn same_host(&self, host_header: &[u8]) -> bool {
        let Some((host, rest)) = host_header.split_at_checked(self.host.len()) else {
            return false;
        };
        if !host.eq_ignore_ascii_case(self.host.as_bytes()) {
            return false;
        }
        match rest {
            [] => self.port.is_none(),
            [b':', digits @ ..] => {
                let named = std::str::from_utf8(digits).ok().and_then(parse_port);
                named.is_some() && named == self.port.or(default_port(self.scheme))
            }
            _ => false,
        }
    }
}

/// The longest origin that is parsed: scheme, `://`, host, `:`, port.
pub(super) const MAX_LEN: usize = 64 + 3 + 253 + 1 + 5;

/// RFC 3986 section 3.1, in the lower case that browsers serialise.
pub(super) fn is_scheme(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
}

/// Whether browsers never send an origin with this scheme. A page that opens a
/// WebSocket sends its own origin, browsers show no pages over `ftp`, and the origin of
/// a local file is `null`.
pub(super) fn is_never_sent(scheme: &str) -> bool {
    matches!(scheme, "ws" | "wss" | "ftp" | "file")
}

/// The default port of `http` and `https`; the URL Standard treats the hosts of all
/// other schemes of pages as opaque.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Parses a decimal port from 1 to 65535 without leading zeros.
pub(super) fn parse_port(digits: &str) -> Option<u16> {
    // `u16::from_str` also accepts `+80`.
    if !matches!(digits.as_bytes(), [b'1'..=b'9', ..]) {
        return None;
    }
    digits.parse().ok()
}

/// Splits `host` or `host:port`; the colons inside brackets belong to the host.
pub(super) fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let end = match authority.strip_prefix('[') {
        Some(inside) => inside.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(end);
    match rest.strip_prefix(':') {
        Some(port) => Some((host, Some(port))),
        None => rest.is_empty().then_some((host, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_header_names_the_same_host_and_port() {
        for (origin, header, same) in [
            ("https://example.com", "example.com", true),
            ("https://example.com", "EXAMPLE.com:443", true),
            ("https://example.com", "example.com:80", false),
            ("https://example.com", "example.com:", false),
            ("https://example.com", "example.com:0443", false),
            ("https://example.com", "example.com:+443", false),
            ("https://example.com", "example.com.", false),
            ("https://example.com", "example.co", false),
            ("https://example.com", "", false),
            ("http://example.com", "example.com:80", true),
            ("http://example.com:8080", "example.com:8080", true),
            ("http://example.com:8080", "example.com", false),
            ("http://[::1]:3000", "[::1]:3000", true),
            ("http://[::1]", "[::1]:80", true),
            ("tauri://localhost", "localhost", true),
            ("tauri://localhost", "localhost:80", false),
        ] {
            let parsed = Origin::parse(origin.as_bytes()).unwrap();
            assert_eq!(parsed.same_host(header.as_bytes()), same, "{origin} with Host: {header}");
        }
    }
}
