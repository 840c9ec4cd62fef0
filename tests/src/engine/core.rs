//! The core without a framework: [`Policy::decide`] and [`Policy::answer`], and here, once more
//! and as naively as possible, what an adapter does with the headers of a handler.

use cors_core::{
    Answer as Symbolic, Coverage, Request, RequestField, Resolver, ResponseField, ResponseValue,
};

use super::{Answer, Engine, Sent, Unspeakable};
use crate::corpus::Handler;

/// The policies of one configuration.
#[derive(Debug)]
pub struct Core(Resolver);

impl Core {
    /// An engine for a configuration that was accepted.
    #[must_use]
    pub const fn new(resolver: Resolver) -> Self {
        Self(resolver)
    }
}

impl Engine for Core {
    fn name(&self) -> &'static str {
        "core"
    }

    fn answer(&self, request: &Sent, handler: &Handler) -> Result<Answer, Unspeakable> {
        let Self(resolver) = self;
        if resolver.disabled().is_some() {
            return Ok(passed_on(handler, resolver.has_limits()));
        }
        let path = request.target.split('?').next().unwrap_or_default();
        // Where the host is ambiguous, what all policies allow.
        let hosts = resolver.hosts_of(request).iter();
        let policies = hosts.map(|host| resolver.for_path_on(path, host));
        let policies = policies.filter(|policy| !policy.passes_through());
        let mut judged = policies.map(|policy| {
            let decision = policy.decide(request);
            let denial = decision
                .denial()
                .or(policy.denies_credentials(decision, || request.sends_cookies()));
            assert_eq!(policy.explain(request).refusal().and_then(cors_core::Step::denial), denial);
            (decision, denial, policy.answer(decision, Coverage::WholePath))
        });
        let Some((mut decision, mut denial, mut answer)) = judged.next() else {
            return Ok(passed_on(handler, false));
        };
        for (other, other_denial, theirs) in judged {
            (decision, denial) = match decision.denial() {
                Some(_) => (decision, denial),
                None => (other, other_denial),
            };
            answer = answer.common(theirs);
        }

        let handled = !decision.is_preflight() && !answer.is_refused();
        let status = match handler.error {
            _ if answer.is_refused() => 403,
            _ if !handled => resolver.preflight_status(),
            Some(error) => error,
            None => handler.status,
        };
        // A middleware that fails sets no headers, and neither does a handler that does not run.
        let set: &[_] = if handled && handler.error.is_none() { &handler.headers } else { &[] };
        let mut headers = set
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect::<Vec<_>>();
        // A WebSocket is not under CORS.
        if status != 101 {
            headers.retain(|(name, _)| ResponseField::ALL.iter().all(|owned| owned.name() != name));
            let own = own_names(&headers);
            headers.extend(render(&answer, request, &own));
            add_vary(&mut headers, answer.vary().names());
        }
        // Nor is there anything to decide about it.
        let reason = denial.filter(|_| status != 101).map(cors_core::Denial::code);
        Ok(Answer { status, headers, handled, reason })
    }
}

/// The response of an adapter that does nothing, except that it removes the CORS headers
/// of handlers if there are limits.
fn passed_on(handler: &Handler, has_limits: bool) -> Answer {
    let status = handler.error.unwrap_or(handler.status);
    let set: &[_] = if handler.error.is_none() { &handler.headers } else { &[] };
    let is_owned = |name: &str| ResponseField::ALL.iter().any(|owned| owned.name() == name);
    let headers = set
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| !has_limits || status == 101 || !is_owned(name))
        .collect();
    Answer { status, headers, handled: true, reason: None }
}

/// The names of the headers that scripts cannot read by themselves.
fn own_names(headers: &[(String, String)]) -> String {
    let readable = [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
        "set-cookie",
        "set-cookie2",
    ];
    let mut names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.retain(|name| !readable.contains(name));
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// The header lines of a symbolic answer, without `Vary`. `own` are the names of the
/// response's own headers.
///
/// # Panics
///
/// When the answer echoes something that is not in the request.
#[must_use]
pub fn render(answer: &Symbolic<'_>, request: &impl Request, own: &str) -> Vec<(String, String)> {
    let echo = |field: RequestField| {
        let lines: Vec<_> = request.lines(field).map(String::from_utf8_lossy).collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    };
    let requested = |field: RequestField| {
        let value = echo(field);
        value.unwrap_or_else(|| panic!("an echo of {field:?}, of which the request has none"))
    };
    let value = |value: ResponseValue<'_>| match value {
        ResponseValue::EchoOrigin => Some(requested(RequestField::Origin)),
        ResponseValue::EchoMethod => Some(requested(RequestField::RequestMethod)),
        ResponseValue::EchoHeaders => echo(RequestField::RequestHeaders),
        ResponseValue::UsualMethods => {
            let usual = "GET, HEAD, POST, PUT, PATCH, DELETE";
            let method = requested(RequestField::RequestMethod);
            Some(match usual.split(", ").any(|usual| usual == method) {
                true => usual.to_owned(),
                false => format!("{usual}, {method}"),
            })
        }
        ResponseValue::OwnHeaders => (!own.is_empty()).then(|| own.to_owned()),
        ResponseValue::Static(text) => Some(text.to_owned()),
        ResponseValue::Prepared(text) => Some(text.to_owned()),
        ResponseValue::Common(names) => Some(names.to_string()),
        other => panic!("an unknown kind of value: {other:?}"),
    };
    answer
        .headers()
        .filter_map(|(field, symbol)| value(symbol).map(|value| (field.name().to_owned(), value)))
        .collect()
}

fn add_vary(headers: &mut Vec<(String, String)>, names: &[&str]) {
    for name in names {
        let is_there = |(field, value): &(String, String)| {
            let mut known = value.split(',').map(str::trim);
            field == "vary" && known.any(|known| known == "*" || known.eq_ignore_ascii_case(name))
        };
        if !headers.iter().any(is_there) {
            headers.push(("vary".to_owned(), (*name).to_owned()));
        }
    }
}

/// The white space around a value is not part of it (RFC 9110, section 5.5).
impl Request for Sent {
    fn method(&self) -> &[u8] {
        self.method.as_bytes()
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let named = move |(name, _): &&(String, _)| name.eq_ignore_ascii_case(field.name());
        self.lines.iter().filter(named).map(|(_, value)| value.trim_ascii())
    }

    /// A path with escapes, dots or empty segments has other readings.
    fn segment(&self, index: usize) -> Option<&str> {
        let path = self.target.split('?').next()?.strip_prefix('/')?;
        let is_odd = |part: &str| matches!(part, "" | "." | "..") || part.contains('%');
        let path = path.strip_suffix('/').unwrap_or(path);
        (!path.split('/').any(is_odd)).then(|| path.split('/').nth(index))?
    }
}
