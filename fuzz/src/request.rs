//! Laws: the decision of a policy and every header of the response agree with the README and Fetch;
//! a browser that receives the response does what was decided; and no response has `*` or `null`
//! together with credentials.
//!
//! Input: clauses as [`crate::given`] reads them, a line `request`, the method, and lines of
//! `name: value`.

use cors_core::{Coverage, Decision, Policy, Verdict};

use crate::given::Given;
use crate::message::Message;
use crate::oracle::fetch::{self, Expected, Headers};
use crate::oracle::header_list::is_token;
use crate::oracle::merge::{State, Wrong, merge};

/// Judges one request.
///
/// # Panics
///
/// When a law is violated.
pub fn check(data: &[u8]) {
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let rules = lines.iter().position(|line| *line == b"request").unwrap_or(lines.len());
    let (rules, request) = lines.split_at(rules);
    let rules: Vec<_> = rules.iter().map(|line| String::from_utf8_lossy(line)).collect();
    let given = Given::read(rules.iter().map(|line| &**line));
    let request = Message::read(request.iter().skip(1).copied());

    let Ok(resolver) = given.config().resolve() else { return };
    let state = merge(&given, &[&given.global], None, &mut Wrong::new());
    for coverage in [Coverage::WholePath, Coverage::RequestedMethod] {
        judge(resolver.global(), &state, &request, coverage);
    }
}

fn judge(policy: &Policy, state: &State, request: &Message, coverage: Coverage) {
    let decision = policy.decide(request);
    let answer = policy.answer(decision, coverage);
    let headers = request.render(&answer);
    let found = Expected {
        kind: decision.kind(),
        denial: decision.denial().map(|denial| denial.code()),
        refused: answer.is_refused(),
        headers: headers.clone(),
        vary: answer.vary().names().iter().copied().collect(),
    };
    assert_eq!(found, fetch::answer(state, request, coverage), "{coverage:?} of {request:?}");
    no_wildcard_with_credentials(&headers, request);
    if let ([origin], true) = (&request.lines("origin")[..], decision != Decision::NotCors) {
        let origin: String = origin.iter().map(|byte| char::from(*byte)).collect();
        browser(state, request, decision, &headers, &origin);
    }
}

fn no_wildcard_with_credentials(headers: &Headers, request: &Message) {
    if !headers.contains_key("access-control-allow-credentials") {
        return;
    }
    let origin = headers.get("access-control-allow-origin").map(String::as_str);
    assert!(!matches!(origin, None | Some("*" | "null")), "{origin:?}");
    // Except for an echo of names: with credentials, `*` is a name like any other.
    let echo = request.text("access-control-request-headers");
    for (name, value) in headers.iter().filter(|(_, value)| **value != echo) {
        assert!(value.split(',').all(|it| it.trim() != "*"), "{name}: {value}");
    }
}

/// A browser that receives this response does what was decided.
fn browser(state: &State, request: &Message, decision: Decision, headers: &Headers, origin: &str) {
    let allowed = decision.verdict() == Some(Verdict::Allowed);
    let credentials = state.sends_credentials();
    if !decision.is_preflight() {
        assert_eq!(fetch::may_read(headers, origin, false), allowed, "{request:?}");
        assert_eq!(fetch::may_read(headers, origin, true), allowed && credentials, "{request:?}");
        return;
    }
    let method = request.text("access-control-request-method");
    let list = request.text("access-control-request-headers");
    let names: Vec<String> = list
        .split(',')
        .map(|name| name.trim_matches([' ', '\t']).to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    // Only requests that browsers send can be judged by the model of a browser.
    let is_list = names.iter().all(|name| is_token(name)) && list.is_ascii();
    let is_empty = names.is_empty() && !list.is_empty();
    if request.lines("access-control-request-method").len() != 1
        || !is_token(&method)
        || !is_list
        || is_empty
    {
        return;
    }
    let may_send = |credentials| fetch::may_send(headers, origin, credentials, &method, &names);
    if allowed {
        assert!(may_send(credentials), "{headers:?} for {request:?}");
        assert_eq!(may_send(true), credentials, "{headers:?} for {request:?}");
    } else if decision.denial() != Some(cors_core::Denial::PrivateNetwork) {
        assert!(!may_send(false) && !may_send(true), "{headers:?} for {request:?}");
    } else {
        assert!(!headers.contains_key("access-control-allow-private-network"));
    }
}
