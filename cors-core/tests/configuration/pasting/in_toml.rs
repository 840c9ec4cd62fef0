//! Pastes a proposal into the text of a `cors.toml`.

use core::ops::Range;

use cors_core::{Config, Problem};

use super::proposals::Proposal;

/// Everything that is wrong with a `cors.toml`.
pub(crate) fn problems(text: &str) -> Vec<Problem> {
    match Config::from_toml(text, "cors.toml").resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}

/// The text with the proposal in the place of the problem.
pub(crate) fn paste(text: &str, problem: &Problem, proposal: &Proposal) -> String {
    let at = offset(text, &problem.source().to_string());
    // What is added belongs where the note points to, if it is named there.
    let note =
        proposal.added.then(|| problem.notes().find(|(text, _)| text.contains("is set here")));
    let at = match note.flatten().and_then(|(_, place)| place) {
        Some(place)
            if problem.help().unwrap().contains("next to `credentials")
                || problem.help().unwrap().contains("next to `private") =>
        {
            offset(text, &place.to_string())
        }
        _ => at,
    };
    let token = token(text, at);
    let statements = statements(text);
    let here = statements.iter().find(|it| it.range.contains(&at) || it.range.end == at);
    let Proposal { text: new, added, bare } = proposal;
    let replaced = |range: Range<usize>, with: &str| {
        format!("{}{with}{}", &text[..range.start], &text[range.end..])
    };
    let is_header = here.is_none_or(|it| it.key.is_none());
    if new.starts_with("[cors") || new.starts_with("[[cors") {
        return match here {
            Some(_) if *added => format!("{new}\n{text}"),
            Some(here) => replaced(here.range.clone(), new),
            _ => replaced(at..at, &format!("{new}\n")),
        };
    }
    if let Some((key, _)) = new.split_once(" = ")
        && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    {
        let table = here.map_or(0, |it| it.table);
        let same = statements.iter().find(|it| it.table == table && it.key.as_deref() == Some(key));
        return match (same, here) {
            (Some(same), _) => replaced(same.range.clone(), new),
            (None, Some(here)) if !added && !is_header => replaced(here.range.clone(), new),
            (None, Some(here)) => replaced(here.range.end..here.range.end, &format!("\n{new}")),
            (None, None) => format!("{text}\n{new}\n"),
        };
    }
    // What is proposed for a line that is not TOML is the whole line.
    if new.starts_with('#') {
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        return replaced(at..end, new);
    }
    let old = &text[token.clone()];
    let quote = old.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        // Text without quotes.
        None if new.starts_with(['"', '{']) && !old.starts_with(['[', '{']) => {
            let rest = &text[at..];
            let end = match rest.starts_with("regex(") || rest.starts_with("set(") {
                true => rest.find(')').unwrap() + 1,
                false => rest.find([',', ']', '\n', '#']).unwrap_or(rest.len()),
            };
            let end = at + rest[..end].trim_end().len();
            replaced(at..end, new)
        }
        None if new == ", " => replaced(at..at, new),
        Some(_) if new == ", " => replaced(at..at, new),
        Some(quote) if !bare && !new.starts_with(['"', '\'', '{', '[']) => {
            let inside = match quote {
                '"' => new.replace('\\', "\\\\"),
                _ => new.clone(),
            };
            replaced(token, &format!("{quote}{inside}{quote}"))
        }
        _ => replaced(token, new),
    }
}

/// One `key = value`, or the header of a table.
struct Statement {
    range: Range<usize>,
    table: usize,
    key: Option<String>,
}

fn statements(text: &str) -> Vec<Statement> {
    let (mut found, mut start, mut table) = (Vec::new(), 0, 0);
    while start < text.len() {
        let line = text[start..].len() - text[start..].trim_start().len();
        start += line;
        if start >= text.len() {
            break;
        }
        let end = statement_end(text, start);
        let written = text[start..end].trim_end();
        if written.starts_with('#') {
        } else if written.starts_with('[') {
            table += 1;
            found.push(Statement { range: start..start + written.len(), table, key: None });
        } else {
            let key = written.split('=').next().unwrap_or_default().trim();
            let key = key.split('.').next().unwrap_or_default();
            let range = start..start + written.len();
            found.push(Statement { range, table, key: Some(key.to_owned()) });
        }
        start = end;
    }
    found
}

/// The end of the line, or of the last line of a value in brackets.
fn statement_end(text: &str, start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_i32);
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' | b'\'' => {
                at = token(text, at).end;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b'\n' if depth <= 0 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The value or key that begins here.
fn token(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at..];
    let end = match rest.as_bytes().first() {
        Some(b'"' | b'\'') => {
            let quote = rest.as_bytes()[0];
            let triple = [quote; 3];
            let (open, close): (usize, &[u8]) = match rest.as_bytes().starts_with(&triple) {
                true => (3, &triple),
                false => (1, &triple[..1]),
            };
            let mut end = open;
            // One that is not closed ends with its line.
            while end < rest.len()
                && !rest.as_bytes()[end..].starts_with(close)
                && (open == 3 || rest.as_bytes()[end] != b'\n')
            {
                end += if quote == b'"' && rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            match rest.as_bytes().get(end) {
                Some(b'\n') => end,
                _ => (end + close.len()).min(rest.len()),
            }
        }
        Some(b'[' | b'{') => {
            let (mut depth, mut end) = (0, 0);
            loop {
                match rest.as_bytes().get(end) {
                    Some(b'"' | b'\'') => {
                        end = token(text, at + end).end - at;
                        continue;
                    }
                    Some(b'[' | b'{') => depth += 1,
                    Some(b']' | b'}') => depth -= 1,
                    None => break,
                    _ => {}
                }
                end += 1;
                if depth == 0 {
                    break;
                }
            }
            end
        }
        Some(b'0'..=b'9' | b'-') => {
            rest.find([',', ']', '}', '\n', ' ', '#']).unwrap_or(rest.len())
        }
        _ => rest.find([',', ']', '}', '\n', ' ', '=', '#', '.']).unwrap_or(rest.len()),
    };
    at..at + end
}

/// The byte of `cors.toml:2:11`.
fn offset(text: &str, place: &str) -> usize {
    let mut numbers = place.rsplit(':').map(|number| number.parse::<usize>().unwrap());
    let (column, line) = (numbers.next().unwrap(), numbers.next().unwrap());
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let chars = text[start..].char_indices().map(|(at, _)| at);
    start + chars.chain([text.len() - start]).nth(column - 1).unwrap_or(text.len() - start)
}
