//! `cors explain`: what a configuration does with a request of a page.
//!
//! The model of browsers sends what a browser would send, and `server` answers by the policies.
//!
//! May import: `args`, `check`, `input`, `output`, `page`.

mod server;

use std::io;

use cors_actix::Error;
use cors_browser::{Browser, Outcome};
use cors_core::{Explanation, Resolver};
use serde::Serialize;
use serde_json::{Value, json};

use self::server::Server;
use crate::args::{ExplainOptions, Format, OutputOptions};
use crate::check::reports;
use crate::input::Input;
use crate::output::{
    Level, Status, Tone, annotation, clean, first_position, paint, problem_annotation, unusable,
    write_error, write_json, write_text,
};
use crate::page::{BadRequest, PageRequest};

/// The result, as JSON.
#[derive(Serialize)]
struct ExplainResult {
    file: String,
    page: String,
    method: String,
    url: String,
    readable: bool,
    /// Whether the handler decides, because CORS is disabled or the path is left alone.
    left_to_handler: bool,
    /// Why the browser blocks the page.
    blocked: Option<Value>,
    requests: Vec<Value>,
}

/// One request of the browser, with the policies that may apply to it.
struct ExplainedRequest {
    request: String,
    policies: Vec<(String, Explanation)>,
}

pub(crate) fn run(options: &ExplainOptions, output: &OutputOptions) -> io::Result<Status> {
    let ExplainOptions { file, read, page, path, host, annotated } = options;
    let url = match url(host.as_deref(), path) {
        Ok(url) => url,
        Err(BadRequest { message, help }) => return unusable(&message, &help),
    };
    let request = match PageRequest::new(page, &url) {
        Ok(request) => request,
        Err(BadRequest { message, help }) => return unusable(&message, &help),
    };
    let input = Input::or_default(file.as_deref(), read);
    let resolver = match input.config(read).resolve() {
        Ok(resolver) => resolver,
        Err(error) => return report(&error, output),
    };
    if let Some(place) = resolver.disabled() {
        let text =
            format!("CORS is disabled: `enabled = false` is set at {place}; the handler decides");
        return write(&input, &request, &[], None, &text, output);
    }
    let mut server = match Server::new(&resolver, &request, *annotated) {
        Ok(server) => server,
        Err(error) => return report(&error, output),
    };
    let mut browser = Browser::new();
    request.prepare(&mut browser);
    let outcome = browser.fetch(&mut server, request.page.clone(), &request.fetch);
    let is_left_alone = server.is_left_alone();
    let steps = server.steps;
    let text = text(&request, &resolver, &outcome, &steps);
    let outcome = (!is_left_alone).then_some(&outcome);
    write(&input, &request, &steps, outcome, &text, output)
}

/// The host where none is given.
const NO_HOST: &str = "server.invalid";

/// The URL that the page requests. Without a host it is one that no condition names.
fn url(host: Option<&str>, path: &str) -> Result<String, BadRequest> {
    if !path.starts_with('/') {
        let help = "write a path such as `/orders/7`".to_owned();
        return Err(BadRequest { message: format!("`{path}` is no path"), help });
    }
    Ok(format!("https://{}{path}", host.unwrap_or(NO_HOST)))
}

fn report(error: &Error, output: &OutputOptions) -> io::Result<Status> {
    match output.format {
        Format::Github => {
            let lines: Vec<_> = error.problems().iter().map(problem_annotation).collect();
            write_text(output, &lines.join("\n"))?;
        }
        Format::Text | Format::Json => write_error(&reports(error.problems()))?,
    }
    Ok(Status::Unusable)
}

fn text(
    request: &PageRequest,
    resolver: &Resolver,
    outcome: &Outcome,
    steps: &[ExplainedRequest],
) -> String {
    let url = &request.fetch.url;
    let target = match url.host() {
        NO_HOST => url.target().to_owned(),
        _ => url.to_string(),
    };
    let mut text = format!("{}\n", request.describe(&target));
    if let Some(profile) = resolver.profile() {
        text.push_str(&format!("profile {}\n", clean(profile)));
    }
    for ExplainedRequest { request, policies } in steps {
        text.push_str(&format!("\n{}\n", paint(Tone::Bold, &clean(request))));
        for (why, explanation) in policies {
            text.push_str(&format!("  {why}\n"));
            for line in explanation.to_string().lines() {
                let line = line.replace("REFUSED", &paint(Tone::Error, "REFUSED"));
                text.push_str(&format!("  {line}\n"));
            }
        }
    }
    if steps.is_empty() {
        text.push_str("\nno request is sent\n");
    }
    if steps.iter().flat_map(|step| &step.policies).any(|(_, it)| it.passes_through()) {
        text.push_str("\nthe handler decides: the policy leaves the path alone");
        return text;
    }
    text.push_str(&format!("\n{}", verdict(outcome)));
    text
}

/// Whether the page may read the response, in one line.
pub(crate) fn verdict(outcome: &Outcome) -> String {
    match &outcome.result {
        Ok(_) if outcome.is_readable() => paint(Tone::Good, "the page may read the response"),
        Ok(_) => paint(Tone::Warning, "the page may not read the response: it is opaque"),
        Err(failure) => format!(
            "{}: {} ({})",
            paint(Tone::Error, "the browser blocks the page"),
            clean(&failure.to_string()),
            failure.step()
        ),
    }
}

/// Writes the result; without an outcome, the handler decides.
fn write(
    input: &Input,
    request: &PageRequest,
    steps: &[ExplainedRequest],
    outcome: Option<&Outcome>,
    text: &str,
    output: &OutputOptions,
) -> io::Result<Status> {
    let is_readable = outcome.is_some_and(Outcome::is_readable);
    let failure = outcome.and_then(Outcome::failure);
    match output.format {
        Format::Text => write_text(output, text)?,
        Format::Json => write_json(&ExplainResult {
            file: input.name(),
            page: request.page.origin().to_owned(),
            method: request.fetch.method.clone(),
            url: request.fetch.url.to_string(),
            readable: is_readable,
            left_to_handler: outcome.is_none(),
            blocked: failure.map(|failure| {
                let (code, step) = (failure.code(), failure.step());
                json!({ "code": code, "step": step, "text": failure.to_string() })
            }),
            requests: steps.iter().map(json_of).collect(),
        })?,
        Format::Github => {
            let refusals = steps.iter().flat_map(|step| &step.policies);
            let refusals = refusals.filter_map(|(_, it)| it.refusal());
            let mut lines: Vec<_> = refusals
                .map(|step| {
                    let title = step.denial().map_or("", cors_core::Denial::code);
                    let position = first_position(step.sources());
                    annotation(Level::Error, position, title, step.to_string().trim_start())
                })
                .collect();
            if lines.is_empty() {
                let level = if is_readable { Level::Notice } else { Level::Error };
                let last = anstream::adapter::strip_str(text).to_string();
                let last = last.lines().last().unwrap_or_default().to_owned();
                lines.push(annotation(level, None, "cors explain", &last));
            }
            write_text(output, &lines.join("\n"))?;
        }
    }
    Ok(if is_readable { Status::Fine } else { Status::Finding })
}

fn json_of(step: &ExplainedRequest) -> Value {
    let policies: Vec<_> = step
        .policies
        .iter()
        .map(|(why, explanation)| json!({ "why": why, "explanation": explanation }))
        .collect();
    json!({ "request": step.request, "policies": policies })
}
