//! From symbolic answers to header lines of actix-web.
//!
//! Values that a policy prepared were turned into `HeaderValue`s at startup and
//! are cloned here, as is the request's own `Origin`: both only count a
//! reference.

use std::sync::Arc;

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use cors_core::{Answer, Policy, ResponseField, ResponseValue, Vary};

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
        let mine = self.values[field as usize].clone();
        mine.filter(|value| value == text).or_else(|| HeaderValue::from_str(text).ok())
    }
}

/// The header lines of one answer, ready to be put on a response.
#[derive(Clone, Debug)]
pub(crate) struct Decoration {
    values: [Option<HeaderValue>; ResponseField::ALL.len()],
    vary: Vary,
}

/// The request's values that an answer may echo.
#[derive(Clone, Copy, Default)]
pub(crate) struct Echo<'r> {
    pub(crate) origin: Option<&'r HeaderValue>,
    /// Only preflights are answered with what they ask for.
    pub(crate) preflight: Option<&'r RequestHead>,
}

impl Decoration {
    pub(crate) fn new(answer: &Answer<'_>, prepared: &PreparedPolicy, echo: Echo<'_>) -> Self {
        let mut values = [const { None }; ResponseField::ALL.len()];
        for (field, value) in answer.headers() {
            values[field as usize] = match value {
                ResponseValue::EchoOrigin => echo.origin.cloned(),
                ResponseValue::EchoMethod => echo.method(),
                ResponseValue::EchoHeaders => echo.headers(),
                ResponseValue::Static(text) => Some(HeaderValue::from_static(text)),
                ResponseValue::Prepared(text) => prepared.value(field, text),
                _ => None,
            };
        }
        Self { values, vary: answer.vary() }
    }

    /// Puts the headers of the answer in the place of whatever is there.
    ///
    /// Tells whether a handler had set CORS headers of its own.
    pub(crate) fn apply(self, headers: &mut HeaderMap) -> bool {
        let set_by_handler = headers.keys().any(is_owned);
        if set_by_handler {
            for field in ResponseField::ALL {
                headers.remove(name(field));
            }
        }
        for (field, value) in ResponseField::ALL.into_iter().zip(self.values) {
            if let Some(value) = value {
                headers.insert(name(field), value);
            }
        }
        add_vary(headers, self.vary);
        set_by_handler
    }
}

impl Echo<'_> {
    fn method(&self) -> Option<HeaderValue> {
        self.preflight?.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned()
    }

    /// The requested names; the engine has bounded their length and checked
    /// that they are names.
    fn headers(&self) -> Option<HeaderValue> {
        let mut lines = self.preflight?.headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
        let first = lines.next()?;
        let Some(second) = lines.next() else { return Some(first.clone()) };
        let all = [first, second].into_iter().chain(lines).map(HeaderValue::as_bytes);
        HeaderValue::from_bytes(&all.collect::<Vec<_>>().join(&b", "[..])).ok()
    }
}

/// Adds what is missing to `Vary`, over all its lines; `*` says everything.
fn add_vary(headers: &mut HeaderMap, vary: Vary) {
    if vary == Vary::Nothing {
        return;
    }
    let is_there = |name: &str| {
        headers.get_all(header::VARY).flat_map(|line| line.as_bytes().split(|b| *b == b',')).any(
            |known| {
                let known = known.trim_ascii();
                known == b"*" || known.eq_ignore_ascii_case(name.as_bytes())
            },
        )
    };
    let missing: Vec<&str> = match headers.contains_key(header::VARY) {
        false => return headers.append(header::VARY, HeaderValue::from_static(vary.value())),
        true => vary.names().iter().copied().filter(|name| !is_there(name)).collect(),
    };
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
        ResponseField::AllowPrivateNetwork => {
            HeaderName::from_static("access-control-allow-private-network")
        }
        _ => header::ACCESS_CONTROL_ALLOW_ORIGIN,
    }
}
