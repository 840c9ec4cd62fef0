//! Who may read the inspector: which hosts and which pages.
//!
//! Each of the checks suffices by itself against a page of another origin; together they also
//! cover browsers and proxies that omit a header. The responses have no CORS headers either: see
//! `Producer::Inspector` of registration.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use cors_core::OriginPattern;

/// Where an inspector is served.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    /// Host names beside those of the loopback interface.
    pub(super) hosts: Vec<String>,
    pub(super) in_every_profile: bool,
}

/// Why the inspector does not answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccessError {
    /// `Host` may be the name of another site that resolves to this server.
    Host,
    /// A page of another origin sends the request.
    OtherOrigin,
}

impl Access {
    /// Whether a request may be answered. `is_page` is whether it is for the page itself, which
    /// has no data: a link on another site may lead to it.
    pub(super) fn check(&self, request: &HttpRequest, is_page: bool) -> Result<(), AccessError> {
        if !self.is_own_host(request) {
            return Err(AccessError::Host);
        }
        match is_from_here(request, is_page) {
            true => Ok(()),
            false => Err(AccessError::OtherOrigin),
        }
    }

    /// Never a forwarded header, which a page can set.
    fn is_own_host(&self, request: &HttpRequest) -> bool {
        // Over HTTP/2, both may be there (RFC 9113, section 8.3.1).
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let lines = request.headers().get_all(header::HOST).map(|line| line.to_str().unwrap_or(""));
        let mut hosts = authority.into_iter().chain(lines).peekable();
        hosts.peek().is_some()
            && hosts.all(|host| {
                let name = name_of(host);
                name.is_some_and(|name| is_loopback(name) || self.hosts.iter().any(|it| it == name))
            })
    }
}

/// The host of a `Host` header, without its port.
pub(super) fn name_of(host: &str) -> Option<&str> {
    let end = match host.strip_prefix('[') {
        Some(inside) => inside.find(']')? + 2,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(name)
}

/// Secure Contexts, section 3.1: names that no other site can have.
fn is_loopback(name: &str) -> bool {
    let origin = OriginPattern::parse(&format!("http://{name}"));
    origin.is_ok_and(|origin| origin.is_exact() && origin.is_loopback())
}

/// Whether no page of another origin sends a request (W3C Fetch Metadata).
fn is_from_here(request: &HttpRequest, is_page: bool) -> bool {
    let lines = |name: &str| request.headers().get_all(name).map(HeaderValue::as_bytes);
    let only = |name: &str| {
        let mut lines = lines(name);
        (lines.next(), lines.next())
    };
    let is_navigation = only("sec-fetch-mode") == (Some(b"navigate"), None)
        && only("sec-fetch-dest") == (Some(b"document"), None);
    match only("sec-fetch-site") {
        (Some(b"same-origin" | b"none"), None) => true,
        // curl, or a browser over plain http to a name that is not `localhost`. A same-origin
        // `GET` has no `Origin`, and that of another origin may have it.
        (None, None) => lines("origin").next().is_none(),
        _ => is_page && is_navigation,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn check(access: &Access, headers: &[(&str, &str)], is_page: bool) -> Result<(), AccessError> {
        let mut request = TestRequest::get();
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        access.check(&request.to_http_request(), is_page)
    }

    #[test]
    fn only_loopback_and_listed_hosts_are_served() {
        let access = Access { hosts: vec!["shop.test".to_owned()], in_every_profile: false };
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "[::1]",
            "api.localhost:1",
            "shop.test",
            "shop.test:8080",
            "localhost:",
        ] {
            assert_eq!(check(&access, &[("host", host)], false), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "evil.example:localhost",
            "localhost@evil.example",
            "evil.example#localhost",
            "sub.shop.test",
            "shop.test.",
            "xshop.test",
            "[::2]",
            "[::1",
            "[::1]x",
            "128.0.0.1",
            "0.0.0.0",
            "2130706433",
            "0x7f.1",
            "localhost, evil.example",
            "local host",
            "::1",
            "[::ffff:127.0.0.1]",
            "localhost:80:80",
            "localhost\\.evil.example",
        ] {
            assert_eq!(check(&access, &[("host", host)], false), Err(AccessError::Host), "{host}");
        }
        assert_eq!(check(&access, &[], false), Err(AccessError::Host));
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(check(&access, &two, false), Err(AccessError::Host));
        let forwarded = [("host", "evil.example"), ("x-forwarded-host", "localhost")];
        assert_eq!(check(&access, &forwarded, false), Err(AccessError::Host));
    }

    #[test]
    fn no_page_of_another_origin_is_served() {
        let access = Access::default();
        let own = ("host", "localhost");
        let refused = Err(AccessError::OtherOrigin);
        for (headers, data, page) in [
            (vec![], Ok(()), Ok(())),
            (vec![("sec-fetch-site", "same-origin")], Ok(()), Ok(())),
            (vec![("sec-fetch-site", "none")], Ok(()), Ok(())),
            (vec![("sec-fetch-site", "same-site")], refused, refused),
            (vec![("sec-fetch-site", "cross-site")], refused, refused),
            (vec![("sec-fetch-site", "Same-Origin")], refused, refused),
            (
                vec![("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
                refused,
                refused,
            ),
            (vec![("origin", "https://evil.example")], refused, refused),
            (vec![("origin", "null")], refused, refused),
            (vec![("origin", "http://localhost")], refused, refused),
            (
                vec![
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "document"),
                ],
                refused,
                Ok(()),
            ),
            (
                vec![
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "iframe"),
                ],
                refused,
                refused,
            ),
            (
                vec![
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-mode", "no-cors"),
                    ("sec-fetch-dest", "script"),
                ],
                refused,
                refused,
            ),
        ] {
            let headers: Vec<_> = [own].into_iter().chain(headers).collect();
            assert_eq!(check(&access, &headers, false), data, "{headers:?}");
            assert_eq!(check(&access, &headers, true), page, "{headers:?}");
        }
    }
}
