//! Whole fetches against scripted servers: what is sent, what is cached, what is read.

use cors_browser::*;

const PAGE: &str = "https://page.example";

/// A server that answers every request in the same way.
fn server(status: u16, headers: &[(&str, &str)]) -> impl Network + use<> {
    let response = WireResponse::new(status, headers);
    move |_: &WireRequest| response.clone()
}

fn request(method: &str) -> FetchRequest {
    FetchRequest::to(method, "https://api.example/x")
}

fn line(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_simple_request_goes_out_without_a_preflight() {
    let mut server = server(200, &[("access-control-allow-origin", "*"), ("x-a", "1")]);
    let outcome = Browser::new().fetch(&mut server, PAGE, &request("get"));
    assert_eq!(outcome.preflight(), None);
    assert!(outcome.is_readable());
    let sent = outcome.actual().unwrap().request.clone();
    assert_eq!(sent.header("origin").as_deref(), Some(PAGE));
    let response = outcome.result.unwrap();
    assert_eq!((response.kind, response.status), (ResponseKind::Cors, 200));
    assert_eq!(response.headers, []);
}

#[test]
fn a_preflight_requests_method_and_unsafe_headers_without_credentials() {
    let mut server = server(
        204,
        &[
            ("Access-Control-Allow-Origin", PAGE),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "PATCH"),
            ("Access-Control-Allow-Headers", "authorization, content-type, x-a"),
            ("Access-Control-Expose-Headers", "x-b"),
            ("X-B", "2"),
        ],
    );
    let request = request("PATCH")
        .header("X-A", "1")
        .header("Content-Type", "application/json")
        .header("Authorization", "Bearer x")
        .credentials(Credentials::Include);
    let request = request.body(Body::text("{}"));
    let mut browser = Browser::new();
    browser.set_cookie(&request.url, "session=1; Secure; SameSite=None");
    let outcome = browser.fetch(&mut server, PAGE, &request);
    let preflight = outcome.preflight().unwrap().request.clone();
    assert_eq!((preflight.method.as_str(), preflight.target()), ("OPTIONS", "/x"));
    assert_eq!(
        preflight.headers,
        [
            line("Accept", "*/*"),
            line("Access-Control-Request-Method", "PATCH"),
            line("Access-Control-Request-Headers", "authorization,content-type,x-a"),
            line("Referer", "https://page.example/"),
            line("Origin", PAGE),
            line("Sec-Fetch-Dest", "empty"),
            line("Sec-Fetch-Mode", "cors"),
            line("Sec-Fetch-Site", "cross-site"),
            line("Host", "api.example"),
        ]
    );
    let actual = outcome.actual().unwrap().request.clone();
    assert_eq!(actual.header("authorization").as_deref(), Some("Bearer x"));
    assert_eq!(actual.header("cookie").as_deref(), Some("session=1"));
    assert_eq!(outcome.result.unwrap().headers, [line("x-b", "2")]);
}

#[test]
fn a_failed_preflight_stops_the_request_and_leaves_nothing_behind() {
    let origin = ("Access-Control-Allow-Origin", PAGE);
    let cases = [
        (204, vec![], Failure::PreflightOrigin(CorsCheckFailure::NoAllowOrigin)),
        (404, vec![origin], Failure::PreflightStatus(404)),
        (307, vec![origin, ("Location", "/y")], Failure::PreflightStatus(307)),
        (200, vec![origin], Failure::MethodNotAllowed("PUT".to_owned())),
        (
            200,
            vec![origin, ("Access-Control-Allow-Methods", "PUT")],
            Failure::HeaderNotAllowed("x-a".to_owned()),
        ),
    ];
    for (status, headers, expected) in cases {
        let mut browser = Browser::new();
        let request = request("PUT").header("X-A", "1");
        for _ in 0..2 {
            let outcome = browser.fetch(&mut server(status, &headers), PAGE, &request);
            assert!(outcome.preflight().is_some(), "not cached: {expected:?}");
            assert_eq!(outcome.actual(), None);
            assert_eq!(outcome.failure(), Some(&expected));
        }
    }
}

/// Runs requests one after another and returns which of them were preflighted.
fn preflighted(
    browser: &mut Browser,
    server: &mut dyn Network,
    requests: &[FetchRequest],
) -> Vec<bool> {
    let fetches = requests.iter().map(|request| {
        let outcome = browser.fetch(server, PAGE, request);
        assert_eq!(outcome.failure(), None, "{request:?}");
        outcome.preflight().is_some()
    });
    fetches.collect()
}

#[test]
fn the_cache_serves_every_method_and_header_the_server_named() {
    let mut server = server(
        200,
        &[
            ("Access-Control-Allow-Origin", PAGE),
            ("Access-Control-Allow-Methods", "PUT, PATCH"),
            ("Access-Control-Allow-Headers", "X-A, X-B, Authorization"),
            ("Access-Control-Max-Age", "60"),
        ],
    );
    let mut browser = Browser::new();
    let requests = [
        request("PUT").header("x-a", "1"),
        request("PATCH").header("x-b", "1").header("authorization", "x"),
        request("GET").header("x-a", "1"),
        request("PUT").upload_listener(),
        // The flag makes even POST look for an entry, and the server named none for it.
        request("POST").upload_listener(),
        FetchRequest::to("PUT", "https://api.example/x?other"),
    ];
    let expected = [true, false, false, false, true, true];
    assert_eq!(preflighted(&mut browser, &mut server, &requests), expected);
    browser.advance(59);
    assert_eq!(preflighted(&mut browser, &mut server, &requests[..1]), [false]);
    browser.advance(1);
    assert_eq!(preflighted(&mut browser, &mut server, &requests[..2]), [true, false]);
}

#[test]
fn a_forced_preflight_is_cached_when_the_server_names_no_methods() {
    let mut server = server(200, &[("Access-Control-Allow-Origin", "*")]);
    let forced = request("POST").upload_listener();
    let requests = [forced.clone(), forced, request("POST")];
    let got = preflighted(&mut Browser::new(), &mut server, &requests);
    assert_eq!(got, [true, false, false]);
}

#[test]
fn max_age_is_limited_by_the_browser_and_five_by_default() {
    // Limit, header, the last second at which the entry serves.
    let cases = [
        (7200, Some("86400"), Some(7199)),
        (86400, Some("86400"), Some(86399)),
        (7200, None, Some(4)),
        (7200, Some("-1"), Some(4)),
        (7200, Some("0"), None),
        (0, Some("600"), None),
    ];
    for (limit, header, last) in cases {
        let mut headers =
            vec![("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Methods", "PUT")];
        headers.extend(header.map(|value| ("Access-Control-Max-Age", value)));
        let mut server = server(200, &headers);
        let mut browser = Browser::new().with_max_age_limit(limit);
        let put = [request("PUT")];
        assert_eq!(preflighted(&mut browser, &mut server, &put), [true]);
        if let Some(last) = last {
            browser.advance(last);
            assert_eq!(preflighted(&mut browser, &mut server, &put), [false], "{header:?}");
            browser.advance(1);
        }
        assert_eq!(preflighted(&mut browser, &mut server, &put), [true], "{header:?}");
    }
}

#[test]
fn an_actual_response_that_is_not_shared_is_not_read_and_clears_the_cache() {
    let mut answers = vec![
        WireResponse::new(200, &[("x-a", "secret")]),
        WireResponse::new(
            200,
            &[
                ("Access-Control-Allow-Origin", PAGE),
                ("Access-Control-Allow-Methods", "PUT"),
                ("Access-Control-Max-Age", "60"),
            ],
        ),
    ];
    answers.extend_from_within(..);
    let mut server = move |_: &WireRequest| answers.pop().unwrap();
    let mut browser = Browser::new();
    for _ in 0..2 {
        let outcome = browser.fetch(&mut server, PAGE, &request("PUT"));
        assert!(outcome.preflight().is_some());
        assert!(outcome.actual().is_some(), "the server has acted");
        let expected = Failure::ActualOrigin(CorsCheckFailure::NoAllowOrigin);
        assert_eq!(outcome.failure(), Some(&expected));
    }
}

#[test]
fn the_mode_decides_across_origins_and_does_not_within() {
    let mut server = server(200, &[("x-a", "1"), ("set-cookie", "a=1")]);
    let mut browser = Browser::new();

    let outcome = browser.fetch(&mut server, PAGE, &request("PUT").mode(Mode::SameOrigin));
    assert_eq!(outcome.failure(), Some(&Failure::SameOriginMode));
    assert_eq!(outcome.exchanges, []);

    let no_cors = request("POST").mode(Mode::NoCors).header("X-A", "1");
    let outcome = browser.fetch(&mut server, PAGE, &no_cors);
    assert!(!outcome.is_readable());
    assert_eq!(outcome.actual().unwrap().request.clone().header("x-a"), None);
    assert_eq!(outcome.result.unwrap().kind, ResponseKind::Opaque);

    for mode in [Mode::Cors, Mode::SameOrigin] {
        let own = request("PUT").mode(mode).header("X-A", "1");
        let outcome = browser.fetch(&mut server, "https://api.example", &own);
        assert_eq!(outcome.preflight(), None);
        assert_eq!(outcome.result.unwrap().headers, [line("x-a", "1")]);
    }
}

#[test]
fn an_opaque_page_is_cross_origin_to_everything() {
    for (allowed, shared) in [("null", true), ("*", true), (PAGE, false)] {
        let mut server = server(200, &[("Access-Control-Allow-Origin", allowed)]);
        let outcome = Browser::new().fetch(&mut server, "null", &request("GET"));
        assert_eq!(outcome.is_readable(), shared, "{allowed}");
        let sent = outcome.actual().unwrap().request.clone();
        assert_eq!(sent.header("origin").as_deref(), Some("null"));
        assert_eq!(sent.header("sec-fetch-site").as_deref(), Some("cross-site"));
    }
}

#[test]
fn errors_and_redirects_without_location_are_shared_like_any_response() {
    let shared = ("Access-Control-Allow-Origin", "*");
    let mut browser = Browser::new();
    for status in [304, 403, 500, 302] {
        let outcome = browser.fetch(&mut server(status, &[shared]), PAGE, &request("GET"));
        assert_eq!(outcome.result.unwrap().status, status);
    }
}

#[test]
fn a_request_that_cannot_be_made_reaches_no_server() {
    let mut server = |_: &WireRequest| unreachable!();
    let outcome = Browser::new().fetch(&mut server, PAGE, &request("trace"));
    assert_eq!(outcome.failure(), Some(&Failure::ForbiddenMethod("trace".to_owned())));
}
