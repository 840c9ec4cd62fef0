//! Regular expressions that match no origin, that have unnecessary anchors, or that
//! have an unescaped dot.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use cors_core::{Code, OriginRegex};

/// Expressions that match no origin, a part of the reason, and what to write instead.
const NEVER: &[(&str, &str, Option<&str>)] = &[
    (r"/^https:.*$/", "the slashes around it", None),
    (r"/^https:\/\/a\.example$/i", "the slashes around it", Some(r"(?i)https:\/\/a\.example")),
    (
        r"/https:\/\/.*\.example\.com/g",
        "the slashes around it",
        Some(r"https:\/\/.*\.example\.com"),
    ),
    (r"https://App\.example\.com", "upper-case", Some(r"https://app\.example\.com")),
    (r"HTTPS://\w+\.example", "upper-case", Some(r"https://\w+\.example")),
    (r"https://a\.example/.*", "a path", Some(r"https://a\.example")),
    (r"https://a\.example/", "a path", Some(r"https://a\.example")),
    (r"https:\/\/a\.example\/", "a path", Some(r"https:\/\/a\.example")),
    (r"https://a\.example:443", "the port 443", Some(r"https://a\.example")),
    (r"http://a\.example:80", "the port 80", Some(r"http://a\.example")),
    (r"a\.example", "no scheme", Some(r"https://a\.example")),
    (
        r"[a-z]+\.example\.com|b\.example",
        "no scheme",
        Some(r"https://(?:[a-z]+\.example\.com|b\.example)"),
    ),
    (r"null", "`null`", None),
    (r"null|NULL", "`null`", None),
    (r"wss://.*\.example\.com", "WebSocket", Some(r"https://.*\.example\.com")),
    (r"wss?://.*\.example\.com", "WebSocket", Some(r"https?://.*\.example\.com")),
    (r"ws:\/\/a\.example", "WebSocket", Some(r"http://a\.example")),
    (r"ftp://a\.example", "`ftp`", Some(r"https://a\.example")),
    (r"htps://.*\.example\.com", "misspelling of `https`", Some(r"https://.*\.example\.com")),
    (r"htpp://a\.example", "misspelling of `http`", Some(r"http://a\.example")),
    (r"https//a\.example", "", Some(r"https://a\.example")),
    (r"file://.*", "", None),
    (r"https://", "", None),
    (r"https://a\.example\$", "", None),
    (r"https://a\.example\?x", "", None),
    (r"https://a\.example:0", "", None),
    (r"https://a\.example:99999", "", None),
    (r"https://1\.2\.3\.256", "", None),
    (r"https://\[::0001\]", "", None),
    (r"https://a\.\.example", "", None),
    (r"https://é\.example", "", None),
    (r"https://user@a\.example", "", None),
    (r"[^\x00-\x{10FFFF}]", "", None),
    (r"https://a^\.example", "", None),
    (r"^$", "", None),
    (r"[A-Z]+://.*", "upper-case", None),
    (r" https://a\.example", "", None),
];

#[test]
fn an_expression_that_matches_no_origin_is_an_error_with_a_suggestion() {
    for (source, reason, suggestion) in NEVER {
        let issue = OriginRegex::parse(source).expect_err(source);
        assert_eq!(issue.code(), Code::NEVER_MATCHES, "{source}");
        assert_eq!(issue.suggestion(), *suggestion, "{source}: {issue}");
        assert!(issue.message().contains(reason), "{source}: {issue}");
        if let Some(suggestion) = suggestion {
            let regex = OriginRegex::parse(suggestion).unwrap();
            assert_eq!(regex.without_anchors(), None, "{suggestion}");
        }
    }
}

#[test]
fn an_expression_that_matches_some_origin_is_accepted() {
    for source in [
        "https://a/?",
        "https://a(:443)?",
        "https://a:80",
        "null|https://a",
        "wss?://a|https://a",
        ".*",
        "(?i)HTTPS://A",
        "app://.*",
        "tauri://localhost",
        "ionic://localhost",
        "capacitor://localhost",
        "moz-extension://[0-9a-f-]+",
        "x-y[.]z://a",
        r"\w+://a",
        "https?://a_b",
        "https://-",
    ] {
        assert!(OriginRegex::parse(source).is_ok(), "{source}");
    }
}

#[test]
fn unnecessary_anchors_are_found() {
    for (source, bare) in [
        (r"^https://a\.example$", Some(r"https://a\.example")),
        (r"\Ahttps://a\.example\z", Some(r"https://a\.example")),
        (r"^https://a\.example", Some(r"https://a\.example")),
        (r"https://a\.example$", Some(r"https://a\.example")),
        (r"(^https://a$)|(^https://b$)", Some("(https://a)|(https://b)")),
        (r"^https://a|https://b$", Some("https://a|https://b")),
        (r"(?i)^https://a$", Some("(?i)https://a")),
        (r"(?m)^https://a$", Some("(?m)https://a")),
        (r"https://a\\$|https://a", Some(r"https://a\\|https://a")),
        (r"https://a", None),
        (r"https://a[$^]?", None),
        // These anchors are necessary.
        (r"https://a|https://b^", None),
    ] {
        assert_eq!(OriginRegex::parse(source).unwrap().without_anchors(), bare, "{source}");
    }
    let partial = OriginRegex::parse("^https://a|https://b$").unwrap();
    assert!(partial.is_match("https://a") && partial.is_match("https://b"));
    assert!(!partial.is_match("https://a.evil") && !partial.is_match("xhttps://b"));
}

#[test]
fn a_dot_is_suspicious_where_another_character_allows_an_origin() {
    for (source, at) in [
        (r"https://a\.example\.com", None),
        (r"https://a\.example.com", Some(18)),
        (r"https://a.example\.com", Some(9)),
        (r"https://[a-z]+.example\.com", Some(14)),
        (r"https://pr-\d+.example\.com", Some(14)),
        (r"https://(a|b).example\.com", Some(13)),
        (r"https://(a|b).example", Some(13)),
        (r"https://a.\d\.example\.com", Some(9)),
        (r"(?x) https://a . example", Some(15)),
        (r"https://.*.example\.com", Some(10)),
        (r"https://[^]a.b]+\.example.com", Some(25)),
        (r"https://[^]a.b]+x.y", Some(17)),
        // Repeated with a bound, where no host has a dot, or allowed by another dot as well.
        (r"https://www.?example\.com", Some(11)),
        (r"https://www.??example\.com", Some(11)),
        (r"https://app.{1}example\.com", Some(11)),
        (r"https://app.{0,1}example\.com", Some(11)),
        (r"https://app.{2,3}example\.com", Some(11)),
        (r"https://app(.)?example\.com", Some(12)),
        (r"https://app(?:.|-)?example\.com", Some(14)),
        (r"https://([a-z]+.)*example\.com", Some(15)),
        (r"https://.example\.com", Some(8)),
        (r"https://.?example\.com", Some(8)),
        (r"https://(.)example\.com", Some(9)),
        (r"https://pr-(.)\.example\.com", Some(12)),
        (r"http://127\.0\.0\.1:300.", Some(23)),
        (r"https://1\.2\.3\.4.", Some(18)),
        (r"https://(www.example\.com|www.example\.com)", Some(29)),
        // Repeated without a bound, in a class, or in a comment.
        ("https://.*", None),
        (r"https://(.)*\.example\.com", None),
        (r"https://(?:.)+?\.example\.com", None),
        (r"https://(.{1,3}|-)+\.example\.com", None),
        (r"https://.{2,}\.example\.com", None),
        ("https://a.+b", None),
        (r"https://a.*b", None),
        (r"https://[a.b]+\.example", None),
        (r"https://[]a.b]+\.example", None),
        (r"(?x) https://a # a.b", None),
        // Only a separator is possible there.
        (r"https.//a", None),
        (r"https:/.a", None),
        (r"https:..a", None),
        (r"http://.::1\]", None),
        (r"https://1\.2\.3.4", None),
        // The dot allows no other origin.
        (r"https://.*(.example\.com|\.x\.de)|https://.*example\.com", None),
    ] {
        assert_eq!(OriginRegex::parse(source).unwrap().unescaped_dot(), at, "{source}");
    }
}
