//! Single field lines: white space, control characters, bytes that are no text, doubled lines.

use super::site::{APP, Answer, Site, understand};
use cors_tests::client::{Protocol, Wire, send};

/// Field lines that an honest proxy may make of the allowed origin (RFC 9112, section 5.1).
const SAME_ORIGIN_LINE: [&[u8]; 5] = [
    b"Origin: https://app.example",
    b"Origin:https://app.example",
    b"Origin: \t https://app.example",
    b"Origin: https://app.example \t ",
    b"oRIGIN: https://app.example",
];

/// Values of `Origin` that resemble an allowed one.
const NOT_ORIGINS: [&[u8]; 70] = [
    b"",
    b"*",
    b"null",
    b"NULL",
    b"https://",
    b"https://app.example/",
    b"https://app.example?",
    b"https://app.example#",
    b"https://app.example.",
    b"https://app.example..",
    b"https://app.example:",
    b"https://app.example:443",
    b"https://app.example:0",
    b"https://app.example:00443",
    b"https://app.example:65536",
    b"https://app.example:8443",
    b"HTTPS://app.example",
    b"https://APP.example",
    b"https://App.Example",
    b"http://app.example",
    b"wss://app.example",
    b"https:app.example",
    b"https:/app.example",
    b"https:///app.example",
    b"https:\\\\app.example",
    b"//app.example",
    b"app.example",
    b"https://user@app.example",
    b"https://app.example@evil.example",
    b"https://app.example:pw@evil.example",
    b"https://app.example%00",
    b"https://app.example%00.evil.example",
    b"https://app.example%0d%0aaccess-control-allow-origin:%20*",
    b"https://app.example%2eevil.example",
    b"https://app%2eexample",
    b"https://app.example, https://app.example",
    b"https://app.example https://app.example",
    b"https://evil.example https://app.example",
    b"https://app.example,",
    b",https://app.example",
    b"\"https://app.example\"",
    b"<https://app.example>",
    b"https://app.example\tx",
    b"https://app.example\x0b",
    b"https://app.example\x0c",
    b"https://app.example\xa0",
    b"https://app.example\xff",
    b"\xef\xbb\xbfhttps://app.example",
    b"https://\xd0\xb0pp.example",
    b"https://\xc1\xa1pp.example",
    b"https://app\xe3\x80\x82example",
    b"https://xn--pp-6kc.example",
    b"https://sub.example",
    b"https://.sub.example",
    b"https://..sub.example",
    b"https://a..sub.example",
    b"https://a.sub.example.",
    b"https://a.SUB.example",
    b"https://a b.sub.example",
    b"https://evil.example/.sub.example",
    b"https://evil.example#.sub.example",
    b"https://evil.example\\.sub.example",
    b"https://evil.example?.sub.example",
    b"https://evil.example:80.sub.example",
    b"https://evil.example@a.sub.example",
    b"https://*.sub.example",
    b"http://[::1%25eth0]:80",
    b"http://[::1%eth0]:8080",
    b"http://[0:0:0:0:0:0:0:1]:8080",
    b"http://[::1]evil.example:8080",
];

fn origin_line(value: &[u8]) -> Vec<u8> {
    [b"Origin: ", value].concat()
}

const ASKS_PUT: &[u8] = b"Access-Control-Request-Method: PUT";

#[test]
fn an_origin_is_the_same_with_white_space_around_it() {
    let site = Site::start();
    for line in SAME_ORIGIN_LINE {
        let name = String::from_utf8_lossy(line);
        assert_eq!(site.answer_lines("GET", &[line]), Answer::Readable, "{name}");
        assert_eq!(site.answer_lines("OPTIONS", &[line, ASKS_PUT]), Answer::Allowed, "{name}");
    }
    for allowed in
        ["https://a.b.sub.example", "http://[::1]:65535", "https://xn--pp-6kc.sub.example"]
    {
        let lines: [(&str, &[u8]); 1] = [("origin", allowed.as_bytes())];
        let reply = send(site.server.address(), Protocol::Http1, "GET", "/", &lines);
        assert_eq!(understand(&reply, allowed), Answer::Readable);
    }
    site.assert_unharmed();
}

#[test]
fn origins_that_resemble_an_allowed_one_are_disallowed() {
    let site = Site::start();
    let long: Vec<Vec<u8>> = [
        ["https://", &"a.".repeat(32_000), "sub.example"],
        ["https://", &"a".repeat(64_000), ".sub.example"],
        ["https://app.example", &" ".repeat(64_000), "x"],
        ["https://app.example:", &"0".repeat(64_000), "443"],
        [&"https".repeat(13_000), "://", "app.example"],
        ["http://[", &":".repeat(64_000), "1]:80"],
        ["https://xn--", &"9".repeat(64_000), ".sub.example"],
    ]
    .map(|parts| parts.concat().into_bytes())
    .to_vec();
    // Control characters: some end the line early, and none may come back.
    let controls = (0..=0x1f).chain([0x7f]).flat_map(|byte: u8| {
        let within = [b"https://app", &[byte][..], b".example"].concat();
        let at_the_end = [b"https://app.example", &[byte][..]].concat();
        let before = [&[byte][..], b"https://app.example"].concat();
        // White space around a value is none of its own.
        match byte {
            b'\t' | b'\r' | b'\n' => vec![within],
            _ => vec![within, at_the_end, before],
        }
    });
    let values = NOT_ORIGINS.iter().map(|value| value.to_vec()).chain(long).chain(controls);
    let mut judged = 0;
    for value in values {
        let line = origin_line(&value);
        let shown = String::from_utf8_lossy(&value[..value.len().min(80)]).into_owned();
        let actual = site.answer_lines("GET", &[&line]);
        assert!(matches!(actual, Answer::Unreadable | Answer::NotHttp), "{shown:?}: {actual:?}");
        let preflight = site.answer_lines("OPTIONS", &[&line, ASKS_PUT]);
        assert!(matches!(preflight, Answer::Refused | Answer::NotHttp), "{shown:?}: {preflight:?}");
        judged += usize::from(actual == Answer::Unreadable);
    }
    assert!(judged > 60, "only {judged} came as far as the policy");
    site.assert_unharmed();
}

#[test]
fn duplicate_or_malformed_lines_are_refused() {
    let site = Site::start();
    let app = &*origin_line(APP.as_bytes());
    let evil = &*origin_line(b"https://evil.example");
    let requests: [&[&[u8]]; 13] = [
        &[app, app],
        &[app, evil],
        &[evil, app],
        &[app, b"Origin:"],
        &[b"Origin:", app],
        &[app, b"ORIGIN: null"],
        // Obsolete line folding (RFC 9112, section 5.2).
        &[b"Origin:", b" https://app.example"],
        &[b"Origin: https://evil.example", b"\thttps://app.example"],
        // White space before the colon is how requests are smuggled.
        &[b"Origin : https://app.example"],
        &[b" Origin: https://app.example"],
        &[b"Origin\x00: https://app.example"],
        &[b"Origin\t: https://app.example"],
        &[b"X-Origin: https://app.example", b"Origin_: https://app.example"],
    ];
    for lines in requests {
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        let answer = site.answer_lines("GET", lines);
        let is_refused = matches!(answer, Answer::Unreadable | Answer::NotHttp);
        assert!(is_refused, "{shown:?}: {answer:?}");
        let preflight = [lines, &[ASKS_PUT]].concat();
        let answer = site.answer_lines("OPTIONS", &preflight);
        // Where there is no `Origin`, it is no preflight.
        let is_refused = matches!(answer, Answer::Refused | Answer::NotHttp | Answer::Unreadable);
        assert!(is_refused, "{shown:?}: {answer:?}");
    }
    site.assert_unharmed();
}

#[test]
fn a_requested_method_is_one_method_as_it_is_spelt() {
    let site = Site::start();
    let app = &*origin_line(APP.as_bytes());
    let line = |value: &[u8]| [b"Access-Control-Request-Method: ", value].concat();
    for value in [&b"PUT"[..], b"GET", b"HEAD", b"POST", b"\tPUT ", b"  PUT\t\t"] {
        assert_eq!(site.answer_lines("OPTIONS", &[app, &line(value)]), Answer::Allowed);
    }
    let long = vec![b'P'; 64_000];
    let refused: [&[u8]; 18] = [
        b"",
        b"*",
        b"put",
        b"Put",
        b"DELETE",
        b"PUT,GET",
        b"PUT GET",
        b"PUT,",
        b"PUT/1.1",
        b"PU\tT",
        b"PUT%00",
        b"P\xffT",
        b"\xef\xbb\xbfPUT",
        b"\"PUT\"",
        b"PUT;",
        b"PATCH, PUT",
        b"CONNECT",
        &long,
    ];
    for value in refused {
        let answer = site.answer_lines("OPTIONS", &[app, &line(value)]);
        let shown = String::from_utf8_lossy(&value[..value.len().min(80)]);
        assert!(matches!(answer, Answer::Denied | Answer::NotHttp), "{shown:?}: {answer:?}");
    }
    for twice in [[&b"PUT"[..], b"PUT"], [b"PUT", b"DELETE"], [b"DELETE", b"PUT"], [b"", b"PUT"]] {
        let lines = twice.map(line);
        assert_eq!(site.answer_lines("OPTIONS", &[app, &lines[0], &lines[1]]), Answer::Denied);
    }
    site.assert_unharmed();
}

#[test]
fn odd_methods_and_targets_are_judged_like_any_other() {
    let site = Site::start();
    let head = "Host: api.example\r\nOrigin: https://app.example\r\n\r\n";
    for method in
        ["TRACE", "PATCH", "M-SEARCH", "get", "OPTION", "OPTIONSX", "options", "!#$%&'*+-.^_`|~"]
    {
        let answer = site.answer(method, format!("{method} / HTTP/1.1\r\n{head}").as_bytes());
        assert!(matches!(answer, Answer::Readable | Answer::NotHttp), "{method}: {answer:?}");
        let evil = head.replace("app.example", "evil.example");
        let answer = site.answer(method, format!("{method} / HTTP/1.1\r\n{evil}").as_bytes());
        assert!(matches!(answer, Answer::Unreadable | Answer::NotHttp), "{method}: {answer:?}");
    }
    let long = "M".repeat(100_000);
    let request = format!("{long} / HTTP/1.1\r\n{head}");
    assert!(matches!(site.answer(&long, request.as_bytes()), Answer::Readable | Answer::NotHttp));

    let asks = "Host: api.example\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n";
    for target in
        ["*", "/", "//", "/..", "http://evil.example/", "http://evil.example", "/%00", "/%ff%fe"]
    {
        let answer =
            site.answer("OPTIONS", format!("OPTIONS {target} HTTP/1.1\r\n{asks}").as_bytes());
        assert_eq!(answer, Answer::Allowed, "{target}");
        let evil = asks.replace("app.example", "evil.example");
        let answer =
            site.answer("OPTIONS", format!("OPTIONS {target} HTTP/1.1\r\n{evil}").as_bytes());
        assert_eq!(answer, Answer::Refused, "{target}");
    }
    // Neither of these is a preflight: the method decides, not what overrides it.
    for line in
        ["X-HTTP-Method-Override: OPTIONS", "X-Method-Override: OPTIONS", "X-HTTP-Method: OPTIONS"]
    {
        let request = format!("POST / HTTP/1.1\r\n{line}\r\nContent-Length: 0\r\n{asks}");
        assert_eq!(site.answer("POST", request.as_bytes()), Answer::Readable, "{line}");
    }
    let connect = "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\nOrigin: https://evil.example\r\n\r\n";
    assert!(matches!(
        site.answer("CONNECT", connect.as_bytes()),
        Answer::Unreadable | Answer::NotHttp
    ));
    site.assert_unharmed();
}

#[test]
fn the_body_of_a_preflight_is_not_taken_for_a_request() {
    let site = Site::start();
    let preflight = "OPTIONS / HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example\r\n\
                     Access-Control-Request-Method: PUT\r\n";
    // The body of a preflight is never a request of its own.
    let smuggled =
        "GET /smuggled HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example\r\n\r\n";
    let bodies = [
        format!("Content-Length: {}\r\n\r\n{smuggled}", smuggled.len()),
        format!(
            "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n",
            smuggled.len()
        ),
    ];
    for body in bodies {
        let mut wire = Wire::open(site.server.address()).unwrap();
        let next = "HEAD / HTTP/1.1\r\nHost: api.example\r\nOrigin: https://evil.example\r\n\r\n";
        wire.write(format!("{preflight}{body}{next}")).unwrap();
        wire.finish().unwrap();
        assert_eq!(understand(&wire.read("OPTIONS").unwrap(), APP), Answer::Allowed);
        // Either the body is passed over, or the connection ends.
        if let Ok(reply) = wire.read("HEAD") {
            assert_eq!(understand(&reply, APP), Answer::Unreadable);
            assert!(wire.is_at_end(), "the body was taken for a request");
        }
    }
    site.assert_unharmed();
}
