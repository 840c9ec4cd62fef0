//! Servers of other libraries, configured well and badly.

use super::{found, found_as, probe};
use crate::servers::{Kind, Server, actix, axum, express, flask, nginx};

/// What is found for the request of a page, with these options.
type Expected<'e> = (&'e [&'e str], i32, &'e [&'e str]);

/// A server that allows `https://app.example.com` with credentials, `PUT` and `x-token`.
fn assert_allows_one(server: &Server, expected: &[Expected<'_>]) {
    for (more, status, codes) in expected {
        let found = found(&server.url("/orders"), more);
        let codes: Vec<_> = codes.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(found, (*status, codes), "{more:?}");
    }
}

const ALLOWED: &[Expected<'_>] = &[
    (&[], 0, &[]),
    (&["--credentials"], 0, &[]),
    (&["--method", "PUT", "--header", "X-Token"], 0, &[]),
    (&["--method", "PUT", "--header", "X-Token", "--credentials", "--send"], 0, &[]),
    (&["--method", "PATCH"], 1, &["method-not-allowed"]),
    (&["--header", "X-Other"], 1, &["header-not-allowed"]),
];

#[test]
fn axum_with_tower_http() {
    let server = axum(Kind::One);
    assert_allows_one(&server, ALLOWED);
    let http2: Vec<Vec<&str>> =
        ALLOWED.iter().map(|(more, ..)| [more, &["--http2"][..]].concat()).collect();
    let over_http2: Vec<_> = http2
        .iter()
        .zip(ALLOWED)
        .map(|(more, (_, status, codes))| (&**more, *status, *codes))
        .collect();
    assert_allows_one(&server, &over_http2);
    let url = server.url("/orders");
    assert!(probe(&url, &["--http2"]).stdout.contains("GET"), "over HTTP/2");
    assert_eq!(
        found_as(&url, "http://app.example.com", &[]),
        found_codes(1, &["no-allow-origin", "near-miss"])
    );
    assert_eq!(found_as(&url, "https://other.example", &[]), found_codes(1, &["no-allow-origin"]));

    let url = axum(Kind::Everything).url("/orders");
    assert_eq!(found(&url, &["--credentials"]), found_codes(1, &["reflects-any-origin"]));
    let url = axum(Kind::Nothing).url("/orders");
    assert_eq!(found(&url, &[]), found_codes(1, &["no-allow-origin"]));
    assert_eq!(found(&url, &["--method", "PUT"]), found_codes(1, &["preflight-status"]));
}

#[test]
fn actix_cors() {
    let server = actix(Kind::One);
    let url = server.url("/orders");
    assert_eq!(found(&url, &["--credentials"]), found_codes(0, &[]));
    assert_eq!(found(&url, &["--method", "PUT", "--header", "X-Token"]), found_codes(0, &[]));
    // It refuses preflights with 400.
    assert_eq!(found(&url, &["--method", "PATCH"]), found_codes(1, &["preflight-status"]));
    assert_eq!(found(&url, &["--header", "X-Other"]), found_codes(1, &["preflight-status"]));
    let url = actix(Kind::Everything).url("/orders");
    assert_eq!(found(&url, &["--credentials"]), found_codes(1, &["reflects-any-origin"]));
}

#[test]
fn express_with_cors() {
    let one = "{ origin: ['https://app.example.com'], methods: ['GET', 'PUT'], \
               allowedHeaders: ['x-token'], credentials: true }";
    let Some(server) = express(one) else { return };
    assert_allows_one(&server, ALLOWED);
    let text = "{ origin: 'https://app.example.com' }";
    let Some(server) = express(text) else { return };
    let other = found_as(&server.url("/orders"), "https://other.example", &[]);
    assert_eq!(other, found_codes(1, &["other-origin"]));
    let Some(server) = express("{ origin: true, credentials: true }") else { return };
    assert_eq!(found(&server.url("/orders"), &[]), found_codes(1, &["reflects-any-origin"]));
    let Some(server) = express("{ credentials: true }") else { return };
    assert_eq!(
        found(&server.url("/orders"), &["--credentials"]),
        found_codes(1, &["wildcard-with-credentials", "credentials-beside-wildcard"])
    );
    let Some(server) = express("{ origin: /app\\.example\\.com/, credentials: true }") else {
        return;
    };
    assert_eq!(found(&server.url("/orders"), &[]), found_codes(1, &["origin-compared-by-part"]));
}

#[test]
fn flask_cors() {
    let one = "origins=['https://app.example.com'], methods=['GET', 'PUT'], \
               allow_headers=['x-token'], supports_credentials=True";
    let Some(server) = flask(one) else { return };
    // A refused header is not named, as everywhere; `Vary` is sent for some responses only.
    for (more, status, codes) in ALLOWED {
        let (found_status, found) = found(&server.url("/orders"), more);
        let found: Vec<_> = found.into_iter().filter(|code| code != "vary-missing").collect();
        assert_eq!((found_status, found), found_codes(*status, codes), "{more:?}");
    }
    let Some(server) = flask("supports_credentials=True") else { return };
    let (status, codes) = found(&server.url("/orders"), &["--credentials"]);
    assert_eq!((status, codes.first().map(String::as_str)), (1, Some("reflects-any-origin")));
}

#[test]
fn nginx_by_hand() {
    const ALLOW: &str = "add_header Access-Control-Allow-Origin 'https://app.example.com'";
    let Some(server) = nginx(&format!("location / {{ {ALLOW}; return 200 '[]'; }}")) else {
        return;
    };
    assert_eq!(found(&server.url("/orders"), &[]), found_codes(0, &[]));
    let put = found(&server.url("/orders"), &["--method", "PUT"]);
    assert_eq!(put, found_codes(1, &["method-not-allowed"]));
    // Without `always`, errors have no CORS headers.
    let Some(server) = nginx(&format!("location / {{ {ALLOW}; return 404; }}")) else { return };
    let output = probe(&server.url("/orders"), &[]);
    assert_eq!(output.status, 1);
    assert!(output.stdout.contains("the response is 404 and has no"), "{}", output.stdout);
    // A redirect to the path with a slash.
    let slash = format!("{ALLOW} always; location = /orders {{ return 301 /orders/; }}");
    let Some(server) = nginx(&slash) else { return };
    let put = found(&server.url("/orders"), &["--method", "PUT"]);
    assert_eq!(put, found_codes(1, &["preflight-redirect"]));
    let Some(server) = nginx("location / { limit_except GET { deny all; } return 200; }") else {
        return;
    };
    let put = found(&server.url("/orders"), &["--method", "PUT"]);
    assert_eq!(put.0, 1, "{put:?}");
}

fn found_codes(status: i32, codes: &[&str]) -> (i32, Vec<String>) {
    (status, codes.iter().map(|code| (*code).to_owned()).collect())
}
