//! The response of a server, and how a browser interprets it (Fetch, "CORS protocol"), header by
//! header.

use std::collections::{BTreeMap, BTreeSet};

use cors_core::{Coverage, OriginRegex};

use super::header_list::{self, Verdict, is_token};
use super::merge::{List, State};
use super::origin;
use crate::message::Message;

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// `not-cors`, `actual`, `preflight` or `private-network-preflight`.
    pub(crate) kind: &'static str,
    /// Why it is denied, where it is.
    pub(crate) denial: Option<&'static str>,
    /// Whether the answer is 403.
    pub(crate) refused: bool,
    /// All headers of the protocol, without `Vary`.
    pub(crate) headers: Headers,
    pub(crate) vary: BTreeSet<&'static str>,
}

/// Header values by name, in lower case; bytes are characters of the same number.
pub(crate) type Headers = BTreeMap<&'static str, String>;

const ORIGIN: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";
const METHODS: &str = "access-control-allow-methods";
const HEADERS: &str = "access-control-allow-headers";

/// The response of a policy to a request.
pub(crate) fn answer(state: &State, request: &Message, coverage: Coverage) -> Expected {
    let requested = request.lines("access-control-request-method");
    let denial = judge_origin(state, request);
    let has_origin = !request.lines("origin").is_empty();
    if request.method == b"OPTIONS" && has_origin && !requested.is_empty() {
        return preflight(state, request, denial, coverage);
    }
    let is_own = denial.is_some() && state.enforce && is_same_origin(request);
    let kind = if has_origin && !is_own { "actual" } else { "not-cors" };
    let denial = denial.filter(|_| kind == "actual");
    let any = matches!(state.origins, List::Any { .. }) && !state.off;
    let readable = any || kind == "actual" && denial.is_none();
    let mut headers = Headers::new();
    if readable {
        allow_origin(state, request, &mut headers);
        match &state.expose {
            // Browsers take `*` for a name then, so the headers of the response are listed,
            // of which there are none here.
            List::Any { .. } if state.sends_credentials() => {}
            List::Any { .. } => drop(headers.insert("access-control-expose-headers", "*".into())),
            List::Only(names) if names.is_empty() => {}
            names => drop(headers.insert("access-control-expose-headers", sorted(names))),
        }
    }
    let lists_origins = state.origins != List::Only(Vec::new()) || state.null;
    let depends = !any && (state.enforce || !state.off && lists_origins);
    Expected {
        kind,
        denial,
        refused: denial.is_some() && state.enforce,
        headers,
        vary: depends.then_some("Origin").into_iter().collect(),
    }
}

fn preflight(
    state: &State,
    request: &Message,
    origin: Option<&'static str>,
    coverage: Coverage,
) -> Expected {
    let private = request.lines("access-control-request-private-network") == [b"true"];
    let kind = if private { "private-network-preflight" } else { "preflight" };
    let vary = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];
    let vary = BTreeSet::from(vary);
    if origin.is_some() {
        return Expected { kind, denial: origin, refused: true, headers: Headers::new(), vary };
    }
    let lines = request.lines("access-control-request-headers");
    let list = || match header_list::judge(&state.allowed_headers(), &lines).0 {
        Verdict::Allowed => None,
        Verdict::NotAllowed => Some("header-not-allowed"),
        Verdict::NoList => Some("bad-header-list"),
    };
    let method = (!is_allowed_method(state, request)).then_some("method-not-allowed");
    let asked = method.or_else(list);
    let closed = (private && !state.private_network).then_some("private-network-not-allowed");

    let credentials = state.sends_credentials();
    let one = coverage == Coverage::RequestedMethod;
    let mut headers = Headers::new();
    allow_origin(state, request, &mut headers);
    let echo_method = || request.text("access-control-request-method");
    let methods = match (&state.methods, method) {
        (_, None) if one => echo_method(),
        (List::Any { .. }, None) if credentials => {
            let usual = "GET, HEAD, POST, PUT, PATCH, DELETE";
            match usual.split(", ").any(|usual| usual == echo_method()) {
                true => usual.to_owned(),
                false => format!("{usual}, {}", echo_method()),
            }
        }
        (List::Any { .. }, None) => "*".to_owned(),
        (List::Only(methods), _) if !methods.is_empty() => joined(methods),
        _ => "GET, HEAD, POST".to_owned(),
    };
    headers.insert(METHODS, methods);
    let echo_headers = || Some(request.text("access-control-request-headers"));
    let names = match (&state.headers, asked) {
        (_, Some("bad-header-list")) => None,
        // What was not checked, or was refused, is not echoed.
        (List::Any { .. }, Some(_)) => None,
        (_, None) if one => echo_headers(),
        // Never `*`, which browsers take for `authorization`.
        (List::Any { .. }, None) => echo_headers(),
        (List::Only(names), _) if names.is_empty() => None,
        (names, _) => Some(sorted(names)),
    };
    let any = matches!(state.headers, List::Any { .. });
    let is_echo = asked.is_none() && (one || any);
    if let Some(names) = names.filter(|_| !is_echo || !lines.is_empty()) {
        headers.insert(HEADERS, names);
    }
    let refused = asked.or(closed).is_some();
    // WebKit would cache the lists of a refusal.
    let max_age = if refused { Some(0) } else { state.max_age };
    if let Some(seconds) = max_age {
        headers.insert("access-control-max-age", seconds.to_string());
    }
    if asked.is_none() && private && state.private_network {
        headers.insert("access-control-allow-private-network", "true".to_owned());
    }
    Expected { kind, denial: asked.or(closed), refused: false, headers, vary }
}

fn judge_origin(state: &State, request: &Message) -> Option<&'static str> {
    let lines = request.lines("origin");
    let any = matches!(state.origins, List::Any { .. }) && !state.off;
    match lines[..] {
        _ if any => None,
        [] => None,
        [b"null"] if state.null && !state.off => None,
        [value] if !state.off && is_listed(state, value) => None,
        [_, _, ..] => Some("duplicated-origin"),
        _ if state.off => Some("off"),
        [b"null"] => Some("null-origin"),
        _ => Some("origin-not-allowed"),
    }
}

fn is_listed(state: &State, value: &[u8]) -> bool {
    let (List::Only(list), Some(parts)) = (&state.origins, origin::parts(value)) else {
        return false;
    };
    let value = String::from_utf8_lossy(value);
    list.iter().any(|(element, _)| match element.strip_prefix("regex:") {
        Some(regex) => OriginRegex::parse(regex).is_ok_and(|regex| regex.is_match(&value)),
        None => origin::allows(element, &parts),
    })
}

fn is_allowed_method(state: &State, request: &Message) -> bool {
    let lines = request.lines("access-control-request-method");
    let [_] = lines[..] else { return false };
    let method = request.text("access-control-request-method");
    ["GET", "HEAD", "POST"].contains(&&*method)
        || match &state.methods {
            List::Any { .. } => is_token(&method) && method != "*" && method.len() <= 64,
            List::Only(methods) => methods.iter().any(|(known, _)| *known == method),
        }
}

/// Fetch Metadata, or else whether `Origin` and `Host` name the same server.
fn is_same_origin(request: &Message) -> bool {
    let sites = request.lines("sec-fetch-site");
    let (origins, hosts) = (request.lines("origin"), request.lines("host"));
    match (&sites[..], &origins[..], &hosts[..]) {
        ([site], ..) => [&b"same-origin"[..], b"none"].contains(site),
        ([], [value], [host]) => {
            let Some(origin::Parts { scheme, host: name, port }) = origin::parts(value) else {
                return false;
            };
            let default = match &*scheme {
                "http" => "80",
                "https" => "443",
                _ => "",
            };
            let spelled = match (&*port, default) {
                ("", "") => vec![name],
                ("", default) => vec![format!("{name}:{default}"), name],
                (port, _) => vec![format!("{name}:{port}")],
            };
            let host = host.to_ascii_lowercase();
            spelled.iter().any(|spelled| spelled.as_bytes() == host)
        }
        _ => false,
    }
}

fn allow_origin(state: &State, request: &Message, headers: &mut Headers) {
    let any = matches!(state.origins, List::Any { .. });
    headers.insert(ORIGIN, if any { "*".to_owned() } else { request.text("origin") });
    if state.sends_credentials() {
        headers.insert(CREDENTIALS, "true".to_owned());
    }
}

fn joined(list: &[(String, usize)]) -> String {
    list.iter().map(|(element, _)| &**element).collect::<Vec<_>>().join(", ")
}

fn sorted(list: &List) -> String {
    let List::Only(list) = list else { return "*".to_owned() };
    let mut list = list.clone();
    list.sort();
    joined(&list)
}

// --- the browser

/// Fetch, "CORS check".
pub(crate) fn may_read(headers: &Headers, origin: &str, with_credentials: bool) -> bool {
    match headers.get(ORIGIN) {
        None => false,
        Some(allowed) if allowed == "*" && !with_credentials => true,
        Some(allowed) if allowed != origin => false,
        Some(_) => !with_credentials || headers.get(CREDENTIALS).is_some_and(|it| it == "true"),
    }
}

/// Fetch, "CORS-preflight fetch", step 7, of a request with this method and these names of headers
/// that are not safelisted.
pub(crate) fn may_send(
    headers: &Headers,
    origin: &str,
    with_credentials: bool,
    method: &str,
    names: &[String],
) -> bool {
    let list = |field: &str| -> Vec<String> {
        let value = headers.get(field).map(String::as_str).unwrap_or_default();
        value.split(',').map(|it| it.trim_matches([' ', '\t']).to_owned()).collect()
    };
    let (methods, allowed) = (list(METHODS), list(HEADERS));
    let wildcard = |list: &[String]| !with_credentials && list.iter().any(|it| it == "*");
    let is_method = methods.iter().any(|it| it == method)
        || ["GET", "HEAD", "POST"].contains(&method)
        || wildcard(&methods);
    let is_name = |name: &String| {
        allowed.iter().any(|it| it.eq_ignore_ascii_case(name))
            || wildcard(&allowed) && !name.eq_ignore_ascii_case("authorization")
    };
    may_read(headers, origin, with_credentials) && is_method && names.iter().all(is_name)
}
