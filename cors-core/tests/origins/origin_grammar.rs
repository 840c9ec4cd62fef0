//! The grammar of origins and patterns, and the diagnosis of invalid strings, as
//! tables.

use cors_core::{Code, Origin, OriginIssue, OriginPattern, OriginRegex, OriginSet};

fn pattern(text: &str) -> OriginPattern {
    OriginPattern::parse(text).unwrap_or_else(|issue| panic!("{text}: {issue}"))
}

/// Origins as browsers serialise them; each is also an exact pattern.
const ORIGINS: &[&str] = &[
    "https://example.com",
    "https://example.com.",
    "http://localhost",
    "http://localhost:3000",
    "http://example.com:443",
    "https://example.com:80",
    "https://example.com:1",
    "https://example.com:65535",
    "https://a_b.example.com",
    "https://_dmarc.example.com",
    "https://xn--bcher-kva.example",
    "https://r3---sn-4g5ednse.example.com",
    "https://user-.example.com",
    "https://1and1.com",
    "https://127.0.0.1.example.com",
    "http://127.0.0.1:8080",
    "http://0.0.0.0",
    "http://[::1]:3000",
    "https://[2001:db8::1]",
    "https://[::ffff:7f00:1]",
    "tauri://localhost",
    "capacitor://localhost",
    "ionic://localhost",
    "app://-",
    "tauri://localhost:80",
    "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
    "moz-extension://3d2a1c4e-7d0c-4b1e-9c7c-2f1e5a6b7c8d",
    "moz-extension://d2a1c4e3-7d0c-4b1e-9c7c-2f1e5a6b7c8d",
    "a+b-c.d1://x",
];

#[test]
fn browser_origins_parse_as_origin_and_as_pattern() {
    for text in ORIGINS {
        let origin = Origin::parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
        let port = origin.port().map(|port| format!(":{port}")).unwrap_or_default();
        assert_eq!(format!("{}://{}{port}", origin.scheme(), origin.host()), *text);
        assert_eq!(origin.as_str(), *text);
        let pattern = pattern(text);
        assert!(pattern.is_exact() && pattern.matches(&origin), "{text}");
        assert_eq!(pattern.to_string(), *text);
        assert_eq!((pattern.scheme(), pattern.host()), (origin.scheme(), origin.host()));
        assert!(OriginSet::new([pattern], [], false).contains(text.as_bytes()));
    }
}

/// The string, the code, and the suggestion (`""` for none).
const ISSUES: &[(&str, &str, &str)] = &[
    ("", "empty-origin", ""),
    ("  \t", "empty-origin", ""),
    ("*", "quoted-wildcard", ""),
    (" * ", "quoted-wildcard", ""),
    ("any", "quoted-wildcard", ""),
    ("null", "null-origin", ""),
    ("NULL", "null-origin", ""),
    ("https://a.com, https://b.com", "several-origins", ""),
    ("https://a.com https://b.com", "several-origins", ""),
    ("https://a.com,", "several-origins", "https://a.com"),
    ("a.com b.com", "several-origins", ""),
    (" https://a.com", "whitespace", "https://a.com"),
    ("https://a.com\n", "whitespace", "https://a.com"),
    ("https:// a.com", "whitespace", "https://a.com"),
    ("'https://a.com'", "bad-scheme", "https://a.com"),
    ("example.com", "missing-scheme", "https://example.com"),
    ("*.example.com", "missing-scheme", "https://*.example.com"),
    ("//example.com", "missing-scheme", "https://example.com"),
    ("://example.com", "missing-scheme", "https://example.com"),
    ("https:example.com", "missing-scheme", "https://example.com"),
    ("https:/example.com", "missing-scheme", "https://example.com"),
    ("https//example.com", "missing-scheme", "https://example.com"),
    (r"https:\\example.com", "missing-scheme", "https://example.com"),
    ("HTTP:example.com", "missing-scheme", "http://example.com"),
    ("localhost", "missing-scheme", "http://localhost"),
    ("localhost:3000", "missing-scheme", "http://localhost:3000"),
    ("localhost:*", "missing-scheme", "http://localhost:*"),
    ("127.0.0.1:3000", "missing-scheme", "http://127.0.0.1:3000"),
    ("[::1]:3000", "missing-scheme", "http://[::1]:3000"),
    ("ws:8080", "missing-scheme", "https://ws:8080"),
    ("example.com:80", "missing-scheme", "http://example.com"),
    ("example.com:443", "missing-scheme", "https://example.com"),
    ("example.com/?next=https://x", "missing-scheme", "https://example.com"),
    ("1http://example.com", "bad-scheme", ""),
    ("ht_tp://example.com", "bad-scheme", ""),
    (r"^https://example\.com$", "bad-scheme", ""),
    ("file://", "file-scheme", ""),
    ("file:///index.html", "file-scheme", ""),
    ("FILE:x", "file-scheme", ""),
    ("https://user@example.com", "userinfo", "https://example.com"),
    ("https://user:pw@example.com:8443", "userinfo", "https://example.com:8443"),
    ("HTTPS://example.com", "upper-case", "https://example.com"),
    ("https://App.example.com:443/", "upper-case", "https://app.example.com"),
    ("https://[2001:DB8::1]", "upper-case", "https://[2001:db8::1]"),
    ("https://bücher.example", "non-ascii", "https://xn--bcher-kva.example"),
    ("https://*.bücher.example:443/", "non-ascii", "https://*.xn--bcher-kva.example"),
    ("https://a\u{fffd}b.example", "non-ascii", ""),
    ("*://example.com", "misplaced-wildcard", "https://example.com"),
    ("http*://example.com", "misplaced-wildcard", "https://example.com"),
    ("https://*", "misplaced-wildcard", ""),
    ("https://*:*", "misplaced-wildcard", ""),
    ("https://*.", "misplaced-wildcard", ""),
    ("https://*example.com", "misplaced-wildcard", "https://*.example.com"),
    ("https://*.*.example.com", "misplaced-wildcard", "https://*.example.com"),
    ("https://**.example.com", "misplaced-wildcard", "https://*.example.com"),
    ("https://a.*.com", "misplaced-wildcard", ""),
    ("https://a*.example.com", "misplaced-wildcard", ""),
    ("https://*-pr.example.com", "misplaced-wildcard", ""),
    ("https://example.*", "misplaced-wildcard", ""),
    ("https://example.com:80*", "misplaced-wildcard", ""),
    ("http://*.127.0.0.1", "wildcard-ip", "http://127.0.0.1"),
    ("http://*.[::1]:3000", "wildcard-ip", "http://[::1]:3000"),
    ("http://127.1", "bad-ip", "http://127.0.0.1"),
    ("http://0x7f.0.0.1", "bad-ip", "http://127.0.0.1"),
    ("http://2130706433", "bad-ip", "http://127.0.0.1"),
    ("http://01.2.3.4", "bad-ip", "http://1.2.3.4"),
    ("http://127.0.0.1.", "bad-ip", "http://127.0.0.1"),
    ("http://256.1.1.1", "bad-ip", ""),
    ("http://1.2.3.4.5", "bad-ip", ""),
    ("http://example.1", "bad-ip", ""),
    ("http://::1", "bad-ip", "http://[::1]"),
    ("http://[0:0::1]", "bad-ip", "http://[::1]"),
    ("http://[::ffff:127.0.0.1]", "bad-ip", "http://[::ffff:7f00:1]"),
    ("http://[fe80::1%25eth0]", "bad-ip", ""),
    ("https://[example.com]", "bad-ip", ""),
    ("http://[::1", "bad-ip", "http://[::1]"),
    ("https://", "bad-host", ""),
    ("https://:3000", "bad-host", ""),
    ("https://.", "bad-host", ""),
    ("https:///example.com", "bad-host", "https://example.com"),
    ("https:////example.com:8443", "bad-host", "https://example.com:8443"),
    ("https://:example.com", "bad-host", "https://example.com"),
    (r"https:\\\example.com", "missing-scheme", "https://example.com"),
    ("https;//example.com", "missing-scheme", "https://example.com"),
    ("https.//example.com", "missing-scheme", "https://example.com"),
    ("https,//example.com", "missing-scheme", "https://example.com"),
    ("https:://example.com", "missing-scheme", "https://example.com"),
    ("https//:example.com", "missing-scheme", "https://example.com"),
    ("wss:example.com", "missing-scheme", "https://example.com"),
    ("http:s//example.com", "missing-scheme", ""),
    ("https.example.com", "missing-scheme", "https://https.example.com"),
    ("https: //example.com", "whitespace", "https://example.com"),
    ("https ://example.com", "whitespace", "https://example.com"),
    ("https://app. example.com", "whitespace", "https://app.example.com"),
    ("https://example.com :8443", "whitespace", "https://example.com:8443"),
    // Joined, they would name another host.
    ("https://app example.com", "whitespace", ""),
    ("https://app\texample.com", "whitespace", ""),
    ("https://example.com 8443", "whitespace", ""),
    ("https://a.com b.com", "whitespace", ""),
    ("https://https://example.com", "bad-scheme", "https://example.com"),
    ("https://HTTPS://example.com:8443/", "bad-scheme", "https://example.com:8443"),
    ("https://https:example.com", "bad-scheme", "https://example.com"),
    ("https://https//example.com", "bad-scheme", "https://example.com"),
    ("http://http://localhost:3000", "bad-scheme", "http://localhost:3000"),
    ("https://http://example.com", "bad-scheme", ""),
    ("http://https://example.com", "bad-scheme", ""),
    ("https://example.com//x", "path", ""),
    ("https://example.com//", "path", "https://example.com"),
    ("a@example.com", "missing-scheme", ""),
    ("mailto:a@example.com", "missing-scheme", ""),
    ("app/index.html", "missing-scheme", ""),
    ("10.0.0.0/8", "missing-scheme", ""),
    ("http://192.168.0.0/16", "path", ""),
    ("http://[fd00::]/8", "path", ""),
    ("http://192.168.0.1/x", "path", "http://192.168.0.1"),
    ("https://a..example.com", "bad-host", "https://a.example.com"),
    ("https://.example.com", "bad-host", "https://example.com"),
    ("https://example.com..", "bad-host", "https://example.com"),
    ("https://*..example.com", "misplaced-wildcard", "https://*.example.com"),
    ("https://a%20b.example.com", "bad-host", ""),
    ("https://a!b.example.com", "bad-host", ""),
    ("https://xn--a.example", "bad-host", ""),
    ("https://xn--.example", "bad-host", ""),
    ("https://example.com:", "bad-port", "https://example.com"),
    ("https://example.com:0", "bad-port", ""),
    ("https://example.com:08443", "bad-port", "https://example.com:8443"),
    ("https://example.com:+8443", "bad-port", ""),
    ("https://example.com:65536", "bad-port", ""),
    ("https://example.com:3000-3010", "bad-port", ""),
    ("https://a:b:c", "bad-port", ""),
    ("https://example.com:443", "default-port", "https://example.com"),
    ("http://example.com:80", "default-port", "http://example.com"),
    ("ws://example.com", "bad-scheme", "http://example.com"),
    ("wss://example.com:443", "bad-scheme", "https://example.com"),
    ("wss://*.example.com:*", "bad-scheme", "https://*.example.com:*"),
    ("WSS://example.com", "bad-scheme", "https://example.com"),
    ("wss:example.com", "missing-scheme", "https://example.com"),
    ("ftp://example.com", "bad-scheme", "https://example.com"),
    ("htps://example.com", "bad-scheme", "https://example.com"),
    ("htpp://example.com", "bad-scheme", "http://example.com"),
    ("htttps://example.com", "bad-scheme", "https://example.com"),
    ("hhtp://localhost:3000", "bad-scheme", "http://localhost:3000"),
    ("httpss://example.com", "bad-scheme", "https://example.com"),
    ("hxxps://example.com", "bad-scheme", "https://example.com"),
    ("ttps://example.com", "bad-scheme", "https://example.com"),
    ("htp://*.example.com", "bad-scheme", "http://*.example.com"),
    ("http//example.com", "missing-scheme", "http://example.com"),
    ("https:/example.com", "missing-scheme", "https://example.com"),
    ("https://example.com/", "trailing-slash", "https://example.com"),
    ("http://localhost:*/", "trailing-slash", "http://localhost:*"),
    ("https://example.com/api", "path", "https://example.com"),
    ("https://example.com//", "path", "https://example.com"),
    ("https://example.com/*", "path", "https://example.com"),
    (r"https://example.com\x", "path", "https://example.com"),
    ("https://example.com?x", "query", "https://example.com"),
    ("https://example.com/?x", "query", "https://example.com"),
    ("https://example.com#top", "query", "https://example.com"),
];

#[test]
fn invalid_strings_are_reported_with_code_and_correction() {
    for (text, code, suggestion) in ISSUES {
        // At run time an A-label is compared without decoding it, and every custom
        // scheme is accepted, including one that looks like a misspelling.
        let refused = Origin::parse(text.as_bytes()).is_none();
        let misspelt = *code == "bad-scheme";
        assert!(refused || text.contains("xn--") || misspelt, "{text:?} is not an origin");
        let issue = OriginPattern::parse(text).unwrap_err();
        assert_eq!(code_of(&issue), *code, "{text:?}: {issue}");
        assert_eq!(issue.suggestion().unwrap_or_default(), *suggestion, "{text:?}: {issue}");
    }
}

#[test]
fn lengths_are_limited_as_in_dns() {
    let label = "a".repeat(63);
    let longest = [&*label, &label, &label, &label[..61]].join(".");
    assert_eq!(longest.len(), 253);
    let scheme = "s".repeat(64);
    for (text, valid) in [
        (format!("https://{label}.example"), true),
        (format!("https://a{label}.example"), false),
        (format!("https://{longest}"), true),
        (format!("https://{longest}."), true),
        (format!("https://{longest}a"), false),
        (format!("{scheme}://{longest}:65535"), true),
        (format!("{scheme}s://x"), false),
    ] {
        assert_eq!(Origin::parse(text.as_bytes()).is_some(), valid, "{text}");
        assert_eq!(OriginPattern::parse(&text).is_ok(), valid, "{text}");
    }
    assert!(OriginPattern::parse(&format!("https://*.{}", &longest[2..])).is_ok());
    let no_room_for_a_label = OriginPattern::parse(&format!("https://*.{}", &longest[1..]));
    assert_eq!(no_room_for_a_label.unwrap_err().code(), Code::BAD_HOST);
}

#[test]
fn patterns_with_wildcards_round_trip() {
    for text in [
        "https://*.example.com",
        "https://*.example.com.",
        "https://*.example.com:8443",
        "https://*.example.com:*",
        "http://localhost:*",
        "http://*.localhost:*",
        "http://127.0.0.1:*",
        "http://[::1]:*",
        "https://*.com",
        "https://*.xn--bcher-kva.example",
        "moz-extension://*.1",
    ] {
        let parsed = pattern(text);
        assert_eq!(parsed.to_string(), text);
        assert!(!parsed.is_exact());
        assert_eq!(parsed.has_any_port(), text.ends_with(":*"));
        assert_eq!(parsed.has_subdomains(), text.contains("*."));
    }
}

#[test]
fn only_http_outside_of_loopback_is_insecure() {
    for (text, insecure, loopback) in [
        ("https://example.com", false, false),
        ("http://example.com", true, false),
        ("http://*.example.com", true, false),
        ("http://192.168.0.1", true, false),
        ("http://127.0.0.1.example.com", true, false),
        ("http://evillocalhost", true, false),
        ("http://localhost", false, true),
        ("http://localhost.:*", false, true),
        ("http://*.localhost", false, true),
        ("http://app.localhost.", false, true),
        ("http://127.8.8.8:*", false, true),
        ("http://[::1]:*", false, true),
        ("http://[::2]", true, false),
        ("tauri://localhost", false, true),
        ("app://-", false, false),
    ] {
        assert_eq!(pattern(text).is_insecure(), insecure, "{text}");
        assert_eq!(pattern(text).is_loopback(), loopback, "{text}");
    }
}

#[cfg(feature = "public-suffix")]
#[test]
fn only_subdomain_patterns_can_be_on_a_public_suffix() {
    for (text, on_suffix) in [
        ("https://*.github.io", true),
        ("https://*.github.io.", true),
        ("https://*.com", true),
        ("https://*.co.uk:*", true),
        ("https://*.internal", true),
        ("https://*.compute.amazonaws.com", true),
        ("https://github.io", false),
        ("https://*.me.github.io", false),
        ("https://*.example.com", false),
        ("http://*.localhost", false),
        ("http://*.app.localhost:*", false),
    ] {
        assert_eq!(pattern(text).subdomains_of_public_suffix(), on_suffix, "{text}");
    }
}

#[test]
fn misplaced_wildcards_are_explained_with_a_name_that_anyone_can_register() {
    let message = |text: &str| OriginPattern::parse(text).unwrap_err().message().to_owned();
    assert!(message("https://*example.com").contains("`https://evilexample.com`"));
    assert!(message("https://example.*").contains("`https://example.evil.example`"));
    let several = OriginPattern::parse("a.com, https://B.com/").unwrap_err();
    assert_eq!(
        several.help(),
        r#"write each as an element of its own: `"https://a.com", "https://b.com"`"#
    );
}

#[test]
fn regexes_always_match_the_whole_origin() {
    let source = "(?x) https://a\\.example # the app";
    for (source, origin, matches) in [
        ("https://a|https://b", "https://b", true),
        ("https://a|https://b", "https://b.evil", false),
        ("https://a|https://b", "xhttps://b", false),
        (source, "https://a.example", true),
        (source, "https://a.example.evil", false),
        (source, "https://a.example\n", false),
        ("https://a|(?x)https://b#", "https://b", true),
        ("https://a|(?x)https://b#", "https://a.evil", false),
        ("(?i)https://A", "https://a", true),
        ("(?m)https://a", "https://a\n", false),
        (r"https://[^.]+\.example", "https://a.example", true),
    ] {
        let regex = OriginRegex::parse(source).unwrap();
        assert_eq!(regex.is_match(origin), matches, "{source} on {origin}");
        assert_eq!(regex.to_string(), source);
    }
}

#[test]
fn regex_mistakes_are_explained_on_one_line() {
    for (source, code, suggestion, offset) in [
        ("", "empty-origin", None, None),
        ("a(b", "bad-regex", None, Some(1)),
        ("a)|(?:b", "bad-regex", None, Some(1)),
        ("é*(", "bad-regex", None, Some(3)),
        ("*", "bad-regex", None, Some(0)),
        ("[a", "bad-regex", None, Some(0)),
        ("a\n(", "bad-regex", None, None),
        ("x{1000}{1000}{1000}", "bad-regex", None, None),
        ("/^https://a$/", "never-matches", Some("https://a"), None),
        ("^$", "never-matches", None, None),
    ] {
        let issue = OriginRegex::parse(source).unwrap_err();
        assert_eq!(code_of(&issue), code, "{source:?}: {issue}");
        assert_eq!(issue.suggestion(), suggestion, "{source:?}");
        assert_eq!(issue.offset(), offset, "{source:?}: {issue}");
        assert!(!issue.message().contains('\n'), "{issue}");
    }
    let issue = OriginRegex::parse("a(b").unwrap_err();
    assert_eq!(issue.message(), "`a(b` is not a regex: unclosed group");
}

#[test]
fn unescaped_dots_are_found() {
    for (source, dot) in [
        (r"https://a\.example\.com", None),
        ("https://a.example\\.com", Some(9)),
        (r"https://pr-\d+.example\.com", Some(14)),
        (r"https://(a|b).example", Some(13)),
        ("https://.*", None),
        ("https://a.+b", None),
        (r"https://[a.b]", None),
        (r"https://[]a.b]", None),
        (r"https://[^]a.b]+x.y", Some(17)),
    ] {
        assert_eq!(OriginRegex::parse(source).unwrap().unescaped_dot(), dot, "{source}");
    }
}

#[test]
fn null_is_in_a_set_only_if_configured() {
    assert!(!OriginSet::default().contains(b"null"));
    assert!(OriginSet::default().is_empty());
    let set = OriginSet::new([], [OriginRegex::parse("(?i).*").unwrap()], false);
    assert!(!set.contains(b"null"));
    let set = OriginSet::new([], [], true);
    assert!(set.contains(b"null") && !set.contains(b"NULL") && !set.contains(b""));
    assert_eq!(set.len(), 1);
}

#[test]
fn regexes_are_only_matched_against_valid_origins() {
    let set = OriginSet::new([], [OriginRegex::parse("(?s).*").unwrap()], false);
    assert!(set.contains(b"https://anything.example"));
    for value in ["https://example.com/", "garbage", "", "https://a b", "https://example.com:443"] {
        assert!(!set.contains(value.as_bytes()), "{value}");
    }
}

#[test]
fn a_set_counts_each_pattern_once() {
    let patterns = [
        "https://example.com",
        "https://example.com",
        "https://*.example.com:8443",
        "https://*.example.com:8443",
        "https://*.example.com:*",
        "https://example.com:*",
    ];
    let set = OriginSet::new(patterns.map(pattern), [], false);
    assert_eq!(set.len(), 4);
    assert!(format!("{set:?}").contains("wildcards: 3"));
}

/// The code without its namespace, as in the tables.
fn code_of(issue: &OriginIssue) -> &'static str {
    issue.code().as_str().trim_start_matches("cors::")
}
