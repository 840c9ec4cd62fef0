//! Writes `cases.rs`: mistakes in TOML as calls of the builder, and proposals in their places.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::Path;

use cors_actix::core::{Problem, Setting, SettingKind};

use super::proposals::Proposal;
use super::{Mistake, cases, problems, proposed};

/// Proposals that are about something else than the builder.
pub(super) const LEFT_OUT: &[&str] = &["CORS_ORIGINS"];

/// The file, given its present text.
pub(super) fn cases(present: &str) -> String {
    let mut text =
        "// Written by the test; see `mod.rs`.\n\nuse cors_actix::{Cors, CorsBuilder, limits, \
                    origin, regex, rules, set};\n\nuse super::{Mistake, Pasted};\n"
            .to_owned();
    let mistakes: Vec<String> = mistakes().iter().filter_map(|toml| builder(toml)).collect();
    let mut names = Vec::new();
    for (index, code) in mistakes.iter().enumerate() {
        let name = format!("mistake_{index}");
        write!(text, "\nfn {name}() -> CorsBuilder {{\n{code}}}\n").unwrap();
        names.push(name);
    }
    let list = |names: &[String]| {
        let entries = names.iter().map(|name| format!("    ({name:?}, {name}),\n"));
        entries.collect::<String>()
    };
    write!(text, "\npub(super) const MISTAKES: &[Mistake] = &[\n{}];\n", list(&names)).unwrap();
    let mut pasted = String::new();
    for (index, code) in mistakes.iter().enumerate() {
        let name = format!("mistake_{index}");
        let Some((present_name, compiled)) = known(code, present) else { continue };
        let mut seen = Vec::new();
        for problem in problems(compiled) {
            for proposal in proposed(&problem) {
                if LEFT_OUT.contains(&proposal.text.as_str()) || seen.contains(&proposal.text) {
                    continue;
                }
                let at = line_in_function(present, present_name, &problem);
                let after = paste(code, at, &problem, &proposal);
                let function = format!("{name}_{}", seen.len());
                write!(text, "\nfn {function}() -> CorsBuilder {{\n{after}}}\n").unwrap();
                writeln!(pasted, "    ({name:?}, {:?}, {function}),", proposal.text).unwrap();
                seen.push(proposal.text.clone());
            }
        }
    }
    write!(text, "\npub(super) const PASTED: &[Pasted] = &[\n{pasted}];\n").unwrap();
    text
}

/// The mistake with this code, as it was compiled: another one may have had its number.
fn known(code: &str, present: &str) -> Option<Mistake> {
    let body = format!("() -> CorsBuilder {{\n{code}}}\n");
    let names = present.match_indices(&body).map(|(at, _)| &present[..at]);
    let mut names = names.filter_map(|before| before.rsplit("fn ").next());
    names.find_map(|name| cases::MISTAKES.iter().copied().find(|(known, _)| *known == name))
}

/// The line of the problem in the body of the function, from 0.
fn line_in_function(present: &str, name: &str, problem: &Problem) -> usize {
    let head = format!("fn {name}() ");
    let start = present.lines().position(|line| line.starts_with(&head)).unwrap();
    // What is added belongs where the note points to, if it is named there.
    let is_beside = problem.help().is_some_and(|help| help.contains("next to `"));
    let note = problem.notes().find(|(text, _)| is_beside && text.contains("is set here"));
    let place = note.and_then(|(_, place)| place).unwrap_or(problem.source());
    let (_, line, _) = place.position().unwrap();
    (line - 1).saturating_sub(start + 1)
}

/// The code with the proposal in the place of the problem.
fn paste(code: &str, at: usize, problem: &Problem, proposal: &Proposal) -> String {
    let mut lines: Vec<String> = code.lines().map(str::to_owned).collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Proposal { text, added, bare: _ } = proposal;
    if let Some(call) = text.strip_prefix('.') {
        let name = call.split('(').next().unwrap();
        let setting = Setting::ALL.into_iter().map(Setting::name);
        let setting = setting.filter(|it| name.starts_with(it)).max_by_key(|it| it.len());
        let base = setting.unwrap_or(name);
        let depth = indent(&lines[at]).max(8);
        let is_same = |line: &String| {
            let call = line.trim_start().strip_prefix('.').unwrap_or_default();
            let rest = call.strip_prefix(base).unwrap_or("x");
            let is_call = ["(", "_any(", "_add(", "_remove("].iter().any(|it| rest.starts_with(it));
            indent(line) == depth && is_call
        };
        // In the same chain: the lines around, up to one that is less indented.
        let first = (0..at).rev().find(|it| indent(&lines[*it]) < depth).map_or(0, |it| it + 1);
        let last = (at..lines.len()).find(|it| indent(&lines[*it]) < depth && *it > at);
        let chain = first..last.unwrap_or(lines.len());
        let same = chain.clone().find(|it| is_same(&lines[*it]));
        let written = format!("{}{text}", " ".repeat(depth));
        match same {
            Some(same) => lines[same] = written,
            None if *added || at < first || indent(&lines[at]) < depth => {
                lines.insert(at + 1, written);
            }
            None => lines[at] = written,
        }
    } else {
        // The message quotes the element.
        let line = &lines[at];
        let quoted = problem.message().split('`').skip(1).step_by(2);
        let quoted = quoted.map(|it| it.trim_matches('"').to_owned());
        let is_literal = |it: &String| line.contains(&format!("\"{it}\""));
        let wrong = quoted.into_iter().find(is_literal);
        let wrong = wrong.unwrap_or_else(|| literal(line).unwrap_or_default());
        let is_code = text.starts_with(['"', 'r', 's']) && text.contains(['"', '(']);
        let old = match problem.message().contains("an empty string") {
            true => "\"\"".to_owned(),
            false => format!("\"{wrong}\""),
        };
        lines[at] = match is_code {
            true if !line.contains('"') => number(line, text),
            true if text.starts_with("regex(") || text.starts_with("set(") => {
                let call = format!("origin({old})");
                match line.contains(&call) {
                    true => line.replacen(&call, text, 1),
                    // As the help adds for arrays.
                    false => as_elements(line, &old).replacen(&old, text, 1),
                }
            }
            true => line.replacen(&old, &separated(line, &old, text), 1),
            false if text.parse::<i64>().is_ok() => number(line, text),
            false => line.replacen(&old, &format!("{text:?}"), 1),
        };
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Several elements, each in the form of the list.
fn separated(line: &str, old: &str, text: &str) -> String {
    match line.contains(&format!("origin({old})")) {
        true => text.replace(", ", "), origin("),
        false => text.to_owned(),
    }
}

/// The line in which each text of the array but one is `origin(…)`.
fn as_elements(line: &str, but: &str) -> String {
    let (start, list) = line.split_once('[').unwrap_or((line, ""));
    let elements = list.trim_end_matches([']', ')']).split("\", \"").map(|it| it.trim_matches('"'));
    let elements: Vec<_> = elements
        .map(|it| format!("{it:?}").replace("\\\\", "\\"))
        .map(|it| if it == but { it } else { format!("origin({it})") })
        .collect();
    match list {
        "" => line.to_owned(),
        _ => format!("{start}[{}])", elements.join(", ")),
    }
}

/// The line with a number as its argument.
fn number(line: &str, number: &str) -> String {
    let open = line.find('(').unwrap();
    format!("{}({number})", &line[..open])
}

/// The first text in quotes.
fn literal(line: &str) -> Option<String> {
    let start = line.find('"')?;
    let end = line[start + 1..].find('"')? + start + 1;
    Some(line[start + 1..end].to_owned())
}

/// The calls for a `cors.toml`; `None` if it has what no builder has.
fn builder(text: &str) -> Option<String> {
    let root: toml::Table = text.parse().ok()?;
    if root.keys().any(|key| key != "cors") {
        return None;
    }
    let mut code = "    Cors::builder()\n".to_owned();
    for (key, value) in root.get("cors")?.as_table()? {
        match (key.as_str(), value) {
            ("sets", toml::Value::Table(sets)) => {
                for (name, origins) in sets {
                    writeln!(code, "        .set({name:?}, {})", list(origins)?).unwrap();
                }
            }
            ("paths", toml::Value::Array(groups)) => {
                for group in groups {
                    let pattern = group.get("match")?.as_str()?;
                    let rules = rules(group.as_table()?, &["match"])?;
                    write!(code, "        .paths({pattern:?}, rules()\n{rules}        )\n")
                        .unwrap();
                }
            }
            ("policies", toml::Value::Table(policies)) => {
                for (name, policy) in policies {
                    let rules = rules(policy.as_table()?, &[])?;
                    write!(code, "        .policy({name:?}, rules()\n{rules}        )\n").unwrap();
                }
            }
            ("preflight_status", toml::Value::Integer(status)) => {
                let status = u16::try_from(*status).ok()?;
                writeln!(code, "        .preflight_status({status})").unwrap();
            }
            ("enabled", toml::Value::Boolean(enabled)) => {
                writeln!(code, "        .enabled({enabled})").unwrap();
            }
            ("profile", toml::Value::String(name)) => {
                writeln!(code, "        .profile({name:?})").unwrap();
            }
            _ => code.push_str(&setting(8, key, value)?),
        }
    }
    Some(code)
}

fn rules(table: &toml::Table, without: &[&str]) -> Option<String> {
    let others = table.iter().filter(|(key, _)| !without.contains(&key.as_str()));
    others.map(|(key, value)| setting(12, key, value)).collect()
}

fn setting(depth: usize, key: &str, value: &toml::Value) -> Option<String> {
    let indent = " ".repeat(depth);
    match (key, value) {
        ("policy", toml::Value::String(name)) if depth > 8 => {
            return Some(format!("{indent}.policy({name:?})\n"));
        }
        ("off" | "replace" | "passthrough", toml::Value::Boolean(true)) if depth > 8 => {
            return Some(format!("{indent}.{key}()\n"));
        }
        _ => {}
    }
    let setting = Setting::from_name(key)?;
    let calls = match (setting.kind(), value) {
        (SettingKind::Flag | SettingKind::FlagOrOrigins, toml::Value::Boolean(flag)) => {
            vec![format!(".{key}({flag})")]
        }
        (SettingKind::Duration, toml::Value::Integer(seconds)) => {
            vec![format!(".{key}({})", i32::try_from(*seconds).ok()?)]
        }
        (SettingKind::Duration, toml::Value::String(text)) => vec![format!(".{key}({text:?})")],
        (SettingKind::Flag | SettingKind::Duration, _) => return None,
        (_, toml::Value::String(any)) if any == "any" => vec![format!(".{key}_any()")],
        (SettingKind::FlagOrOrigins, toml::Value::String(_)) => return None,
        (_, toml::Value::Table(edits)) if edits.keys().all(|it| it == "add" || it == "remove") => {
            let calls =
                edits.iter().map(|(op, value)| Some(format!(".{key}_{op}({})", list(value)?)));
            calls.collect::<Option<Vec<_>>>()?
        }
        _ => vec![format!(".{key}({})", list(value)?)],
    };
    Some(calls.iter().map(|call| format!("{indent}{call}\n")).collect())
}

/// The elements of a list; of one type, as an array needs them.
fn list(value: &toml::Value) -> Option<String> {
    let single = std::slice::from_ref(value);
    let values = value.as_array().map_or(single, Vec::as_slice);
    if values.is_empty() {
        return Some("[\"\"; 0]".to_owned());
    }
    let are_texts = values.iter().all(toml::Value::is_str);
    let element = |value: &toml::Value| match value {
        toml::Value::String(text) if text == "any" => None,
        toml::Value::String(text) if are_texts => Some(format!("{text:?}")),
        toml::Value::String(text) => Some(format!("origin({text:?})")),
        toml::Value::Table(table) => match table.iter().next()? {
            (kind, toml::Value::String(text)) if kind == "regex" || kind == "set" => {
                Some(format!("{kind}({text:?})"))
            }
            _ => None,
        },
        _ => None,
    };
    let elements: Option<Vec<_>> = values.iter().map(element).collect();
    Some(format!("[{}]", elements?.join(", ")))
}

/// The mistakes of the corpus and of the newcomers, as TOML.
fn mistakes() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for topic in ["lists", "merge", "origins", "settings"] {
        let path = root.join(format!("corpus/invalid_{topic}.toml"));
        let corpus: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let cases = corpus["invalid"].as_array().unwrap();
        texts.extend(cases.iter().filter_map(|it| it.get("text")?.as_str().map(str::to_owned)));
    }
    let newcomers = root.join("../cors-core/tests/configuration/answers/newcomers/file.txt");
    for mistake in std::fs::read_to_string(newcomers).unwrap().split("\n=== ") {
        let (_, rest) = mistake.split_once('\n').unwrap();
        let (given, _) = rest.split_once("--- answers\n").unwrap();
        texts.push(given.to_owned());
    }
    texts
}
