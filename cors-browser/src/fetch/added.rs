//! The headers that the browser itself adds to a request before it goes out, of "HTTP-network-or-cache
//! fetch". Preflights and other requests both pass through here.

use crate::modes::{CacheMode, Mode};
use crate::request::construct::{Purpose, Request, Tainting};
use crate::request::referrer::ReferrerPolicy;
use crate::syntax::headers::{HeaderLines, append, contains};
use crate::syntax::site::is_same_site;
use crate::wire::WireRequest;

/// The request as it goes over the wire, without cookies.
pub(super) fn wire_request(request: &Request) -> WireRequest {
    let mut headers = request.headers.clone();
    // Step 8.9: a stream has no length.
    match &request.body {
        Some(body) if !body.is_stream => {
            append(&mut headers, "Content-Length", &body.bytes.len().to_string());
        }
        None if matches!(&*request.method, "POST" | "PUT") => {
            append(&mut headers, "Content-Length", "0");
        }
        _ => {}
    }
    // Step 8.11.
    append_referer(&mut headers, request);
    // Step 8.12.
    append_origin(&mut headers, request);
    // Step 8.13.
    append_fetch_metadata(&mut headers, request);
    // Steps 8.17 and 8.18.
    match request.cache_mode() {
        CacheMode::NoCache if !contains(&headers, "cache-control") => {
            append(&mut headers, "Cache-Control", "max-age=0");
        }
        CacheMode::NoStore | CacheMode::Reload => {
            for (name, value) in [("Pragma", "no-cache"), ("Cache-Control", "no-cache")] {
                if !contains(&headers, name) {
                    append(&mut headers, name, value);
                }
            }
        }
        _ => {}
    }
    // Step 8.19.
    if contains(&headers, "range") {
        append(&mut headers, "Accept-Encoding", "identity");
    }
    // Step 8.20, what HTTP cannot do without.
    append(&mut headers, "Host", &request.url().authority());
    WireRequest {
        method: request.method.clone(),
        url: request.url().clone(),
        headers,
        body: request.body.as_ref().map(|body| body.bytes.clone()).unwrap_or_default(),
    }
}

fn append_referer(headers: &mut HeaderLines, request: &Request) {
    use ReferrerPolicy as Policy;
    let is_strict = matches!(
        request.referrer_policy,
        Policy::NoReferrerWhenDowngrade
            | Policy::StrictOrigin
            | Policy::StrictOriginWhenCrossOrigin
    );
    let is_lower = request.url().scheme() == "http"
        && request.referrer.as_ref().is_some_and(|it| it.scheme() == "https");
    if is_strict && is_lower && request.engine.compares_schemes_for_referrer() {
        return;
    }
    let referrer = request.referrer.as_ref();
    let referrer = referrer.and_then(|it| request.referrer_policy.referrer(it, request.url()));
    if let Some(referrer) = referrer {
        append(headers, "Referer", &referrer);
    }
}

// Fetch "append a request `Origin` header".
fn append_origin(headers: &mut HeaderLines, request: &Request) {
    // Step 3.
    if request.tainting == Tainting::Cors {
        append(headers, "Origin", request.origin());
    // Step 4.
    } else if !matches!(&*request.method, "GET" | "HEAD") {
        let hides = request.mode != Mode::Cors && is_origin_hidden(request);
        append(headers, "Origin", if hides { "null" } else { request.origin() });
    }
}

// Step 4.1.
fn is_origin_hidden(request: &Request) -> bool {
    use ReferrerPolicy as Policy;
    let hides_in_mode = request.mode != Mode::NoCors || request.engine.hides_origin_in_no_cors();
    match request.referrer_policy {
        Policy::NoReferrer => hides_in_mode,
        Policy::NoReferrerWhenDowngrade
        | Policy::StrictOrigin
        | Policy::StrictOriginWhenCrossOrigin => {
            request.page.origin().starts_with("https://") && request.url().scheme() != "https"
        }
        Policy::SameOrigin => hides_in_mode && !request.is_same_origin(),
        Policy::Origin | Policy::OriginWhenCrossOrigin | Policy::UnsafeUrl => false,
    }
}

// Fetch Metadata "append the Fetch metadata headers for a request".
fn append_fetch_metadata(headers: &mut HeaderLines, request: &Request) {
    if !request.url().is_potentially_trustworthy() {
        return;
    }
    let mode = match request.mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
        Mode::Navigate => "navigate",
    };
    let destination = match request.purpose {
        Purpose::Subresource(destination) => destination.as_str(),
        Purpose::Document => "document",
        Purpose::Frame => "iframe",
    };
    let is_preflight = contains(headers, "access-control-request-method");
    if omits_fetch_metadata(request) && !is_preflight {
        return;
    }
    append(headers, "Sec-Fetch-Dest", destination);
    append(headers, "Sec-Fetch-Mode", mode);
    append(headers, "Sec-Fetch-Site", site(request));
}

// "Set the `Sec-Fetch-Site` header": the farthest of all URLs that the request has passed.
fn site(request: &Request) -> &'static str {
    let origin =
        if omits_fetch_metadata(request) { request.origin() } else { request.page.origin() };
    let is_redirected = request.urls.len() > 1;
    let mut site = "same-origin";
    for url in request.urls.iter().filter(|url| url.origin() != origin) {
        let is_far =
            is_redirected && request.engine.is_cross_site_after_redirect(request.url().scheme());
        if is_far || !is_same_site(origin, url) {
            return "cross-site";
        }
        site = "same-site";
    }
    site
}

// What no standard has: see `Engine::omits_fetch_metadata_after_redirect`.
fn omits_fetch_metadata(request: &Request) -> bool {
    let mut pairs = request.urls.windows(2);
    request.engine.omits_fetch_metadata_after_redirect()
        && request.mode == Mode::Cors
        && pairs.any(|pair| pair[0].origin() != pair[1].origin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::request::fetch_request::FetchRequest;

    fn sent(page: &str, tainting: Tainting, fetch: &FetchRequest) -> WireRequest {
        let request = Request::construct(Engine::Standard, page.into(), fetch).unwrap();
        wire_request(&Request { tainting, ..request })
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
            let fetch = FetchRequest::to(method, url).mode(mode);
            let origin = sent(page, tainting, &fetch).header("origin");
            assert_eq!(origin.as_deref(), expected, "{page} {method} {url} {mode:?}");
        }
    }

    #[test]
    fn every_header_has_its_place() {
        let fetch =
            FetchRequest::to("POST", "https://b.example:8443/p?q").header("Range", "bytes=0-");
        let request = sent("https://a.example", Tainting::Cors, &fetch);
        let expected = [
            ("Range", "bytes=0-"),
            ("Accept", "*/*"),
            ("Content-Length", "0"),
            ("Referer", "https://a.example/"),
            ("Origin", "https://a.example"),
            ("Sec-Fetch-Dest", "empty"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Accept-Encoding", "identity"),
            ("Host", "b.example:8443"),
        ];
        assert_eq!(request.target(), "/p?q");
        assert_eq!(request.headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn fetch_metadata_is_for_trustworthy_urls_only() {
        let fetch = FetchRequest::to("GET", "http://b.example");
        let request = sent("http://b.example", Tainting::Basic, &fetch);
        assert_eq!(request.header("sec-fetch-site"), None);
    }
}
