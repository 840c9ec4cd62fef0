//! Random rules and requests for the laws, and the count of the cases that tested something.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use cors_browser::Credentials;
use cors_browser::{Browser, FetchRequest, Url, WireRequest, WireResponse};
use cors_core::{
    Clause, ClauseKind, Code, Config, Coverage, Element, HostClass, IntoListValue as _, ListValue,
    Op, Origin, OriginPattern, Policy, Problem, RequestField, Resolver, Route, Rules, Setting,
    Severity, Source,
};
use cors_tests::engine::{Sent, render};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::runner;

pub(crate) const PATTERNS: &[&str] = &[
    "https://app.example",
    "https://a.app.example",
    "https://*.app.example",
    "https://other.example",
    "https://other.example:8443",
    "https://other.example:*",
    "http://localhost:*",
    "http://app.example",
];

pub(crate) const ORIGINS: &[&str] = &[
    "https://app.example",
    "https://a.app.example",
    "https://b.a.app.example",
    "https://other.example",
    "https://other.example:8443",
    "http://localhost:3000",
    "http://app.example",
    "https://unlisted.example",
    "null",
    "https://app.example/",
    "",
];

pub(crate) const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PURGE"];
pub(crate) const HEADERS: &[&str] = &["authorization", "content-type", "x-a", "x-b"];
pub(crate) const EXPOSED: &[&str] = &["etag", "x-total"];
pub(crate) const FLAGS: &[Setting] = &[
    Setting::Credentials,
    Setting::PrivateNetwork,
    Setting::Enforce,
    Setting::DangerAllowInsecureOrigins,
    Setting::DangerAllowPublicSuffixes,
    Setting::DangerAllowNullOrigin,
];

// --- how layers merge

/// The rules of one layer, sometimes invalid.
pub(crate) fn layer() -> impl Strategy<Value = Rules> {
    let base = prop_oneof![
        12 => Just(None),
        1 => Just(Some(ClauseKind::Off)),
        1 => Just(Some(ClauseKind::Passthrough)),
        1 => Just(Some(ClauseKind::Replace)),
    ];
    let flags = vec(prop::option::weighted(0.25, any::<bool>()), FLAGS.len());
    let max_age = prop::option::weighted(0.3, select(&[0_i64, 5, 600, 86_400][..]));
    (
        base,
        list(Setting::Origins, PATTERNS, 0.8),
        list(Setting::Methods, METHODS, 0.6),
        list(Setting::Headers, HEADERS, 0.5),
        list(Setting::Expose, EXPOSED, 0.3),
        prop::option::weighted(0.15, trusted()),
        flags,
        max_age,
    )
        .prop_map(|(base, origins, methods, headers, expose, trusted, flags, max_age)| {
            if let Some(base @ (ClauseKind::Off | ClauseKind::Passthrough)) = base {
                return rules().with_clause(base, here());
            }
            let base = base.into_iter().chain(origins).chain(methods).chain(headers).chain(expose);
            let base = base.chain(trusted.clone());
            let rules = base.fold(rules(), |rules, kind| rules.with_clause(kind, here()));
            let flags = FLAGS.iter().zip(flags);
            let rules = flags.fold(rules, |rules, (setting, flag)| match flag {
                // A list of credentials is another value of the same setting.
                Some(_) if *setting == Setting::Credentials && trusted.is_some() => rules,
                Some(value) => rules.flag(*setting, value, here()),
                None => rules,
            });
            match max_age {
                Some(seconds) => rules.max_age(seconds, here()),
                None => rules,
            }
        })
}

/// A layer that allows all of [`PATTERNS`], so that there is more to judge than the origin.
pub(crate) fn permissive() -> impl Strategy<Value = Rules> {
    let origins = prop_oneof![
        1 => Just(ListValue::Any(here())),
        3 => Just(PATTERNS.into_list_value(&here())),
    ];
    (layer(), origins).prop_map(|(rules, origins)| {
        let rest = without(rules, Setting::Origins).into_iter();
        let disables =
            |clause: &Clause| matches!(clause.kind, ClauseKind::Off | ClauseKind::Passthrough);
        of(rest.filter(|clause| !disables(clause))).list(Setting::Origins, Op::Set, origins, here())
    })
}

pub(crate) fn list(
    setting: Setting,
    pool: &'static [&'static str],
    often: f64,
) -> impl Strategy<Value = Option<ClauseKind>> {
    let elements = subsequence(pool, 1..=pool.len().min(4));
    let keyword = any::<bool>().prop_map(move |authorization| match setting {
        Setting::Headers if authorization => ListValue::AnyWithAuthorization(here()),
        _ => ListValue::Any(here()),
    });
    let op = || select(&[Op::Set, Op::Set, Op::Set, Op::Add, Op::Remove][..]);
    let clause = prop_oneof![
        5 => (op(), elements).prop_map(move |(op, elements)| {
            ClauseKind::List(setting, op, elements.as_slice().into_list_value(&here()))
        }),
        1 => keyword.prop_map(move |value| ClauseKind::List(setting, Op::Set, value)),
    ];
    prop::option::weighted(often, clause)
}

/// A list of origins that may send credentials, or a change of one.
fn trusted() -> impl Strategy<Value = ClauseKind> {
    let op = select(&[Op::Set, Op::Set, Op::Add, Op::Remove][..]);
    (op, subsequence(PATTERNS, 1..=2)).prop_map(|(op, elements)| {
        let list = elements.as_slice().into_list_value(&here());
        ClauseKind::List(Setting::Credentials, op, list)
    })
}

pub(crate) fn rules() -> Rules {
    Rules::new(here())
}

pub(crate) fn here() -> Source {
    Source::file("law", 1, 1)
}

pub(crate) fn of(clauses: impl IntoIterator<Item = cors_core::Clause>) -> Rules {
    clauses.into_iter().fold(rules(), |rules, clause| rules.with_clause(clause.kind, clause.source))
}

pub(crate) fn without(rules: Rules, setting: Setting) -> Vec<cors_core::Clause> {
    let about = |kind: &ClauseKind| matches!(kind, ClauseKind::List(set, ..) if *set == setting);
    rules.clauses().iter().filter(|clause| !about(&clause.kind)).cloned().collect()
}

pub(crate) fn sets(rules: &Rules, setting: Setting) -> bool {
    without(rules.clone(), setting).len() < rules.clauses().len()
}

/// The methods of a route that change nothing: those that un-annotated paths start from, unless
/// the methods are listed; `None` where they are edited relative to the route.
pub(crate) fn served(global: &Rules) -> Option<&'static [&'static str]> {
    let is_list = |clause: &cors_core::Clause| {
        matches!(clause.kind, ClauseKind::List(Setting::Methods, Op::Set, ListValue::Elements(_)))
    };
    match sets(global, Setting::Methods) {
        false => Some(&METHODS[..3]),
        true => global.clauses().iter().any(is_list).then_some(METHODS),
    }
}

/// Whether the rules set or add an element, or all of them.
pub(crate) fn adds(rules: &Rules, setting: Setting, is_it: impl Fn(&str) -> bool) -> bool {
    rules.clauses().iter().any(|clause| match &clause.kind {
        ClauseKind::List(set, Op::Set | Op::Add, value) if *set == setting => match value {
            ListValue::Elements(elements) => {
                elements.iter().any(|Element { text, .. }| is_it(text))
            }
            _ => true,
        },
        _ => false,
    })
}

pub(crate) fn names_origin(rules: &Rules, origin: &[u8]) -> bool {
    let allows_null = ClauseKind::Flag(Setting::DangerAllowNullOrigin, true);
    if origin == b"null" && rules.clauses().iter().any(|clause| clause.kind == allows_null) {
        return true;
    }
    adds(rules, Setting::Origins, |pattern| {
        let pattern = OriginPattern::parse(pattern).unwrap();
        Origin::parse(origin).is_some_and(|origin| pattern.matches(&origin))
    })
}

// --- policies

pub(crate) fn route(
    below: &Resolver,
    own: &Rules,
    serves: &[&str],
) -> Result<Arc<Policy>, Vec<Problem>> {
    policies_of(below, "/outside", own, serves)
}

pub(crate) fn policies_of(
    below: &Resolver,
    path: &str,
    own: &Rules,
    serves: &[&str],
) -> Result<Arc<Policy>, Vec<Problem>> {
    let mut problems = Vec::new();
    let route = Route {
        pattern: path,
        serves,
        handler_serves: METHODS,
        modules: &[],
        rules: std::slice::from_ref(own),
    };
    let policies = below.route(route, &mut problems).other().policies.clone();
    problems.retain(|problem| problem.severity() == Severity::Error);
    match problems.is_empty() {
        true => Ok(Arc::clone(policies.get(below.group_of(path, HostClass::OTHER)))),
        false => Err(problems),
    }
}

pub(crate) fn merged(global: Rules, own: &Rules) -> Result<Arc<Policy>, ()> {
    let below = Config::new(global).resolve().map_err(drop)?;
    route(&below, own, METHODS).map_err(drop)
}

pub(crate) fn codes(problems: &[Problem]) -> Vec<Code> {
    let codes: BTreeSet<_> = problems
        .iter()
        .filter(|problem| problem.severity() == Severity::Error)
        .map(|problem| problem.code().as_str())
        .collect();
    let known = |code| problems.iter().map(Problem::code).find(|known| known.as_str() == code);
    codes.into_iter().filter_map(known).collect()
}

// --- requests

/// Any request, from browsers and other clients.
pub(crate) fn request() -> impl Strategy<Value = Sent> {
    let bytes = |text: &&str| text.as_bytes().to_vec();
    let origin = || select(ORIGINS).prop_map(move |origin| bytes(&origin));
    let method = select(&["GET", "POST", "PUT", "OPTIONS", "OPTIONS", "OPTIONS", "OPTIONS"][..]);
    let requested_method = select(&["GET", "PUT", "PURGE", "put", "*", "", "NO SUCH"][..]);
    let requested_headers =
        vec(select(&["x-a", "x-b, X-A", "authorization", "*", "x-no", "", "a b"][..]), 0..3);
    (
        method,
        prop_oneof![1 => vec(origin(), 0..1), 8 => vec(origin(), 1..2), 1 => vec(origin(), 2..3)],
        prop::option::weighted(0.8, requested_method),
        requested_headers,
        prop::option::weighted(0.2, select(&["true", "false"][..])),
        prop::option::weighted(0.2, select(&["same-origin", "cross-site"][..])),
        prop::option::weighted(0.4, select(&["cors", "navigate"][..])),
    )
        .prop_map(move |(method, origins, requested, headers, private, site, mode)| {
            let line = |name: &str, value: Vec<u8>| (name.to_owned(), value);
            let text = |name: &'static str| move |value: &str| line(name, bytes(&value));
            let mut lines = vec![line("host", b"app.example".to_vec())];
            lines.extend(origins.into_iter().map(|origin| line("origin", origin)));
            lines.extend(requested.map(text("access-control-request-method")));
            lines.extend(headers.into_iter().map(text("access-control-request-headers")));
            lines.extend(private.map(text("access-control-request-private-network")));
            lines.extend(site.map(text("sec-fetch-site")));
            if let Some(mode) = mode {
                lines.push(line("sec-fetch-mode", bytes(&mode)));
                lines.push(line("cookie", b"a=1".to_vec()));
            }
            Sent { method: method.to_owned(), target: "/".to_owned(), lines }
        })
}

/// A request of a page.
pub(crate) fn fetch() -> impl Strategy<Value = FetchRequest> {
    let header = select(&["Authorization", "X-A", "X-B", "X-C"][..]);
    let headers = vec(header, 0..3);
    (select(METHODS), headers, any::<bool>(), any::<bool>()).prop_map(
        |(method, headers, include, force_preflight)| {
            let url = Url::parse("https://api.example/x").unwrap();
            let credentials = if include { Credentials::Include } else { Credentials::Omit };
            let request = FetchRequest::new(method, url).credentials(credentials);
            let request = headers.iter().fold(request, |request, name| request.header(name, "1"));
            if force_preflight { request.upload_listener() } else { request }
        },
    )
}

pub(crate) fn coverage() -> impl Strategy<Value = Coverage> {
    select(&[Coverage::WholePath, Coverage::RequestedMethod][..])
}

pub(crate) fn browsers_send(origin: &str) -> bool {
    origin == "null" || Origin::parse(origin.as_bytes()).is_some()
}

/// The requests of a fetch: its preflight, if there is one, and the actual request.
pub(crate) fn requests_of(origin: &str, fetch: &FetchRequest) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut network = |wire: &WireRequest| {
        let lines = wire.headers.iter();
        let lines = lines.map(|(n, v)| (n.to_ascii_lowercase(), v.clone().into_bytes())).collect();
        sent.push(Sent { method: wire.method.clone(), target: wire.target().to_owned(), lines });
        let requested = |name| wire.header(name).unwrap_or_default();
        WireResponse::new(
            200,
            &[
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Allow-Methods", &requested("access-control-request-method")),
                ("Access-Control-Allow-Headers", &requested("access-control-request-headers")),
            ],
        )
    };
    let outcome = Browser::new().fetch(&mut network, origin, fetch);
    assert!(outcome.result.is_ok(), "{:?}", outcome.failure());
    sent
}

pub(crate) fn get(origin: &str) -> Sent {
    let lines = vec![(RequestField::Origin.name().to_owned(), origin.as_bytes().to_vec())];
    Sent { method: "GET".to_owned(), target: "/".to_owned(), lines }
}

pub(crate) fn every_answer(policy: &Policy, request: &Sent) -> Vec<Vec<(String, String)>> {
    let decision = policy.decide(request);
    [Coverage::WholePath, Coverage::RequestedMethod]
        .map(|coverage| render(&policy.answer(decision, coverage), request, ""))
        .into()
}

// --- running

/// Tests a law on random cases; it returns `false` for cases that test nothing.
pub(crate) fn holds<S: Strategy>(
    strategy: &S,
    least: u32,
    law: impl Fn(S::Value) -> Result<bool, TestCaseError>,
) {
    const CASES: u32 = 1_500;
    let held = Cell::new(0);
    runner::hold(CASES, strategy, |input| {
        held.set(held.get() + u64::from(law(input)?));
        Ok(())
    });
    let (held, cases) = (held.get(), runner::cases(CASES));
    println!("held for {held} of {cases}");
    assert!(held >= u64::from(least), "held for {held} of {cases} only");
}
