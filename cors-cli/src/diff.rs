//! `cors diff`: what a change of policies opens and closes.

use std::io;

use cors_actix::{PolicyDiff, PolicyRow, RowChange};
use cors_core::Setting;
use serde::Serialize;

use crate::args::{DeniedChange, DiffOptions, Format, OutputOptions};
use crate::check::reports;
use crate::input::{Input, NoTable};
use crate::output::{
    Level, Status, Tone, annotation, paint, problem_annotation, unusable, write_error, write_json,
    write_text,
};

/// The result, as JSON.
#[derive(Serialize)]
struct DiffResult<'d> {
    opens: bool,
    closes: bool,
    #[serde(flatten)]
    diff: &'d PolicyDiff,
}

pub(crate) fn run(options: &DiffOptions, output: &OutputOptions) -> io::Result<Status> {
    let DiffOptions { old, new, read, deny } = options;
    let [old, new] = [old, new].map(|path| Input::new(path));
    let mut tables = Vec::new();
    for input in [&old, &new] {
        match input.read_table(read) {
            Ok(table) => tables.push(table),
            Err(reason) => return report(&reason, output),
        }
    }
    let diff = tables[0].diff(&tables[1]);
    let denied = match deny {
        DeniedChange::Any => !diff.is_empty(),
        DeniedChange::Opened => diff.opens(),
        DeniedChange::Closed => diff.closes(),
        DeniedChange::None => false,
    };
    match output.format {
        Format::Text => write_text(output, &text(&diff))?,
        Format::Json => {
            write_json(&DiffResult { opens: diff.opens(), closes: diff.closes(), diff: &diff })?;
        }
        Format::Github => {
            let lines = annotations(&diff, &new.name(), *deny);
            write_text(output, &lines.join("\n"))?;
        }
    }
    Ok(if denied { Status::Finding } else { Status::Fine })
}

fn report(reason: &NoTable, output: &OutputOptions) -> io::Result<Status> {
    match reason {
        NoTable::Config(error) if output.format == Format::Github => {
            let lines: Vec<_> = error.problems().iter().map(problem_annotation).collect();
            write_text(output, &lines.join("\n"))?;
            Ok(Status::Unusable)
        }
        NoTable::Config(error) => {
            write_error(&reports(error.problems()))?;
            Ok(Status::Unusable)
        }
        NoTable::Table(message) => unusable(
            message,
            "compare two `cors.toml`, or two tables that `cors check --format json` or `Cors::table()` \
             made",
        ),
    }
}

fn text(diff: &PolicyDiff) -> String {
    if diff.is_empty() {
        return "no difference in what is allowed".to_owned();
    }
    let line = |line: &str| match line {
        "opens" | "is new" => paint(Tone::Warning, line),
        "closes" | "is gone" => paint(Tone::Good, line),
        line => line.to_owned(),
    };
    diff.to_string().lines().map(line).collect::<Vec<_>>().join("\n")
}

fn annotations(diff: &PolicyDiff, file: &str, deny: DeniedChange) -> Vec<String> {
    let position = Some((file, 1, 1));
    let opened = match deny {
        DeniedChange::Any | DeniedChange::Opened => Level::Error,
        DeniedChange::Closed | DeniedChange::None => Level::Warning,
    };
    let closed = match deny {
        DeniedChange::Any | DeniedChange::Closed => Level::Error,
        DeniedChange::Opened | DeniedChange::None => Level::Notice,
    };
    let mut lines = Vec::new();
    for row in diff.changed() {
        let head = head(row);
        for change in row.changes() {
            let setting = change.setting();
            for (what, level, elements) in
                [("opens", opened, change.opened()), ("closes", closed, change.closed())]
            {
                if !elements.is_empty() {
                    let text = format!("{head}: {setting}: {}", elements.join(", "));
                    lines.push(annotation(level, position, &format!("CORS {what}"), &text));
                }
            }
        }
    }
    let mut add = |title: &str, level, rows: &[PolicyRow]| {
        for row in rows {
            let origins = row.get(Setting::Origins).map(|it| it.value().to_string());
            let text = format!("{}: origins: {}", row.label(), origins.unwrap_or_default());
            lines.push(annotation(level, position, title, &text));
        }
    };
    add("CORS policy is new", opened, diff.added());
    add("CORS policy is gone", closed, diff.removed());
    lines
}

fn head(row: &RowChange) -> String {
    match row.methods() {
        "" => row.path().to_owned(),
        methods => format!("{methods} {}", row.path()),
    }
}
