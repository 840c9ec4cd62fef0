//! Explains what is not TOML: each kind of mistake with its place, and what to write.
//!
//! The parser names the token at which it could not go on. That is often behind the
//! mistake, so the line is looked at again. What is proposed is TOML: it is parsed
//! before it is proposed.

use core::ops::Range;
use std::collections::HashSet;
use std::sync::Arc;

use super::line::{edit, elements, in_toml, is_closed, parses, strings};
use crate::problem::{Code, Language, Problem, Source, SourceText};
use crate::setting::{Setting, SettingKind};

/// Converts the errors of the parser. Of several on one line, only the first is useful.
pub(super) fn explain(errors: &[toml::de::Error], text: &Arc<SourceText>) -> Vec<Problem> {
    if let Some((range, message, help)) = other_language(text.as_str()) {
        let source = Source::text(text, range);
        return match errors.is_empty() {
            true => Vec::new(),
            false => vec![Problem::error(Code::INVALID_TOML, &source, message).with_help(help)],
        };
    }
    let mut lines = HashSet::new();
    let mut problems: Vec<Problem> = Vec::new();
    let (mut is_header_lost, mut duplicate_at) = (false, None);
    for error in errors {
        let span = error.span().unwrap_or_default();
        let (line, _) = text.position(span.start);
        if !lines.insert(line) {
            continue;
        }
        // What is below a header that is missing, or not read as one, is read into the table
        // above, where several keys may be there already.
        let is_duplicate = error.message().starts_with("duplicate key");
        let between = duplicate_at.and_then(|at| text.as_str().get(at..text.line(line).end));
        let is_in_one_table = between
            .is_some_and(|lines| !lines.lines().any(|line| line.trim_start().starts_with('[')));
        if is_duplicate && (is_header_lost || is_in_one_table) {
            continue;
        }
        if is_duplicate {
            duplicate_at = Some(text.line(line).start);
        }
        is_header_lost |= text.as_str()[text.line(line)].contains("[cors");
        // What follows a bracket that is not closed is read as a part of it.
        let stays_in_its_line = STAY_IN_THEIR_LINE.iter().any(|it| error.message().starts_with(it));
        let mistake =
            Mistake { written_as: None, text: text.as_str(), line: text.line(line), span, error };
        let SyntaxReport { range, message, help, earlier } = mistake.explained();
        let problem =
            Problem::error(Code::INVALID_TOML, &Source::text(text, range), message).with_help(help);
        let problem = match earlier {
            Some((note, range)) => problem.with_note_at(note, &Source::text(text, range)),
            None => problem,
        };
        problems.push(problem);
        if !stays_in_its_line {
            break;
        }
    }
    problems
}

/// The errors after which the next line is read as one of its own.
const STAY_IN_THEIR_LINE: [&str; 6] = [
    "duplicate key",
    "missing escaped value",
    "key with no value",
    "unexpected key or value",
    "string values must be quoted",
    "invalid boolean",
];

/// An error of the parser, and the line that it is about.
#[derive(Clone)]
struct Mistake<'t> {
    /// The line as it would be with another mark, if that was corrected.
    written_as: Option<String>,
    text: &'t str,
    line: Range<usize>,
    span: Range<usize>,
    error: &'t toml::de::Error,
}

struct SyntaxReport {
    range: Range<usize>,
    message: String,
    help: String,
    /// Another place, with its label.
    earlier: Option<(&'static str, Range<usize>)>,
}

const IN_TOML: &str =
    "in TOML, text is in quotes, a flag is `true` or `false`, and a list is `[...]`";

impl Mistake<'_> {
    fn explained(&self) -> SyntaxReport {
        let message = self.error.message();
        let known = match message.lines().next().unwrap_or_default() {
            "duplicate key" => Some(self.duplicate()),
            _ if self.written().starts_with("//") => Some(self.comment(self.line_start())),
            first if first.starts_with("missing escaped value") => self.escape(),
            first if first.starts_with("invalid basic string") => self.unclosed_string(),
            first if first.starts_with("invalid literal string") => self.unclosed_string(),
            first if first.starts_with("key with no value") => self.no_value(),
            first if first.starts_with("unexpected key or value") => self.behind_the_value(),
            first if first.starts_with("string values must be quoted") => self.unquoted(),
            first if first.starts_with("invalid boolean") => self.unquoted(),
            first if first.starts_with("missing comma") => self.missing_comma(),
            first if first.starts_with("extra `=`") => self.second_equals(),
            first if first.starts_with("unclosed table") => self.unclosed_header(),
            _ => None,
        };
        known.unwrap_or_else(|| SyntaxReport {
            range: self.span.clone(),
            message: message.lines().collect::<Vec<_>>().join(", "),
            help: IN_TOML.to_owned(),
            earlier: None,
        })
    }

    /// The line, without the space around it.
    fn written(&self) -> &str {
        match &self.written_as {
            Some(line) => line,
            None => self.text[self.line.clone()].trim(),
        }
    }

    /// Where the line begins, behind its indentation.
    fn line_start(&self) -> usize {
        let line = &self.text[self.line.clone()];
        self.line.start + (line.len() - line.trim_start().len())
    }

    /// The whole line, without the space around it.
    fn whole(&self) -> Range<usize> {
        self.line_start()..self.line_start() + self.written().len()
    }

    fn at(
        range: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> SyntaxReport {
        SyntaxReport { range, message: message.into(), help: help.into(), earlier: None }
    }

    /// A key or a table that is there twice.
    fn duplicate(&self) -> SyntaxReport {
        let written = self.written();
        let before = &self.text[..self.line.start];
        let mut starts = before.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start + line.len() - line.trim_start().len(), line.trim()))
        });
        if written.starts_with('[') {
            let header = |line: &str| line.split(']').next().unwrap_or_default().to_owned();
            let earlier = starts.find(|(_, line)| header(line) == header(written));
            let name = format!("{}]", header(written));
            let message = format!("the table `{name}` is opened twice, but TOML allows it once");
            let help = "move what is below this header to the first one, and remove this header";
            return SyntaxReport {
                earlier: earlier.map(|(at, line)| ("first opened here", at..at + line.len())),
                ..Self::at(self.span.clone(), message, help)
            };
        }
        let name = &self.text[self.span.clone()];
        let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
        let same_line = self.text[self.line.start..self.span.start].find(name);
        let above: Vec<_> = starts.collect();
        let header =
            above.iter().rposition(|(_, line)| line.starts_with('[')).map_or(0, |at| at + 1);
        let above = above[header..].iter().find(|(_, line)| key(line) == name);
        let earlier = match same_line {
            Some(at) => Some(self.line.start + at),
            None => above.map(|(at, _)| *at),
        };
        let message = format!("`{name}` is set twice, but only one value can apply");
        SyntaxReport {
            earlier: earlier.map(|at| ("first set here", at..at + name.len())),
            ..Self::at(self.span.clone(), message, "remove one of the two, or combine them")
        }
    }

    /// `//` in the place of `#`.
    fn comment(&self, at: usize) -> SyntaxReport {
        let comment = self.text[at..self.line.end].trim_end();
        let words = comment.trim_start_matches('/').trim();
        Self::at(
            at..at + comment.len(),
            "`//` does not begin a comment in TOML",
            format!("write `# {words}`"),
        )
    }

    /// A backslash in double quotes.
    fn escape(&self) -> Option<SyntaxReport> {
        let string = strings(&self.text[self.line.clone()])
            .map(|it| self.line.start + it.start..self.line.start + it.end)
            .find(|it| it.contains(&self.span.start))?;
        let inside = self.text[string.clone()].strip_prefix('"')?.strip_suffix('"')?;
        let escaped: String =
            self.text[..self.line.end][self.span.start..].chars().take(1).collect();
        let message = format!(
            "`\\{escaped}` means nothing in double quotes, where a backslash begins an escape"
        );
        let help = match inside.contains('\'') {
            true => {
                "use single quotes for a regular expression, or double each backslash".to_owned()
            }
            false => format!(
                "use single quotes for a regular expression: write `'{}'`",
                inside.replace("\\\\", "\\")
            ),
        };
        Some(Self::at(string, message, help))
    }

    /// A string that is not closed in its line.
    fn unclosed_string(&self) -> Option<SyntaxReport> {
        let line = &self.text[self.line.clone()];
        let string = strings(line).find(|it| it.end == line.len() && !is_closed(&line[it.clone()]));
        let Some(string) = string else {
            let range = self.whole();
            let (key, value) = self.written().split_once('=')?;
            let list = value.trim().strip_prefix('{')?.strip_suffix('}')?;
            let fixed = format!("{} = [{}]", key.trim(), list.trim());
            return parses(&fixed).then(|| {
                Self::at(
                    range,
                    "braces are for tables, and a list is in brackets",
                    format!("write `{fixed}`"),
                )
            });
        };
        let written = &line[string.clone()];
        let inside = written.trim_start_matches(['"', '\'']).trim_end_matches(['"', '\'']);
        let is_plain = !inside.is_empty()
            && inside.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/*".contains(c));
        let quote = &written[..1];
        let help = match is_plain {
            true => format!("write `\"{inside}\"`"),
            false => format!("end it with {quote} as it begins"),
        };
        let range = self.line.start + string.start..self.line.start + string.end;
        Some(Self::at(range, "the string that begins here is not closed", help))
    }

    /// A line without `=`.
    fn no_value(&self) -> Option<SyntaxReport> {
        let written = self.written();
        if let Some((key, op, value)) = edit(written) {
            let value = in_toml(value, Setting::from_name(key));
            let elements = elements(&value)?;
            let setting = Setting::from_name(key)?;
            let texts = elements.iter().map(String::as_str);
            let help = format!("write `{}`", Language::Toml.edit(setting, op, texts));
            let message = format!(
                "`{}` is for attributes; in TOML, a list is edited by a table",
                op.symbol()
            );
            return Some(Self::at(self.whole(), message, help));
        }
        if let Some((key, value)) = written.split_once(':') {
            let (key, value) = (key.trim().trim_matches('"'), value.trim().trim_end_matches(','));
            let list = Self { written_as: Some(format!("{key} = {value}")), ..self.clone() };
            if value.starts_with('[')
                && let Some(list) = list.with_elements_in_toml()
            {
                let message = "a key and its value are separated by `=` in TOML, not by `:`";
                return Some(Self::at(self.whole(), message, list.help));
            }
            let message = "a key and its value are separated by `=` in TOML, not by `:`";
            let fixed = format!("{key} = {}", in_toml(value, Setting::from_name(key)));
            let help = match value {
                "" if key == "cors" => "write `[cors]`".to_owned(),
                "" => "write the name of a table in brackets, on a line of its own".to_owned(),
                _ if parses(&fixed) => format!("write `{fixed}`"),
                _ => IN_TOML.to_owned(),
            };
            return Some(Self::at(self.whole(), message, help));
        }
        self.without_value(written)
    }

    /// A key without a value.
    fn without_value(&self, written: &str) -> Option<SyntaxReport> {
        let setting = Setting::from_name(written);
        let fixed = match (setting.map(|it| (it, it.kind())), written) {
            (Some((setting, SettingKind::List)), _) => Language::Toml.example(setting),
            (Some((_, SettingKind::Duration)), _) => Language::Toml.max_age("10m"),
            (Some((setting, _)), _) => Language::Toml.flag(setting, true),
            (None, "off" | "passthrough" | "replace") => Language::Toml.keyword(written),
            (None, _) => return None,
        };
        let message = format!("`{written}` has no value");
        Some(Self::at(self.whole(), message, format!("write `{fixed}`")))
    }

    /// Something behind a value that is complete.
    fn behind_the_value(&self) -> Option<SyntaxReport> {
        let rest = self.text[self.span.start..self.line.end].trim_end();
        if rest.starts_with("//") {
            return Some(self.comment(self.span.start));
        }
        let written = self.written();
        if matches!(rest, ";" | ",") {
            let line = written.trim_end_matches([';', ',']).trim_end();
            let message = format!("lines do not end with `{rest}` in TOML");
            return parses(line)
                .then(|| Self::at(self.whole(), message, format!("write `{line}`")));
        }
        let (key, value) = written.split_once('=')?;
        let fixed = format!("{} = [{}]", key.trim(), value.trim());
        let message = "several values are in brackets in TOML";
        parses(&fixed).then(|| Self::at(self.whole(), message, format!("write `{fixed}`")))
    }

    /// The line with every element of its list written as in TOML.
    fn with_elements_in_toml(&self) -> Option<SyntaxReport> {
        let (key, value) = self.written().split_once('=')?;
        let inside = value.trim().strip_prefix('[')?.strip_suffix(']')?;
        let quoted: Vec<_> = strings(inside).collect();
        let is_comma = |(at, c): (usize, char)| {
            (c == ',' && !quoted.iter().any(|it| it.contains(&at))).then_some(at)
        };
        let ends = inside.char_indices().filter_map(is_comma).chain([inside.len()]);
        let mut start = 0;
        let setting = Setting::from_name(key.trim());
        let mut elements = Vec::new();
        for end in ends {
            let element = inside[start..end].trim();
            start = end + 1;
            let is_call = element.ends_with(')');
            if element.contains(['"', '\'']) && !is_call && !parses(&format!("x = {element}")) {
                return None;
            }
            elements.extend((!element.is_empty()).then(|| in_toml(element, setting)));
        }
        let fixed = format!("{} = [{}]", key.trim(), elements.join(", "));
        let message = "not every element is written as in TOML, where text is in quotes";
        let is_other = fixed != self.written() && parses(&fixed);
        is_other.then(|| Self::at(self.whole(), message, format!("write `{fixed}`")))
    }

    /// Text without quotes.
    fn unquoted(&self) -> Option<SyntaxReport> {
        if let Some(line) = self.written().strip_suffix(';').filter(|line| parses(line)) {
            let message = "lines do not end with `;` in TOML";
            return Some(Self::at(self.whole(), message, format!("write `{line}`")));
        }
        if let Some(key) = self.written().strip_suffix('=') {
            return self.without_value(key.trim());
        }
        if let Some(list) = self.with_elements_in_toml() {
            return Some(list);
        }
        let line = &self.text[self.line.clone()];
        if let Some(at) = line.find(" //")
            && parses(&line[..at])
        {
            return Some(self.comment(self.line.start + at + 1));
        }
        let start = self.span.start.checked_sub(self.line.start)?;
        let key = line.split('=').next().unwrap_or_default().trim();
        // The parser may end the word early.
        let word = line.get(start..)?;
        let is_call = word.starts_with("regex(") || word.starts_with("set(");
        let end = match is_call {
            true => word.rfind(')')? + 1,
            false => word.find([',', ']', '}', '#']).unwrap_or(word.len()),
        };
        let word = word[..end].trim_end();
        let fixed = in_toml(word, Setting::from_name(key));
        if !parses(&format!("x = {fixed}")) {
            return None;
        }
        let message = match is_call {
            true => format!("`{word}` is for attributes; in TOML, this is a table"),
            false if matches!(fixed.as_str(), "true" | "false") => {
                format!("`{word}` is neither `true` nor `false`")
            }
            false => format!("`{word}` is text, which is in quotes in TOML"),
        };
        let range = self.span.start..self.span.start + word.len();
        Some(Self::at(range, message, format!("write `{fixed}`")))
    }

    /// Two elements without a comma, or a list that is not closed.
    fn missing_comma(&self) -> Option<SyntaxReport> {
        if let Some(list) = self.with_elements_in_toml() {
            return Some(list);
        }
        let opened = self.text[..self.span.start].rfind('[')?;
        if self.text[self.span.start..].starts_with(';') {
            let place = self.span.start..self.span.start + 1;
            return Some(Self::at(place, "elements are separated by commas", "write `,`"));
        }
        if opened >= self.line.start {
            let place = self.span.start..self.span.start;
            return Some(Self::at(place, "there is no comma between two elements", "write `, `"));
        }
        if self.written().starts_with(['"', '\'', '{']) {
            let place = self.span.start..self.span.start;
            let message = "there is no comma between this element and the one before it";
            return Some(Self::at(place, message, "write `, `"));
        }
        // A key in the place of an element.
        let is_key = self.written().split_once('=').is_some();
        let line = self.text[..opened].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[opened..].find('\n').map_or(self.text.len(), |at| opened + at);
        let fixed = format!("{}]", self.text[line..end].trim());
        is_key.then(|| {
            let help = match parses(&fixed) {
                true => format!("write `{fixed}`"),
                false => "write `]` after the last element".to_owned(),
            };
            Self::at(opened..opened + 1, "the list that begins here is not closed", help)
        })
    }

    /// `==`, or another mark of a language.
    fn second_equals(&self) -> Option<SyntaxReport> {
        let (key, value) = self.written().split_once('=')?;
        let fixed = format!("{} = {}", key.trim(), value.trim_start_matches(['=', '>']).trim());
        let message = "a key and its value are separated by one `=`";
        parses(&fixed).then(|| Self::at(self.whole(), message, format!("write `{fixed}`")))
    }

    /// `[cors` or `[[cors.paths]`.
    fn unclosed_header(&self) -> Option<SyntaxReport> {
        let name = self.written().trim_matches(['[', ']', ' ']);
        let fixed = match self.written().starts_with("[[") {
            true => format!("[[{name}]]"),
            false => format!("[{name}]"),
        };
        let message = "the header of a table ends as it begins";
        parses(&fixed).then(|| Self::at(self.whole(), message, format!("write `{fixed}`")))
    }
}

/// JSON and YAML: one problem, whatever the parser finds in them.
fn other_language(text: &str) -> Option<(Range<usize>, &'static str, &'static str)> {
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    if trimmed.starts_with('{') && trimmed.ends_with('}') {
        return Some((
            start..start + 1,
            "this is JSON, and the file is read as TOML",
            "the header of the table is `[cors]`, and each key has a line below it: \
             `origins = [\"https://app.example\"]`",
        ));
    }
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let (first, second) = (lines.next()?, lines.next()?);
    let is_nested = second.starts_with([' ', '\t']) && !second.contains('=');
    let is_yaml = first.trim_end().ends_with(':') && !first.starts_with([' ', '[']) && is_nested;
    is_yaml.then_some((
        start..start + first.trim_end().len(),
        "this is YAML, and the file is read as TOML",
        "the header of the table is `[cors]`, and each key has a line below it: \
         `origins = [\"https://app.example\"]`",
    ))
}
