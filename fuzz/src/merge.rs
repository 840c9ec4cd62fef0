//! Laws: layers merge as in the table in the README, with the problems of that table; the result
//! allows nothing that no layer sets.
//!
//! Input: clauses as [`crate::given`] reads them. They are merged for the paths of no group, for
//! those of the group, and for routes in the group and across its border.

use std::collections::BTreeSet;

use cors_core::{EffectiveValue, HostClass, Op, Policy, Problem, Route, Rules, Setting, Severity};

use crate::given::{Clause, Given, Value, rules};
use crate::oracle::merge::{List, State, WRONG_TOGETHER, Wrong, merge};

/// What the routes serve.
const SERVES: [&str; 3] = ["GET", "PUT", "PURGE"];

/// Judges one configuration.
///
/// # Panics
///
/// When a law is violated.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let given = Given::read(text.lines());
    let Given { global, group, module, route, policy, set: _ } = &given;
    let below: Vec<&[Clause]> = vec![global];
    let inside: Vec<&[Clause]> = below.iter().copied().chain(group.as_deref()).collect();

    let mut wrong = Wrong::new();
    if let Some(policy) = policy {
        merge(&given, &[policy], None, &mut wrong);
    }
    let outside = merge(&given, &below, None, &mut wrong);
    let grouped = merge(&given, &inside, None, &mut wrong);
    let resolver = match given.config().resolve() {
        Ok(resolver) => resolver,
        Err(error) => return same_mistakes(error.problems(), &wrong),
    };
    assert_eq!(wrong, Wrong::new(), "accepted");
    same(&given, resolver.global(), &outside);
    same(&given, resolver.for_path("/group/x"), &grouped);

    let modules: Vec<Rules> = module.iter().map(|module| rules(module)).collect();
    let own_rules = route.as_ref().map(|route| rules(route));
    let served = module.as_deref().map(only_removing_what_is_served);
    let own: Vec<&[Clause]> = [&served, route].into_iter().flatten().map(Vec::as_slice).collect();
    let serving = |pattern| Route {
        pattern,
        serves: &SERVES,
        handler_serves: &SERVES,
        modules: &modules,
        rules: own_rules.as_slice(),
    };
    let on = |layers: &[&[Clause]], wrong: &mut Wrong| {
        let layers: Vec<&[Clause]> = layers.iter().copied().chain(own.iter().copied()).collect();
        merge(&given, &layers, Some(&SERVES), wrong)
    };

    // All paths of the first are in the group, if there is one; the second may also be outside.
    let (mut wrong, mut problems) = (Wrong::new(), Vec::new());
    let expected = on(&inside, &mut wrong);
    let policies = resolver.route(serving("/group/x"), &mut problems).other().policies.clone();
    if same_problems(&problems, &wrong) {
        same(&given, policies.get(resolver.group_of("/group/x", HostClass::OTHER)), &expected);
    }

    let (mut wrong, mut problems) = (Wrong::new(), Vec::new());
    let is_closed = group.as_ref().is_some_and(|group| group.contains(&Clause::Off));
    let expected = on(&below, &mut wrong);
    let expected_inside = match is_closed {
        true => merge(&given, &inside, Some(&SERVES), &mut wrong),
        false => on(&inside, &mut wrong),
    };
    let policies = resolver.route(serving("/{any}/x"), &mut problems).other().policies.clone();
    if same_problems(&problems, &wrong) {
        same(&given, policies.get(None), &expected);
        same(
            &given,
            policies.get(resolver.group_of("/group/x", HostClass::OTHER)),
            &expected_inside,
        );
    }
}

/// A module applies to all of its handlers: methods that it removes are not a problem for a handler
/// that does not serve them.
fn only_removing_what_is_served(module: &[Clause]) -> Vec<Clause> {
    let mut module = module.to_vec();
    for clause in &mut module {
        if let Clause::List(Setting::Methods, Op::Remove, Value::Elements(list)) = clause {
            list.retain(|method| SERVES.contains(&&**method));
        }
    }
    module
}

/// Compares mistakes, unless a part of the rules is wrong by itself; whether there were none.
fn same_problems(problems: &[Problem], wrong: &Wrong) -> bool {
    same_mistakes(problems, wrong);
    problems.iter().all(|problem| problem.severity() != Severity::Error)
}

fn same_mistakes(problems: &[Problem], wrong: &Wrong) {
    let errors = problems.iter().filter(|problem| problem.severity() == Severity::Error);
    let found: Wrong = errors.map(|problem| problem.code().as_str()).collect();
    if found.iter().all(|code| WRONG_TOGETHER.iter().any(|known| known.as_str() == *code)) {
        assert_eq!(found, *wrong);
    }
}

/// Compares the effective policy, setting by setting.
fn same(given: &Given, policy: &Policy, state: &State) {
    let value = |setting| policy.effective(setting).value().clone();
    let list = |setting| match value(setting) {
        EffectiveValue::List(list) => Some(list.into_iter().collect::<BTreeSet<_>>()),
        EffectiveValue::Any | EffectiveValue::AnyWithAuthorization => None,
        other => panic!("{setting}: {other}"),
    };
    let expected = |list: &List| match list {
        List::Any { .. } => None,
        List::Only(list) => Some(list.iter().map(|(it, _)| it.clone()).collect::<BTreeSet<_>>()),
    };
    match state.off {
        true => assert_eq!(value(Setting::Origins), EffectiveValue::Off),
        false => {
            let shown = |element: String| match element.strip_prefix("regex:") {
                Some(regex) => format!("regex({regex:?})"),
                None => element,
            };
            let null = state.null.then(|| "null".to_owned());
            let origins = expected(&state.origins)
                .map(|list| list.into_iter().map(shown).chain(null).collect::<BTreeSet<_>>());
            assert_eq!(list(Setting::Origins), origins);
        }
    }
    assert_eq!(list(Setting::Methods), expected(&state.methods));
    assert_eq!(list(Setting::Headers), expected(&state.headers));
    assert_eq!(list(Setting::Expose), expected(&state.expose));
    let authorization = state.headers == List::Any { authorization: true };
    let with = value(Setting::Headers) == EffectiveValue::AnyWithAuthorization;
    assert_eq!(with, authorization);
    let flags = [
        (Setting::Credentials, state.sends_credentials()),
        (Setting::PrivateNetwork, state.private_network),
        (Setting::Enforce, state.enforce),
        (Setting::DangerAllowInsecureOrigins, state.insecure.0),
        (Setting::DangerAllowPublicSuffixes, state.suffixes.0),
        (Setting::DangerAllowNullOrigin, state.null),
    ];
    for (setting, flag) in flags {
        assert_eq!(value(setting), EffectiveValue::Flag(flag), "{setting}");
    }
    let max_age = state.max_age.map_or(EffectiveValue::Absent, EffectiveValue::Seconds);
    assert_eq!(value(Setting::MaxAge), max_age);
    nothing_unset(given, policy);
}

/// Some layer sets whatever is allowed. This is independent of the model of merging.
fn nothing_unset(given: &Given, policy: &Policy) {
    let sets = |wanted: Setting, is_it: &dyn Fn(&str) -> bool| {
        let in_set = || given.set.iter().flatten().any(|element| is_it(element));
        given.all().any(|clause| match clause {
            Clause::List(setting, Op::Set | Op::Add, value) if *setting == wanted => match value {
                Value::Any | Value::AnyWithAuthorization => true,
                Value::Elements(list) => list.iter().any(|it| {
                    is_it(it) || wanted == Setting::Origins && it.starts_with("set:") && in_set()
                }),
            },
            Clause::Flag(setting, true) => *setting == wanted,
            _ => false,
        })
    };
    for setting in Setting::ALL {
        match policy.effective(setting).value() {
            EffectiveValue::Flag(true) | EffectiveValue::Any => {
                assert!(sets(setting, &|_| false), "{setting}");
            }
            EffectiveValue::AnyWithAuthorization => assert!(sets(setting, &|_| false)),
            EffectiveValue::List(list) => {
                for element in list {
                    let is_baseline = setting == Setting::Methods
                        && (SERVES.contains(&&**element) || ["HEAD", "POST"].contains(&&**element));
                    let is_null = setting == Setting::Origins && element == "null";
                    let null = || sets(Setting::DangerAllowNullOrigin, &|_| false);
                    let is_set = sets(setting, &|text| match text.strip_prefix("regex:") {
                        Some(regex) => *element == format!("regex({regex:?})"),
                        None => element.eq_ignore_ascii_case(text),
                    });
                    assert!(is_set || is_baseline || is_null && null(), "{setting}: {element}");
                }
            }
            _ => {}
        }
    }
}
