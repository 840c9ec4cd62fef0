//! Whatever a help about an attribute proposes is pasted where the problem is: then the
//! problem is gone, and there is no other one.
//!
//! The mistakes are those of the cases in `ui/fail`, and the settings of the corpus, which
//! are written alike.

use core::ops::Range;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cors_core::{Code, Problem, Setting};
use proc_macro2::{Span, TokenStream, TokenTree};

use self::proposals::{Proposal, proposals};
use crate::args::Args;
use crate::check;
use crate::report::Report;

#[path = "../../../cors-core/tests/configuration/pasting/proposals.rs"]
mod proposals;

#[test]
fn proposals_about_attributes_are_accepted() {
    let (mut tried, mut failed) = (0, Vec::new());
    for arguments in arguments() {
        let (report, before) = problems(&arguments);
        for problem in &before {
            for proposal in proposals(problem.help().unwrap_or_default()) {
                // About the item, not its arguments.
                if proposal.text.starts_with(['#', '[']) || proposal.text.starts_with("mod ") {
                    continue;
                }
                tried += 1;
                let at = report.span(problem.source()).byte_range();
                let now = paste(&arguments, at, problem, &proposal);
                let (_, after) = problems(&now);
                let same = |one: &Problem, other: &Problem| {
                    (one.code(), one.message()) == (other.code(), other.message())
                };
                let is_left = after.iter().filter(|it| same(problem, it)).count()
                    >= before.iter().filter(|it| same(problem, it)).count();
                let added = after.iter().find(|it| !before.iter().any(|known| same(it, known)));
                if is_left || added.is_some() || now == arguments {
                    failed.push(format!(
                        "{arguments}\n{problem}\n--- `{}` pasted:\n{now}\nleft: {is_left}\n{added:?}",
                        proposal.text
                    ));
                }
            }
        }
    }
    println!("{tried} proposals about attributes pasted, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n=====\n"));
    assert!(tried >= 300, "only {tried} proposals");
}

fn problems(arguments: &str) -> (Report, Vec<Problem>) {
    let mut report = Report::default();
    let Ok(tokens) = arguments.parse::<TokenStream>() else {
        let message = "these are not tokens of Rust";
        report.error(Code::SYNTAX, Span::call_site(), message, "");
        let problems = report.problems().to_vec();
        return (report, problems);
    };
    let args = Args::parse(tokens, Span::call_site(), &mut report);
    check::handler(&args, None, &mut report);
    let problems = report.problems().to_vec();
    (report, problems)
}

/// The arguments with the proposal in the place of the problem.
fn paste(text: &str, at: Range<usize>, problem: &Problem, proposal: &Proposal) -> String {
    let Proposal { text: new, added, bare } = proposal;
    let replaced = |range: Range<usize>, with: &str| {
        format!("{}{with}{}", &text[..range.start], &text[range.end..])
    };
    let key = new.split([' ', '(']).next().unwrap_or_default();
    let is_key = Setting::from_name(key).is_some()
        || ["off", "passthrough", "replace", "policy", "host", "crate"].contains(&key);
    let renames = problem.code() == Code::UNKNOWN_KEY && !new.contains('=') && !new.contains(' ');
    if is_key && !(renames && problem.help().unwrap().starts_with("did you mean")) {
        let clauses = clauses(text);
        let here = clauses.iter().find(|(range, _)| range.contains(&at.start));
        let same = clauses.iter().find(|(_, name)| name == key);
        return match (same, here) {
            (Some((same, _)), _) => replaced(same.clone(), new),
            (None, Some((here, _))) if !added => replaced(here.clone(), new),
            (None, _) => format!("{text}, {new}"),
        };
    }
    let rest = &text[at.start..];
    let at = match new.split_once('(') {
        // The place may be inside of the parentheses.
        Some((call @ ("regex" | "set"), _))
            if !rest.starts_with(['"', 'r']) || rest.starts_with(call) =>
        {
            let start = text[..at.end].rfind(call).unwrap_or(at.start);
            start..text[start..].find(')').map_or(at.end, |end| start + end + 1)
        }
        // Text without quotes may be several tokens.
        None if new.starts_with('"') && !rest.starts_with(['"', 'r', '\'']) => {
            at.start..at.start + rest.find([',', ']']).unwrap_or(rest.len())
        }
        _ => at,
    };
    let old = &text[at.clone()];
    match old.starts_with(['"', 'r']) && old.ends_with(['"', '#']) {
        true if !bare && !new.starts_with(['"', 'r', 's']) => replaced(at, &format!("{new:?}")),
        _ => replaced(at, new),
    }
}

/// The clauses between commas, each with its first word.
fn clauses(text: &str) -> Vec<(Range<usize>, String)> {
    let mut clauses: Vec<(Range<usize>, String)> = Vec::new();
    let mut is_new = true;
    for token in text.parse::<TokenStream>().unwrap() {
        let range = token.span().byte_range();
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == ',' => is_new = true,
            _ if is_new => {
                is_new = false;
                clauses.push((range, token.to_string()));
            }
            _ => clauses.last_mut().unwrap().0.end = range.end,
        }
    }
    clauses
}

fn arguments() -> BTreeSet<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut found = BTreeSet::new();
    for file in fs::read_dir(tests.join("ui/fail")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        for rest in source.split("\n#[cors(").skip(1) {
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            found.extend(end.map(|end| rest[..end].to_owned()));
        }
    }
    for topic in ["lists", "merge", "origins", "settings"] {
        let corpus =
            fs::read_to_string(tests.join(format!("corpus/invalid_{topic}.toml"))).unwrap();
        for table in corpus.split("text = '''\n[cors]\n").skip(1) {
            let table = table.split(['\'', '{']).next().unwrap_or_default();
            let lines: Vec<_> = table
                .lines()
                .take_while(|line| !line.starts_with('[') && line.contains(" = "))
                .collect();
            let is_value = |line: &&str| {
                let value = line.split_once(" = ").map_or("", |(_, value)| value);
                !value.starts_with('{') && value.parse::<TokenStream>().is_ok()
            };
            if !lines.is_empty() && lines.iter().all(is_value) {
                found.insert(lines.join(", ").replace("\"any\"", "any"));
            }
        }
    }
    found.extend(super::syntax::mistakes().map(str::to_owned));
    found
}
