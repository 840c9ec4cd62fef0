//! From symbolic answers to header lines of actix-web.
//!
//! Values that a policy prepared are turned into `HeaderValue`s once and cloned
//! here, as is the request's own `Origin`: both only count a reference. The
//! lines for requests other than preflights are prepared as a whole. They go
//! straight into the response.

use std::fmt;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
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

/// The answer to a request that `enforce` refuses.
pub(crate) fn refusal() -> HttpResponse {
    HttpResponse::Forbidden().body("cross-origin request refused: the origin is not allowed\n")
}

/// A request that `enforce` refuses at its route: an error until it reaches the edge, which
/// makes a response of it.
#[derive(Debug)]
pub(crate) struct RefusedByEnforce {
    pub(crate) request: HttpRequest,
}

impl RefusedByEnforce {
    pub(crate) fn new(request: ServiceRequest) -> Self {
        Self { request: request.into_parts().0 }
    }
}

impl fmt::Display for RefusedByEnforce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cross-origin request refused: the origin is not allowed")
    }
}

impl ResponseError for RefusedByEnforce {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        refusal()
    }
}

/// A policy with its header values.
#[derive(Debug)]
pub(crate) struct PreparedPolicy {
    pub(crate) policy: Arc<Policy>,
    /// Invariant: indexed by `ResponseField as usize`.
    values: [Option<HeaderValue>; ResponseField::ALL.len()],
    /// For requests that are allowed, disallowed, and not cross-origin.
    allowed: HeaderLines,
    allowed_without_credentials: HeaderLines,
    denied: HeaderLines,
    not_cors: HeaderLines,
}

/// The answer to a request that is no preflight, as header lines.
#[derive(Clone, Debug)]
pub(crate) struct HeaderLines {
    echo: Echo,
    values: Box<[(HeaderName, HeaderValue)]>,
    pub(crate) vary: Vary,
}

/// What depends on the request or on the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    Nothing,
    /// The request's own origin, as the first line.
    Origin,
    /// The origin, and the names of the response's own headers as exposed ones.
    OriginAndNames,
}

impl Echo {
    const fn of(origin: bool, names: bool) -> Self {
        match (origin, names) {
            (false, _) => Self::Nothing,
            (true, false) => Self::Origin,
            (true, true) => Self::OriginAndNames,
        }
    }

    const fn has_origin(self) -> bool {
        matches!(self, Self::Origin | Self::OriginAndNames)
    }
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
            allowed_without_credentials: lines(Decision::Actual(
                Verdict::AllowedWithoutCredentials,
            )),
            denied: lines(Decision::Actual(Verdict::Denied(Denial::Origin))),
            not_cors: lines(Decision::NotCors),
        }
    }

    /// The answer to a request about which `decision` was made, and which is no preflight.
    pub(crate) const fn lines(&self, decision: Decision) -> &HeaderLines {
        match decision.verdict() {
            Some(Verdict::Allowed) => &self.allowed,
            // Whatever the reason.
            Some(Verdict::Denied(_) | Verdict::DeniedWithoutCredentials(_)) => &self.denied,
            Some(Verdict::AllowedWithoutCredentials) => &self.allowed_without_credentials,
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
                ResponseValue::Common(names) => HeaderValue::try_from(names.to_string()).ok()?,
                _ => return None,
            };
            Some((name(field), value))
        });
        let is = |field, value| answer.value(field) == Some(value);
        let origin = is(ResponseField::AllowOrigin, ResponseValue::EchoOrigin);
        let names = is(ResponseField::ExposeHeaders, ResponseValue::OwnHeaders);
        Self { echo: Echo::of(origin, names), values: values.collect(), vary: answer.vary() }
    }

    /// The lines that allow what both these lines and the CORS headers of a response allow.
    pub(crate) fn common_with(&self, headers: &HeaderMap, origin: Option<&HeaderValue>) -> Self {
        let mut common = Self::none(self.vary);
        let echoes_mine = self.echo.has_origin();
        let theirs = headers.get(name(ResponseField::AllowOrigin));
        let any = |value: &HeaderValue| value == "*";
        let mine = self.values.iter().find(|(field, _)| *field == name(ResponseField::AllowOrigin));
        let echoes = match (echoes_mine, mine, theirs) {
            (false, Some((_, mine)), Some(theirs)) if any(mine) && any(theirs) => false,
            (true, _, Some(theirs)) | (false, Some(_), Some(theirs))
                if Some(theirs) == origin || echoes_mine && any(theirs) =>
            {
                true
            }
            _ => return common,
        };
        let kept = self.values.iter().filter_map(|(field, value)| {
            let theirs = headers.get(field)?;
            let value = match owned_field(field)? {
                ResponseField::AllowOrigin if echoes => return None,
                ResponseField::ExposeHeaders => common_names(value, theirs)?,
                _ if value == theirs => value.clone(),
                _ => return None,
            };
            Some((field.clone(), value))
        });
        let exposed = headers.get(name(ResponseField::ExposeHeaders));
        let (all, theirs) = match exposed.filter(|_| self.echo == Echo::OriginAndNames) {
            None => (false, None),
            Some(theirs) if any(theirs) => (true, None),
            // All of the response's own headers, of which these are some.
            Some(theirs) => (false, Some((name(ResponseField::ExposeHeaders), theirs.clone()))),
        };
        common.values = kept.chain(theirs).collect();
        common.echo = Echo::of(echoes, all);
        common
    }

    /// The lines for a response that no other origin may read.
    pub(crate) fn none(vary: Vary) -> Self {
        Self { echo: Echo::Nothing, values: Box::default(), vary }
    }

    /// Whether a page of another origin may read nothing.
    pub(crate) fn is_empty(&self) -> bool {
        !self.echo.has_origin() && self.values.is_empty()
    }

    /// Appends the lines for a request with this origin.
    pub(crate) fn append_to(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if self.echo == Echo::OriginAndNames {
            append_own_names(headers);
        }
        if self.echo != Echo::Nothing
            && let Some(origin) = origin
        {
            headers.append(name(ResponseField::AllowOrigin), origin.clone());
        }
        for (name, value) in &self.values {
            headers.append(name.clone(), value.clone());
        }
    }
}

/// Exposes the headers that are there.
#[cold]
fn append_own_names(headers: &mut HeaderMap) {
    if let Some(names) = own_names(headers) {
        headers.append(name(ResponseField::ExposeHeaders), names);
    }
}

/// The names of the headers that scripts cannot read unless they are exposed, sorted;
/// `None` if there are none.
fn own_names(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_listed = |name: &&str| {
        // Fetch, "forbidden response-header name".
        !ResponseValue::SAFELISTED_HEADERS.contains(name)
            && !matches!(*name, "set-cookie" | "set-cookie2")
    };
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).filter(is_listed).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| HeaderValue::from_str(&names.join(", ")).ok())?
}

/// [`ResponseValue::UsualMethods`] for a request for `requested`.
fn usual_methods(requested: Option<&HeaderValue>) -> Option<HeaderValue> {
    let usual = ResponseValue::USUAL_METHODS;
    let is_other = |requested: &&str| usual.split(", ").all(|usual| usual != *requested);
    match requested.and_then(|requested| requested.to_str().ok()).filter(is_other) {
        // Allocates nothing.
        None => Some(HeaderValue::from_static(usual)),
        Some(other) => HeaderValue::try_from(format!("{usual}, {other}")).ok(),
    }
}

/// The header names that two lists have in common; `*` means all.
fn common_names(mine: &HeaderValue, theirs: &HeaderValue) -> Option<HeaderValue> {
    let names = |list: &HeaderValue| -> Vec<String> {
        let list = list.to_str().unwrap_or_default().split(',');
        list.map(|name| name.trim().to_ascii_lowercase()).collect()
    };
    let (ours, others) = (names(mine), names(theirs));
    match (ours.iter().any(|name| name == "*"), others.iter().any(|name| name == "*")) {
        (true, _) => Some(theirs.clone()),
        (_, true) => Some(mine.clone()),
        _ => {
            let both: Vec<_> = ours.into_iter().filter(|name| others.contains(name)).collect();
            (!both.is_empty()).then(|| HeaderValue::from_str(&both.join(", ")).ok())?
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
            ResponseValue::UsualMethods => usual_methods(asked.requested_method()),
            ResponseValue::EchoHeaders => joined(asked.requested_headers().as_slice()),
            ResponseValue::Static(text) => Some(HeaderValue::from_static(text)),
            ResponseValue::Prepared(text) => match only {
                Some(policy) => policy.values[field as usize].clone(),
                None => HeaderValue::from_str(text).ok(),
            },
            ResponseValue::Common(names) => HeaderValue::try_from(names.to_string()).ok(),
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
/// Returns whether a handler had set some of its own.
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

/// Adds what is missing to `Vary`, over all its lines; `*` includes everything.
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

/// The field that a header is, if it is the middleware's to set.
fn owned_field(name_set: &HeaderName) -> Option<ResponseField> {
    ResponseField::ALL.into_iter().find(|field| name(*field) == *name_set)
}

/// Whether a header is the middleware's to set.
fn is_owned(name_set: &HeaderName) -> bool {
    name_set.as_str().starts_with("access-control-") && owned_field(name_set).is_some()
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
            assert_eq!(owned_field(&name(field)), Some(field));
        }
        let request_side = header::ACCESS_CONTROL_REQUEST_METHOD;
        for other in [header::VARY, header::CONTENT_TYPE, request_side] {
            assert_eq!(owned_field(&other), None, "{other}");
        }
    }
}
