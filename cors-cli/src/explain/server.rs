//! A server that answers by the policies of a configuration, and explains each answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use cors_actix::Error;
use cors_browser::{Network, WireRequest, WireResponse};
use cors_core::{
    Answer, ByHost, Coverage, HostClass, Policy, Request, RequestField, Resolver, ResponseValue,
    Route, RouteOnHost, Rules, Source, routed_path,
};

use super::ExplainedRequest;
use crate::page::PageRequest;

pub(super) struct Server<'r> {
    resolver: &'r Resolver,
    /// The path that groups are compared with.
    path: String,
    /// The policies of an annotated handler.
    route: Option<ByHost<RouteOnHost>>,
    sends_cookies: bool,
    pub(super) steps: Vec<ExplainedRequest>,
}

impl<'r> Server<'r> {
    pub(super) fn new(
        resolver: &'r Resolver,
        request: &PageRequest,
        is_annotated: bool,
    ) -> Result<Self, Error> {
        let path = routed_path(request.fetch.url.path());
        let mut problems = Vec::new();
        let route = is_annotated.then(|| {
            let serves = [request.sent_method()];
            let rules = [Rules::new(Source::option("--annotated"))];
            let route = Route {
                pattern: &path,
                serves: &serves,
                handler_serves: &serves,
                modules: &[],
                rules: &rules,
            };
            resolver.route(route, &mut problems)
        });
        Error::check(problems)?;
        Ok(Self { resolver, path, route, sends_cookies: request.sends_cookies, steps: Vec::new() })
    }

    /// Whether a policy left a request alone.
    pub(super) fn is_left_alone(&self) -> bool {
        let policies = self.steps.iter().flat_map(|step| &step.policies);
        policies.into_iter().any(|(_, explanation)| explanation.passes_through())
    }

    /// The policy on a host, and why it applies.
    fn policy(&self, host: HostClass) -> (String, &Arc<Policy>) {
        let group = self.resolver.group_of(&self.path, host);
        let pattern = group.and_then(|group| self.resolver.group_pattern(group));
        let of_path = match &pattern {
            Some(pattern) => format!("the policy of the group `{pattern}`"),
            None => "the global policy".to_owned(),
        };
        let on_host = self.resolver.host_name(host).map(|name| format!(" on `{name}`"));
        let on_host = on_host.unwrap_or_default();
        match &self.route {
            Some(route) => {
                let policy = route.get(host).policies.get(group);
                (format!("an annotated handler under {of_path}{on_host}"), policy)
            }
            None => (format!("{of_path}{on_host}"), self.resolver.for_path_on(&self.path, host)),
        }
    }
}

impl Network for Server<'_> {
    fn send(&mut self, wire: &WireRequest) -> WireResponse {
        let sent = SentRequest::new(wire, self.sends_cookies);
        let mut policies = Vec::new();
        let mut answer: Option<Answer<'_>> = None;
        // Where the host is ambiguous, what all policies allow.
        for host in self.resolver.hosts_of(&sent).iter() {
            let (why, policy) = self.policy(host);
            policies.push((why, policy.explain(&sent)));
            let theirs = policy.answer(policy.decide(&sent), Coverage::WholePath);
            answer = Some(answer.map_or(theirs, |answer| answer.common(theirs)));
        }
        let response = answer.map_or_else(WireResponse::none, |answer| WireResponse {
            status: match (answer.is_refused(), wire.is_preflight()) {
                (true, _) => 403,
                (false, true) => self.resolver.preflight_status(),
                (false, false) => 200,
            },
            headers: lines(&answer, &sent),
            body: Vec::new(),
        });
        let what = match wire.is_preflight() {
            true => {
                let method = wire.header("access-control-request-method").unwrap_or_default();
                match wire.header("access-control-request-headers") {
                    Some(names) => format!("preflight for {method} with {names}"),
                    None => format!("preflight for {method}"),
                }
            }
            false => format!("{} {}", wire.method, wire.target()),
        };
        self.steps
            .push(ExplainedRequest { request: format!("{what}: {}", response.status), policies });
        response
    }
}

/// The header lines of an answer, as an adapter sends them.
fn lines(answer: &Answer<'_>, request: &SentRequest) -> Vec<(String, String)> {
    let echo = |field: RequestField| {
        let lines: Vec<_> = request.lines(field).map(String::from_utf8_lossy).collect();
        lines.join(", ")
    };
    let value = |value: ResponseValue<'_>| match value {
        ResponseValue::EchoOrigin => echo(RequestField::Origin),
        ResponseValue::EchoMethod => echo(RequestField::RequestMethod),
        ResponseValue::EchoHeaders => echo(RequestField::RequestHeaders),
        ResponseValue::UsualMethods => {
            let method = echo(RequestField::RequestMethod);
            format!("GET, HEAD, POST, PUT, PATCH, DELETE, {method}")
        }
        ResponseValue::Static(text) => text.to_owned(),
        ResponseValue::Prepared(text) => text.to_owned(),
        ResponseValue::Common(names) => names.to_string(),
        // The names of a response's own headers, and what later versions add: nothing that a
        // browser blocks a page for.
        _ => String::new(),
    };
    let lines = answer.headers().map(|(field, symbol)| (field.name().to_owned(), value(symbol)));
    lines.filter(|(_, value)| !value.is_empty()).collect()
}

/// A request of the browser, as policies see it.
struct SentRequest {
    method: String,
    lines: BTreeMap<&'static str, Vec<String>>,
    sends_cookies: bool,
}

impl SentRequest {
    fn new(wire: &WireRequest, sends_cookies: bool) -> Self {
        let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for field in FIELDS {
            let of_field =
                wire.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field.name()));
            lines.entry(field.name()).or_default().extend(of_field.map(|(_, value)| value.clone()));
        }
        Self { method: wire.method.clone(), lines, sends_cookies }
    }
}

const FIELDS: [RequestField; 8] = [
    RequestField::Origin,
    RequestField::RequestMethod,
    RequestField::RequestHeaders,
    RequestField::RequestPrivateNetwork,
    RequestField::SecFetchSite,
    RequestField::SecFetchMode,
    RequestField::Cookie,
    RequestField::Host,
];

impl Request for SentRequest {
    fn method(&self) -> &[u8] {
        self.method.as_bytes()
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        self.lines.get(field.name()).into_iter().flatten().map(String::as_bytes)
    }

    /// A preflight has no cookies, and the browser blocks the page all the same if the request
    /// after it has some.
    fn sends_cookies(&self) -> bool {
        self.sends_cookies
    }
}
