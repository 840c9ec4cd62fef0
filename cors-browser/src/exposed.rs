//! The last step of "main fetch": the response is filtered by its tainting, so that JavaScript
//! sees of a shared response only what the server exposes.

use super::forbidden::is_forbidden_response_header;
use super::headers::{extract_tokens, sort_and_combine};
use super::outcome::{Response, Tainting};
use super::wire::WireResponse;

/// Fetch "main fetch", step 14, and the iteration of a `Headers` object.
pub(super) fn filter(
    tainting: Tainting,
    include_credentials: bool,
    response: &WireResponse,
) -> Response {
    let visible: Box<dyn Fn(&str) -> bool> = match tainting {
        // "opaque filtered response".
        Tainting::Opaque => return Response { tainting, status: 0, headers: Vec::new() },
        // "basic filtered response".
        Tainting::Basic => Box::new(|_| true),
        // "CORS filtered response".
        Tainting::Cors => {
            let exposed = Exposed::of(include_credentials, response);
            Box::new(move |name| is_safelisted(name) || exposed.contains(name))
        }
    };
    let headers = response
        .headers
        .iter()
        .filter(|(name, _)| visible(name) && !is_forbidden_response_header(name))
        .cloned()
        .collect::<Vec<_>>();
    Response { tainting, status: response.status, headers: sort_and_combine(&headers) }
}

// The "CORS-exposed header-name list".
enum Exposed {
    All,
    Names(Vec<String>),
}

impl Exposed {
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

    const SENT: [(&str, &str); 5] = [
        ("X-B", "1"),
        ("Content-Type", "text/plain"),
        ("Set-Cookie", "a=1"),
        ("x-a", "2"),
        ("X-B", "3"),
    ];

    fn names(tainting: Tainting, include: bool, expose: &[&str]) -> Vec<String> {
        let mut response = WireResponse::new(200, &SENT);
        let expose = expose.iter().map(|v| ("Access-Control-Expose-Headers", *v));
        response.headers.extend(expose.map(|(n, v)| (n.to_owned(), v.to_owned())));
        filter(tainting, include, &response).headers.into_iter().map(|(name, _)| name).collect()
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
        let opaque = filter(Tainting::Opaque, false, &WireResponse::new(200, &SENT));
        assert_eq!((opaque.status, opaque.headers.len()), (0, 0));
    }

    #[test]
    fn lines_of_one_name_are_combined() {
        let response = filter(Tainting::Basic, false, &WireResponse::new(200, &SENT));
        assert!(response.headers.contains(&("x-b".to_owned(), "1, 3".to_owned())));
    }
}
