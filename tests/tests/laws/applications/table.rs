//! Applications as data: what actix runs for a request, and which policy a preflight for it has.
//!
//! `tests/applications/routes.toml` is the table. What runs is compared with actix itself, without
//! CORS; each annotated route allows an origin of its own, so that the origin which a preflight
//! allows tells which route was predicted.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use actix_web::rt::System;
use cors_actix::Cors;
use cors_browser::WireResponse;
use serde::Deserialize;

use super::description::{
    Application, Config, Guard, Kind, Layer, List, Mode, Plain, Route, Scope, Service,
};
use super::routes::Place;
use super::served::{self, ran};
use super::{core_config, request};

const TABLE: &str = include_str!("../../../applications/routes.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    application: Vec<Entry>,
}

/// An application, and what becomes of requests to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    normalize: Option<String>,
    services: Vec<Registered>,
    requests: Vec<Asked>,
}

/// What is registered with `service`: one of `route`, `plain` and `scope`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Registered {
    route: Option<String>,
    plain: Option<String>,
    scope: Option<String>,
    path: String,
    also: Option<String>,
    methods: Vec<String>,
    /// How the plain resource is registered.
    kind: String,
    guard: Option<String>,
    services: Vec<Self>,
    /// Whether the scope has a default service of its own.
    default: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Method and target.
    request: String,
    /// The route or plain resource that runs, or `default`.
    runs: String,
    /// Whose policy a preflight for the request has: that of what runs if it is left out, and `none`
    /// if several may run, which have no origin in common.
    preflight: Option<String>,
}

/// The name for what has no annotation.
const GLOBAL: &str = "global";

#[test]
fn preflights_have_the_policy_of_what_actix_runs() {
    let table: Table = toml::from_str(TABLE).unwrap();
    let system = Rc::new(System::new());
    let mut names = BTreeSet::new();
    let (mut requests, mut wrong) = (0, Vec::new());
    // Whether the services of each scope are a bundle changes nothing.
    let entries = table.application.iter().flat_map(|it| [(it, false), (it, true)]);
    for (entry, in_bundles) in entries {
        let is_new = names.insert((&entry.name, in_bundles));
        assert!(is_new, "two applications are named {}", entry.name);
        let mut places = BTreeMap::new();
        let mut services = services(&entry.services, &[], &mut places);
        if in_bundles {
            services.iter_mut().for_each(make_bundle);
        }
        let application = Application {
            configs: vec![config()],
            services,
            normalizes: entry.normalize.as_deref().map(mode),
            normalizes_outside: None,
            scripts: [Vec::new(), Vec::new()],
            default_status: 404,
        };
        for asked in &entry.requests {
            let bundles = if in_bundles { ", in bundles" } else { "" };
            let case = format!("{}{bundles}: {}", entry.name, asked.request);
            let (method, target) = asked.request.split_once(' ').unwrap();
            // Nothing that ran before is known to a new application.
            let cors = Cors::new(&core_config(&application, 0)).unwrap();
            let site = served::with_cors(&system, &application, &cors).expect(&case);
            let twin = served::without_cors(&system, &application);

            let alone = twin(&request(method, target, &[]));
            let what = |response: &WireResponse| match ran(response) {
                Some(place) => places[&place].clone(),
                None => "default".to_owned(),
            };
            let mut compare = |what: &str, found: &str, expected: &str| {
                if found != expected {
                    wrong.push(format!("{case}: {what} {found}, not {expected}"));
                }
            };
            compare("actix runs", &what(&alone), &asked.runs);

            let is_route = |name: &str| places.values().any(|known| known == name);
            let is_plain = asked.runs == "default" || is_plain(&entry.services, &asked.runs);
            let policy = if is_plain { GLOBAL } else { &asked.runs };
            let predicted = asked.preflight.as_deref().unwrap_or(policy);
            assert!(["none", GLOBAL].contains(&predicted) || is_route(predicted), "{case}");
            let mut allowed = Vec::new();
            for name in places.values().map(String::as_str).chain([GLOBAL]) {
                let origin = origin(name);
                let wish = [("origin", &*origin), ("access-control-request-method", method)];
                let preflight = site(&request("OPTIONS", target, &wish));
                if preflight.header("access-control-allow-origin").is_some() {
                    assert_eq!(preflight.status, 204, "{case}");
                    allowed.push(name);
                }
            }
            allowed.sort_unstable();
            allowed.dedup();
            let allowed = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
            compare("a preflight has the policy of", &allowed, predicted);

            for name in places.values().map(String::as_str).chain([GLOBAL]) {
                let response = site(&request(method, target, &[("origin", &origin(name))]));
                compare("behind CORS, actix runs", &what(&response), &asked.runs);
                let is_readable = response.header("access-control-allow-origin").is_some();
                let readable = |is_readable| if is_readable { "readable" } else { "not readable" };
                let found = format!("{} from {name}", readable(is_readable));
                // What a default service answers may be less open: a middleware may have answered.
                let is_less = asked.runs == "default" && !is_readable;
                let expected = format!("{} from {name}", readable(name == policy && !is_less));
                compare("the response is", &found, &expected);
            }
            requests += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(requests > 50, "{requests}");
    println!("{} applications, {requests} requests", table.application.len());
}

fn origin(name: &str) -> String {
    format!("https://{name}.example")
}

fn config() -> Config {
    Config {
        global: allowing(GLOBAL),
        policy: Layer::default(),
        groups: Vec::new(),
        limits: None,
        profiles: None,
    }
}

/// A layer that allows its own origin only, and all methods that are served.
fn allowing(name: &str) -> Layer {
    let origins = List::Exactly(vec![leaked(&origin(name))]);
    Layer { origins, methods: List::Any, ..Layer::default() }
}

fn mode(name: &str) -> Mode {
    match name {
        "trim" => Mode::Trim,
        "merge" => Mode::MergeOnly,
        "always" => Mode::Always,
        _ => panic!("no mode of NormalizePath: {name}"),
    }
}

fn is_plain(services: &[Registered], name: &str) -> bool {
    services.iter().any(|it| it.plain.as_deref() == Some(name) || is_plain(&it.services, name))
}

/// Notes by which name the table calls each place.
fn services(
    registered: &[Registered],
    at: &[usize],
    places: &mut BTreeMap<Place, String>,
) -> Vec<Service> {
    let numbered = registered.iter().enumerate();
    numbered.map(|(number, it)| service(it, [at, &[number]].concat(), places)).collect()
}

fn service(it: &Registered, place: Place, places: &mut BTreeMap<Place, String>) -> Service {
    let guard = it.guard.as_deref().map(|name| match name {
        "?t" => Guard::Query,
        "x-a" => Guard::HeaderXA,
        _ => panic!("no guard: {name}"),
    });
    let methods: Vec<_> = it.methods.iter().map(|method| leaked(method)).collect();
    match (&it.route, &it.plain, &it.scope) {
        (Some(name), None, None) => {
            places.insert([&*place, &[1]].concat(), name.clone());
            places.insert(place, name.clone());
            Service::Route(Route {
                name: leaked(name),
                pattern: leaked(&it.path),
                also: it.also.as_deref().map(leaked),
                methods,
                guard,
                module: None,
                own: Layer { methods: List::Inherit, ..allowing(name) },
            })
        }
        (None, Some(name), None) => {
            places.insert(place, name.clone());
            let method = methods.first().copied().unwrap_or("GET");
            let kind = match &*it.kind {
                "" | "routed" => Kind::Routed,
                "guarded" => Kind::Guarded,
                "attribute" => Kind::Attribute,
                "any-method" => Kind::WithDefault,
                "files" => Kind::Files,
                _ => panic!("no kind: {}", it.kind),
            };
            Service::Plain(Plain { pattern: leaked(&it.path), method, kind })
        }
        (None, None, Some(prefix)) => Service::Scope(Scope {
            prefix: leaked(prefix),
            guard,
            services: services(&it.services, &place, places),
            is_bundle: false,
            has_default: it.default,
        }),
        _ => panic!("one of `route`, `plain` and `scope`"),
    }
}

fn make_bundle(service: &mut Service) {
    if let Service::Scope(Scope { services, is_bundle, .. }) = service {
        *is_bundle = true;
        services.iter_mut().for_each(make_bundle);
    }
}

/// Descriptions have the life time of literals.
fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
