//! The "CORS-preflight fetch" of Fetch: the preflight request, and the check of its response.
//! "HTTP fetch" decides when to send it, and the cache what to keep of the response.

use super::FetchParams;
use super::added::wire_request;
use super::cors_check::cors_check;
use crate::engine::Engine;
use crate::modes::{CacheMode, Credentials, Mode};
use crate::outcome::failure::Failure;
use crate::request::construct::{Request, Tainting};
use crate::request::fetch_request::FetchRequest;
use crate::request::page::Page;
use crate::store::preflights::Permission;
use crate::syntax::headers::{append, extract_seconds, extract_tokens, get};
use crate::syntax::method;
use crate::syntax::safelist::is_non_wildcard;
use crate::wire::{WireRequest, WireResponse};

/// The seconds a preflight is cached without `Access-Control-Max-Age` (step 7.9).
pub(crate) const DEFAULT_MAX_AGE: u64 = 5;

/// Judges a recorded preflight: whether a browser goes on to send `request` after `response`.
///
/// Whether the request needs a preflight does not matter here. The reading is that of
/// [`Engine::Standard`].
///
/// # Errors
///
/// The first step at which the preflight fails, or why the request cannot be made at all.
///
/// ```
/// use cors_browser::{Failure, FetchRequest, WireResponse, preflight_check};
///
/// let request = FetchRequest::to("GET", "https://api.example").header("X-A", "1");
/// let response = WireResponse::new(204, &[("Access-Control-Allow-Origin", "*")]);
/// let failure = Failure::HeaderNotAllowed("x-a".to_owned());
/// assert_eq!(preflight_check("https://app.example", &request, &response), Err(failure));
/// ```
pub fn preflight_check(
    origin: impl Into<Page>,
    request: &FetchRequest,
    response: &WireResponse,
) -> Result<(), Failure> {
    let request = Request::construct(Engine::Standard, origin.into(), request)?;
    permission(&request, response)?.allows(&request)
}

impl<N: AsyncFnMut(&WireRequest) -> WireResponse> FetchParams<'_, N> {
    /// "CORS-preflight fetch".
    pub(super) async fn preflight(&mut self, request: &Request) -> Result<(), Failure> {
        let preflight = preflight_request(request);
        let response = self.send(wire_request(&preflight), true).await;
        if response.status == 0 {
            return Err(Failure::NoResponse);
        }
        let asked = if request.engine.preflights_redirects_as_the_page() {
            // The check is on the origin that was sent.
            &Request { urls: preflight.urls, ..request.clone() }
        } else {
            request
        };
        let mut permission = permission(asked, &response)?;
        // Step 7.10.
        permission.max_age = permission.max_age.min(self.stores.max_age_limit);
        let verdict = permission.allows(request);
        if verdict.is_ok() || request.engine.caches_refused_preflights() {
            self.stores.preflights.store(request, &permission, self.stores.now);
        }
        verdict
    }
}

// Steps 1 to 5.
fn preflight_request(request: &Request) -> Request {
    let mut headers = Vec::new();
    append(&mut headers, "Accept", "*/*");
    append(&mut headers, "Access-Control-Request-Method", &request.method);
    let names = request.unsafe_names();
    if !names.is_empty() {
        // Step 5.1: a comma without a space.
        append(&mut headers, "Access-Control-Request-Headers", &names.join(","));
    }
    let urls = match request.engine.preflights_redirects_as_the_page() {
        true => vec![request.url().clone()],
        false => request.urls.clone(),
    };
    Request {
        method: "OPTIONS".to_owned(),
        headers,
        // Step 1 leaves the default, and with "cors" tainting that excludes credentials.
        credentials: Credentials::SameOrigin,
        mode: Mode::Cors,
        tainting: Tainting::Cors,
        cache: CacheMode::Default,
        body: None,
        use_cors_preflight: false,
        urls,
        ..request.clone()
    }
}

// Steps 7 to 7.4, 7.8 and 7.9: what the response allows, whatever was requested.
fn permission(request: &Request, response: &WireResponse) -> Result<Permission, Failure> {
    // Step 7: the check is on `request`, so that its credentials mode counts.
    cors_check(request.origin(), request.includes_credentials(), &response.headers)
        .map_err(Failure::PreflightOrigin)?;
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
        None if request.use_cors_preflight => vec![request.method.clone()],
        methods => methods.unwrap_or_default(),
    };
    Ok(Permission { methods, header_names, max_age: max_age(request.engine, response) })
}

// Steps 7.8 and 7.9: null and failure alike.
fn max_age(engine: Engine, response: &WireResponse) -> u64 {
    const NAME: &str = "access-control-max-age";
    match extract_seconds(&response.headers, NAME) {
        Ok(seconds) => seconds,
        Err(_) => engine.malformed_max_age(&get(&response.headers, NAME).unwrap_or_default()),
    }
    .unwrap_or(DEFAULT_MAX_AGE)
}

impl Permission {
    // Steps 7.5 to 7.7.
    fn allows(&self, request: &Request) -> Result<(), Failure> {
        let Self { methods, header_names, max_age: _ } = self;
        let Request { method, headers, engine, .. } = request;
        let wildcard = |list: &[String]| {
            !request.includes_credentials() && list.iter().any(|item| item == "*")
        };
        // Step 7.5: methods are case-sensitive.
        if !methods.contains(method) && !method::is_safelisted(method) && !wildcard(methods) {
            return Err(Failure::MethodNotAllowed(method.clone()));
        }
        // Steps 7.6 and 7.7: names are not, and `*` never includes a non-wildcard name.
        let listed = |name: &str| header_names.iter().any(|it| it.eq_ignore_ascii_case(name));
        let denied = |name: &str| Failure::HeaderNotAllowed(name.to_ascii_lowercase());
        let non_wildcard =
            |name: &str| is_non_wildcard(name) && !engine.wildcard_covers_authorization();
        if let Some((name, _)) = headers.iter().find(|(n, _)| non_wildcard(n) && !listed(n)) {
            return Err(denied(name));
        }
        let mut unsafe_names = request.unsafe_names().into_iter();
        match unsafe_names.find(|name| !listed(name) && !wildcard(header_names)) {
            Some(name) => Err(denied(&name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::failure::CorsCheckFailure;

    const ORIGIN: &str = "https://page.example";
    const ACAM: &str = "Access-Control-Allow-Methods";
    const ACAH: &str = "Access-Control-Allow-Headers";

    fn fetch(method: &str, headers: &[(&str, &str)]) -> FetchRequest {
        let request = FetchRequest::to(method, "https://api.example/x");
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
        let forced = |method| fetch(method, &[]).upload_listener();
        assert_eq!(check(forced("PUT"), true, &[]), Ok(()));
        assert_eq!(
            check(forced("PUT"), true, &[(ACAM, "")]),
            Err(Failure::MethodNotAllowed("PUT".to_owned()))
        );
    }

    #[test]
    fn max_age_is_five_seconds_unless_it_parses() {
        // By the standard, by Chromium, by Firefox, by WebKit.
        for (lines, expected) in [
            (&[][..], [5; 4]),
            (&["600"], [600; 4]),
            (&["0"], [0; 4]),
            (&["-1"], [5, 0, 0, 0]),
            (&["600", "600"], [5, 5, 0, 5]),
            (&["ten"], [5, 5, 0, 5]),
        ] {
            let lines: Vec<_> = lines.iter().map(|v| ("Access-Control-Max-Age", *v)).collect();
            let got = Engine::ALL.map(|engine| max_age(engine, &answer(204, &lines)));
            assert_eq!(got, expected, "{lines:?}");
        }
    }
}
