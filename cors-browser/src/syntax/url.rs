//! URLs of HTTP, as the URL standard parses them. Two of them are the same entry of a cache
//! exactly when they are equal.

use std::fmt;
use std::net::Ipv4Addr;

use url::Position;

/// An HTTP(S) URL without its fragment.
///
/// It is parsed as browsers do: `..` and backslashes are resolved, hosts are lower-case and
/// in Punycode, a default port is dropped.
///
/// ```
/// use cors_browser::Url;
///
/// let url = Url::parse("https://API.example:443/a/../b?c#d").unwrap();
/// assert_eq!(url.to_string(), "https://api.example/b?c");
/// assert_eq!(url.origin(), "https://api.example");
/// assert_eq!(url.target(), "/b?c");
/// ```
// Invariant: the scheme is `http` or `https`, and there is no fragment.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Url(url::Url);

/// Why the value of `Location` leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadLocation {
    /// It is no URL.
    Malformed,
    /// Its scheme is not one of HTTP.
    Scheme(String),
}

impl Url {
    /// Parses an absolute URL; the fragment is dropped.
    ///
    /// `None` for text that is no URL and for schemes other than `http` and `https`.
    ///
    /// ```
    /// use cors_browser::Url;
    ///
    /// assert!(Url::parse("https://api.example/orders").is_some());
    /// assert!(Url::parse("/orders").is_none());
    /// assert!(Url::parse("ftp://api.example/").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::of_http(url::Url::parse(text).ok()?).ok()
    }

    /// The scheme: `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The host; an IPv6 address is in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, unless it is the default of the scheme.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// Path and query, as they are in the request line.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.0[Position::BeforePath..Position::AfterQuery]
    }

    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// Host and port as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        self.0[Position::BeforeHost..Position::AfterPort].to_owned()
    }

    /// The serialised origin of the URL.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority())
    }

    /// URL "includes credentials": a user name or a password before the host.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }

    /// Secure Contexts "potentially trustworthy URL", for the two schemes of HTTP.
    #[must_use]
    pub fn is_potentially_trustworthy(&self) -> bool {
        self.scheme() == "https" || self.is_loopback()
    }

    /// Whether the host is this machine: `localhost`, a name below it, or an address of loopback.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host().strip_suffix('.').unwrap_or(self.host());
        host == "[::1]"
            || host == "localhost"
            || host.ends_with(".localhost")
            || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
    }

    /// Fetch "location URL": what `Location` means in a response of this URL.
    pub(crate) fn location(&self, text: &str) -> Result<Self, BadLocation> {
        let url = self.0.join(text).map_err(|_| BadLocation::Malformed)?;
        Self::of_http(url).map_err(BadLocation::Scheme)
    }

    /// Referrer Policy "strip url for use as a referrer": without credentials and fragment.
    pub(crate) fn as_referrer(&self) -> String {
        format!("{}{}", self.origin(), self.target())
    }

    fn of_http(mut url: url::Url) -> Result<Self, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(url.scheme().to_owned());
        }
        url.set_fragment(None);
        Ok(Self(url))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_serialised_without_default_ports() {
        let cases = [
            ("http://example.com", Some(("http://example.com", "/"))),
            ("HTTP://Example.COM:80/A?b#c", Some(("http://example.com", "/A?b"))),
            ("https://example.com:443/", Some(("https://example.com", "/"))),
            ("https://example.com:80/", Some(("https://example.com:80", "/"))),
            ("http://[::1]:8080/x", Some(("http://[::1]:8080", "/x"))),
            ("http://[::1]", Some(("http://[::1]", "/"))),
            ("http://a?q", Some(("http://a", "/?q"))),
            ("http://user@a/", Some(("http://a", "/"))),
            ("http://b\u{fc}cher.example/", Some(("http://xn--bcher-kva.example", "/"))),
            ("http:///", None),
            ("http://a:x/", None),
            ("http://a:1:2/", None),
            ("ftp://a/", None),
            ("null", None),
        ];
        for (text, expected) in cases {
            let url = Url::parse(text);
            let got = url.as_ref().map(|url| (url.origin(), url.target().to_owned()));
            assert_eq!(got, expected.map(|(o, t)| (o.to_owned(), t.to_owned())), "{text}");
        }
    }

    #[test]
    fn https_and_loopback_are_trustworthy() {
        let cases = [
            ("https://example.com", true),
            ("http://example.com", false),
            ("http://localhost:3000", true),
            ("http://a.localhost", true),
            ("http://notlocalhost", false),
            ("http://127.9.9.9", true),
            ("http://128.0.0.1", false),
            ("http://[::1]", true),
        ];
        for (text, expected) in cases {
            assert_eq!(Url::parse(text).unwrap().is_potentially_trustworthy(), expected, "{text}");
        }
    }

    #[test]
    fn a_location_is_resolved_against_the_url_that_answered() {
        let url = Url::parse("https://api.example/a/b?c").unwrap();
        for (location, expected) in [
            ("/x", "https://api.example/x"),
            ("x?y#z", "https://api.example/a/x?y"),
            ("//other.example", "https://other.example/"),
            ("http://u:p@other.example/", "http://u:p@other.example/"),
            ("", "https://api.example/a/b?c"),
        ] {
            assert_eq!(url.location(location).unwrap().to_string(), expected, "{location}");
        }
        assert_eq!(url.location("https://"), Err(BadLocation::Malformed));
        assert_eq!(url.location("data:,x"), Err(BadLocation::Scheme("data".to_owned())));
    }
}
