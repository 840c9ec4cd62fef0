//! How results are written: exit statuses, text with colours, JSON, and annotations of GitHub
//! Actions.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};
use cors_core::{Problem, Severity, Source};
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::{Color, OutputOptions};

/// The exit status of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing was found.
    Fine,
    /// Something was found.
    Finding,
    /// Nothing could be examined.
    Unusable,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Writes text to standard output; its styles are removed where colours are not wanted.
pub(crate) fn write_text(options: &OutputOptions, text: &str) -> io::Result<()> {
    let choice = match options.color {
        Color::Auto => AutoStream::choice(&io::stdout()),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let mut stdout = AutoStream::new(io::stdout().lock(), choice);
    unless_closed(writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()))
}

/// Writes JSON to standard output.
pub(crate) fn write_json(value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    let mut stdout = io::stdout().lock();
    unless_closed(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
}

/// Writes text to standard error.
pub(crate) fn write_error(text: &str) -> io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    unless_closed(writeln!(stderr, "{}", text.trim_end()).and_then(|()| stderr.flush()))
}

/// The reader may have closed the output, as in `cors check | head -1`: what was found still
/// decides the exit status.
pub(crate) fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Reports why nothing can be examined, on standard error.
pub(crate) fn unusable(message: &str, help: &str) -> io::Result<Status> {
    write_error(&format!(
        "{}: {}\n  {}: {}",
        paint(Tone::Error, "error"),
        clean(message),
        paint(Tone::Help, "help"),
        clean(help)
    ))?;
    Ok(Status::Unusable)
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Error,
    Warning,
    Good,
    Help,
    Bold,
}

/// The text with the style of its tone.
pub(crate) fn paint(tone: Tone, text: &str) -> String {
    let color = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
    let style = match tone {
        Tone::Error => color(AnsiColor::Red),
        Tone::Warning => color(AnsiColor::Yellow),
        Tone::Good => color(AnsiColor::Green),
        Tone::Help => color(AnsiColor::Cyan),
        Tone::Bold => Style::new().effects(Effects::BOLD),
    };
    format!("{style}{text}{style:#}")
}

/// The report of a problem, with its first words in colour.
pub(crate) fn paint_report(report: &str) -> String {
    let tone = if report.starts_with("error") { Tone::Error } else { Tone::Warning };
    match report.split_once(": ") {
        Some((label, rest)) if label.starts_with("error") || label.starts_with("warning") => {
            format!("{}: {rest}", paint(tone, label))
        }
        _ => report.to_owned(),
    }
}

/// Text from elsewhere, with its control characters escaped: a header must not control the
/// terminal.
pub(crate) fn clean(text: &str) -> String {
    let is_control = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match is_control(c) {
            true => cleaned.extend(c.escape_debug()),
            false => cleaned.push(c),
        }
    }
    cleaned
}

/// A problem as data.
pub(crate) fn problem_json(problem: &Problem) -> Value {
    let severity = match problem.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let position = problem.source().position();
    let notes = problem
        .notes()
        .map(|(text, source)| json!({ "text": text, "place": source.map(ToString::to_string) }));
    json!({
        "severity": severity,
        "code": problem.code().as_str(),
        "message": problem.message(),
        "setting": problem.setting().map(cors_core::Setting::name),
        "place": problem.source().to_string(),
        "file": position.map(|(file, ..)| file),
        "line": position.map(|(_, line, _)| line),
        "column": position.map(|(.., column)| column),
        "help": problem.help(),
        "notes": notes.collect::<Vec<_>>(),
    })
}

/// The annotation of a problem.
pub(crate) fn problem_annotation(problem: &Problem) -> String {
    let level = match problem.severity() {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    };
    let mut text = problem.message().to_owned();
    for (note, source) in problem.notes() {
        text.push_str(&match source {
            Some(source) => format!("\nnote: {note} ({source})"),
            None => format!("\nnote: {note}"),
        });
    }
    if let Some(help) = problem.help() {
        text.push_str(&format!("\nhelp: {help}"));
    }
    annotation(level, problem.source().position(), problem.code().as_str(), &text)
}

/// The level of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
    Notice,
}

/// A workflow command that annotates a line of a file: "Workflow commands for GitHub Actions".
pub(crate) fn annotation(
    level: Level,
    position: Option<(&str, usize, usize)>,
    title: &str,
    text: &str,
) -> String {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let place = position.map_or_else(String::new, |(file, line, column)| {
        format!("file={},line={line},col={column},", property(file))
    });
    let text: Vec<_> = text.lines().map(clean).collect();
    format!("::{level} {place}title={}::{}", property(&clean(title)), escape(&text.join("\n")))
}

/// The first position of several places.
pub(crate) fn first_position(sources: &[Source]) -> Option<(&str, usize, usize)> {
    sources.iter().find_map(Source::position)
}
