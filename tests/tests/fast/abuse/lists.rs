//! Lists of requested headers that no browser sends, over both protocols.
//!
//! The limits of actix and its parsers: over HTTP/1.1 a head of 128 KiB and 96 field lines, else 4xx;
//! over HTTP/2 a head of 16 MiB with any number of lines, of which 24 576 may have names of their
//! own. Handing them from `h2` to actix takes time that grows with the square of the lines of one
//! name (`http` 0.2, `HeaderMap::drain`), before any middleware sees the request: only a server in
//! front, or HTTP/1.1, limits that.

use cors_tests::client::{Protocol, Reply, send};

use super::site::{APP, Answer, Site, understand};

const ASKS: (&str, &[u8]) = ("access-control-request-method", b"PUT");
const ORIGIN: (&str, &[u8]) = ("origin", APP.as_bytes());
const LIST: &str = "access-control-request-headers";

/// `x-00000,x-00001` and so on.
fn names(count: usize) -> String {
    (0..count).map(|i| format!("x-{i:05}")).collect::<Vec<_>>().join(",")
}

#[test]
fn long_lists_are_denied_and_not_echoed() {
    let site = Site::start();
    let lists = [
        (names(10_000), Answer::BadList),
        (format!("x-a,{}", names(1_000)), Answer::Denied),
        (vec!["x-a"; 10_000].join(","), Answer::BadList),
        (vec!["x-a"; 65].join(","), Answer::BadList),
        (vec!["x-a"; 64].join(","), Answer::Allowed),
        (",".repeat(120_000), Answer::BadList),
        (" ,\t,".repeat(30_000), Answer::BadList),
        (format!("x-a{}x-b", " ".repeat(120_000)), Answer::BadList),
        (format!("{}x-a", " ,".repeat(17)), Answer::BadList),
        (format!("{}x-a", " ,".repeat(16)), Answer::Allowed),
        ("x".repeat(120_000), Answer::BadList),
        ("x-a\tx-b".to_owned(), Answer::BadList),
        ("x-a;x-b".to_owned(), Answer::BadList),
        ("x-a, set-cookie: a=b".to_owned(), Answer::BadList),
        ("*".to_owned(), Answer::BadList),
        ("X-A,\t x-B , ,".to_owned(), Answer::Allowed),
    ];
    for (list, expected) in &lists {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let lines = [ORIGIN, ASKS, (LIST, list.as_bytes())];
            let reply = send(site.server.address(), protocol, "OPTIONS", "/", &lines);
            let shown = &list[..list.len().min(40)];
            assert_eq!(understand(&reply, APP), *expected, "{shown} over {protocol:?}");
        }
    }
    site.assert_unharmed();
}

#[test]
fn a_head_that_is_too_long_for_http1_is_not_judged() {
    let site = Site::start();
    let line = |value: &str| format!("Access-Control-Request-Headers: {value}").into_bytes();
    let fixed = [&b"Origin: https://app.example"[..], b"Access-Control-Request-Method: PUT"];
    let long = line(&names(20_000));
    assert_eq!(site.answer_lines("OPTIONS", &[&fixed[..], &[&*long]].concat()), Answer::NotHttp);

    let many: Vec<_> = (0..100).map(|_| line("x-a")).collect();
    let many: Vec<_> = fixed.into_iter().chain(many.iter().map(Vec::as_slice)).collect();
    assert_eq!(site.answer_lines("OPTIONS", &many), Answer::NotHttp);
    assert_eq!(site.answer_lines("OPTIONS", &many[..96 - 1]), Answer::BadList);
    site.assert_unharmed();
}

#[test]
fn thousands_of_lines_over_http2_are_judged_by_their_first_ones() {
    let site = Site::start();
    let ask = |lines: &[(&str, &[u8])]| -> Reply {
        send(site.server.address(), Protocol::Http2, "OPTIONS", "/", lines)
    };
    let with = |line: (&'static str, &'static [u8]), count: usize| {
        [ORIGIN, ASKS].into_iter().chain(std::iter::repeat_n(line, count)).collect::<Vec<_>>()
    };
    assert_eq!(understand(&ask(&with((LIST, b"x-a"), 64)), APP), Answer::Allowed);
    assert_eq!(understand(&ask(&with((LIST, b"x-a"), 2_000)), APP), Answer::BadList);
    assert_eq!(understand(&ask(&with((LIST, b""), 2_000)), APP), Answer::BadList);
    assert_eq!(understand(&ask(&with((LIST, b"x-evil"), 2_000)), APP), Answer::Denied);
    assert_eq!(understand(&ask(&with(ORIGIN, 2_000)), APP), Answer::Refused);
    assert_eq!(understand(&ask(&with(ASKS, 2_000)), APP), Answer::Denied);
    // Lines that are none of ours.
    let others: Vec<_> = (0..20_000).map(|i| format!("x-{i}")).collect();
    let others = others.iter().map(|name| (name.as_str(), &b"1"[..]));
    let lines: Vec<_> = others.chain([ORIGIN, ASKS]).collect();
    assert_eq!(understand(&ask(&lines), APP), Answer::Allowed);
    site.assert_unharmed();
}
