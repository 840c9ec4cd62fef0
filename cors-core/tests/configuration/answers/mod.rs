//! The answers to mistakes, word by word: code, place and help.
//!
//! `tools/` has whole configurations of other tools, pasted as they are; `newcomers/`
//! mistakes of people who are new to this library. Each mistake is in a file, in the
//! settings of an application (JSON), or in environment variables.
//!
//! `ANSWERS=overwrite cargo test -p cors-actix-core --features serde --test configuration answers` writes the
//! answers again; read the diff as the user who made the mistake.

#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::Path;

use cors_core::{Config, Error, Problem, Rules, Source};

#[test]
fn configurations_of_other_tools_are_answered() {
    assert!(compare("tools") >= 24);
}

#[test]
fn mistakes_of_newcomers_are_answered() {
    assert!(compare("newcomers") >= 120);
}

/// Compares the answers to all mistakes of a folder; returns how many there are.
fn compare(folder: &str) -> usize {
    let overwrite = std::env::var_os("ANSWERS").is_some_and(|value| value == "overwrite");
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configuration/answers").join(folder);
    let (mut count, mut wrong) = (0, Vec::new());
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut seen = String::new();
        for mistake in text.split_inclusive("\n=== ") {
            let mistake = mistake.strip_suffix("=== ").unwrap_or(mistake);
            let Some((title, rest)) = mistake.split_once('\n') else { continue };
            let (given, _) = rest.split_once("--- answers\n").unwrap_or((rest, ""));
            if !seen.is_empty() {
                seen.push_str("=== ");
            }
            let given = given.trim_end();
            let answers = answers(title, given);
            write!(seen, "{title}\n{given}\n--- answers\n{answers}").unwrap();
            count += usize::from(!title.starts_with('#'));
        }
        if overwrite {
            std::fs::write(&path, &seen).unwrap();
        } else if seen != text {
            let differ = text.lines().zip(seen.lines()).find(|(text, seen)| text != seen);
            wrong.push(format!("{}: {differ:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// The answers to one mistake, each in a few lines.
fn answers(title: &str, given: &str) -> String {
    let (place, _) = title.split_once(':').unwrap_or((title, ""));
    let problems = match place {
        "file" => all(Config::from_toml(&format!("{given}\n"), "cors.toml").resolve()),
        "settings" => all(serde_json::from_str::<Config>(given).unwrap().resolve()),
        "variables" => {
            let pairs = given.lines().map(|line| line.split_once('=').unwrap());
            let base = Config::new(Rules::new(Source::BASELINE));
            all(base.overlay_env(pairs).resolve())
        }
        other => panic!("`{other}` in `{title}` is no place"),
    };
    let mut answers = String::new();
    for problem in problems {
        let place = problem.source().to_string();
        writeln!(answers, "{} {}: {}", place, problem.code(), problem.message()).unwrap();
        for (note, place) in problem.notes() {
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            writeln!(answers, "    note: {note}{place}").unwrap();
        }
        writeln!(answers, "    {}", problem.help().unwrap_or("NO HELP")).unwrap();
    }
    answers.push('\n');
    answers
}

fn all(result: Result<cors_core::Resolver, Error>) -> Vec<Problem> {
    match result {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}
