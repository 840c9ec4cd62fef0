//! The law of mistakes: one changed token in a `cors.toml` causes at most two problems, and
//! no two problems share place and message.

use std::collections::BTreeSet;

use cors_core::{Config, Problem};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::runner::hold;

/// Files without a problem, with every key.
const FILES: &[&str] = &[
    r#"[cors]
origins = ["https://app.example", "https://*.shop.example", { set = "partners" }]
methods = ["GET", "POST", "PUT"]
headers = ["content-type", "x-request-id"]
expose = "x-total"
credentials = ["https://app.example"]
max_age = "10m"
enforce = true

[cors.sets]
partners = ["https://a.example", "https://b.example"]

[[cors.paths]]
match = "/public/**"
origins = "any"
credentials = false

[[cors.paths]]
match = ["/internal/**", "/admin/{id}"]
host = "t1.example.com"
origins = { remove = ["https://app.example"] }
credentials = false
"#,
    r#"[cors]
origins = "https://app.example"
credentials = true
max_age = 600
preflight_status = 200
profile = "development"

[cors.profiles.development]
loopback = true

[cors.profiles.production]
origins = { add = ["https://beta.example"] }
credentials = true

[cors.policies.open]
origins = "any"
headers = "any_with_authorization"
credentials = false

[[cors.paths]]
match = "/fonts/**"
policy = "open"

[cors.limits]
max_age = "1h"
credentials = "global-only"
"#,
];

/// What a token is replaced by, or what is written before it.
const OTHERS: &[&str] = &[
    "\"\"",
    "\"*\"",
    "\"any\"",
    "any",
    "\"https://x.example/\"",
    "\"x.example\"",
    "\"null\"",
    "5",
    "-1",
    "1.5",
    "true",
    "false",
    "\"true\"",
    "[]",
    "{}",
    "{ set = \"x\" }",
    "{ regex = '.*' }",
    "[",
    "]",
    "{",
    "}",
    "=",
    ":",
    ",",
    ".",
    "//",
    "#",
    "\"",
    "'",
    "\n",
    "x",
    "origins",
    "orgins",
    "allowed_origins",
    "path",
    "match",
    "cors",
    "[cors]",
    "[cors.paths]",
    "[[cors.paths]]",
    "off",
    "\"\\d\"",
    "\u{feff}",
    "\u{e4}",
];

#[derive(Clone, Debug)]
enum Change {
    Remove,
    Repeat,
    Replace(usize),
    Insert(usize),
    Misspell(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let other = || 0..OTHERS.len();
    prop_oneof![
        1 => Just(Change::Remove),
        1 => Just(Change::Repeat),
        4 => other().prop_map(Change::Replace),
        2 => other().prop_map(Change::Insert),
        3 => any::<Index>().prop_map(Change::Misspell),
    ]
}

#[test]
fn one_changed_token_causes_at_most_two_problems() {
    let cases = (0..FILES.len(), any::<Index>(), change());
    hold(500, &cases, |(file, at, change)| {
        let text = changed(FILES[file], at, &change);
        let problems = problems(&text);
        let shown: Vec<_> = problems.iter().map(Problem::report).collect();
        let shown = shown.join("\n");
        prop_assert!(problems.len() <= 2, "{text}\n{shown}");
        let places: BTreeSet<_> =
            problems.iter().map(|it| (it.source().to_string(), it.message())).collect();
        prop_assert_eq!(places.len(), problems.len(), "{}\n{}", text, shown);
        Ok(())
    });
}

#[test]
fn the_files_have_no_problem() {
    for file in FILES {
        let problems = problems(file);
        assert!(problems.is_empty(), "{problems:?}");
    }
}

fn problems(text: &str) -> Vec<Problem> {
    match Config::from_toml(text, "cors.toml").resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}

fn changed(text: &str, at: Index, change: &Change) -> String {
    let tokens = tokens(text);
    let at = at.index(tokens.len());
    let mut text = String::new();
    for (index, token) in tokens.into_iter().enumerate() {
        if index != at {
            text.push_str(token);
            continue;
        }
        match change {
            Change::Remove => {}
            Change::Repeat => {
                text.push_str(token);
                text.push(' ');
                text.push_str(token);
            }
            Change::Replace(other) => text.push_str(OTHERS[*other]),
            Change::Insert(other) => {
                text.push_str(OTHERS[*other]);
                text.push(' ');
                text.push_str(token);
            }
            Change::Misspell(letter) => {
                let letter = letter.index(token.chars().count());
                text.extend(
                    token.chars().enumerate().filter(|(at, _)| *at != letter).map(|(_, c)| c),
                );
            }
        }
    }
    text
}

/// Words, strings, marks, and the space between them.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let end = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |at| at + 2),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}
