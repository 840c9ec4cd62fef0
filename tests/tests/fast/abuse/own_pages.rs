//! `enforce` allows same-origin requests, which it recognises by `Sec-Fetch-Site` or else by `Host`.
//! Spellings of the two that must not make a disallowed origin same-origin.
//!
//! A page whose host *is* that of `Host` is same-origin by design. DNS rebinding uses that: a server
//! that is reached by any name has to check `Host` itself.

use cors_tests::client::{Protocol, try_send};

use super::site::{Answer, Site};

const EVIL: &str = "Origin: http://evil.example\r\n";

fn ask(site: &Site, target: &str, lines: &str) -> Answer {
    site.answer("POST", format!("POST {target} HTTP/1.1\r\n{lines}\r\n").as_bytes())
}

#[test]
fn a_disallowed_origin_is_not_taken_for_same_origin() {
    let site = Site::start();
    let hosts = [
        "Host: api.example\r\n",
        "Host: \r\n",
        "",
        "Host: evil.example.\r\n",
        "Host: evil.example:8080\r\n",
        "Host: evil.example:080\r\n",
        "Host: evil.example:443\r\n",
        "Host: evil.example:80:80\r\n",
        "Host: evil.example, api.example\r\n",
        "Host: api.example, evil.example\r\n",
        "Host: evil.example api.example\r\n",
        "Host: evil.example\tapi.example\r\n",
        "Host: user@evil.example\r\n",
        "Host: http://evil.example\r\n",
        "Host: evil.example/\r\n",
        "Host: evil.example#\r\n",
        "Host: [evil.example]\r\n",
        "Host: evil%2eexample\r\n",
        "Host: evil.example\r\nHost: api.example\r\n",
        "Host: api.example\r\nHost: evil.example\r\n",
        "Host: evil.example\r\nHost: evil.example\r\n",
        " Host: evil.example\r\nHost: api.example\r\n",
        "Host: api.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n",
        "Host: api.example\r\nX-Host: evil.example\r\nX-Original-Host: evil.example\r\n",
        "Host: api.example\r\nReferer: http://api.example/\r\n",
    ];
    for host in hosts {
        let answer = ask(&site, "/enforced", &[host, EVIL].concat());
        assert!(matches!(answer, Answer::Refused | Answer::NotHttp), "{host:?}: {answer:?}");
    }
    // The target names a host as well (RFC 9112, section 3.2.2): both have to agree.
    for (target, host) in [
        ("http://evil.example/enforced", "Host: api.example\r\n"),
        ("http://api.example/enforced", "Host: evil.example\r\n"),
        ("http://evil.example:80/enforced", "Host: api.example\r\n"),
        ("http://evil.example@api.example/enforced", "Host: api.example\r\n"),
        ("http://api.example@evil.example/enforced", "Host: api.example\r\n"),
    ] {
        let answer = ask(&site, target, &[host, EVIL].concat());
        assert!(
            matches!(answer, Answer::Refused | Answer::NotHttp),
            "{target} {host:?}: {answer:?}"
        );
    }
    let sites = [
        "cross-site",
        "same-site",
        "",
        "Same-Origin",
        "SAME-ORIGIN",
        "same-origin,",
        "same-origin, cross-site",
        "same-origin;x",
        "\"same-origin\"",
        "same-origin\tnone",
        "same-origin\x0b",
        "none, none",
        "?1",
    ];
    let host = "Host: api.example\r\n";
    for value in sites {
        let lines = format!("{host}{EVIL}Sec-Fetch-Site: {value}\r\n");
        let answer = ask(&site, "/enforced", &lines);
        assert!(matches!(answer, Answer::Refused | Answer::NotHttp), "{value:?}: {answer:?}");
    }
    for [one, two] in [["same-origin"; 2], ["same-origin", "cross-site"], ["cross-site", "none"]] {
        let lines = format!("{host}{EVIL}Sec-Fetch-Site: {one}\r\nSec-Fetch-Site: {two}\r\n");
        assert_eq!(ask(&site, "/enforced", &lines), Answer::Refused, "{one}, {two}");
    }
    // Accepted, also from a client that is no browser, because no page can set these fields.
    let own = format!("{host}Origin: http://api.example\r\n");
    assert_eq!(ask(&site, "/enforced", &own), Answer::Unreadable);
    assert_eq!(ask(&site, "http://api.example/enforced", &own), Answer::Unreadable);
    let lines = format!("{host}{EVIL}Sec-Fetch-Site: \t same-origin \r\n");
    assert_eq!(ask(&site, "/enforced", &lines), Answer::Unreadable);
    site.assert_unharmed();
}

#[test]
fn two_authorities_over_http2_are_not_same_origin() {
    let site = Site::start();
    let status = |origin: &str, host: &[u8]| {
        let lines: [(&str, &[u8]); 2] = [("origin", origin.as_bytes()), ("host", host)];
        try_send(site.server.address(), Protocol::Http2, "POST", "/enforced", &lines)
            .map(|reply| reply.status)
    };
    let address = site.server.address().to_string();
    let own = format!("http://{address}");
    assert_eq!(status(&own, address.as_bytes()), Ok(200));
    for (origin, host) in [("http://evil.example", "evil.example"), (&*own, "evil.example")] {
        let status = status(origin, host.as_bytes());
        assert!(matches!(status, Ok(403 | 400) | Err(_)), "{origin} with {host}: {status:?}");
    }
    site.assert_unharmed();
}
