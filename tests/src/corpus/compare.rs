//! Whether an answer is the expected one: same status, same CORS headers, none left out and none
//! too many. Lists are compared as sets, since their order and their lines mean nothing; anything
//! else line by line, since a browser fails on a second `Access-Control-Allow-Origin`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::case::Expected;

/// Compares an answer with the expected one.
///
/// `headers` are all header lines of the answer; those that CORS has no part in are ignored.
///
/// # Errors
///
/// When they differ: a text that names each difference, expectation first.
pub fn compare(
    expected: &Expected,
    status: u16,
    headers: &[(String, String)],
) -> Result<(), String> {
    let mut differences = String::new();
    if expected.status != status {
        line(&mut differences, "status", &expected.status.to_string(), &status.to_string());
    }
    let (wanted, got) = (Lines::of(&expected.headers), Lines::of(headers));
    let names: BTreeSet<&String> = wanted.0.keys().chain(got.0.keys()).collect();
    for name in names {
        let (wanted, got) = (wanted.0.get(name), got.0.get(name));
        if wanted != got {
            line(&mut differences, name, &show(wanted), &show(got));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

/// The CORS headers of an answer, by lower-case name.
struct Lines(BTreeMap<String, Vec<String>>);

impl Lines {
    fn of(headers: &[(String, String)]) -> Self {
        let mut lines = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if name == "vary" || name.starts_with("access-control-") {
                let values = lines.entry(name.clone()).or_default();
                match Kind::of(&name) {
                    Kind::Single => values.push(value.clone()),
                    Kind::Methods => values.extend(elements(value)),
                    Kind::Names => values.extend(elements(&value.to_ascii_lowercase())),
                }
            }
        }
        // Sorted, not deduplicated: naming something twice is a difference too.
        lines.values_mut().for_each(|values| values.sort_unstable());
        Self(lines)
    }
}

/// How the value of a header is to be read.
enum Kind {
    /// As it stands.
    Single,
    /// A list of methods, which are case-sensitive.
    Methods,
    /// A list of header names, which are not.
    Names,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "access-control-allow-methods" => Self::Methods,
            "access-control-allow-headers" | "access-control-expose-headers" | "vary" => {
                Self::Names
            }
            _ => Self::Single,
        }
    }
}

fn elements(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|element| element.trim_matches([' ', '\t']).to_owned())
}

fn show(values: Option<&Vec<String>>) -> String {
    values.map_or_else(|| "(absent)".to_owned(), |values| values.join(", "))
}

fn line(differences: &mut String, what: &str, expected: &str, got: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(differences, "{what}\n  expected  {expected}\n  got       {got}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    fn expected(pairs: &[(&str, &str)]) -> Expected {
        Expected { status: 200, handled: true, headers: lines(pairs), reason: None }
    }

    #[test]
    fn lists_are_sets_and_other_headers_do_not_count() {
        let expected = expected(&[
            ("Vary", "Origin, Accept"),
            ("Access-Control-Allow-Methods", "GET, PUT"),
            ("Access-Control-Expose-Headers", "X-A"),
        ]);
        let got = lines(&[
            ("vary", "accept"),
            ("content-type", "text/plain"),
            ("access-control-allow-methods", "PUT,GET"),
            ("vary", "origin"),
            ("access-control-expose-headers", "x-a"),
        ]);
        assert_eq!(compare(&expected, 200, &got), Ok(()));
    }

    #[test]
    fn every_difference_is_named() {
        let cases: [(&[(&str, &str)], &str); 8] = [
            (&[("Vary", "Origin")], "access-control-allow-origin"),
            (&[("Access-Control-Allow-Origin", "*")], "vary"),
            (
                &[("Vary", "Origin"), ("Access-Control-Allow-Origin", "null")],
                "access-control-allow-origin",
            ),
            (
                &[
                    ("Vary", "Origin"),
                    ("Access-Control-Allow-Origin", "*"),
                    ("Access-Control-Allow-Origin", "*"),
                ],
                "access-control-allow-origin",
            ),
            (&[("Vary", "Origin, origin"), ("Access-Control-Allow-Origin", "*")], "vary"),
            (&[("Vary", "Origin"), ("Vary", ""), ("Access-Control-Allow-Origin", "*")], "vary"),
            (
                &[
                    ("Vary", "Origin"),
                    ("Access-Control-Allow-Origin", "*"),
                    ("Access-Control-Allow-Unheard-Of", "1"),
                ],
                "access-control-allow-unheard-of",
            ),
            (
                &[
                    ("Vary", "Origin"),
                    ("Access-Control-Allow-Origin", "*"),
                    ("Access-Control-Allow-Methods", "get"),
                ],
                "access-control-allow-methods",
            ),
        ];
        let expected = expected(&[("Vary", "Origin"), ("Access-Control-Allow-Origin", "*")]);
        for (got, named) in cases {
            let difference = compare(&expected, 200, &lines(got)).unwrap_err();
            assert!(difference.starts_with(named), "{got:?}: {difference}");
        }
        let got = lines(&[("Vary", "Origin"), ("Access-Control-Allow-Origin", "*")]);
        let difference = compare(&expected, 403, &got).unwrap_err();
        assert_eq!(difference, "status\n  expected  200\n  got       403\n");
    }
}
