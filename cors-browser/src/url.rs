//! Just enough of a URL for CORS: scheme, host, port and target of an `http:` or `https:` URL.
//! Two of them are the same entry of the preflight cache exactly when they are equal.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An HTTP(S) URL without credentials and fragment.
// Invariant: scheme and host are lower-case, a default port is `None`, the target starts with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: String,
    port: Option<u16>,
    target: String,
}

impl Url {
    /// Parses `scheme://host[:port][/path][?query]`; a fragment is dropped.
    ///
    /// `None` for other schemes, for credentials in the URL (the `Request` constructor refuses
    /// them) and for a host that is not ASCII: punycode it first.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.split('#').next()?;
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = split_port(authority)?;
        let target = if target.starts_with('/') { target.into() } else { format!("/{target}") };
        Self::new(scheme, host, port, &target)
    }

    /// A URL from its parts; the target is path and query.
    #[must_use]
    pub fn new(scheme: &str, host: &str, port: Option<u16>, target: &str) -> Option<Self> {
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match &*scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match address {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => {
                let is_host_byte = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
                !host.is_empty() && host.bytes().all(is_host_byte)
            }
        };
        if !is_host || !target.starts_with('/') {
            return None;
        }
        let port = port.filter(|port| *port != default_port);
        Some(Self { scheme, host: host.to_ascii_lowercase(), port, target: target.to_owned() })
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host, IPv6 addresses in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, unless it is the scheme's default.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Host and port as in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The serialised origin of the URL.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }

    /// Secure Contexts "potentially trustworthy URL", for the two schemes there are.
    #[must_use]
    pub fn is_potentially_trustworthy(&self) -> bool {
        let host = self.host.strip_suffix('.').unwrap_or(&self.host);
        self.scheme == "https"
            || host == "[::1]"
            || host == "localhost"
            || host.ends_with(".localhost")
            || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        // The last colon of an IPv6 address in brackets is no port's.
        Some((_, after)) if after.ends_with(']') => Some((authority, None)),
        Some((host, "")) => Some((host, None)),
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((authority, None)),
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
            ("http://user@a/", None),
            ("http:///", None),
            ("http://a:x/", None),
            ("http://a:1:2/", None),
            ("http://b\u{fc}cher.example/", None),
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
}
