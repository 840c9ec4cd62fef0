//! The last step of "main fetch": the response is filtered by its tainting, so that JavaScript
//! sees of a shared response only what the server exposes.

use super::InternalResponse;
use crate::modes::Mode;
use crate::outcome::{Response, ResponseKind};
use crate::request::construct::{Request, Tainting};
use crate::syntax::forbidden::is_forbidden_response_header;
use crate::syntax::headers::{extract_tokens, sort_and_combine};
use crate::wire::WireResponse;

/// Fetch "main fetch", step 14, and the iteration of a `Headers` object.
///
/// A document is no response that a script gets. By the same-origin policy of HTML the page can
/// read one that is of its own origin, in a frame.
pub(super) fn filter(request: &Request, fetched: InternalResponse) -> Response {
    let InternalResponse { response, is_cached } = fetched;
    let is_foreign = request.mode == Mode::Navigate && !request.is_same_origin();
    let (kind, exposed) = match request.tainting {
        Tainting::Opaque => return hidden(request, is_cached, ResponseKind::Opaque),
        Tainting::Basic if is_foreign => {
            return hidden(request, is_cached, ResponseKind::Opaque);
        }
        // "basic filtered response".
        Tainting::Basic => (ResponseKind::Basic, ExposedNames::All),
        // "CORS filtered response".
        Tainting::Cors => {
            (ResponseKind::Cors, ExposedNames::of(request.includes_credentials(), &response))
        }
    };
    let is_visible = |name: &str| is_safelisted(name) || exposed.contains(name);
    let mut headers = response.headers;
    headers.retain(|(name, _)| is_visible(name) && !is_forbidden_response_header(name));
    Response {
        kind,
        status: response.status,
        headers: sort_and_combine(&headers),
        body: response.body,
        url: request.url().clone(),
        is_cached,
    }
}

/// "Opaque-redirect filtered response", with the body if the engine shows it.
pub(super) fn opaque_redirect(
    request: &Request,
    fetched: InternalResponse,
    shows_body: bool,
) -> Response {
    let mut response = hidden(request, fetched.is_cached, ResponseKind::OpaqueRedirect);
    if shows_body {
        response.body = fetched.response.body;
    }
    response
}

// "Opaque filtered response".
fn hidden(request: &Request, is_cached: bool, kind: ResponseKind) -> Response {
    let url = request.url().clone();
    Response { kind, status: 0, headers: Vec::new(), body: Vec::new(), url, is_cached }
}

// The "CORS-exposed header-name list".
enum ExposedNames {
    All,
    Names(Vec<String>),
}

impl ExposedNames {
    fn of(include_credentials: bool, response: &WireResponse) -> Self {
        // Null and failure alike leave the list empty.
        let extracted = extract_tokens(&response.headers, "access-control-expose-headers");
        let names = extracted.ok().flatten().unwrap_or_default();
        // With credentials, `*` is the name of a header that is never sent.
        if !include_credentials && names.iter().any(|name| name == "*") {
            Self::All
        } else {
            Self::Names(names)
        }
    }

    fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|exposed| exposed.eq_ignore_ascii_case(name)),
        }
    }
}

// Fetch "CORS-safelisted response-header name", the part that is always there.
fn is_safelisted(name: &str) -> bool {
    let safelist = [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ];
    safelist.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::modes::Credentials;
    use crate::request::fetch_request::FetchRequest;

    const SENT: [(&str, &str); 5] = [
        ("X-B", "1"),
        ("Content-Type", "text/plain"),
        ("Set-Cookie", "a=1"),
        ("x-a", "2"),
        ("X-B", "3"),
    ];

    fn filtered(mode: Mode, tainting: Tainting, include: bool, expose: &[&str]) -> Response {
        let mut response = WireResponse::new(200, &SENT);
        let expose = expose.iter().map(|v| ("Access-Control-Expose-Headers", *v));
        response.headers.extend(expose.map(|(n, v)| (n.to_owned(), v.to_owned())));
        let credentials = if include { Credentials::Include } else { Credentials::Omit };
        let fetch = FetchRequest::to("GET", "https://api.example").credentials(credentials);
        let page = "https://app.example".into();
        let request = Request::construct(Engine::Standard, page, &fetch).unwrap();
        let request = Request { tainting, mode, ..request };
        filter(&request, InternalResponse { response, is_cached: false })
    }

    fn names(tainting: Tainting, include: bool, expose: &[&str]) -> Vec<String> {
        let response = filtered(Mode::Cors, tainting, include, expose);
        response.headers.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_shared_response_shows_the_safelist_and_what_is_exposed() {
        let all = ["access-control-expose-headers", "content-type", "x-a", "x-b"];
        let cases: &[(bool, &[&str], &[&str])] = &[
            (false, &[], &["content-type"]),
            (false, &[""], &["content-type"]),
            (false, &["X-A, ,x-b"], &["content-type", "x-a", "x-b"]),
            (false, &["x-a", "X-B"], &["content-type", "x-a", "x-b"]),
            (false, &["x-a x-b"], &["content-type"]),
            (false, &["x-a", "bad value"], &["content-type"]),
            (false, &["Set-Cookie, x-a"], &["content-type", "x-a"]),
            (false, &["*"], &all),
            (false, &["x-a, *"], &all),
            (true, &["*"], &["content-type"]),
            (true, &["*, x-a"], &["content-type", "x-a"]),
        ];
        for (include, expose, expected) in cases {
            assert_eq!(names(Tainting::Cors, *include, expose), *expected, "{include} {expose:?}");
        }
    }

    #[test]
    fn an_own_response_shows_all_but_cookies_and_an_opaque_one_nothing() {
        assert_eq!(names(Tainting::Basic, true, &[]), ["content-type", "x-a", "x-b"]);
        for (mode, tainting) in
            [(Mode::NoCors, Tainting::Opaque), (Mode::Navigate, Tainting::Basic)]
        {
            let opaque = filtered(mode, tainting, false, &[]);
            assert_eq!((opaque.status, opaque.headers.len()), (0, 0), "{mode:?}");
            assert_eq!(opaque.kind, ResponseKind::Opaque);
        }
    }

    #[test]
    fn lines_of_one_name_are_combined() {
        let response = filtered(Mode::Cors, Tainting::Basic, false, &[]);
        assert!(response.headers.contains(&("x-b".to_owned(), "1, 3".to_owned())));
    }
}
