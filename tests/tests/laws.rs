//! Laws that hold for whatever people write: how layers merge, and what no answer ever says.
//!
//! Rules are random; those that are refused tell nothing, so each law counts the ones that were
//! accepted and fails when they are too few.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use cors_core::{
    Code, Config, Coverage, Decision, Denial, Element, IntoListValue as _, ListValue, Op, Origin,
    OriginPattern, Policy, Problem, RequestField, Resolver, ResponseField, ResponseValue, Route,
    Rules, Says, Setting, Severity, Source, Verdict,
};
use cors_tests::browser::{Browser, FetchRequest, Url, WireRequest, WireResponse};
use cors_tests::browser::{Credentials, cors_check, preflight_check};
use cors_tests::engine::{Sent, render};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestRunner;

const PATTERNS: &[&str] = &[
    "https://app.example",
    "https://a.app.example",
    "https://*.app.example",
    "https://other.example",
    "https://other.example:8443",
    "https://other.example:*",
    "http://localhost:*",
    "http://app.example",
];

const ORIGINS: &[&str] = &[
    "https://app.example",
    "https://a.app.example",
    "https://b.a.app.example",
    "https://other.example",
    "https://other.example:8443",
    "http://localhost:3000",
    "http://app.example",
    "https://stranger.example",
    "null",
    "https://app.example/",
    "",
];

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PURGE"];
const HEADERS: &[&str] = &["authorization", "content-type", "x-a", "x-b"];
const EXPOSED: &[&str] = &["etag", "x-total"];
const FLAGS: &[Setting] = &[
    Setting::Credentials,
    Setting::PrivateNetwork,
    Setting::Enforce,
    Setting::DangerAllowInsecureOrigins,
    Setting::DangerAllowPublicSuffixes,
    Setting::DangerAllowNullOrigin,
];

// --- how layers merge

#[test]
fn who_says_nothing_inherits_everything() {
    holds(&layer(), 200, |global| {
        let Some(serves) = served(&global) else { return Ok(false) };
        let config = Config::new(global.clone());
        let grouped = config.clone().group("/group/**", rules(), here());
        if global.clauses().iter().any(|clause| clause.says == Says::Off) {
            let refusal = grouped.resolve().unwrap_err();
            prop_assert_eq!(codes(refusal.problems()), [Code::PARENT_IS_OFF]);
            return Ok(true);
        }
        let Ok(below) = config.resolve() else { return Ok(false) };
        let grouped = grouped.resolve();
        prop_assert!(grouped.is_ok(), "{}", grouped.unwrap_err());
        let grouped = grouped.unwrap();
        prop_assert_eq!(grouped.for_path("/group/x"), below.global());
        prop_assert_eq!(&route(&below, &rules(), serves).unwrap(), below.global());
        Ok(true)
    });
}

#[test]
fn a_route_that_replaces_is_not_told_from_one_in_an_empty_configuration() {
    holds(&(layer(), layer()), 150, |(global, own)| {
        let replaces = own.replace(here());
        let Ok(below) = Config::new(global).resolve() else { return Ok(false) };
        let Ok(nothing) = Config::new(rules()).resolve() else { return Ok(false) };
        let with = route(&below, &replaces, METHODS);
        prop_assert_eq!(&with, &route(&nothing, &replaces, METHODS));
        Ok(with.is_ok())
    });
}

#[test]
fn a_route_that_is_off_lets_nobody_in() {
    holds(&(layer(), request()), 150, |(global, request)| {
        let Ok(below) = Config::new(global).resolve() else { return Ok(false) };
        let policy = route(&below, &rules().off(here()), METHODS).unwrap();
        let has_origin = request.lines.iter().any(|(name, _)| name == "origin");
        let decision = policy.decide(&request);
        // Pages of the server itself are no matter of CORS, and nobody is let in by that.
        if has_origin && decision != Decision::NotCors {
            let twice = decision.denial() == Some(Denial::DuplicatedOrigin);
            prop_assert!(twice || decision.denial() == Some(Denial::Off), "{decision:?}");
        }
        for coverage in [Coverage::WholePath, Coverage::RequestedMethod] {
            let answer = policy.answer(decision, coverage);
            prop_assert_eq!(answer.headers().count(), 0);
            let disallowed = matches!(decision, Decision::Actual(Verdict::Denied(_)));
            let refused = decision.is_preflight() || disallowed && below.global().enforces();
            prop_assert_eq!(answer.is_refused(), refused);
        }
        Ok(true)
    });
}

#[test]
fn what_is_added_and_removed_again_was_never_there() {
    let edit = select(vec![
        (Setting::Origins, PATTERNS),
        (Setting::Methods, METHODS),
        (Setting::Headers, HEADERS),
        (Setting::Expose, EXPOSED),
    ])
    .prop_flat_map(|(setting, pool)| {
        let most = pool.len();
        (Just(setting), Just(pool), subsequence(pool, 0..most), any::<u64>())
    });
    holds(&(layer(), edit), 100, |(global, (setting, pool, first, bits))| {
        let second: Vec<&str> = (pool.iter().enumerate())
            .filter(|(i, element)| bits >> i & 1 == 1 && !first.contains(element))
            .map(|(_, element)| *element)
            .collect();
        if second.is_empty() {
            return Ok(false);
        }
        // Methods would start from those that the route serves.
        let first = if first.is_empty() {
            rules()
        } else {
            rules().list(setting, Op::Set, &*first, here())
        };
        let said = says(&first, setting);
        if setting == Setting::Methods && !said {
            return Ok(false);
        }
        let base = without(global, setting).into_iter().chain(first.clauses().to_vec());
        // Who adds trust must say what becomes of credentials.
        let base = of(base.filter(|c| c.says != Says::Flag(Setting::Credentials, true)));
        let add = rules().list(setting, Op::Add, &*second, here());
        let remove = rules().list(setting, Op::Remove, &*second, here());
        let config = Config::new(base).group("/group/**", add, here());
        let Ok(resolver) = config.resolve() else { return Ok(false) };
        let policies = policies(&resolver, "/group/x", &remove, METHODS);
        let untouched = policies_of(&resolver, "/x", &rules(), METHODS);
        match policies {
            Ok(restored) => prop_assert_eq!(Ok(restored), untouched),
            Err(problems) => {
                // Nobody is left, where nobody was before; and what a group added is not there
                // for those paths of the route that are in no group.
                let known = [Code::NOTHING_LEFT, Code::NOTHING_TO_REMOVE, Code::COVERED_BY_PATTERN];
                let codes = codes(&problems);
                prop_assert!(codes.iter().all(|code| known.contains(code)), "{codes:?}");
                return Ok(false);
            }
        }
        Ok(true)
    });
}

#[test]
fn nothing_is_granted_that_no_layer_said() {
    holds(&(layer(), layer(), layer(), request()), 60, |(global, group, own, request)| {
        let config = Config::new(global.clone()).group("/group/**", group.clone(), here());
        let Ok(resolver) = config.resolve() else { return Ok(false) };
        let Ok(policy) = policies(&resolver, "/group/x", &own, METHODS) else { return Ok(false) };
        let layers = [&global, &group, &own];
        let decision = policy.decide(&request);
        let answer = policy.answer(decision, Coverage::WholePath);

        let origin = request.lines.iter().find(|(name, _)| name == "origin");
        if let (Some(_), Some((_, origin))) = (answer.value(ResponseField::AllowOrigin), origin) {
            let said = layers.iter().any(|layer| names_origin(layer, origin));
            prop_assert!(said, "{} is let in", String::from_utf8_lossy(origin));
        }
        for (setting, field) in [
            (Setting::Credentials, ResponseField::AllowCredentials),
            (Setting::PrivateNetwork, ResponseField::AllowPrivateNetwork),
        ] {
            let said = layers.iter().any(|layer| {
                layer.clauses().iter().any(|clause| clause.says == Says::Flag(setting, true))
            });
            prop_assert!(said || answer.value(field).is_none(), "{setting}");
        }
        for (setting, field) in [
            (Setting::Headers, ResponseField::AllowHeaders),
            (Setting::Expose, ResponseField::ExposeHeaders),
        ] {
            let Some(ResponseValue::Prepared(names)) = answer.value(field) else { continue };
            for name in names.split(',').map(str::trim) {
                let said = layers.iter().any(|layer| adds(layer, setting, |e| e == name));
                prop_assert!(said, "{setting}: {name}");
            }
        }
        Ok(true)
    });
}

#[test]
fn who_does_not_speak_of_origins_changes_nothing_about_them() {
    holds(&(layer(), layer(), select(ORIGINS)), 150, |(global, own, origin)| {
        let own = of(without(own, Setting::Origins).into_iter().filter(|clause| {
            // `null` is let in by a flag of its own.
            !matches!(clause.says, Says::Off | Says::Replace | Says::Policy(_))
                && !matches!(clause.says, Says::Flag(Setting::DangerAllowNullOrigin, _))
        }));
        let Ok(below) = Config::new(global).resolve() else { return Ok(false) };
        let Ok(policy) = route(&below, &own, METHODS) else { return Ok(false) };
        let get = get(origin);
        let readable = |policy: &Policy| {
            let answer = policy.answer(policy.decide(&get), Coverage::WholePath);
            answer.value(ResponseField::AllowOrigin).map(|value| format!("{value:?}"))
        };
        prop_assert_eq!(readable(&policy), readable(below.global()));
        Ok(true)
    });
}

// --- what no answer ever says

#[test]
fn no_answer_has_a_wildcard_or_null_together_with_credentials() {
    holds(&(layer(), layer(), request()), 100, |(global, own, request)| {
        let Ok(policy) = merged(global, &own) else { return Ok(false) };
        for headers in every_answer(&policy, &request) {
            let value = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| &**v);
            if value("access-control-allow-credentials").is_some() {
                let is_wild = |(_, value): &(String, String)| {
                    value.split(',').any(|v| matches!(v.trim(), "*" | "null"))
                };
                // Except for an echo: with credentials, `*` is a name like any other.
                let asked = |name: &str| {
                    let lines = request.lines.iter().filter(|(line, _)| line == name);
                    lines.map(|(_, v)| String::from_utf8_lossy(v)).collect::<Vec<_>>().join(", ")
                };
                let echoes = |(_, value): &(String, String)| {
                    *value == asked("access-control-request-headers")
                        || *value == asked("access-control-request-method")
                };
                let wild = headers.iter().find(|line| is_wild(line) && !echoes(line));
                prop_assert!(wild.is_none(), "{wild:?}");
                let origin = value("access-control-allow-origin");
                prop_assert!(!matches!(origin, Some("*" | "null")), "{origin:?}");
            }
        }
        Ok(true)
    });
}

#[test]
fn an_answer_names_no_origin_but_the_one_that_asked() {
    holds(&(layer(), layer(), request()), 100, |(global, own, request)| {
        let Ok(policy) = merged(global, &own) else { return Ok(false) };
        let origins: Vec<_> = request.lines.iter().filter(|(name, _)| name == "origin").collect();
        for headers in every_answer(&policy, &request) {
            let named: Vec<_> =
                headers.iter().filter(|(name, _)| name == "access-control-allow-origin").collect();
            match (&*named, &*origins) {
                ([], _) => {}
                ([(_, named)], _) if named == "*" => {}
                ([(_, named)], [(_, origin)]) => prop_assert_eq!(named.as_bytes(), &**origin),
                _ => prop_assert!(false, "{named:?} for {origins:?}"),
            }
        }
        Ok(true)
    });
}

/// Where two policies may be meant, a browser is never allowed what one of them refuses.
#[test]
fn what_two_policies_have_in_common_is_no_more_than_either_grants() {
    let two = ((welcoming(), layer()), (welcoming(), layer()));
    holds(&(two, fetch(), select(ORIGINS), coverage()), 300, |(two, fetch, origin, coverage)| {
        let ((global_1, own_1), (global_2, own_2)) = two;
        let (Ok(one), Ok(other)) = (merged(global_1, &own_1), merged(global_2, &own_2)) else {
            return Ok(false);
        };
        if !browsers_send(origin) {
            return Ok(false);
        }
        for request in requests_of(origin, &fetch) {
            let answers = [&one, &other].map(|p| p.answer(p.decide(&request), coverage));
            let common = answers[0].common(answers[1]);
            let is_preflight = request.method == "OPTIONS";
            let passes = |answer: &cors_core::Answer<'_>| {
                let headers = render(answer, &request);
                match is_preflight {
                    true => {
                        let status = if answer.is_refused() { 403 } else { 204 };
                        let response = WireResponse { status, headers };
                        preflight_check(origin, &fetch, &response).is_ok()
                    }
                    false => {
                        let include = fetch.credentials == Credentials::Include;
                        cors_check(origin, include, &headers).is_ok()
                    }
                }
            };
            if passes(&common) {
                prop_assert!(answers.iter().all(passes), "{answers:?}\ntogether {common:?}");
            }
            if !is_preflight {
                let refused = answers.iter().any(cors_core::Answer::is_refused);
                prop_assert_eq!(common.is_refused(), refused);
            }
            prop_assert!(answers.iter().all(|answer| common.vary() >= answer.vary()));
        }
        Ok(true)
    });
}

/// Refusing by an answer with status 204 works only if browsers take it for a refusal.
#[test]
fn a_browser_goes_on_only_after_a_preflight_that_was_allowed() {
    let policy = (welcoming(), layer(), subsequence(METHODS, 1..4));
    let strategy = (policy, fetch(), select(ORIGINS), coverage());
    holds(&strategy, 300, |((global, own, serves), fetch, origin, coverage)| {
        let Ok(below) = Config::new(global).resolve() else { return Ok(false) };
        let Ok(policy) = route(&below, &own, &serves) else { return Ok(false) };
        if !browsers_send(origin) {
            return Ok(false);
        }
        for request in requests_of(origin, &fetch).into_iter().filter(|r| r.method == "OPTIONS") {
            let decision = policy.decide(&request);
            let answer = policy.answer(decision, coverage);
            let status = if answer.is_refused() { 403 } else { 204 };
            let response = WireResponse { status, headers: render(&answer, &request) };
            let passes = preflight_check(origin, &fetch, &response);
            let allowed = decision.verdict() == Some(Verdict::Allowed);
            let include = fetch.credentials == Credentials::Include;
            let credentials = answer.value(ResponseField::AllowCredentials).is_some();
            // Only whether cookies may come along is left for the browser to find out.
            let expected = allowed && (!include || credentials);
            prop_assert_eq!(passes.is_ok(), expected, "{:?}: {:?}", decision, passes);
        }
        Ok(true)
    });
}

/// Where other methods of the path are under other policies, what a browser remembers of an
/// answer lets nothing through but what it asked for. `*` is a method, and a name, like any other.
#[test]
fn an_answer_for_one_method_is_remembered_for_no_other() {
    let methods = || select(["PUT", "PATCH", "*"].as_slice());
    let names = || subsequence(vec!["x-a", "x-b", "*"], 0..3);
    let pages = (methods(), names(), methods(), names());
    let any = subsequence(vec![Setting::Methods, Setting::Headers], 0..3);
    holds(&(welcoming(), any, pages), 200, |(rules, any, pages)| {
        let rules = any.into_iter().fold(rules, |rules, setting| {
            let rules = of(without(rules, setting));
            rules.list(setting, Op::Set, ListValue::Any(here()), here())
        });
        let Ok(resolver) = Config::new(rules).resolve() else { return Ok(false) };
        let policy = resolver.global();
        let (method, names, other_method, other_names) = pages;
        let is_new = method != other_method || other_names.iter().any(|n| !names.contains(n));
        let mut network = |wire: &WireRequest| {
            let lines = wire.headers.iter();
            let lines = lines.map(|(n, v)| (n.clone(), v.clone().into_bytes())).collect();
            let sent = Sent { method: wire.method.clone(), target: wire.target.clone(), lines };
            let answer = policy.answer(policy.decide(&sent), Coverage::RequestedMethod);
            let status = if answer.is_refused() { 403 } else { 200 };
            WireResponse { status, headers: render(&answer, &sent) }
        };
        let mut browser = Browser::new();
        let mut fetch = |method: &str, names: &[&str]| {
            let request = FetchRequest::new(method, Url::parse("https://api.example/x").unwrap());
            let request = names.iter().fold(request, |request, name| request.header(name, "1"));
            browser.fetch(&mut network, "https://app.example", &request)
        };
        let first = fetch(method, &names);
        let second = fetch(other_method, &other_names);
        if is_new {
            prop_assert!(second.preflight.is_some(), "nobody asked, after {:?}", first.preflight);
        }
        Ok(is_new && first.actual.is_some())
    });
}

// --- rules

/// What one layer says, sometimes nonsense.
fn layer() -> impl Strategy<Value = Rules> {
    let base = prop_oneof![
        12 => Just(None),
        1 => Just(Some(Says::Off)),
        1 => Just(Some(Says::Replace)),
    ];
    let flags = vec(prop::option::weighted(0.25, any::<bool>()), FLAGS.len());
    let max_age = prop::option::weighted(0.3, select(&[0_i64, 5, 600, 86_400][..]));
    (
        base,
        list(Setting::Origins, PATTERNS, 0.8),
        list(Setting::Methods, METHODS, 0.6),
        list(Setting::Headers, HEADERS, 0.5),
        list(Setting::Expose, EXPOSED, 0.3),
        flags,
        max_age,
    )
        .prop_map(|(base, origins, methods, headers, expose, flags, max_age)| {
            if base == Some(Says::Off) {
                return rules().off(here());
            }
            let base = base.into_iter().chain(origins).chain(methods).chain(headers).chain(expose);
            let rules = base.fold(rules(), |rules, says| rules.say(says, here()));
            let flags = FLAGS.iter().zip(flags);
            let rules = flags.fold(rules, |rules, (setting, flag)| match flag {
                Some(value) => rules.flag(*setting, value, here()),
                None => rules,
            });
            match max_age {
                Some(seconds) => rules.max_age(seconds, here()),
                None => rules,
            }
        })
}

/// A layer that lets in all of [`PATTERNS`], so that there is more to judge than the origin.
fn welcoming() -> impl Strategy<Value = Rules> {
    let origins = prop_oneof![
        1 => Just(ListValue::Any(here())),
        3 => Just(PATTERNS.into_list_value(&here())),
    ];
    (layer(), origins).prop_map(|(rules, origins)| {
        let rest = without(rules, Setting::Origins).into_iter();
        of(rest.filter(|clause| clause.says != Says::Off)).list(
            Setting::Origins,
            Op::Set,
            origins,
            here(),
        )
    })
}

fn list(
    setting: Setting,
    pool: &'static [&'static str],
    often: f64,
) -> impl Strategy<Value = Option<Says>> {
    let elements = subsequence(pool, 1..=pool.len().min(4));
    let keyword = any::<bool>().prop_map(move |authorization| match setting {
        Setting::Headers if authorization => ListValue::AnyWithAuthorization(here()),
        _ => ListValue::Any(here()),
    });
    let op = || select(&[Op::Set, Op::Set, Op::Set, Op::Add, Op::Remove][..]);
    let says = prop_oneof![
        5 => (op(), elements).prop_map(move |(op, elements)| {
            Says::List(setting, op, elements.as_slice().into_list_value(&here()))
        }),
        1 => keyword.prop_map(move |value| Says::List(setting, Op::Set, value)),
    ];
    prop::option::weighted(often, says)
}

fn rules() -> Rules {
    Rules::new(here())
}

fn here() -> Source {
    Source::file("law", 1, 1)
}

fn of(clauses: impl IntoIterator<Item = cors_core::Clause>) -> Rules {
    clauses.into_iter().fold(rules(), |rules, clause| rules.say(clause.says, clause.source))
}

fn without(rules: Rules, setting: Setting) -> Vec<cors_core::Clause> {
    let about = |says: &Says| matches!(says, Says::List(said, ..) if *said == setting);
    rules.clauses().iter().filter(|clause| !about(&clause.says)).cloned().collect()
}

fn says(rules: &Rules, setting: Setting) -> bool {
    without(rules.clone(), setting).len() < rules.clauses().len()
}

/// The methods of a route that change nothing: those that un-annotated paths start from, unless
/// the methods are listed; `None` where what is said of them is relative to the route.
fn served(global: &Rules) -> Option<&'static [&'static str]> {
    let is_list = |clause: &cors_core::Clause| {
        matches!(clause.says, Says::List(Setting::Methods, Op::Set, ListValue::Elements(_)))
    };
    match says(global, Setting::Methods) {
        false => Some(&METHODS[..3]),
        true => global.clauses().iter().any(is_list).then_some(METHODS),
    }
}

/// Whether the rules set or add an element, or all of them.
fn adds(rules: &Rules, setting: Setting, is_it: impl Fn(&str) -> bool) -> bool {
    rules.clauses().iter().any(|clause| match &clause.says {
        Says::List(said, Op::Set | Op::Add, value) if *said == setting => match value {
            ListValue::Elements(elements) => {
                elements.iter().any(|Element { text, .. }| is_it(text))
            }
            _ => true,
        },
        _ => false,
    })
}

fn names_origin(rules: &Rules, origin: &[u8]) -> bool {
    let allows_null = Says::Flag(Setting::DangerAllowNullOrigin, true);
    if origin == b"null" && rules.clauses().iter().any(|clause| clause.says == allows_null) {
        return true;
    }
    adds(rules, Setting::Origins, |pattern| {
        let pattern = OriginPattern::parse(pattern).unwrap();
        Origin::parse(origin).is_some_and(|origin| pattern.matches(&origin))
    })
}

// --- policies

fn route(below: &Resolver, own: &Rules, serves: &[&str]) -> Result<Arc<Policy>, Vec<Problem>> {
    policies(below, "/outside", own, serves)
}

fn policies(
    below: &Resolver,
    path: &str,
    own: &Rules,
    serves: &[&str],
) -> Result<Arc<Policy>, Vec<Problem>> {
    let mut problems = Vec::new();
    let route = Route { pattern: path, serves, handler_serves: METHODS, rules: own };
    let policies = below.route(route, &mut problems);
    problems.retain(|problem| problem.severity() == Severity::Error);
    match problems.is_empty() {
        true => Ok(Arc::clone(policies.get(below.group_of(path)))),
        false => Err(problems),
    }
}

use policies as policies_of;

fn merged(global: Rules, own: &Rules) -> Result<Arc<Policy>, ()> {
    let below = Config::new(global).resolve().map_err(drop)?;
    route(&below, own, METHODS).map_err(drop)
}

fn codes(problems: &[Problem]) -> Vec<Code> {
    let codes: BTreeSet<_> = problems
        .iter()
        .filter(|problem| problem.severity() == Severity::Error)
        .map(|problem| problem.code().as_str())
        .collect();
    let known = |code| problems.iter().map(Problem::code).find(|known| known.as_str() == code);
    codes.into_iter().filter_map(known).collect()
}

// --- requests

/// Anything that may come in, from browsers and others.
fn request() -> impl Strategy<Value = Sent> {
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
    )
        .prop_map(move |(method, origins, requested, headers, private, site)| {
            let line = |name: &str, value: Vec<u8>| (name.to_owned(), value);
            let text = |name: &'static str| move |value: &str| line(name, bytes(&value));
            let mut lines = vec![line("host", b"app.example".to_vec())];
            lines.extend(origins.into_iter().map(|origin| line("origin", origin)));
            lines.extend(requested.map(text("access-control-request-method")));
            lines.extend(headers.into_iter().map(text("access-control-request-headers")));
            lines.extend(private.map(text("access-control-request-private-network")));
            lines.extend(site.map(text("sec-fetch-site")));
            Sent { method: method.to_owned(), target: "/".to_owned(), lines }
        })
}

/// What a page may ask for.
fn fetch() -> impl Strategy<Value = FetchRequest> {
    let header = select(&["Authorization", "X-A", "X-B", "X-C"][..]);
    let headers = vec(header, 0..3);
    (select(METHODS), headers, any::<bool>(), any::<bool>()).prop_map(
        |(method, headers, include, force_preflight)| {
            let url = Url::parse("https://api.example/x").unwrap();
            let credentials = if include { Credentials::Include } else { Credentials::Omit };
            let request = FetchRequest::new(method, url).credentials(credentials);
            let request = headers.iter().fold(request, |request, name| request.header(name, "1"));
            FetchRequest { force_preflight, ..request }
        },
    )
}

fn coverage() -> impl Strategy<Value = Coverage> {
    select(&[Coverage::WholePath, Coverage::RequestedMethod][..])
}

fn browsers_send(origin: &str) -> bool {
    origin == "null" || Origin::parse(origin.as_bytes()).is_some()
}

/// The requests of a fetch: its preflight, if there is one, and the actual request.
fn requests_of(origin: &str, fetch: &FetchRequest) -> Vec<Sent> {
    let mut sent = Vec::new();
    let mut network = |wire: &WireRequest| {
        let lines = wire.headers.iter();
        let lines = lines.map(|(n, v)| (n.to_ascii_lowercase(), v.clone().into_bytes())).collect();
        sent.push(Sent { method: wire.method.clone(), target: wire.target.clone(), lines });
        let said = |name| wire.header(name).unwrap_or_default();
        WireResponse::new(
            200,
            &[
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Allow-Methods", &said("access-control-request-method")),
                ("Access-Control-Allow-Headers", &said("access-control-request-headers")),
            ],
        )
    };
    let outcome = Browser::new().fetch(&mut network, origin, fetch);
    assert!(outcome.result.is_ok(), "{:?}", outcome.failure());
    sent
}

fn get(origin: &str) -> Sent {
    let lines = vec![(RequestField::Origin.name().to_owned(), origin.as_bytes().to_vec())];
    Sent { method: "GET".to_owned(), target: "/".to_owned(), lines }
}

fn every_answer(policy: &Policy, request: &Sent) -> Vec<Vec<(String, String)>> {
    let decision = policy.decide(request);
    [Coverage::WholePath, Coverage::RequestedMethod]
        .map(|coverage| render(&policy.answer(decision, coverage), request))
        .into()
}

// --- running

/// Tries a law until it held often enough; it says `false` of rules that tell nothing.
fn holds<S: Strategy>(
    strategy: &S,
    least: u32,
    law: impl Fn(S::Value) -> Result<bool, TestCaseError>,
) {
    const CASES: u32 = 1_500;
    let held = Cell::new(0);
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(strategy, |input| {
        held.set(held.get() + u32::from(law(input)?));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("held for {} of {CASES}", held.get());
    assert!(held.get() >= least, "held for {} of {CASES} only", held.get());
}
