//! actix-cors and cors-actix, side by side: the same requests to the same applications on real
//! servers. `differences.toml` has the whole responses of both; the tables on the page are written
//! from it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::apps::{Answer, ask};
use super::page::section;
use super::pairs::{NAMES, pair};

/// All that a preflight may depend on.
const V3: &str = "Access-Control-Request-Headers, Access-Control-Request-Method, Origin";

/// Differences in nearly every row, theirs and ours: described once on the page, not in each row.
const EVERYWHERE: [(&str, &str); 2] = [
    ("200", "204"),
    ("vary: Access-Control-Request-Headers, Access-Control-Request-Method, Origin", "vary: Origin"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// The first cell of its row.
    name: String,
    pair: String,
    request: String,
    #[serde(default)]
    headers: Vec<String>,
    theirs: Answer,
    ours: Answer,
    /// The last cell of its row; nothing where both answer the same.
    why: Option<String>,
}

fn exchanges() -> Vec<Exchange> {
    #[derive(Deserialize)]
    struct File {
        exchange: Vec<Exchange>,
    }
    let File { exchange } = toml::from_str(include_str!("differences.toml")).expect("a table");
    exchange
}

#[test]
fn both_respond_as_in_the_table() {
    let mut pairs = BTreeMap::<String, Vec<Exchange>>::new();
    for exchange in exchanges() {
        pairs.entry(exchange.pair.clone()).or_default().push(exchange);
    }
    let mut wrong = String::new();
    for (name, exchanges) in &pairs {
        let (theirs, ours) = pair(name);
        let (theirs, ours) = (theirs.start(), ours.start());
        for Exchange { name, request, headers, theirs: expected, ours: wanted, .. } in exchanges {
            let got = ask(&theirs, request, headers);
            let have = ask(&ours, request, headers);
            if (&got, &have) != (expected, wanted) {
                wrong += &format!("{name}\ntheirs = {got:?}\nours = {have:?}\n\n");
            }
        }
    }
    assert!(wrong.is_empty(), "this is what they answer:\n\n{wrong}");
    let tried: Vec<_> = pairs.keys().map(String::as_str).collect();
    let mut known = NAMES;
    known.sort_unstable();
    assert_eq!(tried, known, "every pair is tried");
}

#[test]
fn a_reason_is_given_exactly_where_they_differ() {
    for Exchange { name, theirs, ours, why, .. } in exchanges() {
        let shown = [difference(&theirs, &ours), difference(&ours, &theirs)];
        assert_eq!(shown != ["–", "–"], why.is_some(), "{name}: {shown:?}");
    }
}

#[test]
fn the_page_shows_every_difference() {
    let mut table = String::new();
    for Exchange { name, theirs, ours, why, .. } in exchanges() {
        if let Some(why) = why {
            let (theirs, ours) = (difference(&theirs, &ours), difference(&ours, &theirs));
            table += &format!("| {name} | {theirs} | {ours} | {why} |\n");
        }
    }
    let shown: String = section("### What is answered differently")
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(shown, table, "paste this into the page:\n{table}");
}

#[test]
fn the_page_names_identical_responses() {
    let section = section("### What is answered differently");
    let alike: Vec<_> = exchanges().into_iter().filter(|exchange| exchange.why.is_none()).collect();
    assert!(!alike.is_empty());
    for Exchange { name, .. } in alike {
        assert!(section.contains(&format!("* {name}\n")), "not in the list: {name}");
    }
}

/// The lines of one response that are not in the other, as a cell.
fn difference(answer: &Answer, other: &Answer) -> String {
    let is_said_once = |line: &String| {
        let pair = |(one, two): &(&str, &str)| line == one && other.iter().any(|l| l == two);
        EVERYWHERE.iter().any(|(a, b)| pair(&(a, b)) || pair(&(b, a)))
    };
    let lines = answer.iter().filter(|line| !other.contains(line) && !is_said_once(line));
    let lines: Vec<_> = lines.map(|line| format!("`{}`", line.replace(V3, "V3"))).collect();
    if lines.is_empty() { "–".to_owned() } else { lines.join(", ") }
}
