//! Regular expressions with `credentials`: which are proven to name hosts, and which
//! example is shown for the others.

#![allow(clippy::unwrap_used, reason = "who panics here fails a test")]
#![cfg(feature = "public-suffix")]

use cors_core::{NamedHosts, Origin, OriginRegex};

fn regex(source: &str) -> OriginRegex {
    OriginRegex::parse(source).unwrap_or_else(|issue| panic!("{source}: {issue}; {}", issue.help()))
}

fn show(hosts: &[NamedHosts]) -> Vec<String> {
    let mut shown: Vec<_> = hosts
        .iter()
        .map(|hosts| format!("{}{}", if hosts.has_subdomains() { "*." } else { "" }, hosts.host()))
        .collect();
    shown.sort();
    shown.dedup();
    shown
}

/// Expressions that are accepted with credentials, with the hosts that they name.
const PROVEN: &[(&str, &[&str])] = &[
    (r"https://pr-\d+\.preview\.example\.com", &["*.preview.example.com"]),
    (r"https://(www\.)?example\.com", &["example.com", "www.example.com"]),
    (r"https://[a-z0-9-]+\.example\.com(:\d+)?", &["*.example.com"]),
    (r"(?i)https://[A-Z]+\.EXAMPLE\.com", &["*.example.com"]),
    (r"https:\/\/.*\.example\.com", &["*.example.com"]),
    (r"https://(.*\.)?example\.com", &["*.example.com", "example.com"]),
    (r"https://(.+\.|)example\.com", &["*.example.com", "example.com"]),
    (r"https://([a-z]+\.)*example\.com", &["*.example.com", "example.com"]),
    (r"https://(a\.)*example\.com", &["*.a.example.com", "a.example.com", "example.com"]),
    (r"https://example\.com:.*", &["example.com"]),
    (r"https://example\.com(:.*)?", &["example.com"]),
    (r"https://\S+\.example\.com", &["*.example.com"]),
    (r"https://\w+\.example\.com\.?", &["*.example.com", "*.example.com."]),
    (
        r"https://.*\.example\.(com|de|co\.uk)",
        &["*.example.co.uk", "*.example.com", "*.example.de"],
    ),
    (r"https://.*\.example[12]\.com", &["*.example1.com", "*.example2.com"]),
    (r"https://localhost:\d+", &["localhost"]),
    (r"https?://localhost(:\d+)?", &["localhost"]),
    (r"https?://.*\.localhost(:\d+)?", &["*.localhost"]),
    (r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", &["127.0.0.1", "[::1]", "localhost"]),
    (r"chrome-extension://abcdefghijklmnopabcdefghijklmnop", &["abcdefghijklmnopabcdefghijklmnop"]),
    (r"(chrome|moz)-extension://(abc|def)", &["abc", "def"]),
    (r"tauri://localhost|https?://tauri\.localhost", &["localhost", "tauri.localhost"]),
    (r"https://10\.0\.0\.[12]", &["10.0.0.1", "10.0.0.2"]),
    (r"https://\[2001:db8::[12]\]:\d+", &["[2001:db8::1]", "[2001:db8::2]"]),
    (r"https://a\.example|https://b\.example", &["a.example", "b.example"]),
    (r"^https://a\.example|https://b\.example$", &["a.example", "b.example"]),
    (r"(?x) https:// .* \.example\.com # comment", &["*.example.com"]),
    (
        r"(?x) https://
        ( [a-z]+ \. )? # a subdomain
        example \. com",
        &["*.example.com", "example.com"],
    ),
    (r"https://me\.github\.io", &["me.github.io"]),
    (r"https://.*\.me\.github\.io", &["*.me.github.io"]),
    (r"https://[a-z]{3}\.a\.b\.example\.com", &["*.a.b.example.com"]),
    (r"https://\x61pp\.example\.com", &["app.example.com"]),
    (r"https://[[:alpha:]]+\.example\.com", &["*.example.com"]),
    (r"https://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+example\.com", &["*.example.com"]),
    (r"https://[a-z0-9-]{1,63}\.example\.com", &["*.example.com"]),
    (r"https://x\.de|https://.*\.x\.de", &["*.x.de", "x.de"]),
    (r"https://[ab]{2}\.com", &["aa.com", "ab.com", "ba.com", "bb.com"]),
    (r"https:.*\.example\.com", &["*.example.com"]),
    (r"https.*\.example\.com", &["*.example.com"]),
    (r".*\.example\.com", &["*.example.com"]),
    (r"(?-u)https://\w+\.example\.com", &["*.example.com"]),
    (r"https://\d{3}\.example\.com|https://\d{2}\.com", &[]),
    (r"https://[a-z]{2}\.com", &[]),
    (r"https://example\.[a-z]{2}", &[]),
    (r"https://www\.[a-z]{2}\.com", &[]),
    (r"https://[a-z]{2}\.(example|other)\.com", &["*.example.com", "*.other.com"]),
];

/// Expressions that are rejected with credentials, with the origin that is shown.
const UNPROVEN: &[(&str, &str)] = &[
    (r"https://.*example\.com", "https://evilexample.com"),
    (r"https://example\.com.*", "https://example.com.evil"),
    (r"https://example\.[a-z]+", "https://example.evil"),
    (r"https://.*example.*", "https://evil.example"),
    (r"https://.*\bexample\.com\b.*:1", "https://evil-example.com:1"),
    (r"https://.*", "https://evil.example"),
    (r"https?://.*", "https://evil.example"),
    (r".*", "https://evil.example"),
    (r"https://[a-z.]+", "https://evil.example"),
    (r"https://\d+\.\d+\.\d+\.\d+", "https://1.100.0.0"),
    (r"https://10\.0\.\d+\.\d+", "https://10.0.1.100"),
    (r"https://\[.*\]", "https://[2001:db8::1]"),
    (r"chrome-extension://.*", "chrome-extension://evil"),
    (r"chrome-extension://[a-p]{32}", ""),
    (r"https://[^v]*example\.com", ""),
    (r"https://.+-example\.com", "https://evil-example.com"),
    (r"https://(.*\.)?(example\.com)?", ""),
    (r"https://example\.com(\..*)?", "https://example.com.evil"),
    (r"https://example(\.com)?.*", ""),
    (r"https://.*\.?example\.com", "https://evilexample.com"),
    (r"https://(\w+\.)*.*example\.com", "https://evilexample.com"),
    (r"https://[a-z]{2}\.com|https://.*", "https://evil.example"),
    (r"https://.*\.[a-z]{2}\.com", ""),
    // A part of the label before the public suffix is fixed.
    (r"https://.*example(x|y)?\.com", "https://evilexample.com"),
    (r"https://[a-z0-9]+(foo|bar)\.com", "https://evilbar.com"),
    (r"https://(foo|bar)[a-z0-9]*\.com", ""),
    (r"https://(.*\.)?(foo|bar).*(x|y)\.com", ""),
    (r"https://.*(foo|bar).*\.com", "https://evilbar.com"),
    (r"https://(a|.*b)\.com", ""),
    (r"https://[^v]*[ab]\.com", ""),
    (r"https://.*-(a|b)\.com", "https://evil-a.com"),
    (r"https://.*[12]\.com", "https://evil1.com"),
    (r"https://.*example(x|y)?\.co\.uk", "https://evilexample.co.uk"),
    // Too many hosts, and they are below too many domains.
    (r"https://[ab]\.[a-z]{2}\.com", ""),
    (r"https://[ab]\.example\.[a-z]{2}", ""),
];

/// Expressions below a public suffix, with the origin that is shown.
const SUFFIX: &[(&str, &str)] = &[
    (r"https://[a-z]+\.de", "https://evil.de"),
    (r"https://[a-z0-9-]+\.herokuapp\.com", "https://evil.herokuapp.com"),
    (r"https://[a-z]{4}\.com", "https://evil.com"),
    (r"https://[a-z]+-team\.vercel\.app", "https://evil-team.vercel.app"),
    (r"https://shop(-[0-9a-f]+)?\.vercel\.app", ""),
    (r"https://.*\.s3\.amazonaws\.com", "https://evil.s3.amazonaws.com"),
    (r"https://.*\.co\.uk", "https://evil.co.uk"),
    (r"https://[0-9a-f]{3}\.com", ""),
    (r"https://.*\.com", "https://evil.com"),
    (r"https://([a-z0-9-]+\.)+com", "https://evil.com"),
    (r"https://[a-z][a-z0-9-]*\.com", "https://evil.com"),
    (r"https://[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.com", "https://evil.com"),
    (r"https://[^./]+\.co\.uk", "https://evil.co.uk"),
    (r"https://\d+\.com", ""),
    (r"https://(a|b)\.[a-z]+\.com", ""),
    (r"https://(a|b)\.[a-z]+\.compute\.amazonaws\.com", ""),
];

#[test]
fn a_proven_regex_names_its_hosts() {
    for (source, hosts) in PROVEN {
        let regex = regex(source);
        let named = regex.named_hosts().unwrap_or_else(|unproven| panic!("{source}: {unproven:?}"));
        assert!(!named.iter().any(NamedHosts::subdomains_of_public_suffix), "{source}");
        assert!(hosts.is_empty() || show(named) == *hosts, "{source}: {:?}", show(named));
    }
}

#[test]
fn an_unproven_regex_is_shown_with_an_origin_that_it_allows() {
    for (source, shown) in UNPROVEN {
        let regex = regex(source);
        let unproven = regex.named_hosts().map(show).expect_err(source);
        let sample = unproven.sample().unwrap_or_else(|| panic!("{source}"));
        is_allowed(&regex, sample);
        assert!(shown.is_empty() || sample == *shown, "{source}: {sample}");
    }
}

#[test]
fn a_regex_below_a_public_suffix_is_shown_with_an_origin_that_it_allows() {
    for (source, shown) in SUFFIX {
        let regex = regex(source);
        let named = regex.named_hosts().unwrap_or_else(|unproven| panic!("{source}: {unproven:?}"));
        let suffix = named.iter().find(|hosts| hosts.subdomains_of_public_suffix());
        let sample = suffix.and_then(NamedHosts::sample).unwrap_or_else(|| panic!("{source}"));
        is_allowed(&regex, sample);
        assert!(shown.is_empty() || sample == *shown, "{source}: {sample}");
    }
}

fn is_allowed(regex: &OriginRegex, origin: &str) {
    assert!(Origin::parse(origin.as_bytes()).is_some(), "{origin} under {regex}");
    assert!(regex.is_match(origin), "{origin} under {regex}");
}

#[test]
fn insecure_hosts_are_found_in_all_forms_of_schemes() {
    for (source, insecure) in [
        (r"(https|http)://[a-z]+\.example\.com", true),
        (r"http[s]?://[a-z]+\.example\.com", true),
        (r".*\.example\.com", true),
        (r"[a-z]+://[a-z]+\.example\.com", true),
        (r"http://localhost.*\.example\.com", true),
        (r"(?i)HTTP://a\.example", true),
        (r"https?://localhost\.?", false),
        (r"https://[a-z]+\.example\.com", false),
        (r"http://localhost:\d+", false),
        (r"http://[a-z]+\.localhost", false),
        (r"http://127\.0\.0\.\d+", false),
        (r"http://128\.0\.0\.1", true),
        (r"http://\[::[12]\]", true),
        (r"tauri://localhost", false),
    ] {
        let regex = regex(source);
        let named = regex.named_hosts().unwrap_or_else(|unproven| panic!("{source}: {unproven:?}"));
        assert_eq!(named.iter().any(NamedHosts::is_insecure), insecure, "{source}");
    }
}

#[test]
fn at_most_a_thousand_hosts_are_named() {
    let is_refused = |source| {
        let regex = regex(source);
        let is_suffix = NamedHosts::subdomains_of_public_suffix;
        regex.named_hosts().map_or(true, |named| named.iter().any(is_suffix))
    };
    assert!(!is_refused(r"https://a\d{3}\.com"));
    assert!(!is_refused(r"https://a\d{3}\.com(:\d+)?"));
    assert!(is_refused(r"https://a\d{3}\.com|https://b\.com"));
    assert!(is_refused(r"https?://a\d{3}\.com"));
    assert!(is_refused(r"https://a+\.com"));
    assert!(regex(r"https://10\.0\.\d\d?\.\d").named_hosts().is_ok());
    assert!(regex(r"https://10\.0\.\d\d?\.1?\d").named_hosts().is_err());
}

#[test]
fn an_expression_that_exceeds_the_limits_is_unproven_quickly() {
    for source in [
        r"https://.*[ab].{20}\.example\.com",
        r"https://(.*a.{40}){9}\.example\.com",
        r"https://[a-z]{9999}\.example\.com",
        r"([a-z]{1,60}\.){1,60}example\.com",
    ] {
        let start = std::time::Instant::now();
        let regex = regex(source);
        let unproven = regex.named_hosts().map(show).expect_err(source);
        assert!(unproven.is_too_large(), "{source}");
        println!("{source} {:?}", start.elapsed());
    }
}

/// `cargo test -p cors-actix-core --release --test regex_proof -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn how_long_a_proof_takes() {
    let mut times: Vec<_> = PROVEN
        .iter()
        .map(|(source, _)| *source)
        .chain(UNPROVEN.iter().chain(SUFFIX).map(|(source, _)| *source))
        .chain([r"https://.*[ab].{20}\.example\.com", r"https://([a-z]{2}\.){2}.example.com"])
        .map(|source| {
            let start = std::time::Instant::now();
            regex(source);
            (start.elapsed(), source)
        })
        .collect();
    times.sort();
    for (time, source) in &times {
        println!("{time:?} {source}");
    }
}
