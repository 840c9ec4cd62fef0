//! The law of proofs about regular expressions: every origin that matches is on one of
//! the hosts that the proof names.
//!
//! Expressions are composed of typical parts. Origins are generated in two ways that
//! are independent of the proof: by walking through the parsed expression, and by
//! slightly changing the results and parts of the expression.

#![allow(clippy::unwrap_used, reason = "who panics here fails a test")]
#![cfg(feature = "public-suffix")]

use cors_core::{Code, NamedHosts, Origin, OriginRegex};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Typical schemes.
fn schemes() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "https://",
            "https://",
            "https://",
            "https?://",
            "(https|http)://",
            "http[s]?://",
            r"https:\/\/",
            "http.?://",
            "https?:.*",
            "",
            "[a-z]+://",
            "chrome-extension://",
            "(?i)HTTPS://",
            "(?x) https :// ",
            "(app|https)://",
            "^https://",
            r"\w+://",
        ][..],
    )
}

/// Parts of a host.
fn parts() -> impl Strategy<Value = &'static str> {
    select(
        &[
            ".*",
            ".+",
            ".",
            "[a-z]+",
            "[a-z0-9-]+",
            r"\d+",
            r"\w+",
            r"\S+",
            "[^.]+",
            "[^/]*",
            "a",
            "b",
            "www",
            "pr-",
            "x?",
            "[ab]",
            "[a-z]{2}",
            "(a|b)",
            "(a|)",
            r"(.*\.)?",
            r"(www\.)?",
            r"(\w+\.)*",
            r"([a-z]+\.)+",
            r"(a\.){0,2}",
            r"\.",
            r"\.",
            "-",
            r"\b",
            r"\B",
            "^",
            "$",
            r"(?:-\d)?",
            "(?i:EX)",
            r"[[:alpha:]]",
        ][..],
    )
}

/// Typical ends of a host.
fn ends() -> impl Strategy<Value = &'static str> {
    select(
        &[
            r"\.example\.com",
            r"example\.com",
            r"\.example.com",
            r"\.(example\.com|x\.de)",
            r"(\.example\.com)?",
            r"\.com",
            r"\.de",
            r"\.co\.uk",
            r"\.github\.io",
            r"\.me\.github\.io",
            r"\.[a-z]+",
            r"\.example\.com\.?",
            "localhost",
            r"\.localhost",
            r"127\.0\.0\.1",
            r"\[::1\]",
            r"\d+\.\d+\.0\.1",
            r"\[[0-9a-f:]+\]",
            "",
        ][..],
    )
}

fn ports() -> impl Strategy<Value = &'static str> {
    select(&["", "", r"(:\d+)?", ":.*", r":\d{4}", ".*", "$", ":3000", "/?", "(:443)?"][..])
}

fn expressions() -> impl Strategy<Value = String> {
    let one = (schemes(), prop::collection::vec(parts(), 0..4), ends(), ports());
    let one =
        one.prop_map(|(scheme, parts, end, port)| format!("{scheme}{}{end}{port}", parts.concat()));
    prop::collection::vec(one, 1..3).prop_map(|alternatives| alternatives.join("|"))
}

/// A sequence of choices.
struct Choices<'c>(std::slice::Iter<'c, u8>);

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % end.max(1)
    }
}

/// A text that the expression matches, ignoring its assertions.
fn matching(hir: &Hir, choices: &mut Choices<'_>, text: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => {
            let usual = "abcdefghijklmnopqrstuvwxyz0123456789-.:/_[]";
            let is_in = |c: &char| match class {
                Class::Unicode(class) => class.iter().any(|r| (r.start()..=r.end()).contains(c)),
                Class::Bytes(class) => {
                    class.iter().any(|r| (r.start()..=r.end()).contains(&(*c as u8)))
                }
            };
            let usual: Vec<char> = usual.chars().filter(is_in).collect();
            if !usual.is_empty() {
                text.push(usual[choices.below(usual.len())]);
            }
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 5).min(repetition.min + 5);
            let times =
                repetition.min as usize + choices.below((most - repetition.min + 1) as usize);
            (0..times).for_each(|_| matching(&repetition.sub, choices, text));
        }
        HirKind::Capture(capture) => matching(&capture.sub, choices, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| matching(part, choices, text)),
        HirKind::Alternation(parts) => matching(&parts[choices.below(parts.len())], choices, text),
    }
}

/// Texts that are similar to a matching one, or that an attacker would try.
fn near(text: &str, at: Index, by: char) -> Vec<String> {
    let mut texts = vec![text.to_owned()];
    if text.is_ascii() {
        let at = at.index(text.len() + 1);
        texts.push(format!("{}{by}{}", &text[..at], &text[at..]));
        texts.push(format!("{}{by}{}", &text[..at], text.get(at + 1..).unwrap_or_default()));
        texts.push(format!("{}{}", &text[..at], text.get(at + 1..).unwrap_or_default()));
        texts.push(text[..at].to_owned());
        texts.push(format!("{}.evil{}", &text[..at], &text[at..]));
    }
    for tail in [".evil.example", "evil", ".", ":1", ":3000", ".com"] {
        texts.push(format!("{text}{tail}"));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        for scheme in [scheme, "http", "https", "app"] {
            for before in ["", "evil", "evil.", "1.2.3.", "x-"] {
                texts.push(format!("{scheme}://{before}{rest}"));
            }
        }
    }
    texts
}

/// The expression as the `regex` crate reads it by default, with Unicode.
fn with_unicode(source: &str) -> regex::Regex {
    regex::Regex::new(&format!("^(?:{source})$"))
        .or_else(|_| regex::Regex::new(&format!("^(?:{source}\n)$")))
        .unwrap()
}

/// Checks the laws with origins from several sequences of choices, and counts how many
/// matched.
fn check(source: &str, choices: &[Vec<u8>], at: Index, by: char) -> Result<usize, TestCaseError> {
    let Ok(parsed) = regex_syntax::parse(source) else { return Ok(0) };
    let mut origins = Vec::new();
    for choices in choices {
        let mut text = String::new();
        matching(&parsed, &mut Choices(choices.iter()), &mut text);
        origins.extend(near(&text, at, by));
    }
    origins.retain(|text| Origin::parse(text.as_bytes()).is_some());
    let regex = match OriginRegex::parse(source) {
        Ok(regex) => regex,
        Err(issue) if issue.code() == Code::NEVER_MATCHES => {
            let whole = with_unicode(source);
            // A custom scheme may be rejected as a misspelling.
            origins.retain(|origin| origin.starts_with("https:") || origin.starts_with("http:"));
            for origin in origins {
                prop_assert!(!whole.is_match(&origin), "{} matches {}", source, origin);
            }
            return Ok(0);
        }
        Err(_) => return Ok(0),
    };
    let whole = with_unicode(source);
    for origin in &origins {
        let (found, expected) = (regex.is_match(origin), whole.is_match(origin));
        prop_assert_eq!(found, expected, "{} on {}", source, origin);
    }
    let named = match regex.named_hosts() {
        Ok(named) => named,
        Err(unproven) => {
            if let Some(sample) = unproven.sample() {
                prop_assert!(regex.is_match(sample), "{} on {}", source, sample);
                prop_assert!(
                    Origin::parse(sample.as_bytes()).is_some(),
                    "{} for {}",
                    sample,
                    source
                );
            }
            return Ok(0);
        }
    };
    let mut matched = 0;
    for origin in origins.iter().filter(|origin| regex.is_match(origin)) {
        let parsed = Origin::parse(origin.as_bytes()).unwrap();
        let is_named = named.iter().any(|hosts: &NamedHosts| hosts.contains(&parsed));
        prop_assert!(is_named, "{} allows {}, and names {:?}", source, origin, named);
        matched += 1;
    }
    Ok(matched)
}

/// A proof without optimisation takes some milliseconds; `PROPTEST_CASES` increases the
/// number of cases.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(100))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_regex_matches_as_with_unicode_and_only_the_hosts_that_it_names(
        source in expressions(),
        choices in prop::collection::vec(any::<u8>(), 60),
        at in any::<Index>(),
        by in select(&['a', '.', '-', '1', ':', '/', 'é'][..]),
    ) {
        let rotated = |by: usize| {
            let mut choices = choices.clone();
            choices.rotate_left(by * 5);
            choices
        };
        // Several walks cost less than several proofs.
        check(&source, &(0..12).map(rotated).collect::<Vec<_>>(), at, by)?;
    }
}

#[test]
fn many_generated_origins_match() {
    let choices: Vec<u8> = (0..=255).step_by(7).collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let at = any::<Index>().new_tree(&mut runner).unwrap().current();
    for source in
        [r"https://.*\.example\.com", r"https?://(a|b)\.example(:\d+)?", r"(?i)https://\w+\.x\.de"]
    {
        assert!(check(source, std::slice::from_ref(&choices), at, 'a').unwrap() > 1, "{source}");
    }
}
