//! Why an expression matches no origin, and what was probably meant.
//!
//! The common mistakes are corrected one after the other until the expression matches
//! an origin. This module does not decide what an expression matches.

use super::super::diagnose::{Advice, corrected_scheme, quote};
use super::super::issue::OriginIssue;
use super::super::serialized::default_port;
use super::{OriginRegex, compile, matches_some_origin, slips};
use crate::problem::Code;

/// The reason, and the corrected expression.
type Correction = (String, String);

/// Explains why `source`, which compiles, matches no origin.
pub(super) fn explain(source: &str) -> OriginIssue {
    if is_null(source) {
        let message = format!(
            "{} can only match `null`, which is not allowed here: any sandboxed page can send it",
            quote(source)
        );
        return OriginIssue::new(Code::NEVER_MATCHES, message, None).with_advice(Advice::Words(
            "remove it; `danger_allow_null_origin` allows `null`, without credentials",
        ));
    }
    let mut first: Option<String> = None;
    let mut text = source.to_owned();
    let corrections =
        [literal_of_javascript, schemes, paths, default_ports, upper_case, missing_scheme];
    for correct in corrections {
        let Some((reason, corrected)) = correct(&text) else { continue };
        first.get_or_insert(reason);
        text = corrected;
        if matches_some_origin(&text) {
            break;
        }
    }
    // Reports show a suggestion on one line.
    let is_right = |text: &String| {
        first.is_some() && !text.contains(char::is_control) && matches_some_origin(text)
    };
    // What is accepted with a warning would only lead to the next report.
    let is_limited = |text: &String| {
        OriginRegex::parse(text).is_ok_and(|regex| regex.named_hosts_as_meant().is_ok())
    };
    let suggestion = Some(text).filter(is_right).filter(is_limited);
    let reason = first.unwrap_or_else(|| {
        "browsers send `scheme://host` or `scheme://host:port`, in lower case, without a \
         path and without the scheme's default port"
            .to_owned()
    });
    let message = format!("{} matches no origin: {reason}", quote(source));
    OriginIssue::new(Code::NEVER_MATCHES, message, suggestion)
}

fn is_null(source: &str) -> bool {
    source.contains("null") && compile(source).is_ok_and(|regex| regex.is_match(b"null"))
}

/// A JavaScript literal: `/^https:.*$/`, with the flags that may follow it.
fn literal_of_javascript(text: &str) -> Option<Correction> {
    let (inside, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    if inside.is_empty() || !flags.bytes().all(|flag| b"dgimsuvy".contains(&flag)) {
        return None;
    }
    let inside = slips::without_anchors(inside).unwrap_or_else(|| inside.to_owned());
    let case = if flags.contains('i') { "(?i)" } else { "" };
    let reason = "the slashes around it are part of the expression, not its delimiters";
    Some((reason.to_owned(), format!("{case}{inside}")))
}

/// A wrong scheme: `wss://`, `ftp://`, `htps://`.
fn schemes(text: &str) -> Option<Correction> {
    let start = text.len() - text.trim_start_matches(['^', '(', '?', ':', 'i', ')']).len();
    // The flags that precede it may end with a letter of the scheme.
    [0, start].into_iter().find_map(|start| {
        let (before, rest) = text.split_at(start);
        let end = rest.find([':', '/', '\\'])?;
        let (scheme, rest) = rest.split_at(end);
        let (optional, scheme) = (scheme.ends_with("s?"), scheme.trim_end_matches('?'));
        let slashes = [r":\/\/", "://", "//", r"\/\/", ":/"];
        let slashes = slashes.into_iter().find(|slashes| rest.starts_with(slashes))?;
        let authority = &rest[slashes.len()..];
        let (meant, reason) = match scheme {
            "http" | "https" if !slashes.starts_with(':') || slashes == ":/" => {
                (scheme, format!("it has `{slashes}` after the scheme instead of `://`"))
            }
            _ => corrected_scheme(scheme)?,
        };
        let meant = if optional { "https?" } else { meant };
        Some((reason, format!("{before}{meant}://{authority}")))
    })
}

/// A path after the host: `https://a\.example/.*`.
fn paths(text: &str) -> Option<Correction> {
    let host = text.find("//").map(|at| at + 2).or_else(|| text.find(r"\/\/").map(|at| at + 4))?;
    let slash = host + text[host..].find('/')?;
    let slash = slash - usize::from(text[..slash].ends_with('\\'));
    let reason = "it has a path, but an origin ends after the host and port";
    Some((reason.to_owned(), text[..slash].to_owned()))
}

/// The default port of the scheme: `https://a\.example:443`.
fn default_ports(text: &str) -> Option<Correction> {
    [("https", "443"), ("http", "80")].into_iter().find_map(|(scheme, port)| {
        debug_assert_eq!(default_port(scheme).map(|n| n.to_string()).as_deref(), Some(port));
        let rest = text.contains(scheme).then(|| text.strip_suffix(port)).flatten()?;
        let reason = format!("it contains the port {port}, which browsers omit for `{scheme}`");
        Some((reason, rest.strip_suffix(r"\:").or_else(|| rest.strip_suffix(':'))?.to_owned()))
    })
}

/// Upper-case letters: `https://App\.example`.
fn upper_case(text: &str) -> Option<Correction> {
    let mut escaped = false;
    let lower = |c: char| {
        let keep = escaped;
        escaped = c == '\\' && !escaped;
        if keep { c } else { c.to_ascii_lowercase() }
    };
    let lower: String = text.chars().map(lower).collect();
    let reason = "it has upper-case letters, which browsers never send";
    (lower != text).then(|| (reason.to_owned(), lower))
}

/// A missing scheme: `a\.example`.
fn missing_scheme(text: &str) -> Option<Correction> {
    if text.contains("//") || text.contains(r"\/\/") || text.starts_with('/') {
        return None;
    }
    let (flags, rest) = match text.strip_prefix("(?i)") {
        Some(rest) => ("(?i)", rest),
        None => ("", text),
    };
    let rest = match rest.contains('|') {
        true => format!("(?:{rest})"),
        false => rest.to_owned(),
    };
    let reason = "it has no scheme; origins look like `https://host`";
    Some((reason.to_owned(), format!("{flags}https://{rest}")))
}
