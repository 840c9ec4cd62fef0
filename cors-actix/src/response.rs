//! From symbolic answers to header lines of actix-web.
//!
//! Values that a policy prepared were turned into `HeaderValue`s at startup and
//! are cloned here, as is the request's own `Origin`: both only count a
//! reference. The lines go straight into the response.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use cors_core::{Answer, Policy, ResponseField, ResponseValue, Vary};

use crate::request::{Head, KeptOrigin};

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
}

impl PreparedPolicy {
    pub(crate) fn new(policy: &Arc<Policy>) -> Self {
        let mut values = [const { None }; ResponseField::ALL.len()];
        for (field, text) in policy.prepared() {
            values[field as usize] = HeaderValue::from_str(text).ok();
        }
        Self { policy: Arc::clone(policy), values }
    }

    /// The prepared value, unless two policies answer and the text is the other's.
    fn value(&self, field: ResponseField, text: &str) -> Option<HeaderValue> {
        let mine = self.values[field as usize].as_ref();
        mine.filter(|value| *value == text).cloned().or_else(|| HeaderValue::from_str(text).ok())
    }
}

/// The request's values that an answer may echo.
#[derive(Clone, Copy)]
pub(crate) enum Echo<'r> {
    /// Preflights are also answered with what they ask for.
    Early(&'r Head<'r>),
    Handled(&'r KeptOrigin),
}

/// The header lines of one answer.
pub(crate) fn lines<'r>(
    answer: &Answer<'r>,
    prepared: &'r PreparedPolicy,
    echo: Echo<'r>,
) -> impl Iterator<Item = (ResponseField, HeaderValue)> {
    answer.headers().filter_map(move |(field, value)| {
        let value = match value {
            ResponseValue::EchoOrigin => echo.origin()?.clone(),
            ResponseValue::EchoMethod => echo.method()?.clone(),
            ResponseValue::EchoHeaders => echo.headers()?,
            ResponseValue::Static(text) => HeaderValue::from_static(text),
            ResponseValue::Prepared(text) => prepared.value(field, text)?,
            _ => return None,
        };
        Some((field, value))
    })
}

/// Puts lines in the place of whatever CORS headers are there.
///
/// Tells whether a handler had set some of its own.
pub(crate) fn decorate(
    headers: &mut HeaderMap,
    lines: impl IntoIterator<Item = (ResponseField, HeaderValue)>,
    vary: Vary,
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
    for (field, value) in lines {
        headers.append(name(field), value);
    }
    match has_vary {
        true => extend_vary(headers, vary),
        false => set_vary(headers, vary),
    }
    set_by_handler
}

impl<'r> Echo<'r> {
    fn origin(self) -> Option<&'r HeaderValue> {
        match self {
            Self::Early(head) => head.origin(),
            Self::Handled(origin) => origin.value(),
        }
    }

    fn method(self) -> Option<&'r HeaderValue> {
        match self {
            Self::Early(head) => head.requested_method(),
            Self::Handled(_) => None,
        }
    }

    /// The requested names; the engine has bounded their length and checked
    /// that they are names.
    fn headers(self) -> Option<HeaderValue> {
        let Self::Early(head) = self else { return None };
        match head.requested_headers().as_slice() {
            [] => None,
            [line] => Some(line.clone()),
            lines => {
                let lines: Vec<_> = lines.iter().map(HeaderValue::as_bytes).collect();
                HeaderValue::from_bytes(&lines.join(&b", "[..])).ok()
            }
        }
    }
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
