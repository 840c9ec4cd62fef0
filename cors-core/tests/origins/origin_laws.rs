//! Laws of origins, checked against an oracle that only splits strings. The
//! values are near misses: origins that a pattern allows, with a few edits.

use std::net::{Ipv4Addr, Ipv6Addr};

use cors_core::{Code, Origin, OriginIssue, OriginPattern, OriginRegex, OriginSet};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The oracle: scheme, labels of the host, port; `None` for a value that no browser
/// sends.
fn split_origin(text: &str) -> Option<(String, Vec<String>, String)> {
    let [scheme, rest]: [&str; 2] = text.split("://").collect::<Vec<_>>().try_into().ok()?;
    let colon = match rest.rfind(']') {
        Some(bracket) => rest[bracket..].find(':').map(|at| bracket + at),
        None => rest.find(':'),
    };
    let (host, port) = colon.map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]));
    let scheme_chars =
        scheme.chars().all(|c| "abcdefghijklmnopqrstuvwxyz0123456789+-.".contains(c));
    let scheme_start = scheme.chars().next()?.is_alphabetic();
    if !scheme_chars || !scheme_start || ["file", "ws", "wss", "ftp"].contains(&scheme) {
        return None;
    }
    if colon.is_some() {
        let number: u16 = port.parse().ok()?;
        let default = match scheme {
            "https" => 443,
            "http" => 80,
            _ => 0,
        };
        if number == 0 || number == default || number.to_string() != port {
            return None;
        }
    }
    let labels: Vec<String> = host.split('.').map(str::to_owned).collect();
    if host.contains(['[', ']']) {
        let address: Ipv6Addr = host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
        // The generated addresses are neither IPv4-mapped nor compressible in two ways.
        return (format!("[{address}]") == host)
            .then(|| (scheme.into(), vec![host.into()], port.into()));
    }
    let named = if host.ends_with('.') { &labels[..labels.len() - 1] } else { &labels[..] };
    let is_label = |label: &String| {
        let chars = label.chars().all(|c| "abcdefghijklmnopqrstuvwxyz0123456789-_".contains(c));
        chars && !label.is_empty() && label.len() < 64
    };
    if named.is_empty() || !named.iter().all(is_label) || named.join(".").len() > 253 {
        return None;
    }
    let special = ["http", "https"].contains(&scheme);
    let numeric = named.last()?.chars().next()?.is_ascii_digit();
    if special && numeric && !host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.to_string() == host) {
        return None;
    }
    Some((scheme.into(), labels, port.into()))
}

/// The oracle: whether the pattern, as a string, allows the value.
fn allows(pattern: &str, value: &str) -> bool {
    let Some((scheme, labels, port)) = split_origin(value) else { return false };
    let (pattern, any_port) = match pattern.strip_suffix(":*") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let Some((pattern_scheme, pattern_rest)) = pattern.split_once("://") else { return false };
    let (pattern_host, pattern_port) = match pattern_rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (pattern_rest, ""),
    };
    let mut wanted: Vec<&str> = pattern_host.split('.').collect();
    let subdomains = wanted[0] == "*";
    if subdomains {
        wanted.remove(0);
    }
    let more_labels = labels.len().checked_sub(wanted.len());
    let host = more_labels.is_some_and(|more| labels[more..] == wanted && (more > 0) == subdomains);
    host && scheme == pattern_scheme && (any_port || port == pattern_port)
}

fn schemes() -> impl Strategy<Value = &'static str> {
    select(&["https", "https", "http", "app", "tauri", "moz-extension"][..])
}

fn patterns() -> impl Strategy<Value = String> {
    let hosts = [
        "example.com",
        "a.example.com",
        "b.a.example.com",
        "example.com.",
        "ample.com",
        "com",
        "localhost",
        "a_b.example.com",
        "xn--bcher-kva.example",
        "127.0.0.1",
        "[::1]",
        "[2001:db8::1]",
        "3d2a1c4e-7d0c",
    ];
    let ports = ["", "", ":*", ":80", ":443", ":3000", ":65535"];
    (schemes(), select(&["", "*."][..]), select(hosts.to_vec()), select(ports.to_vec()))
        .prop_map(|(scheme, star, host, port)| format!("{scheme}://{star}{host}{port}"))
        .prop_filter("is a pattern", |text| OriginPattern::parse(text).is_ok())
}

/// A value that is similar to those that `pattern` allows.
fn near(pattern: &str) -> impl Strategy<Value = String> + use<> {
    let labels = select(&["x.", "x.y.", "a.", "evil", "", "-.", "127.", "x..", "*."][..]);
    let ports = select(&["", ":1", ":80", ":443", ":65535", ":0", ":65536", ":*", ":"][..]);
    let edits = prop::collection::vec((0..24_u8, any::<Index>()), 0..3);
    let pattern = pattern.to_owned();
    (labels, ports, edits).prop_map(move |(labels, port, edits)| {
        let value = pattern.replacen("*.", labels, 1).replace(":*", port);
        edits.into_iter().fold(value, |value, (edit, at)| apply(&value, edit, at))
    })
}

fn apply(value: &str, edit: u8, at: Index) -> String {
    let at = at.index(value.len() + 1);
    let at = (0..=at).rev().find(|&at| value.is_char_boundary(at)).unwrap_or(0);
    let (before, after) = value.split_at(at);
    let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
    match edit {
        0 => format!("{value}/"),
        1 => format!("{value}/path"),
        2 => format!("{scheme}://user@{rest}"),
        3 => format!("{before}{}", after.to_uppercase()),
        4 => format!("{before} {after}"),
        5 => format!("{before}.{after}"),
        6 => format!("{value}."),
        7 => format!("{scheme}://[{rest}]"),
        8 => format!("http://{rest}"),
        9 => format!("https://{rest}"),
        10 => format!("{value}:443"),
        11 => format!("{value}:80"),
        12 => format!("{value}:3000"),
        13 => value.replace(":3", ":03"),
        14 => format!("{scheme}://evil{rest}"),
        15 => format!("{scheme}://sub.{rest}"),
        16 => rest.split_once('.').map_or_else(String::new, |(_, up)| format!("{scheme}://{up}")),
        17 => format!("{before}é{after}"),
        18 => format!("{before}{}", after.get(1..).unwrap_or("")),
        19 => format!("{value}?q"),
        20 => format!("{value}\t"),
        21 => format!("{value}.evil.example"),
        22 => format!("{scheme}://evil.example/{rest}"),
        _ => format!("{value}, {value}"),
    }
}

fn pattern_and_value() -> impl Strategy<Value = (String, String)> {
    patterns().prop_flat_map(|pattern| (Just(pattern.clone()), near(&pattern)))
}

/// Origins that together show every way in which a pattern can allow too much.
fn samples(pattern: &str) -> Vec<String> {
    let mut samples = Vec::new();
    for labels in ["zz9.", "zz9.yy8."] {
        for port in ["", ":64999"] {
            samples.push(pattern.replacen("*.", labels, 1).replace(":*", port));
        }
    }
    samples
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        max_local_rejects: u32::MAX,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_set_allows_the_origins_of_its_patterns(
        (pattern, value) in pattern_and_value(),
        others in prop::collection::vec(patterns(), 0..8),
    ) {
        let all: Vec<String> = others.into_iter().chain([pattern]).collect();
        let parsed: Vec<_> = all.iter().map(|text| OriginPattern::parse(text).unwrap()).collect();
        let expected = all.iter().any(|pattern| allows(pattern, &value));
        let origin = Origin::parse(value.as_bytes());
        let matched = origin.is_some_and(|o| parsed.iter().any(|pattern| pattern.matches(&o)));
        let set = OriginSet::new(parsed, [], false);
        prop_assert_eq!(set.contains(value.as_bytes()), expected, "{:?} in {:?}", value, all);
        prop_assert_eq!(matched, expected, "{:?} matches {:?}", value, all);
    }

    #[test]
    fn origins_are_valid_if_the_oracle_can_split_them((_, value) in pattern_and_value()) {
        let parsed = Origin::parse(value.as_bytes());
        let parts = parsed.map(|o| (o.scheme().to_owned(), o.host().to_owned(), o.port()));
        let expected = split_origin(&value)
            .map(|(scheme, labels, port)| (scheme, labels.join("."), port.parse().ok()));
        prop_assert_eq!(parts, expected, "{:?}", value);
    }

    #[test]
    fn one_pattern_covers_another_if_it_allows_all_its_origins(
        wide in patterns(),
        narrow in patterns(),
    ) {
        let covers = |a: &str, b: &str| {
            OriginPattern::parse(a).unwrap().covers(&OriginPattern::parse(b).unwrap())
        };
        let expected = samples(&narrow).iter().all(|origin| allows(&wide, origin));
        prop_assert_eq!(covers(&wide, &narrow), expected, "{} covers {}", wide, narrow);
        prop_assert!(covers(&wide, &wide));
    }

    #[test]
    fn a_covering_pattern_allows_all_origins_of_the_covered_one(
        (narrow, value) in pattern_and_value(),
        wide in patterns(),
    ) {
        let [narrow, wide] = [narrow, wide].map(|text| OriginPattern::parse(&text).unwrap());
        if let Some(origin) = Origin::parse(value.as_bytes()) && wide.covers(&narrow) {
            prop_assert!(!narrow.matches(&origin) || wide.matches(&origin));
        }
    }

    #[test]
    fn exact_patterns_and_origins_have_the_same_grammar(
        (_, near) in pattern_and_value(),
        free in "(https?|app|ws)://[a-z0-9._\\-\\[\\]:]{0,12}(:[0-9]{0,5})?",
    ) {
        for text in [near, free] {
            // Patterns also check the decoded form of an A-label.
            if text.contains("xn--") || text.contains('*') {
                continue;
            }
            // They also check whether the scheme is a misspelling of `http` or `https`.
            let is_misspelt = |issue: OriginIssue| issue.code() == Code::BAD_SCHEME;
            if OriginPattern::parse(&text).is_err_and(is_misspelt)
                && Origin::parse(text.as_bytes()).is_some_and(|origin| origin.scheme().len() < 8)
            {
                continue;
            }
            let pattern = OriginPattern::parse(&text).ok();
            let origin = Origin::parse(text.as_bytes());
            prop_assert_eq!(pattern.is_some(), origin.is_some(), "{:?}", text);
            if let (Some(pattern), Some(origin)) = (pattern, origin) {
                prop_assert!(pattern.is_exact() && pattern.matches(&origin));
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }

    #[test]
    fn issues_are_readable_and_suggestions_are_valid(
        (_, near) in pattern_and_value(),
        free in ".{0,40}",
        dense in "[a-zA-Z0-9*:/.,@?#\\[\\] %xéß_\\\\-]{0,20}",
        url in "(HTTPS?|https?|\\*|file|)(://|:|//|)[a-z*.:0-9\\[\\]@ü]{0,16}[/?#:]?",
    ) {
        for text in [near, free, dense, url] {
            match OriginPattern::parse(&text) {
                Ok(pattern) => prop_assert_eq!(pattern.as_str(), &text),
                Err(issue) => {
                    prop_assert!(!issue.help().is_empty());
                    prop_assert!(!issue.message().contains("too long"), "{}", issue);
                    for words in [issue.message(), issue.help()] {
                        prop_assert!(!words.contains('\n') && !words.ends_with('.'), "{}", words);
                    }
                    if let Some(suggestion) = issue.suggestion() {
                        prop_assert_ne!(suggestion, &text);
                        prop_assert!(OriginPattern::parse(suggestion).is_ok(), "{}", suggestion);
                    }
                }
            }
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(
        value in prop::collection::vec(any::<u8>(), 0..400),
        tail in prop::collection::vec(any::<u8>(), 0..20),
        pattern in patterns(),
    ) {
        let set = OriginSet::new([OriginPattern::parse(&pattern).unwrap()], [], true);
        let origin = Origin::parse(b"https://example.com:8443").unwrap();
        for value in [value, [b"https://", &tail[..]].concat(), [pattern.as_bytes(), &tail].concat()] {
            let text = String::from_utf8_lossy(&value);
            let expected = text == "null" || allows(&pattern, &text);
            prop_assert_eq!(set.contains(&value), expected, "{}", text);
            prop_assert!(!origin.same_host(&value) || value.eq_ignore_ascii_case(b"example.com:8443"));
        }
    }

    #[test]
    fn regexes_are_always_anchored(
        source in "[ab|()?*^$#x: -]{0,10}",
        origin in "[ab]{0,6}",
    ) {
        // On its own, such an expression matches no origin.
        let source = format!("{source}|a://a");
        if let Ok(regex) = OriginRegex::parse(&source) {
            // No part of the sources can match `~`.
            for extended in [format!("~{origin}"), format!("{origin}~"), format!("{origin}\n")] {
                prop_assert!(!regex.is_match(&extended), "{} on {}", source, extended);
            }
        }
    }

    #[test]
    fn regex_issues_are_readable_and_suggestions_are_valid(source in ".{0,20}") {
        match OriginRegex::parse(&source) {
            Ok(regex) => prop_assert!(regex.unescaped_dot().is_none_or(|at| source.as_bytes()[at] == b'.')),
            Err(issue) => {
                prop_assert!(!issue.message().contains('\n') && !issue.message().ends_with('.'));
                prop_assert!(issue.offset().is_none_or(|at| source.is_char_boundary(at)));
                if let Some(suggestion) = issue.suggestion() {
                    prop_assert!(OriginRegex::parse(suggestion).is_ok());
                }
            }
        }
    }
}
