//! From symbolic answers to header lines of actix-web.
//!
//! Values that a policy prepared are turned into `HeaderValue`s once and cloned
//! here, as is the request's own `Origin`: both only count a reference. What is
//! said to requests other than preflights is prepared as a whole. The lines go
//! straight into the response.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use cors_core::{
    Answer, Coverage, Decision, Denial, Policy, ResponseField, ResponseValue, Vary, Verdict,
};

use super::request::Head;

/// `Access-Control-Allow-Private-Network`.
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// [`Vary::Origin`] for a response without `Vary`.
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static(Vary::Origin.value());

/// [`Vary::Preflight`] for a response without `Vary`.
const VARY_PREFLIGHT: HeaderValue = HeaderValue::from_static(Vary::Preflight.value());

/// A policy with its header values.
#[derive(Debug)]
pub(crate) struct PreparedPolicy {
    pub(crate) policy: Arc<Policy>,
    /// Invariant: indexed by `ResponseField as usize`.
    values: [Option<HeaderValue>; ResponseField::ALL.len()],
    /// For requests that are let in, kept out, and no matter of CORS.
    allowed: HeaderLines,
    denied: HeaderLines,
    not_cors: HeaderLines,
}

/// The answer to a request that is no preflight, as header lines.
#[derive(Clone, Debug)]
pub(crate) struct HeaderLines {
    /// Whether the request's own origin comes first.
    echoes_origin: bool,
    values: Box<[(HeaderName, HeaderValue)]>,
    pub(crate) vary: Vary,
}

impl PreparedPolicy {
    pub(crate) fn new(policy: &Arc<Policy>) -> Self {
        let mut values = [const { None }; ResponseField::ALL.len()];
        for (field, text) in policy.prepared() {
            values[field as usize] = HeaderValue::from_str(text).ok();
        }
        let lines = |decision| HeaderLines::of(&policy.answer(decision, Coverage::WholePath));
        Self {
            policy: Arc::clone(policy),
            values,
            allowed: lines(Decision::Actual(Verdict::Allowed)),
            denied: lines(Decision::Actual(Verdict::Denied(Denial::Origin))),
            not_cors: lines(Decision::NotCors),
        }
    }

    /// The answer to a request about which `decision` was made, and which is no preflight.
    pub(crate) const fn lines(&self, decision: Decision) -> &HeaderLines {
        match decision.verdict() {
            Some(Verdict::Allowed) => &self.allowed,
            // Whatever the reason.
            Some(Verdict::Denied(_)) => &self.denied,
            None => &self.not_cors,
        }
    }
}

impl HeaderLines {
    pub(crate) fn of(answer: &Answer<'_>) -> Self {
        let values = answer.headers().filter_map(|(field, value)| {
            let value = match value {
                ResponseValue::Static(text) => HeaderValue::from_static(text),
                ResponseValue::Prepared(text) => HeaderValue::from_str(text).ok()?,
                _ => return None,
            };
            Some((name(field), value))
        });
        let origin = answer.value(ResponseField::AllowOrigin);
        Self {
            echoes_origin: origin == Some(ResponseValue::EchoOrigin),
            values: values.collect(),
            vary: answer.vary(),
        }
    }

    /// Appends the lines for a request with this origin.
    pub(crate) fn append_to(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if self.echoes_origin
            && let Some(origin) = origin
        {
            headers.append(name(ResponseField::AllowOrigin), origin.clone());
        }
        for (name, value) in &self.values {
            headers.append(name.clone(), value.clone());
        }
    }
}

/// Appends the header lines of the answer to a preflight, which is that of one
/// policy, or what several have in common.
pub(crate) fn append_preflight(
    headers: &mut HeaderMap,
    answer: &Answer<'_>,
    only: Option<&PreparedPolicy>,
    asked: &Head<'_>,
) {
    for (field, value) in answer.headers() {
        let value = match value {
            ResponseValue::EchoOrigin => asked.origin().cloned(),
            ResponseValue::EchoMethod => asked.requested_method().cloned(),
            ResponseValue::EchoHeaders => joined(asked.requested_headers().as_slice()),
            ResponseValue::Static(text) => Some(HeaderValue::from_static(text)),
            ResponseValue::Prepared(text) => match only {
                Some(policy) => policy.values[field as usize].clone(),
                None => HeaderValue::from_str(text).ok(),
            },
            _ => None,
        };
        if let Some(value) = value {
            headers.append(name(field), value);
        }
    }
}

/// The requested names on one line; the engine has bounded their length and
/// checked that they are names.
fn joined(lines: &[HeaderValue]) -> Option<HeaderValue> {
    match lines {
        [] => None,
        [line] => Some(line.clone()),
        lines => {
            let lines: Vec<_> = lines.iter().map(HeaderValue::as_bytes).collect();
            HeaderValue::from_bytes(&lines.join(&b", "[..])).ok()
        }
    }
}

/// Puts what `append` appends in the place of whatever CORS headers are there.
///
/// Tells whether a handler had set some of its own.
pub(crate) fn decorate(
    headers: &mut HeaderMap,
    vary: Vary,
    append: impl FnOnce(&mut HeaderMap),
) -> bool {
    let (mut set_by_handler, mut has_vary) = (false, false);
    for name in headers.keys() {
        has_vary |= *name == header::VARY;
        set_by_handler |= is_owned(name);
    }
    if set_by_handler {
        for field in ResponseField::ALL {
            headers.remove(name(field));
        }
    }
    append(headers);
    match has_vary {
        true => extend_vary(headers, vary),
        false => set_vary(headers, vary),
    }
    set_by_handler
}

fn set_vary(headers: &mut HeaderMap, vary: Vary) {
    match vary {
        Vary::Nothing => {}
        Vary::Origin => headers.append(header::VARY, VARY_ORIGIN),
        Vary::Preflight => headers.append(header::VARY, VARY_PREFLIGHT),
    }
}

/// Adds what is missing to `Vary`, over all its lines; `*` says everything.
fn extend_vary(headers: &mut HeaderMap, vary: Vary) {
    let is_there = |name: &str| {
        headers.get_all(header::VARY).flat_map(|line| line.as_bytes().split(|b| *b == b',')).any(
            |known| {
                let known = known.trim_ascii();
                known == b"*" || known.eq_ignore_ascii_case(name.as_bytes())
            },
        )
    };
    let missing: Vec<&str> = vary.names().iter().copied().filter(|name| !is_there(name)).collect();
    if let Ok(line) = HeaderValue::from_str(&missing.join(", "))
        && !missing.is_empty()
    {
        headers.append(header::VARY, line);
    }
}

/// Whether a header is the middleware's to set.
fn is_owned(name_set: &HeaderName) -> bool {
    name_set.as_str().starts_with("access-control-")
        && ResponseField::ALL.into_iter().any(|field| name(field) == *name_set)
}

const fn name(field: ResponseField) -> HeaderName {
    match field {
        ResponseField::AllowCredentials => header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ResponseField::AllowMethods => header::ACCESS_CONTROL_ALLOW_METHODS,
        ResponseField::AllowHeaders => header::ACCESS_CONTROL_ALLOW_HEADERS,
        ResponseField::MaxAge => header::ACCESS_CONTROL_MAX_AGE,
        ResponseField::ExposeHeaders => header::ACCESS_CONTROL_EXPOSE_HEADERS,
        ResponseField::AllowPrivateNetwork => ALLOW_PRIVATE_NETWORK,
        _ => header::ACCESS_CONTROL_ALLOW_ORIGIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_of_a_response_are_owned_and_no_others() {
        for field in ResponseField::ALL {
            assert!(is_owned(&name(field)), "{field:?}");
        }
        let request_side = header::ACCESS_CONTROL_REQUEST_METHOD;
        for other in [header::VARY, header::CONTENT_TYPE, request_side] {
            assert!(!is_owned(&other), "{other}");
        }
    }
}
