//! `cors probe`, asking servers of each kind.

mod libraries;
mod malformed;
mod proxy;
mod raw_answers;
mod tls;

use serde_json::Value;

use crate::command::{Output, cors};

/// The page that most tests probe for.
const APP: &str = "https://app.example.com";

/// Probes for a page of [`APP`].
fn probe(url: &str, more: &[&str]) -> Output {
    probe_as(url, APP, more)
}

fn probe_as(url: &str, origin: &str, more: &[&str]) -> Output {
    let timeout: &[&str] = if more.contains(&"--timeout") { &[] } else { &["--timeout", "5"] };
    cors(&[&["probe", url, "--origin", origin], timeout, more].concat())
}

/// The exit status and the codes of the findings, in order.
fn found(url: &str, more: &[&str]) -> (i32, Vec<String>) {
    codes(&probe(url, &[more, &["--format", "json"]].concat()))
}

fn found_as(url: &str, origin: &str, more: &[&str]) -> (i32, Vec<String>) {
    codes(&probe_as(url, origin, &[more, &["--format", "json"]].concat()))
}

fn codes(output: &Output) -> (i32, Vec<String>) {
    let value: Value = output.json();
    let findings = value["findings"].as_array().unwrap();
    let codes = findings.iter().map(|it| it["code"].as_str().unwrap().to_owned());
    (output.status, codes.collect())
}
