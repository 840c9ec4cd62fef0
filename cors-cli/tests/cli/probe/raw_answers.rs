//! Every failure and finding, with a server that answers with given lines.

use super::{APP, found, found_as, probe, probe_as};
use crate::servers::{head, raw, silent};

const OTHERS: &str = "https://cors-probe.invalid";

/// The lines for a page of [`APP`]; `None` of the pages of other origins.
fn for_app(request: &str, lines: &[&str], others: &[&str]) -> Vec<u8> {
    let is_app = request.to_lowercase().contains(&format!("\r\norigin: {APP}\r\n"));
    head(200, if is_app { lines } else { others })
}

const ALLOW: &str = "Access-Control-Allow-Origin: https://app.example.com";
const CREDENTIALS: &str = "Access-Control-Allow-Credentials: true";
const VARY: &str = "Vary: Origin";

#[test]
fn responses_to_the_request_itself() {
    // Lines of the response, options, exit status, findings.
    type Case<'c> = (&'c [&'c str], &'c [&'c str], i32, &'c [&'c str]);
    let cases: &[Case<'_>] = &[
        (&[ALLOW, VARY], &[], 0, &[]),
        (&["Access-Control-Allow-Origin: *"], &[], 0, &[]),
        (&[], &[], 1, &["no-allow-origin"]),
        (
            &["Access-Control-Allow-Origin: *"],
            &["--credentials"],
            1,
            &["wildcard-with-credentials"],
        ),
        (&[ALLOW, VARY], &["--credentials"], 1, &["credentials-not-allowed"]),
        (&[ALLOW, CREDENTIALS, VARY], &["--credentials"], 0, &[]),
        (
            &[ALLOW, "Access-Control-Allow-Credentials: True", VARY],
            &["--credentials"],
            1,
            &["credentials-not-allowed"],
        ),
        (
            &[ALLOW, CREDENTIALS, CREDENTIALS, VARY],
            &["--credentials"],
            1,
            &["credentials-not-allowed"],
        ),
        (&[ALLOW, ALLOW], &[], 1, &["several-allow-origins"]),
        (&["Access-Control-Allow-Origin: *", ALLOW], &[], 1, &["several-allow-origins"]),
        (
            &["Access-Control-Allow-Origin: https://a.example, https://app.example.com"],
            &[],
            1,
            &["several-allow-origins"],
        ),
        (
            &["Access-Control-Allow-Origin: https://a.example https://app.example.com"],
            &[],
            1,
            &["several-allow-origins"],
        ),
        (&["Access-Control-Allow-Origin: null"], &[], 1, &["other-origin", "null-origin-allowed"]),
        (&["Access-Control-Allow-Origin: https://*.example.com"], &[], 1, &["other-origin"]),
        (&["access-control-allow-origin:   https://app.example.com  ", VARY], &[], 0, &[]),
        (
            &["Access-Control-Allow-Origin: *", CREDENTIALS],
            &[],
            0,
            &["credentials-beside-wildcard"],
        ),
    ];
    for (lines, more, status, codes) in cases {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let server = raw({
            let lines = lines.clone();
            move |_| head(200, &lines.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let expected = (*status, codes.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(found(&server.url("/"), more), expected, "{lines:?} {more:?}");
    }
}

#[test]
fn near_misses_in_the_value_are_named() {
    for (value, expected) in [
        ("https://app.example.com/", "the value ends with a slash"),
        ("HTTPS://app.example.com", "upper and lower case differ"),
        ("http://app.example.com", "only the scheme differs"),
        ("https://www.app.example.com", "only `www.` differs"),
        ("https://app.example.com:8443", "only the port differs"),
        ("https://app.example.com:443", "the default port"),
        ("app.example.com", "the value has no scheme"),
        ("\"https://app.example.com\"", "the value is in quotes"),
        ("https://*.example.com", "browsers know no pattern"),
        ("https://other.example", "a server that allows several origins answers each with itself"),
    ] {
        let line = format!("Access-Control-Allow-Origin: {value}");
        let server = raw(move |_| head(200, &[&line]));
        let output = probe(&server.url("/"), &[]);
        assert_eq!(output.status, 1, "{value}");
        assert!(output.stdout.contains("error[other-origin]"), "{value}: {}", output.stdout);
        assert!(output.stdout.contains(expected), "{value}: {}", output.stdout);
    }
}

#[test]
fn preflights_that_fail() {
    const METHODS: &str = "Access-Control-Allow-Methods";
    const HEADERS: &str = "Access-Control-Allow-Headers";
    let allow_any = |line: &str| vec![ALLOW.to_owned(), CREDENTIALS.to_owned(), line.to_owned()];
    let put: &[&str] = &["--method", "PUT"];
    let header: &[&str] = &["--header", "X-Token"];
    // Status and lines of the response, options, finding, words of it.
    type Case<'c> = (u16, Vec<String>, &'c [&'c str], &'c str, &'c str);
    let cases: Vec<Case<'_>> = vec![
        (404, vec![], put, "preflight-status", "no handler answers `OPTIONS`"),
        (405, vec![], put, "preflight-status", "does not answer `OPTIONS` here"),
        (401, vec![], put, "preflight-status", "preflights carry no credentials"),
        (403, vec![], put, "preflight-status", "allow the origin `https://app.example.com` there"),
        (429, vec![], put, "preflight-status", "a rate limit"),
        (502, vec![], put, "preflight-status", "failed with 502"),
        (400, vec![ALLOW.to_owned()], put, "preflight-status", "answer `OPTIONS` with 204"),
        (
            301,
            vec!["Location: https://api.example/".to_owned()],
            put,
            "preflight-redirect",
            "request `https://` in the page",
        ),
        (308, vec!["Location: /orders/".to_owned()], put, "preflight-redirect", "a final slash"),
        (200, vec![], put, "no-allow-origin", "a router may have answered `OPTIONS`"),
        (
            204,
            vec![ALLOW.to_owned()],
            put,
            "method-not-allowed",
            "has no `Access-Control-Allow-Methods`",
        ),
        (
            204,
            allow_any(&format!("{METHODS}: GET, POST")),
            put,
            "method-not-allowed",
            "does not name `PUT`",
        ),
        (
            204,
            allow_any(&format!("{METHODS}: put")),
            put,
            "method-not-allowed",
            "write `PUT` on the server",
        ),
        (
            204,
            allow_any(&format!("{METHODS}: PATCH")),
            &["--method", "patch"],
            "method-not-allowed",
            "write `PATCH` in the page",
        ),
        (
            204,
            allow_any(&format!("{METHODS}: *")),
            &["--method", "PUT", "--credentials"],
            "method-not-allowed",
            "`*` is then a method of this name",
        ),
        (204, allow_any(&format!("{METHODS}: PUT;GET")), put, "malformed-list", "is not a list"),
        (
            204,
            vec![ALLOW.to_owned()],
            header,
            "header-not-allowed",
            "has no `Access-Control-Allow-Headers`",
        ),
        (
            204,
            allow_any(&format!("{HEADERS}: x-tokn")),
            header,
            "header-not-allowed",
            "`x-tokn` is allowed, and spelled similarly",
        ),
        (
            204,
            allow_any(&format!("{HEADERS}: *")),
            &["--header", "Authorization: Bearer x"],
            "header-not-allowed",
            "`*` does not cover `authorization`",
        ),
        (
            204,
            allow_any(&format!("{HEADERS}: *")),
            &["--header", "X-Token", "--credentials"],
            "header-not-allowed",
            "`*` is then a header of this name",
        ),
    ];
    for (status, lines, more, code, words) in cases {
        let answer = lines.clone();
        let server =
            raw(move |_| head(status, &answer.iter().map(String::as_str).collect::<Vec<_>>()));
        let output = probe(&server.url("/orders"), more);
        let case = format!("{status} {lines:?} {more:?}: {}", output.stdout);
        assert_eq!(output.status, 1, "{case}");
        assert!(output.stdout.contains(&format!("error[{code}]")), "{case}");
        assert!(output.stdout.contains(words), "{words}: {case}");
    }
}

/// How a server compares an origin.
type Compares = fn(&str) -> bool;

#[test]
fn what_other_origins_are_answered() {
    // An echo of every origin.
    let echo = |with: &'static str| {
        raw(move |request| {
            let origin = request.lines().find_map(|line| {
                line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("origin"))
            });
            let line = origin.map(|(_, origin)| format!("Access-Control-Allow-Origin: {origin}"));
            head(200, &[line.as_deref().unwrap_or("X-A: 1"), with, VARY])
        })
    };
    let codes = |status: i32, codes: &[&str]| {
        (status, codes.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(found(&echo(CREDENTIALS).url("/"), &[]), codes(1, &["reflects-any-origin"]));
    assert_eq!(found(&echo("X-B: 1").url("/"), &[]), codes(0, &["reflects-any-origin"]));

    // `null`, besides the origin of the page.
    let null = |with: &'static str| {
        raw(move |request| {
            let lower = request.to_lowercase();
            let allowed = if lower.contains("\r\norigin: null\r\n") {
                "Access-Control-Allow-Origin: null"
            } else {
                ALLOW
            };
            head(200, &[allowed, with, VARY])
        })
    };
    assert_eq!(found(&null("X-B: 1").url("/"), &[]), codes(0, &["null-origin-allowed"]));
    assert_eq!(found(&null(CREDENTIALS).url("/"), &[]), codes(1, &["null-origin-allowed"]));

    // Compared by parts: by its end, by its beginning, by a regular expression.
    let origin = |request: &str| {
        let lower = request.to_lowercase();
        lower.lines().find_map(|line| line.strip_prefix("origin: ").map(str::to_owned))
    };
    let comparing = |is_allowed: fn(&str) -> bool| {
        raw(move |request| match origin(request).filter(|origin| is_allowed(origin)) {
            Some(origin) => {
                let line = format!("Access-Control-Allow-Origin: {origin}");
                head(200, &[&line, CREDENTIALS, VARY])
            }
            None => head(200, &[VARY]),
        })
    };
    let cases: &[(Compares, &str)] = &[
        (|origin| origin.ends_with("example.com"), "only the end is compared"),
        (|origin| origin.starts_with(APP), "only the beginning is compared"),
        (
            |origin| {
                let (begin, end) = origin.split_at_checked(11).unwrap_or_default();
                begin == "https://app" && end.get(1..) == Some("example.com")
            },
            "a dot of a regular expression matches any character",
        ),
    ];
    for (is_allowed, words) in cases {
        let server = comparing(*is_allowed);
        assert_eq!(found(&server.url("/"), &[]), codes(1, &["origin-compared-by-part"]), "{words}");
        let output = probe(&server.url("/"), &[]);
        assert!(output.stdout.contains(words), "{words}: {}", output.stdout);
    }
    // All subdomains of the own domain may be meant.
    let subdomains = comparing(|origin| origin.ends_with(".example.com"));
    assert_eq!(found(&subdomains.url("/"), &[]), codes(0, &[]));
    let suffix = comparing(|origin| origin.ends_with("example.com"));
    let output = probe_as(&suffix.url("/"), OTHERS, &[]);
    assert_eq!(output.status, 1);
}

#[test]
fn a_similar_origin_that_is_allowed_is_named() {
    let server = raw(|request| for_app(request, &[ALLOW, VARY], &[VARY]));
    let output = probe_as(&server.url("/"), "http://app.example.com", &[]);
    assert!(
        output
            .stdout
            .contains("the server allows `https://app.example.com`: only the scheme differs"),
        "{}",
        output.stdout
    );
    let codes = found_as(&server.url("/"), "https://app.example.com:8443", &[]).1;
    assert_eq!(codes, ["no-allow-origin", "near-miss"]);
}

#[test]
fn vary_is_required_where_the_response_depends_on_the_origin() {
    let both = raw(|request| for_app(request, &[ALLOW], &[]));
    let output = probe(&both.url("/"), &[]);
    assert_eq!(output.status, 0, "a warning");
    assert!(
        output.stdout.contains(
            "warning[vary-missing]: `Vary: Origin` is missing in the response to the page and to another \
             origin and to a request without `Origin`"
        ),
        "{}",
        output.stdout
    );
    let some = raw(|request| for_app(request, &[ALLOW, VARY], &[]));
    assert_eq!(found(&some.url("/"), &[]).1, ["vary-missing"]);
    let all = raw(|request| for_app(request, &[ALLOW, "Vary: accept, ORIGIN"], &["Vary: *"]));
    assert!(found(&all.url("/"), &[]).1.is_empty());
    // One origin for all requests does not depend on any.
    let fixed = raw(|_| head(200, &[ALLOW]));
    assert!(found(&fixed.url("/"), &[]).1.is_empty());
}

#[test]
fn requests_that_may_change_something_are_not_sent() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let is_sent = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_sent);
    let server = raw(move |request| {
        if request.starts_with("DELETE") || request.starts_with("POST") {
            seen.store(true, Ordering::SeqCst);
        }
        head(200, &[ALLOW, "Access-Control-Allow-Methods: DELETE", VARY])
    });
    let output = probe(&server.url("/orders/7"), &["--method", "DELETE"]);
    assert_eq!(output.status, 0);
    assert!(
        output.stdout.contains("DELETE") && output.stdout.contains(": not sent"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("which was not sent: `--send` sends it"), "{}", output.stdout);
    // A `POST` has no preflight, so there is nothing to send at all.
    let output = probe(&server.url("/orders"), &["--method", "POST"]);
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("add `--send`"), "{}", output.stderr);
    assert!(!is_sent.load(Ordering::SeqCst));
    assert_eq!(found(&server.url("/orders"), &["--method", "POST", "--send"]).0, 0);
    assert!(is_sent.load(Ordering::SeqCst));
}

#[test]
fn redirects_are_followed_and_have_an_end() {
    let server = raw(|_| head(302, &[ALLOW, "Location: /again", VARY]));
    let (status, codes) = found(&server.url("/"), &[]);
    assert_eq!((status, &*codes[0]), (1, "redirect"));
    let server =
        raw(|_| head(302, &["Access-Control-Allow-Origin: *", "Location: ftp://a.example/"]));
    assert_eq!(found(&server.url("/"), &[]).1[0], "redirect");
    let server = raw(|request| match request.starts_with("GET /final") {
        true => head(200, &[ALLOW]),
        false => head(302, &[ALLOW, "Location: /final"]),
    });
    assert_eq!(found(&server.url("/"), &[]), (0, vec![]));
    // Another origin on the way makes the origin `null`.
    let last = raw(|_| head(200, &[ALLOW]));
    let to = last.url("/final").replace("127.0.0.1", "localhost");
    let first = raw(move |_| head(302, &[ALLOW, &format!("Location: {to}")]));
    let output = probe(&first.url("/"), &[]);
    assert_eq!(output.status, 1);
    assert!(output.stdout.contains("the origin of the request is `null`"), "{}", output.stdout);
}

#[test]
fn a_page_of_the_own_origin_needs_no_cors() {
    let server = raw(|_| head(200, &[]));
    let url = server.url("/");
    let output = probe_as(&url, &url, &[]);
    assert_eq!(output.status, 0);
    assert!(output.stdout.contains("CORS plays no part"), "{}", output.stdout);
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_until_the_timeout() {
    let server = silent();
    let begin = std::time::Instant::now();
    let output = probe(&server.url("/"), &["--timeout", "1"]);
    assert!(begin.elapsed() < std::time::Duration::from_secs(10));
    assert_eq!(output.status, 2);
    assert!(
        output.stderr.contains("the time is over while waiting for a response"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("error[timeout]"), "{}", output.stderr);
}

#[test]
fn annotations_have_each_finding_and_the_verdict() {
    let server = raw(|_| head(200, &[]));
    let output = probe(&server.url("/"), &["--format", "github"]);
    let lines: Vec<_> = output.stdout.lines().collect();
    assert!(
        lines[0].starts_with("::error title=no-allow-origin::the response has no"),
        "{}",
        lines[0]
    );
    assert!(lines[0].contains("%0Awhy: ") && lines[0].contains("%0Ahelp: "), "{}", lines[0]);
    assert!(lines[1].starts_with("::error title=cors probe::GET http"), "{}", lines[1]);
    assert_eq!(lines.len(), 2);
}
