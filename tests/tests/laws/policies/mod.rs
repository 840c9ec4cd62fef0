//! Laws for random rules: how layers merge, and what no response contains.
//!
//! Rules that are rejected test nothing, so each law counts the accepted ones and fails when they are
//! too few.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub(crate) mod given;
mod keys;

use std::collections::BTreeSet;
use std::sync::Arc;

use cors_browser::{Browser, FetchRequest, Url, WireRequest, WireResponse};
use cors_browser::{Credentials, cors_check, preflight_check};
use cors_core::{
    ClauseKind, Code, Config, Coverage, Decision, Denial, Element, HostClass, ListValue, Op,
    Policy, Problem, ResponseField, ResponseValue, Route, Rules, Setting, Step, Verdict,
};
use cors_tests::engine::{Sent, render};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use given::*;

#[test]
fn a_layer_without_settings_inherits_everything() {
    holds(&layer(), 200, |global| {
        let Some(serves) = served(&global) else { return Ok(false) };
        let config = Config::new(global.clone());
        let grouped = config.clone().group("/group/**", rules(), here());
        if global.clauses().iter().any(|clause| clause.kind == ClauseKind::Off) {
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

/// A condition, and which of [`HOSTS`] meet it.
const CONDITIONS: &[(&[&str], &[usize])] = &[
    (&["a.example"], &[0, 1]),
    (&["a.example:8080"], &[1]),
    (&["*.b.example"], &[2, 3, 4]),
    (&["x.b.example"], &[2]),
    (&["a.example", "*.x.b.example"], &[0, 1, 3]),
];

/// One host of each class, the last of no condition.
const HOSTS: &[&str] = &[
    "a.example",
    "a.example:8080",
    "x.b.example:81",
    "y.x.b.example",
    "z.b.example",
    "other.example",
];

/// On each host, the policies are those of a configuration without the layers whose condition the
/// host does not meet; the problems are those of all hosts together.
#[test]
fn a_host_has_the_policy_of_the_configuration_without_the_layers_of_other_hosts() {
    let condition = || prop::option::weighted(0.6, select(CONDITIONS));
    let upper = || prop::option::weighted(0.6, (layer(), condition()));
    holds(&(layer(), upper(), upper(), upper()), 100, |(global, group, module, own)| {
        type Upper = Option<(Rules, Option<(&'static [&'static str], &'static [usize])>)>;
        let whole = |upper: &Upper| {
            let (rules, condition) = upper.clone()?;
            Some(match condition {
                Some((hosts, _)) => {
                    let hosts = hosts.iter().map(|host| Element::plain(*host, here()));
                    rules.host(hosts.collect::<Vec<_>>(), here())
                }
                None => rules,
            })
        };
        let on = |upper: &Upper, host: usize| {
            let (rules, condition) = upper.clone()?;
            condition.is_none_or(|(_, met)| met.contains(&host)).then_some(rules)
        };
        let config = |group: Option<Rules>| match group {
            Some(group) => Config::new(global.clone()).group("/group/**", group, here()),
            None => Config::new(global.clone()),
        };
        let wrong = |errors: &[Problem]| -> BTreeSet<Code> {
            let codes = codes(errors).into_iter();
            codes.filter(|code| *code != Code::DISJOINT_HOSTS).collect()
        };
        let resolved = config(whole(&group)).resolve();
        let each: Vec<_> =
            (0..HOSTS.len()).map(|host| config(on(&group, host)).resolve()).collect();
        let errors = each.iter().filter_map(|each| each.as_ref().err());
        let errors = errors.flat_map(|error| error.problems().to_vec()).collect::<Vec<_>>();
        let whole_errors = resolved.as_ref().err().map_or(&[][..], |error| error.problems());
        prop_assert_eq!(wrong(whole_errors), wrong(&errors));
        let Ok(resolver) = resolved else { return Ok(false) };

        let modules: Vec<Rules> = whole(&module).into_iter().collect();
        let own_rules = whole(&own);
        let resolver = resolver.with_hosts_of(modules.iter().chain(&own_rules)).unwrap();
        fn route<'r>(modules: &'r [Rules], rules: &'r [Rules]) -> Route<'r> {
            let (serves, handler_serves) = (METHODS, METHODS);
            Route { pattern: "/group/x", serves, handler_serves, modules, rules }
        }
        let (mut problems, mut found) = (Vec::new(), Vec::new());
        let policies = resolver.route(route(&modules, own_rules.as_slice()), &mut problems);
        let mut expected = Vec::new();
        for (host, below) in each.iter().enumerate() {
            let below = below.as_ref().unwrap();
            let modules: Vec<Rules> = on(&module, host).into_iter().collect();
            let own = on(&own, host);
            let route = below.route(route(&modules, own.as_slice()), &mut found);
            let group = below.group_of("/group/x", HostClass::OTHER);
            expected.push((
                Arc::clone(route.other().policies.get(group)),
                Arc::clone(below.for_path("/group/x")),
            ));
        }
        prop_assert_eq!(wrong(&problems), wrong(&found));
        if !wrong(&problems).is_empty() {
            return Ok(false);
        }
        for (host, (route, fallback)) in HOSTS.iter().zip(&expected) {
            let class = resolver.host_class(host.as_bytes()).unwrap();
            let group = resolver.group_of("/group/x", class);
            prop_assert_eq!(policies.get(class).policies.get(group), route, "{}", host);
            prop_assert_eq!(resolver.for_path_on("/group/x", class), fallback, "{}", host);
        }
        Ok(true)
    });
}

#[test]
fn a_route_with_replace_inherits_nothing() {
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
fn an_explanation_has_the_reason_of_the_decision() {
    holds(&(layer(), request()), 300, |(global, request)| {
        let Ok(resolver) = Config::new(global).resolve() else { return Ok(false) };
        let policy = resolver.global();
        let (decision, explanation) = (policy.decide(&request), policy.explain(&request));
        prop_assert_eq!(explanation.decision(), decision);
        let denial =
            decision
                .denial()
                .or(policy
                    .denies_credentials(decision, || cors_core::Request::sends_cookies(&request)));
        prop_assert_eq!(explanation.refusal().and_then(Step::denial), denial);
        let text = explanation.to_string();
        prop_assert!(text.chars().all(|char| char == '\n' || !char.is_control()), "{text:?}");
        Ok(denial.is_some())
    });
}

#[test]
fn a_route_that_is_off_allows_no_origin() {
    holds(&(layer(), request()), 150, |(global, request)| {
        let Ok(below) = Config::new(global).resolve() else { return Ok(false) };
        let policy = route(&below, &rules().off(here()), METHODS).unwrap();
        let has_origin = request.lines.iter().any(|(name, _)| name == "origin");
        let decision = policy.decide(&request);
        // CORS does not apply to same-origin requests, and they allow no origin.
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
fn elements_added_and_removed_again_change_nothing() {
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
        let is_set = sets(&first, setting);
        if setting == Setting::Methods && !is_set {
            return Ok(false);
        }
        let base = without(global, setting).into_iter().chain(first.clauses().to_vec());
        // A layer that adds origins must set `credentials`.
        let base = of(base.filter(|c| c.kind != ClauseKind::Flag(Setting::Credentials, true)));
        let add = rules().list(setting, Op::Add, &*second, here());
        let remove = rules().list(setting, Op::Remove, &*second, here());
        let config = Config::new(base).group("/group/**", add, here());
        let Ok(resolver) = config.resolve() else { return Ok(false) };
        let policies = policies_of(&resolver, "/group/x", &remove, METHODS);
        let untouched = policies_of(&resolver, "/x", &rules(), METHODS);
        match policies {
            Ok(restored) => prop_assert_eq!(Ok(restored), untouched),
            Err(problems) => {
                // No origin is left, where none was before; and what a group added is not there
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
fn nothing_is_allowed_that_no_layer_sets() {
    holds(&(layer(), layer(), layer(), request()), 60, |(global, group, own, request)| {
        let config = Config::new(global.clone()).group("/group/**", group.clone(), here());
        let Ok(resolver) = config.resolve() else { return Ok(false) };
        let Ok(policy) = policies_of(&resolver, "/group/x", &own, METHODS) else {
            return Ok(false);
        };
        let layers = [&global, &group, &own];
        let decision = policy.decide(&request);
        let answer = policy.answer(decision, Coverage::WholePath);

        let origin = request.lines.iter().find(|(name, _)| name == "origin");
        if let (Some(_), Some((_, origin))) = (answer.value(ResponseField::AllowOrigin), origin) {
            let is_set = layers.iter().any(|layer| names_origin(layer, origin));
            prop_assert!(is_set, "{} is allowed", String::from_utf8_lossy(origin));
        }
        for (setting, field) in [
            (Setting::Credentials, ResponseField::AllowCredentials),
            (Setting::PrivateNetwork, ResponseField::AllowPrivateNetwork),
        ] {
            let is_set = layers.iter().any(|layer| {
                let mut clauses = layer.clauses().iter();
                clauses.any(|clause| clause.kind == ClauseKind::Flag(setting, true))
                    || adds(layer, setting, |_| true)
            });
            prop_assert!(is_set || answer.value(field).is_none(), "{setting}");
        }
        for (setting, field) in [
            (Setting::Headers, ResponseField::AllowHeaders),
            (Setting::Expose, ResponseField::ExposeHeaders),
        ] {
            let Some(ResponseValue::Prepared(names)) = answer.value(field) else { continue };
            for name in names.split(',').map(str::trim) {
                let is_set = layers.iter().any(|layer| adds(layer, setting, |e| e == name));
                prop_assert!(is_set, "{setting}: {name}");
            }
        }
        Ok(true)
    });
}

#[test]
fn a_layer_that_does_not_set_origins_inherits_them() {
    holds(&(layer(), layer(), select(ORIGINS)), 150, |(global, own, origin)| {
        let own = of(without(own, Setting::Origins).into_iter().filter(|clause| {
            // `null` is allowed by a flag of its own.
            !matches!(clause.kind, ClauseKind::Off | ClauseKind::Passthrough)
                && !matches!(clause.kind, ClauseKind::Replace | ClauseKind::Policy(_))
                && !matches!(clause.kind, ClauseKind::Flag(Setting::DangerAllowNullOrigin, _))
        }));
        let Ok(below) = Config::new(global).resolve() else { return Ok(false) };
        let Ok(policy) = route(&below, &own, METHODS) else { return Ok(false) };
        let get = get(origin);
        let readable = |policy: &Policy| {
            let answer = policy.answer(policy.decide(&get), Coverage::WholePath);
            // A layer with a list of credentials makes `*` an echo.
            answer.value(ResponseField::AllowOrigin).is_some()
        };
        prop_assert_eq!(readable(&policy), readable(below.global()));
        Ok(true)
    });
}

// --- what no response contains

#[test]
fn no_response_has_a_wildcard_or_null_together_with_credentials() {
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
fn no_preflight_allows_headers_by_a_wildcard() {
    holds(&(layer(), layer(), request()), 100, |(global, own, request)| {
        let Ok(policy) = merged(global, &own) else { return Ok(false) };
        for headers in every_answer(&policy, &request) {
            let lists = headers.iter().filter(|(name, _)| name == "access-control-allow-headers");
            let wild = lists.flat_map(|(_, list)| list.split(',')).find(|name| name.trim() == "*");
            prop_assert_eq!(wild, None);
        }
        Ok(true)
    });
}

#[test]
fn a_refused_preflight_is_not_cached() {
    holds(&(layer(), layer(), request()), 20, |(global, own, request)| {
        let Ok(policy) = merged(global, &own) else { return Ok(false) };
        let decision = policy.decide(&request);
        let denial = decision.denial().filter(|denial| !denial.is_about_origin());
        if !decision.is_preflight() || denial.is_none() {
            return Ok(false);
        }
        for headers in every_answer(&policy, &request) {
            let max_age = headers.iter().find(|(name, _)| name == "access-control-max-age");
            prop_assert_eq!(max_age.map(|(_, seconds)| &**seconds), Some("0"));
        }
        Ok(true)
    });
}

#[test]
fn a_response_allows_no_origin_but_that_of_the_request() {
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
fn the_common_policy_of_two_allows_no_more_than_either() {
    let two = ((permissive(), layer()), (permissive(), layer()));
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
                let headers = render(answer, &request, "");
                match is_preflight {
                    true => {
                        let status = if answer.is_refused() { 403 } else { 204 };
                        let response = WireResponse { status, headers, body: Vec::new() };
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
fn a_browser_sends_the_request_only_after_an_allowed_preflight() {
    let policy = (permissive(), layer(), subsequence(METHODS, 1..4));
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
            let response = WireResponse {
                headers: render(&answer, &request, ""),
                ..WireResponse::new(status, &[])
            };
            let passes = preflight_check(origin, &fetch, &response);
            let allowed = decision.verdict().is_some_and(Verdict::is_allowed);
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
fn a_preflight_response_is_cached_for_no_other_method() {
    let methods = || select(["PUT", "PATCH", "*"].as_slice());
    let names = || subsequence(vec!["x-a", "x-b", "*"], 0..3);
    let pages = (methods(), names(), methods(), names());
    let any = subsequence(vec![Setting::Methods, Setting::Headers], 0..3);
    holds(&(permissive(), any, pages), 200, |(rules, any, pages)| {
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
            let sent =
                Sent { method: wire.method.clone(), target: wire.target().to_owned(), lines };
            let answer = policy.answer(policy.decide(&sent), Coverage::RequestedMethod);
            let status = if answer.is_refused() { 403 } else { 200 };
            WireResponse { headers: render(&answer, &sent, ""), ..WireResponse::new(status, &[]) }
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
            prop_assert!(
                second.preflight().is_some(),
                "no preflight, after {:?}",
                first.preflight()
            );
        }
        Ok(is_new && first.actual().is_some())
    });
}

// --- rules
