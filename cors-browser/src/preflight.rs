//! The "CORS-preflight fetch" of Fetch: the preflight request, and the check of its response.
//! "HTTP fetch" decides when to send it, and the cache what to keep of the response.

use super::cors_check::cors_check;
use super::headers::{append, extract_seconds, extract_tokens};
use super::method;
use super::outcome::Failure;
use super::request::{Credentials, FetchRequest, Mode, Request};
use super::safelist::{is_non_wildcard, unsafe_names};
use super::wire::WireResponse;

/// The seconds a preflight is cached without `Access-Control-Max-Age` (step 7.9).
pub const DEFAULT_MAX_AGE: u64 = 5;

/// Judges a recorded preflight: whether a browser goes on to send `request` after `response`.
///
/// `origin` is the serialised origin of the page. Whether a preflight was called for does not
/// matter here.
///
/// # Errors
///
/// The first step at which the preflight fails, or why the request cannot be made at all.
pub fn preflight_check(
    origin: &str,
    request: &FetchRequest,
    response: &WireResponse,
) -> Result<(), Failure> {
    judge(&Request::construct(origin, request)?, response).map(drop)
}

/// What the server allowed, for the cache.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) methods: Vec<String>,
    pub(super) header_names: Vec<String>,
    pub(super) max_age: u64,
}

/// "CORS-preflight fetch", steps 1 to 5.
pub(super) fn preflight_request(request: &Request) -> Request {
    let mut headers = Vec::new();
    append(&mut headers, "Accept", "*/*");
    append(&mut headers, "Access-Control-Request-Method", &request.method);
    let names = unsafe_names(&request.headers);
    if !names.is_empty() {
        // Step 5.1: a comma without a space.
        append(&mut headers, "Access-Control-Request-Headers", &names.join(","));
    }
    Request {
        method: "OPTIONS".to_owned(),
        headers,
        // Step 1 leaves the default, and with "cors" tainting that excludes credentials.
        credentials: Credentials::SameOrigin,
        mode: Mode::Cors,
        body: false,
        use_cors_preflight: false,
        ..request.clone()
    }
}

/// "CORS-preflight fetch", steps 7 to 7.9.
pub(super) fn judge(request: &Request, response: &WireResponse) -> Result<Permission, Failure> {
    let Request { origin, method, headers, use_cors_preflight, .. } = request;
    let include = request.includes_credentials();

    // Step 7: the check is on `request`, so that its credentials mode counts.
    cors_check(origin, include, &response.headers).map_err(Failure::PreflightOrigin)?;
    if !response.is_ok() {
        return Err(Failure::PreflightStatus(response.status));
    }
    // Steps 7.1 to 7.3.
    let extract =
        |name| extract_tokens(&response.headers, name).map_err(|_| Failure::PreflightSyntax(name));
    let methods = extract("access-control-allow-methods")?;
    let header_names = extract("access-control-allow-headers")?.unwrap_or_default();
    // Step 7.4.
    let methods = match methods {
        None if *use_cors_preflight => vec![method.clone()],
        methods => methods.unwrap_or_default(),
    };
    // Step 7.5: methods are case-sensitive.
    let wildcard = |list: &[String]| !include && list.iter().any(|item| item == "*");
    if !methods.contains(method) && !method::is_safelisted(method) && !wildcard(&methods) {
        return Err(Failure::MethodNotAllowed(method.clone()));
    }
    // Steps 7.6 and 7.7: names are not, and `*` never includes a non-wildcard name.
    let listed = |name: &str| header_names.iter().any(|item| item.eq_ignore_ascii_case(name));
    let denied = |name: &str| Failure::HeaderNotAllowed(name.to_ascii_lowercase());
    if let Some((name, _)) = headers.iter().find(|(n, _)| is_non_wildcard(n) && !listed(n)) {
        return Err(denied(name));
    }
    let mut unsafe_names = unsafe_names(headers).into_iter();
    if let Some(name) = unsafe_names.find(|name| !listed(name) && !wildcard(&header_names)) {
        return Err(denied(&name));
    }
    // Steps 7.8 and 7.9: null and failure alike.
    let max_age = extract_seconds(&response.headers, "access-control-max-age");
    let max_age = max_age.ok().flatten().unwrap_or(DEFAULT_MAX_AGE);
    Ok(Permission { methods, header_names, max_age })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CorsCheckFailure, Url};

    const ORIGIN: &str = "https://page.example";
    const ACAM: &str = "Access-Control-Allow-Methods";
    const ACAH: &str = "Access-Control-Allow-Headers";

    fn fetch(method: &str, headers: &[(&str, &str)]) -> FetchRequest {
        let request = FetchRequest::new(method, Url::parse("https://api.example/x").unwrap());
        headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> WireResponse {
        let shared =
            [("Access-Control-Allow-Origin", ORIGIN), ("Access-Control-Allow-Credentials", "true")];
        WireResponse::new(status, &[&shared, headers].concat())
    }

    fn check(
        request: FetchRequest,
        include: bool,
        headers: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let credentials = if include { Credentials::Include } else { Credentials::Omit };
        preflight_check(ORIGIN, &request.credentials(credentials), &answer(200, headers))
    }

    #[test]
    fn methods_are_matched_by_case_and_listed_unless_safelisted() {
        let denied = |method: &str| Err(Failure::MethodNotAllowed(method.to_owned()));
        let syntax = || Err(Failure::PreflightSyntax("access-control-allow-methods"));
        type Case<'a> = (&'a str, bool, &'a [&'a str], Result<(), Failure>);
        let cases: &[Case<'_>] = &[
            ("PUT", false, &["PUT"], Ok(())),
            ("put", false, &["PUT"], Ok(())),
            ("PUT", false, &["put"], denied("PUT")),
            ("patch", false, &["PATCH"], denied("patch")),
            ("PUT", false, &[" , GET ,\t, PUT ,"], Ok(())),
            ("PUT", false, &["GET", "PUT"], Ok(())),
            ("PUT", false, &["GET PUT"], syntax()),
            ("PUT", false, &["PUT", "GET;POST"], syntax()),
            ("POST", false, &["GET POST"], syntax()),
            ("PUT", false, &[], denied("PUT")),
            ("PUT", false, &[""], denied("PUT")),
            ("HEAD", true, &["PUT"], Ok(())),
            ("POST", true, &[], Ok(())),
            ("OPTIONS", false, &["GET"], denied("OPTIONS")),
            ("PUT", false, &["*"], Ok(())),
            ("PUT", true, &["*"], denied("PUT")),
            ("PUT", true, &["*, PUT"], Ok(())),
            ("*", true, &["*"], Ok(())),
        ];
        for (method, include, lines, expected) in cases {
            let lines: Vec<_> = lines.iter().map(|value| (ACAM, *value)).collect();
            let got = check(fetch(method, &[]), *include, &lines);
            assert_eq!(&got, expected, "{method} include={include} {lines:?}");
        }
    }

    #[test]
    fn header_names_are_listed_in_any_case_and_authorization_never_by_wildcard() {
        let denied = |name: &str| Err(Failure::HeaderNotAllowed(name.to_owned()));
        let syntax = || Err(Failure::PreflightSyntax("access-control-allow-headers"));
        let auth = ("Authorization", "x");
        let xa = ("X-A", "1");
        type Case<'a> = (&'a [(&'a str, &'a str)], bool, &'a [&'a str], Result<(), Failure>);
        let cases: &[Case<'_>] = &[
            (&[xa], false, &["x-a"], Ok(())),
            (&[xa], false, &["X-A"], Ok(())),
            (&[xa], false, &[",, x-b ,,x-a"], Ok(())),
            (&[xa], false, &["x-b", "x-a"], Ok(())),
            (&[xa], false, &["x-a x-b"], syntax()),
            (&[], false, &["x-a: 1"], syntax()),
            (&[xa], false, &[], denied("x-a")),
            (&[xa], false, &["x-ab, x"], denied("x-a")),
            (&[xa], false, &["*"], Ok(())),
            (&[xa], true, &["*"], denied("x-a")),
            (&[xa], true, &["*", "x-a"], Ok(())),
            (&[auth], false, &["*"], denied("authorization")),
            (&[auth], false, &["*, AUTHORIZATION"], Ok(())),
            (&[xa, auth], false, &["x-a"], denied("authorization")),
            (&[auth, xa], false, &["authorization"], denied("x-a")),
            (&[auth, xa], false, &["*, authorization"], Ok(())),
            (&[("Accept", "*/*"), ("Content-Type", "text/plain")], false, &[], Ok(())),
            (&[("Content-Type", "application/json")], false, &[], denied("content-type")),
            (&[("Origin", "x"), ("Sec-A", "x")], false, &[], Ok(())),
        ];
        for (headers, include, lines, expected) in cases {
            let lines: Vec<_> = lines.iter().map(|value| (ACAH, *value)).collect();
            let got = check(fetch("GET", headers), *include, &lines);
            assert_eq!(&got, expected, "{headers:?} include={include} {lines:?}");
        }
    }

    #[test]
    fn the_cors_check_comes_first_and_then_the_status() {
        for (status, ok) in
            [(200, true), (204, true), (299, true), (199, false), (304, false), (403, false)]
        {
            let got = preflight_check(ORIGIN, &fetch("GET", &[]), &answer(status, &[]));
            assert_eq!(got, if ok { Ok(()) } else { Err(Failure::PreflightStatus(status)) });
        }
        let unshared = WireResponse::new(403, &[(ACAM, "not parsed")]);
        assert_eq!(
            preflight_check(ORIGIN, &fetch("PUT", &[]), &unshared),
            Err(Failure::PreflightOrigin(CorsCheckFailure::NoAllowOrigin))
        );
    }

    #[test]
    fn a_forced_preflight_allows_its_own_method_when_none_is_listed() {
        let forced = |method| FetchRequest { force_preflight: true, ..fetch(method, &[]) };
        assert_eq!(check(forced("PUT"), true, &[]), Ok(()));
        assert_eq!(
            check(forced("PUT"), true, &[(ACAM, "")]),
            Err(Failure::MethodNotAllowed("PUT".to_owned()))
        );
    }

    #[test]
    fn max_age_is_five_seconds_unless_it_parses() {
        let request = Request::construct(ORIGIN, &fetch("GET", &[])).unwrap();
        for (lines, expected) in [
            (&[][..], 5),
            (&["600"], 600),
            (&["0"], 0),
            (&["-1"], 5),
            (&["600", "600"], 5),
            (&["ten"], 5),
        ] {
            let lines: Vec<_> = lines.iter().map(|v| ("Access-Control-Max-Age", *v)).collect();
            assert_eq!(judge(&request, &answer(204, &lines)).unwrap().max_age, expected);
        }
    }
}
