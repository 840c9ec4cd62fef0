//! `cors check`: the problems of a file, and its table of policies.

use std::io;

use cors_actix::{PolicyTable, Problem, Severity};
use serde::Serialize;
use serde_json::Value;

use crate::args::{CheckOptions, Format, OutputOptions};
use crate::input::{Input, is_unreadable};
use crate::output::{
    Status, Tone, paint, paint_report, problem_annotation, problem_json, write_json, write_text,
};

/// The result, as JSON.
#[derive(Serialize)]
struct CheckResult {
    file: String,
    errors: usize,
    warnings: usize,
    problems: Vec<Value>,
    /// The policies, if there are no errors.
    table: Option<PolicyTable>,
}

pub(crate) fn run(options: &CheckOptions, output: &OutputOptions) -> io::Result<Status> {
    let input = Input::or_default(options.file.as_deref(), &options.read);
    let (problems, table, is_unreadable) = match input.config(&options.read).resolve() {
        Ok(resolver) => (resolver.warnings().to_vec(), Some(input.table(&resolver)), false),
        Err(error) => (error.problems().to_vec(), None, is_unreadable(&error)),
    };
    let errors = problems.iter().filter(|it| it.severity() == Severity::Error).count();
    let warnings = problems.len() - errors;
    match output.format {
        Format::Text => {
            let mut text = reports(&problems);
            if let Some(table) = &table {
                text.push_str(&format!("{table}\n\n"));
            }
            text.push_str(&summary(&input.name(), errors, warnings));
            write_text(output, &text)?;
        }
        Format::Json => write_json(&CheckResult {
            file: input.name(),
            errors,
            warnings,
            problems: problems.iter().map(problem_json).collect(),
            table,
        })?,
        Format::Github => {
            let lines: Vec<_> = problems.iter().map(problem_annotation).collect();
            let summary = summary(&input.name(), errors, warnings);
            write_text(output, format!("{}\n{summary}", lines.join("\n")).trim_start())?;
        }
    }
    Ok(match (is_unreadable, errors, warnings) {
        (true, ..) => Status::Unusable,
        (_, 0, 0) => Status::Fine,
        (_, 0, _) if !options.deny_warnings => Status::Fine,
        _ => Status::Finding,
    })
}

/// The reports of problems, each followed by an empty line.
pub(crate) fn reports(problems: &[Problem]) -> String {
    /// How many are shown: with more, the first ones usually share the cause of the rest.
    const SHOWN: usize = 100;
    let mut text = String::new();
    for problem in problems.iter().take(SHOWN) {
        text.push_str(&format!("{}\n\n", paint_report(&problem.report())));
    }
    if problems.len() > SHOWN {
        text.push_str(&format!("and {} more problems\n\n", problems.len() - SHOWN));
    }
    text
}

fn summary(file: &str, errors: usize, warnings: usize) -> String {
    let count = |count: usize, what: &str, tone| match count {
        0 => format!("no {what}s"),
        1 => paint(tone, &format!("1 {what}")),
        _ => paint(tone, &format!("{count} {what}s")),
    };
    let errors = count(errors, "error", Tone::Error);
    format!("{file}: {errors}, {}", count(warnings, "warning", Tone::Warning))
}
