//! `cors probe`: asks a server what a browser would ask.
//!
//! The model of browsers decides what is sent and what the page may read; `transport` sends it,
//! `failure` explains why the page is blocked, and `findings` looks at what the server allows
//! besides.
//!
//! May import: `args`, `output`, `page`.

mod failure;
mod finding;
mod findings;
mod near;
mod proxy;
mod requests;
mod tls;
mod transport;
mod unreachable;

use std::cell::Cell;
use std::io;
use std::time::Duration;

use cors_browser::{Exchange, Failure, ResponseKind};
use serde_json::{Value, json};

use self::finding::{Finding, Severity};
use self::proxy::Proxies;
use self::requests::{Prober, RequestOutcome};
use self::transport::{Client, Versions};
use self::unreachable::Phase;
use crate::args::{Format, OutputOptions, ProbeOptions};
use crate::output::{
    Level, Status, Tone, annotation, clean, paint, unusable, write_error, write_json, write_text,
};
use crate::page::{BadRequest, PageRequest};

pub(crate) fn run(options: &ProbeOptions, output: &OutputOptions) -> io::Result<Status> {
    let ProbeOptions { url, page, send, http1, http2, ca, insecure, proxy, timeout } = options;
    let request = match PageRequest::new(page, url) {
        Ok(request) => request,
        Err(BadRequest { message, help }) => return unusable(&message, &help),
    };
    let versions = match (http1, http2) {
        (true, _) => Versions::Http1,
        (_, true) => Versions::Http2,
        _ => Versions::Any,
    };
    let tls = match tls::config(ca.as_deref(), *insecure, versions) {
        Ok(tls) => tls,
        Err(message) => return unusable(&message, "name a file with certificates in PEM"),
    };
    let proxies = match Proxies::new(proxy.as_deref()) {
        Ok(proxies) => proxies,
        Err(message) => return unusable(&format!("`--proxy`: {message}"), "write such a URL"),
    };
    let by = proxies.of(&request.fetch.url).ok().flatten().map(|proxy| proxy.to_string());
    let client = Client { tls, versions, proxies, phase: Cell::new(Phase::Name) };
    let timeout = Duration::from_secs(*timeout);
    let prober = Prober { client: &client, request: &request, may_send: *send, timeout };
    // Several threads: a server that sends `100 Continue` without an end keeps one of them busy,
    // and the timeout has to end the request all the same.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    let (seen, findings) = runtime.block_on(probe(&prober));
    // The system may still look up a name, which cannot be interrupted.
    runtime.shutdown_background();
    if let (true, Some(failure)) = (seen.outcome.exchanges.is_empty(), seen.outcome.failure()) {
        return unusable(&failure.to_string(), "no browser sends this request: change it");
    }
    let is_sent = seen.protocols.iter().any(Option::is_some) || seen.unreachable.is_some();
    if !is_sent {
        let message = format!(
            "a browser sends this {} without a preflight, so there is nothing to ask that is safe",
            request.sent_method()
        );
        return unusable(&message, "add `--send` if the server may act on it");
    }
    write(&request, by.as_deref(), &seen, &findings, output)
}

/// Sends everything.
async fn probe(prober: &Prober<'_>) -> (RequestOutcome, Vec<Finding>) {
    let seen = prober.page().await;
    let mut findings = Vec::new();
    match (&seen.unreachable, seen.outcome.failure()) {
        (Some(unreachable), _) => findings.push(Finding::error(
            unreachable.code(),
            unreachable.to_string(),
            "without a response, the page gets a network error, which its console may call a CORS error",
            unreachable.help(),
        )),
        (None, Some(failure)) => {
            let origin = prober.request.page.origin();
            findings.extend(blocked(failure, &seen, origin));
        }
        (None, None) => {}
    }
    if seen.unreachable.is_none() {
        findings::others(prober, &seen, &mut findings).await;
    }
    (seen, findings)
}

fn blocked(failure: &Failure, seen: &RequestOutcome, origin: &str) -> Option<Finding> {
    Some(failure::explain(failure, seen.outcome.exchanges.last()?, origin))
}

/// `by` is the proxy through which the URL is asked.
fn write(
    request: &PageRequest,
    by: Option<&str>,
    seen: &RequestOutcome,
    findings: &[Finding],
    output: &OutputOptions,
) -> io::Result<Status> {
    let has_errors = findings.iter().any(|it| it.severity() == Severity::Error);
    let is_reached = seen.protocols.iter().any(Option::is_some);
    let status = match (is_reached, has_errors || !seen.outcome.is_readable()) {
        (false, _) => Status::Unusable,
        (true, true) => Status::Finding,
        (true, false) => Status::Fine,
    };
    match output.format {
        Format::Text => {
            let text = text(request, by, seen, findings);
            match status {
                Status::Unusable => write_error(&text)?,
                Status::Fine | Status::Finding => write_text(output, &text)?,
            }
        }
        Format::Json => write_json(&json_of(request, by, seen, findings))?,
        Format::Github => {
            let mut lines: Vec<_> = findings.iter().map(Finding::annotation).collect();
            let verdict = format!(
                "{}: {}",
                request.describe(&request.fetch.url.to_string()),
                plain_verdict(seen)
            );
            let level = if status == Status::Fine { Level::Notice } else { Level::Error };
            lines.push(annotation(level, None, "cors probe", &verdict));
            write_text(output, &lines.join("\n"))?;
        }
    }
    Ok(status)
}

fn text(
    request: &PageRequest,
    by: Option<&str>,
    seen: &RequestOutcome,
    findings: &[Finding],
) -> String {
    let mut text = format!("{}\n", request.describe(&request.fetch.url.to_string()));
    if let Some(proxy) = by {
        text.push_str(&format!("  through the proxy {}\n", clean(proxy)));
    }
    for (exchange, protocol) in seen.outcome.exchanges.iter().zip(&seen.protocols) {
        text.push_str(&format!("\n{}\n", paint(Tone::Bold, &head(exchange, *protocol, seen))));
        if protocol.is_some() {
            for (name, value) in relevant(exchange) {
                text.push_str(&format!("  {}: {}\n", clean(name), clean(value)));
            }
        }
    }
    let tone = if seen.outcome.is_readable() { Tone::Good } else { Tone::Error };
    text.push_str(&format!("\n{}\n", paint(tone, &plain_verdict(seen))));
    for finding in findings {
        text.push_str(&format!("\n{finding}\n"));
    }
    text
}

/// One request and its status.
fn head(exchange: &Exchange, protocol: Option<&str>, seen: &RequestOutcome) -> String {
    let line = exchange.to_string();
    match protocol {
        Some(protocol) => clean(&format!("{line} ({protocol})")),
        None if seen.is_withheld => {
            let line = line.rsplit_once(": ").map_or(&*line, |(line, _)| line);
            clean(&format!("{line}: not sent"))
        }
        None => clean(&line),
    }
}

/// The lines of a response that matter for CORS, by name.
fn relevant(exchange: &Exchange) -> Vec<(&str, &str)> {
    let is_relevant =
        |name: &str| name.starts_with("access-control-") || matches!(name, "vary" | "location");
    let lines = exchange.response.headers.iter().map(|(name, value)| (&**name, &**value));
    let mut lines: Vec<_> =
        lines.filter(|(name, _)| is_relevant(&name.to_ascii_lowercase())).collect();
    lines.sort_by_key(|(name, _)| *name);
    lines
}

fn plain_verdict(seen: &RequestOutcome) -> String {
    match &seen.outcome.result {
        Ok(response) if response.kind == ResponseKind::Basic => {
            "the page may read the response: it is of the page's own origin, so CORS plays no part"
                .to_owned()
        }
        Ok(_) if seen.is_withheld => {
            "the preflight allows the request, which was not sent: `--send` sends it".to_owned()
        }
        Ok(response) => format!("the page may read the response: {}", response.status),
        Err(failure) => {
            clean(&format!("the browser blocks the page: {failure} ({})", failure.step()))
        }
    }
}

fn json_of(
    request: &PageRequest,
    by: Option<&str>,
    seen: &RequestOutcome,
    findings: &[Finding],
) -> Value {
    let exchanges = seen.outcome.exchanges.iter().zip(&seen.protocols);
    let exchanges: Vec<_> = exchanges
        .map(|(exchange, protocol)| {
            json!({
                "preflight": exchange.is_preflight,
                "method": exchange.request.method,
                "url": exchange.request.url.to_string(),
                "protocol": protocol,
                "status": protocol.map(|_| exchange.response.status),
                "headers": protocol.map(|_| relevant(exchange)),
            })
        })
        .collect();
    json!({
        "page": request.page.origin(),
        "method": request.sent_method(),
        "url": request.fetch.url.to_string(),
        "proxy": by,
        "readable": seen.outcome.is_readable() && !seen.is_withheld,
        "sent": !seen.is_withheld,
        "blocked": seen.outcome.failure().map(|failure| {
            json!({ "code": failure.code(), "step": failure.step(), "text": failure.to_string() })
        }),
        "requests": exchanges,
        "findings": findings,
    })
}
