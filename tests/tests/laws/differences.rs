//! The law of `PolicyTable::diff`: it is empty exactly when both configurations answer alike.
//!
//! The sample of requests is complete for the pools that the rules are made of: every origin,
//! method and header of them, with and without cookies, on a path of every combination of groups.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use cors_actix::PolicyTable;
use cors_core::{ClauseKind, Config, Op, Resolver, Rules, Setting};
use cors_tests::corpus::Handler;
use cors_tests::engine::{Core, Engine as _, Sent};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::policies::given::{
    EXPOSED, HEADERS, METHODS, ORIGINS, here, layer, permissive, request, rules,
};
use crate::runner;

const GROUPS: &[&str] = &["/**", "/a", "/a/**", "/a/*", "/*/b", "/a/b", "/{tenant}/b/**", "/a/b/c"];

const PATHS: &[&str] = &[
    "/", "/a", "/x", "/a/", "/a/b", "/a/x", "/x/b", "/x/", "/x/x", "/a/b/c", "/a/b/x", "/x/b/c",
    "/a/x/c", "/x/x/x", "/a/b/c/d", "/x/b/c/d", "/a/b/", "/a//b",
];

const HOSTS: &[&str] = &["t1.example.com", "t2.example.com", "other.example"];

/// The parts of a configuration.
#[derive(Clone, Debug)]
struct Parts {
    global: Rules,
    groups: Vec<(&'static str, Option<&'static str>, Rules)>,
}

impl Parts {
    fn config(&self) -> Config {
        self.groups.iter().fold(Config::new(self.global.clone()), |config, (pattern, host, own)| {
            let own = match host {
                Some(host) => own.clone().host(*host, here()),
                None => own.clone(),
            };
            config.group(*pattern, own, here())
        })
    }
}

// Boxed, because the strategies of several layers do not fit on the stack of a test.
fn own() -> BoxedStrategy<Rules> {
    prop_oneof![3 => layer(), 3 => permissive(), 1 => Just(rules())].boxed()
}

fn group() -> impl Strategy<Value = (&'static str, Option<&'static str>, Rules)> {
    let host = prop_oneof![
        4 => Just(None),
        1 => select(&["t1.example.com", "*.example.com"][..]).prop_map(Some),
    ];
    (select(GROUPS), host, own())
}

fn parts() -> BoxedStrategy<Parts> {
    (own(), vec(group(), 0..3)).prop_map(|(global, groups)| Parts { global, groups }).boxed()
}

/// What becomes of the first configuration.
#[derive(Clone, Debug)]
enum Change {
    /// Nothing.
    None,
    /// A group that inherits everything, or has other rules.
    Group(&'static str, Option<Rules>),
    /// One group less.
    Remove,
    Global(Rules),
    /// One setting more in the global rules.
    Flag(Setting, bool),
    MaxAge(i64),
    All(Parts),
}

const FLAGS: &[Setting] = &[
    Setting::Credentials,
    Setting::PrivateNetwork,
    Setting::Enforce,
    Setting::DangerAllowInsecureOrigins,
    Setting::DangerAllowPublicSuffixes,
];

fn change() -> BoxedStrategy<Change> {
    prop_oneof![
        1 => Just(Change::None),
        4 => (select(GROUPS), prop::option::of(own())).prop_map(|(at, own)| Change::Group(at, own)),
        1 => Just(Change::Remove),
        2 => own().prop_map(Change::Global),
        3 => (select(FLAGS), any::<bool>()).prop_map(|(flag, on)| Change::Flag(flag, on)),
        1 => select(&[0, 5, 600][..]).prop_map(Change::MaxAge),
        2 => parts().prop_map(Change::All),
    ]
    .boxed()
}

fn changed(mut parts: Parts, change: &Change) -> Parts {
    match change {
        Change::None => {}
        Change::Group(pattern, own) => {
            parts.groups.push((pattern, None, own.clone().unwrap_or_else(rules)));
        }
        Change::Remove => {
            parts.groups.pop();
        }
        Change::Global(own) => parts.global = own.clone(),
        Change::Flag(setting, on) => {
            parts.global = without(&parts.global, *setting).flag(*setting, *on, here());
        }
        Change::MaxAge(seconds) => {
            parts.global = without(&parts.global, Setting::MaxAge).max_age(*seconds, here());
        }
        Change::All(other) => parts = other.clone(),
    }
    parts
}

fn without(own: &Rules, setting: Setting) -> Rules {
    let clauses = own.clauses().iter();
    let clauses = clauses.filter(|clause| match &clause.kind {
        ClauseKind::List(it, ..) | ClauseKind::Flag(it, _) => *it != setting,
        ClauseKind::MaxAge(..) => setting != Setting::MaxAge,
        _ => true,
    });
    clauses.fold(rules(), |rules, clause| {
        rules.with_clause(clause.kind.clone(), clause.source.clone())
    })
}

/// Requests with everything that the rules may name, for each path and host that the
/// configurations distinguish.
fn sample(before: &Resolver, after: &Resolver) -> Vec<Sent> {
    let policy = |resolver: &Resolver, host: &str, path: &str| {
        let host = resolver.host_class(host.as_bytes()).unwrap();
        Arc::as_ptr(resolver.for_path_on(path, host))
    };
    let mut known = BTreeSet::new();
    let line = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let more = ["https://x.app.example", "https://other.example:9", "http://localhost"];
    let mut sample = Vec::new();
    for host in HOSTS {
        for path in PATHS {
            if !known.insert((policy(before, host, path), policy(after, host, path))) {
                continue;
            }
            for origin in ORIGINS.iter().chain(&more) {
                let mut add = |method: &str, lines: &[(&str, &str)]| {
                    let mut all = vec![line("host", host), line("origin", origin)];
                    all.extend(lines.iter().map(|(name, value)| line(name, value)));
                    let (method, target) = (method.to_owned(), (*path).to_owned());
                    sample.push(Sent { method, target, lines: all });
                };
                add("GET", &[]);
                let asked = "access-control-request-method";
                for method in METHODS {
                    add("OPTIONS", &[(asked, method)]);
                }
                for name in HEADERS {
                    let named = ("access-control-request-headers", *name);
                    add("OPTIONS", &[(asked, "GET"), named]);
                }
                let private = ("access-control-request-private-network", "true");
                add("OPTIONS", &[(asked, "GET"), private]);
            }
        }
    }
    sample
}

/// The answer by what it allows: lists are sets, and an absent `max_age` is what browsers use.
fn answer(core: &Core, request: &Sent) -> (u16, bool, BTreeSet<(String, BTreeSet<String>)>) {
    let headers = EXPOSED.iter().chain(&["x-own"]).map(|name| ((*name).to_owned(), "1".to_owned()));
    let handler = Handler { headers: headers.collect(), ..Handler::default() };
    let answer = core.answer(request, &handler).unwrap();
    let is_shared = answer.headers.iter().any(|(name, _)| name == "access-control-allow-origin");
    let mut headers: BTreeSet<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name != "vary")
        .map(|(name, value)| {
            (name.clone(), value.split(',').map(|item| item.trim().to_owned()).collect())
        })
        .collect();
    let max_age = "access-control-max-age";
    let is_preflight = request.method == "OPTIONS";
    if is_preflight && is_shared && !headers.iter().any(|(name, _)| name == max_age) {
        headers.insert((max_age.to_owned(), BTreeSet::from(["5".to_owned()])));
    }
    (answer.status, answer.handled, headers)
}

fn tables(before: &Resolver, after: &Resolver) -> [PolicyTable; 2] {
    [before, after].map(|resolver| PolicyTable::without_application(resolver, None))
}

#[test]
fn a_diff_is_empty_exactly_when_both_configurations_answer_alike() {
    let (alike, different) = (Cell::new(0), Cell::new(0));
    let strategy = (parts(), change(), vec(request(), 20));
    runner::hold(250, &strategy, |(parts, change, mut more)| {
        // No browser sends cookies with a preflight, and an explanation takes them for those of
        // the request after it.
        for sent in more.iter_mut().filter(|sent| sent.method == "OPTIONS") {
            sent.lines.retain(|(name, _)| name != "cookie");
        }
        let (before, after) = (parts.config(), changed(parts, &change).config());
        let (Ok(before), Ok(after)) = (before.resolve(), after.resolve()) else { return Ok(()) };
        let [table_before, table_after] = tables(&before, &after);
        let diff = table_before.diff(&table_after);
        let sample = sample(&before, &after);
        let (before, after) = (Core::new(before), Core::new(after));
        let mut requests = sample.iter().chain(&more);
        let differing =
            requests.find(|request| answer(&before, request) != answer(&after, request));
        match differing {
            None => alike.set(alike.get() + 1),
            Some(_) => different.set(different.get() + 1),
        }
        prop_assert_eq!(
            diff.is_empty(),
            differing.is_none(),
            "{}\n{:?}\n--- before\n{}\n--- after\n{}",
            diff,
            differing.map(|request| (request, answer(&before, request), answer(&after, request))),
            table_before,
            table_after
        );
        let back = table_after.diff(&table_before);
        prop_assert_eq!((diff.opens(), diff.closes()), (back.closes(), back.opens()));
        Ok(())
    });
    println!("alike {}, different {}", alike.get(), different.get());
    assert!(alike.get() > 30 && different.get() > 30);
}

#[test]
fn written_in_another_way_the_same_policy_is_no_difference() {
    let list = |setting, elements: &[&'static str]| {
        rules().list(setting, Op::Set, elements.to_vec(), here())
    };
    let origins = || list(Setting::Origins, &["https://a.example", "https://b.example"]);
    let all_of_them = origins().list(
        Setting::Credentials,
        Op::Set,
        vec!["https://b.example", "https://a.example"],
        here(),
    );
    let off_below = rules().off(here());
    for (before, after) in [
        (Config::new(origins()), Config::new(origins()).group("/x/**", rules(), here())),
        (Config::new(origins().flag(Setting::Credentials, true, here())), Config::new(all_of_them)),
        (
            Config::new(origins()).group("/x/**", off_below.clone(), here()),
            Config::new(origins())
                .group("/x/*/**", off_below.clone(), here())
                .group("/x/", off_below.clone(), here())
                .group("/x", off_below, here()),
        ),
    ] {
        let [before, after] = tables(&before.resolve().unwrap(), &after.resolve().unwrap());
        let (there, back) = (before.diff(&after), after.diff(&before));
        // `/x//y` is below `/x/**` only.
        let is_other = |path: &str| path == "/x/**";
        assert!(there.changed().iter().all(|row| is_other(row.path())), "{there}");
        assert!(back.changed().iter().all(|row| is_other(row.path())), "{back}");
    }
}
