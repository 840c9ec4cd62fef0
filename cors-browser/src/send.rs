//! "HTTP-network-or-cache fetch" of Fetch, without the cache: the headers the browser itself
//! adds to a request before it goes out. Preflights and actual requests both pass through here.

use super::headers::{HeaderLines, append, contains};
use super::outcome::Tainting;
use super::request::{Credentials, Mode, Request};
use super::site::sec_fetch_site;
use super::url::Url;
use super::wire::WireRequest;

/// The request as it goes over the wire.
pub(super) fn wire_request(
    request: &Request,
    tainting: Tainting,
    public_suffixes: &[String],
) -> WireRequest {
    let mut headers = request.headers.clone();
    // Step 8.7. The length of a body that exists is the network's to know.
    if !request.body && matches!(&*request.method, "POST" | "PUT") {
        append(&mut headers, "Content-Length", "0");
    }
    // Step 8.12.
    append_origin(&mut headers, request, tainting);
    // Step 8.13.
    append_fetch_metadata(&mut headers, request, public_suffixes);
    // Step 8.19.
    if contains(&headers, "range") {
        append(&mut headers, "Accept-Encoding", "identity");
    }
    // Step 8.20, what HTTP cannot do without.
    append(&mut headers, "Host", &request.url.authority());
    // Steps 8.3 and 8.21.
    let include_credentials = match request.credentials {
        Credentials::Include => true,
        Credentials::SameOrigin => tainting == Tainting::Basic,
        Credentials::Omit => false,
    };
    if include_credentials && request.cookies {
        append(&mut headers, "Cookie", "session=1");
    }
    let target = request.url.target().to_owned();
    WireRequest { method: request.method.clone(), target, headers }
}

// Fetch "append a request `Origin` header".
fn append_origin(headers: &mut HeaderLines, request: &Request, tainting: Tainting) {
    // Step 3.
    if tainting == Tainting::Cors {
        append(headers, "Origin", &request.origin);
    // Step 4.
    } else if !matches!(&*request.method, "GET" | "HEAD") {
        // Step 4.1 for "strict-origin-when-cross-origin", the default referrer policy.
        let downgrade = request.origin.starts_with("https://") && request.url.scheme() != "https";
        let hidden = request.mode != Mode::Cors && downgrade;
        append(headers, "Origin", if hidden { "null" } else { &request.origin });
    }
}

// Fetch Metadata "append the Fetch metadata headers for a request".
fn append_fetch_metadata(headers: &mut HeaderLines, request: &Request, public_suffixes: &[String]) {
    let Request { origin, url, mode, .. } = request;
    if !Url::is_potentially_trustworthy(url) {
        return;
    }
    let mode = match mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
    };
    // The destination of `fetch()` and `XMLHttpRequest` is the empty string.
    append(headers, "Sec-Fetch-Dest", "empty");
    append(headers, "Sec-Fetch-Mode", mode);
    append(headers, "Sec-Fetch-Site", sec_fetch_site(origin, url, public_suffixes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FetchRequest;

    fn sent(page: &str, tainting: Tainting, fetch: FetchRequest) -> WireRequest {
        wire_request(&Request::construct(page, &fetch).unwrap(), tainting, &[])
    }

    fn fetch(method: &str, url: &str) -> FetchRequest {
        FetchRequest::new(method, Url::parse(url).unwrap())
    }

    #[test]
    fn origin_is_sent_across_origins_and_with_unsafe_methods() {
        let (page, other) = ("https://a.example", "https://b.example");
        let cases = [
            (page, "GET", other, Mode::Cors, Tainting::Cors, Some(page)),
            ("null", "GET", other, Mode::Cors, Tainting::Cors, Some("null")),
            (page, "GET", page, Mode::Cors, Tainting::Basic, None),
            (page, "HEAD", page, Mode::Cors, Tainting::Basic, None),
            (page, "POST", page, Mode::Cors, Tainting::Basic, Some(page)),
            (page, "OPTIONS", page, Mode::SameOrigin, Tainting::Basic, Some(page)),
            (page, "GET", other, Mode::NoCors, Tainting::Opaque, None),
            (page, "POST", other, Mode::NoCors, Tainting::Opaque, Some(page)),
            (page, "POST", "http://b.example", Mode::NoCors, Tainting::Opaque, Some("null")),
            (page, "POST", "http://b.example", Mode::Cors, Tainting::Cors, Some(page)),
        ];
        for (page, method, url, mode, tainting, expected) in cases {
            let origin = sent(page, tainting, fetch(method, url).mode(mode)).header("origin");
            assert_eq!(origin.as_deref(), expected, "{page} {method} {url} {mode:?}");
        }
    }

    #[test]
    fn cookies_follow_the_credentials_mode() {
        let cases = [
            (Credentials::Include, Tainting::Cors, true),
            (Credentials::Include, Tainting::Opaque, true),
            (Credentials::SameOrigin, Tainting::Basic, true),
            (Credentials::SameOrigin, Tainting::Cors, false),
            (Credentials::SameOrigin, Tainting::Opaque, false),
            (Credentials::Omit, Tainting::Basic, false),
        ];
        for (credentials, tainting, expected) in cases {
            let fetch = fetch("GET", "https://b.example").credentials(credentials);
            let none = sent("https://a.example", tainting, fetch.clone());
            assert_eq!(none.header("cookie"), None);
            let some = sent("https://a.example", tainting, FetchRequest { cookies: true, ..fetch });
            assert_eq!(some.header("cookie").is_some(), expected, "{credentials:?} {tainting:?}");
        }
    }

    #[test]
    fn every_header_has_its_place() {
        let fetch = fetch("POST", "https://b.example:8443/p?q").header("Range", "bytes=0-");
        let request = sent("https://a.example", Tainting::Cors, fetch);
        let expected = [
            ("Range", "bytes=0-"),
            ("Accept", "*/*"),
            ("Content-Length", "0"),
            ("Origin", "https://a.example"),
            ("Sec-Fetch-Dest", "empty"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Accept-Encoding", "identity"),
            ("Host", "b.example:8443"),
        ];
        assert_eq!(request.target, "/p?q");
        assert_eq!(request.headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn fetch_metadata_is_for_trustworthy_urls_only() {
        let fetch = fetch("GET", "http://b.example");
        let request = sent("http://b.example", Tainting::Basic, fetch);
        assert_eq!(request.header("sec-fetch-site"), None);
    }
}
