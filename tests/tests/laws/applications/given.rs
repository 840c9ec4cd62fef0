//! Random applications and what pages do with them. What cannot start is corrected most of the time,
//! so that there is something to visit.

use cors_browser::Engine;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use cors_tests::script::Act;

use super::description::{
    Application, Asked, Base, Config, EXPOSED, GROUPS, Guard, HEADERS, HOSTS, KEYED, KEYED_GROUP,
    KEYS, Kind, LIVE_ORIGINS, Layer, Limits, List, METHODS, MOUNTS, Mode, ORIGINS, PAGES, PATHS,
    PATTERNS, PREFIXES, Permission, Plain, Profiles, Resource, Route, Scope, Service, Step,
    VIRTUAL_HOSTS,
};
use super::oracle::{may_start, merge};
use super::routes::leaves;

pub(crate) fn application() -> impl Strategy<Value = Application> {
    let modes = select(&[Mode::Trim, Mode::MergeOnly, Mode::Always][..]);
    let inside_or_out = prop_oneof![
        8 => Just((None, None)),
        2 => modes.clone().prop_map(|mode| (Some(mode), None)),
        1 => modes.prop_map(|mode| (None, Some(mode))),
    ];
    let around = (inside_or_out, weighted(0.9, 0..8_usize), select(&[404, 200][..]));
    let scripts = [vec(act(), 1..8).boxed(), vec(act(), 1..8).boxed()];
    (vec(config(), 1..3), vec(service(2), 1..6), scripts, around).prop_map(
        |(
            configs,
            services,
            scripts,
            ((normalizes, normalizes_outside), corrected, default_status),
        )| {
            let mut application = Application {
                configs,
                services,
                normalizes,
                normalizes_outside,
                scripts,
                default_status,
            };
            leave_out_conflicts(&mut application.services);
            settle_hosts(&mut application.services, None);
            if let Some(keeps) = corrected {
                make_valid(&mut application, keeps);
            }
            application
        },
    )
}

/// One step of a middleware. Calls and changes of the path are frequent.
fn act() -> impl Strategy<Value = Act> {
    let path = || select(&["/a", "/b", "/a/b", "/a/a", "/b/a", "/z", "/a/b?early", "/a?t"][..]);
    prop_oneof![
        8 => Just(Act::Call),
        2 => Just(Act::Spawn),
        2 => path().prop_map(Act::Race),
        6 => path().prop_map(Act::Path),
        5 => Just(Act::RestorePath),
        5 => Just(Act::Reset),
        2 => select(METHODS).prop_map(Act::Method),
        2 => Just(Act::RestoreMethod),
        2 => any::<bool>().prop_map(Act::SetHeader),
        2 => path().prop_map(Act::Fresh),
        3 => select(
            &[
                Act::Keep,
                Act::KeepWhole,
                Act::SendKept,
                Act::SendKept,
                Act::CopyInsert,
                Act::CopyAppend,
                Act::Store,
                Act::Replay,
            ][..],
        ),
        1 => path().prop_map(Act::Attach),
        3 => select(
            &[
                Act::Raise,
                Act::RaiseResponse,
                Act::RaiseResponse,
                Act::FromError,
                Act::ErrorResponse,
                Act::Answer(200),
                Act::Answer(401),
                Act::Answer(404),
            ][..],
        ),
    ]
}

/// No engine remembers or sends what a policy does not allow it to, whatever it does otherwise than
/// Fetch.
pub(crate) fn engine() -> impl Strategy<Value = Engine> {
    prop_oneof![1 => Just(Engine::Standard), 1 => select(&Engine::ALL[..])]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Few pages and URLs for each sequence, so that they meet in the cache.
    let (pages, urls) = (vec(page(), 1..4), vec(asked(), 1..4));
    let step = prop_oneof![
        24 => (any::<usize>(), any::<usize>(), asked()).prop_map(Ok),
        1 => select(&[1, 4, 5, 60, 599, 600][..]).prop_map(|seconds| Err(Step::Wait(seconds))),
        1 => (0..3_usize).prop_map(|number| Err(Step::Reload(number))),
        2 => some_live().prop_map(|origins| Err(Step::Fill(origins))),
        2 => (select(KEYS), weighted(0.8, some_live()))
            .prop_map(|(key, origins)| Err(Step::FillKey(key, origins))),
    ];
    (vec(step, 1..24), pages, urls).prop_map(|(steps, pages, urls)| {
        let steps = steps.into_iter().map(|step| match step {
            Ok((page, url, asked)) => {
                let (page, url) = (pages[page % pages.len()], urls[url % urls.len()].clone());
                Step::Fetch { page, request: Box::new(asked.to(url)) }
            }
            Err(step) => step,
        });
        steps.collect()
    })
}

/// Origins of a live set.
fn some_live() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(LIVE_ORIGINS, 0..=LIVE_ORIGINS.len())
}

/// Mostly one that some policy may allow.
fn page() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => select(&PAGES[..3]), 2 => select(PAGES)]
}

fn asked() -> impl Strategy<Value = Asked> {
    (
        prop_oneof![6 => Just("https"), 1 => Just("http")],
        prop_oneof![4 => Just(HOSTS[0]), 3 => Just(HOSTS[1]), 1 => Just(HOSTS[2])],
        select(PATHS),
        prop_oneof![
            16 => Just(""),
            4 => Just("?t"),
            2 => Just("?early"),
            2 => Just("?error"),
            6 => select(&["?s0", "?s1"][..]),
        ],
        select(METHODS),
        prop_oneof![3 => Just(Vec::new()), 2 => subsequence(HEADERS, 1..3)],
        weighted(0.3, Just(())).prop_map(|include| include.is_some()),
        weighted(0.1, Just(())),
        weighted(0.05, Just(())),
    )
        .prop_map(|(scheme, host, path, query, method, headers, include, force, no_cors)| {
            Asked {
                scheme,
                host,
                path,
                query,
                method,
                headers,
                include,
                force_preflight: force.is_some(),
                no_cors: no_cors.is_some(),
            }
        })
}

// --- configurations

// Boxed, as are lists and layers: the trees that proptest makes of them would fill the stack.
fn config() -> BoxedStrategy<Config> {
    let global = prop_oneof![
        30 => layer(true),
        1 => Just(Layer { base: Base::Off, ..Layer::default() }),
    ];
    let policy = layer(true);
    let groups = subsequence(GROUPS, 0..3).prop_flat_map(|patterns| {
        let groups = patterns.into_iter().map(groups).collect::<Vec<_>>();
        groups.prop_map(|groups| groups.concat())
    });
    (global, policy, groups, weighted(0.4, limits()), weighted(0.4, profiles()))
        .prop_map(|(global, policy, groups, limits, profiles)| {
            let profiles = profiles.filter(|_| global.base != Base::Off);
            Config { global, policy, groups, limits, profiles }
        })
        .boxed()
}

fn profiles() -> BoxedStrategy<Profiles> {
    // Edits are those of one layer, which an oracle would have to merge as the library does.
    let said = |list| match list {
        List::Edit { .. } => List::Inherit,
        list => list,
    };
    let layer = move || {
        layer(false).prop_map(move |layer| Layer {
            base: Base::Inherit,
            origins: said(layer.origins),
            methods: said(layer.methods),
            headers: said(layer.headers),
            expose: said(layer.expose),
            credentials: said(layer.credentials),
            ..layer
        })
    };
    let development = Some("development");
    let chosen =
        [(None, true), (development, true), (development, false), (Some("production"), true)];
    (select(chosen.to_vec()), weighted(0.8, layer()), weighted(0.5, layer()))
        .prop_map(|((chosen, loopback), development, production)| Profiles {
            chosen,
            development,
            loopback,
            production,
        })
        .boxed()
}

fn limits() -> BoxedStrategy<Limits> {
    let wide = |pool: &'static [&'static str]| weighted(0.3, subsequence(pool, 0..=pool.len()));
    (
        weighted(0.5, subsequence(ORIGINS, 3..=ORIGINS.len())),
        weighted(0.3, subsequence(METHODS, 2..=METHODS.len())),
        weighted(0.3, subsequence(HEADERS, 2..=HEADERS.len())),
        wide(EXPOSED),
        weighted(0.3, select(&[3, 5, 600][..])),
        weighted(0.4, select(&[Permission::GlobalOnly, Permission::Never][..])),
        any::<bool>(),
    )
        .prop_map(|(origins, methods, headers, expose, max_age, credentials, passthrough)| Limits {
            origins,
            methods,
            headers,
            expose,
            max_age,
            credentials,
            passthrough,
        })
        .boxed()
}

/// The groups of one pattern: for every host, for one, or for one of them with rules of its own.
fn groups(pattern: &'static str) -> BoxedStrategy<Vec<(&'static str, Layer)>> {
    let [api, t1] = [0, 1].map(|number| Some(VIRTUAL_HOSTS[number]));
    let hosts = prop_oneof![
        4 => Just(vec![None]),
        1 => Just(vec![t1]),
        1 => Just(vec![None, t1]),
        1 => Just(vec![api, t1]),
    ];
    (hosts, layer(false), layer(false))
        .prop_map(move |(hosts, one, other)| {
            let layers = hosts.into_iter().zip([one, other]);
            layers
                .map(|(host, layer)| (pattern, Layer { host, ..by_key(layer, pattern) }))
                .collect()
        })
        .boxed()
}

/// In the group whose path has a key, the keyed set takes the place of the live one.
fn by_key(mut layer: Layer, pattern: &str) -> Layer {
    if pattern == KEYED_GROUP {
        for list in [&mut layer.origins, &mut layer.credentials] {
            let (List::Exactly(list) | List::Edit { add: list, .. }) = list else { continue };
            list.iter_mut().filter(|it| **it == "@live").for_each(|it| *it = KEYED);
        }
    }
    layer
}

/// The rules of one layer; the `lowest` builds on nothing, and lists what it allows.
fn layer(lowest: bool) -> BoxedStrategy<Layer> {
    let base = prop_oneof![
        20 => Just(Base::Inherit),
        2 => Just(Base::Replace),
        3 => Just(Base::Policy),
        2 => Just(Base::Off),
        4 => Just(Base::Passthrough),
    ];
    let often = if lowest { 0.95 } else { 0.4 };
    let flag = |often: f64| weighted(often, any::<bool>());
    (
        base,
        list(ORIGINS, often, lowest),
        list(METHODS, often - 0.2, lowest),
        list(HEADERS, often - 0.2, lowest),
        list(EXPOSED, 0.3, lowest),
        ((flag(0.45), any::<u8>()), flag(0.05), flag(0.15), flag(0.08)),
        weighted(0.3, select(&[0, 3, 600][..])),
    )
        .prop_map(move |(base, origins, methods, headers, expose, flags, max_age)| {
            let (credentials, private_network, enforce, null) = flags;
            let not_any = |list| match list {
                List::AnyWithAuthorization => List::Any,
                list => list,
            };
            let credentials = credentials_for(&origins, credentials);
            let layer = Layer {
                host: None,
                base: if lowest { Base::Inherit } else { base },
                origins: not_any(origins),
                methods: not_any(methods),
                headers,
                expose: not_any(expose),
                credentials,
                private_network,
                enforce,
                null,
                max_age,
            };
            match layer.base {
                base if base.is_disabled() => Layer { base, ..Layer::default() },
                _ => layer,
            }
        })
        .boxed()
}

/// `credentials`: a flag, or some of the origins that the layer sets or adds.
fn credentials_for(origins: &List, (flag, bits): (Option<bool>, u8)) -> List {
    let some = |list: &[&'static str]| -> Vec<_> {
        let chosen = list.iter().enumerate().filter(|(i, _)| bits >> (i % 6) & 1 == 1);
        chosen.map(|(_, origin)| *origin).collect()
    };
    match (flag, bits >> 6) {
        (None, _) => List::Inherit,
        (Some(false), 0..3) => List::Exactly(Vec::new()),
        (Some(false), _) => List::Edit { add: Vec::new(), remove: vec![ORIGINS[0]] },
        (Some(true), 0) => List::Any,
        (Some(true), _) => match origins {
            List::Exactly(list) => List::Exactly(some(list)),
            List::Edit { add, .. } if some(add).is_empty() => List::Inherit,
            List::Edit { add, .. } => List::Edit { add: some(add), remove: Vec::new() },
            _ => List::Exactly(vec![ORIGINS[usize::from(bits) % ORIGINS.len()]]),
        },
    }
}

fn list(pool: &'static [&'static str], often: f64, lowest: bool) -> BoxedStrategy<List> {
    let most = pool.len().min(5);
    let some = move || subsequence(pool, if lowest { most - 2..=most } else { 1..=most });
    let edit = (subsequence(pool, 0..3), subsequence(pool, 0..2)).prop_map(|(add, remove)| {
        let remove: Vec<_> = remove.into_iter().filter(|name| !add.contains(name)).collect();
        match (&*add, &*remove) {
            ([], []) => List::Inherit,
            _ => List::Edit { add, remove },
        }
    });
    let said = prop_oneof![
        8 => some().prop_map(List::Exactly),
        1 => Just(List::Any),
        1 => Just(List::AnyWithAuthorization),
        (if lowest { 1 } else { 8 }) => edit,
    ];
    weighted(often, said).prop_map(Option::unwrap_or_default).boxed()
}

// --- services

fn service(depth: u32) -> BoxedStrategy<Service> {
    let leaf = prop_oneof![
        5 => route().prop_map(Service::Route),
        2 => resource().prop_map(Service::Resource),
        2 => plain().prop_map(Service::Plain),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let guard = weighted(0.35, guard());
    let services = vec(service(depth - 1), 1..4);
    let scope = (select(PREFIXES), guard, services, any::<bool>(), any::<bool>()).prop_map(
        |(prefix, guard, services, is_bundle, has_default)| {
            Service::Scope(Scope { prefix, guard, services, is_bundle, has_default })
        },
    );
    prop_oneof![5 => leaf, 2 => scope].boxed()
}

fn guard() -> impl Strategy<Value = Guard> {
    prop_oneof![
        select(&[Guard::Query, Guard::HeaderXA][..]),
        select(VIRTUAL_HOSTS).prop_map(Guard::Host),
    ]
}

fn route() -> BoxedStrategy<Route> {
    (
        select(&["list", "item", "save"][..]),
        (select(PATTERNS), weighted(0.15, select(PATTERNS))),
        subsequence(METHODS, 1..3),
        weighted(0.15, guard()),
        weighted(0.2, conditional()),
        conditional(),
    )
        .prop_map(|(name, (pattern, also), methods, guard, module, mut own)| {
            // Naming a method that the route does not serve does not compile.
            let serves = |list: Vec<&'static str>| -> Vec<_> {
                list.into_iter().filter(|method| methods.contains(method)).collect()
            };
            own.methods = match own.methods {
                List::Exactly(list) => List::Exactly(serves(list)),
                List::Edit { add, remove } => {
                    List::Edit { add: serves(add), remove: serves(remove) }
                }
                said => said,
            };
            if let List::Exactly(list) | List::Edit { add: list, .. } = &own.methods
                && list.is_empty()
            {
                own.methods = List::Inherit;
            }
            let also = also.filter(|also| *also != pattern);
            Route { name, pattern, also, methods, guard, module, own }
        })
        .boxed()
}

fn resource() -> BoxedStrategy<Resource> {
    let rules = weighted(0.2, conditional());
    let flags = (weighted(0.1, guard()), any::<bool>(), any::<bool>());
    (select(PATTERNS), vec(route(), 1..4), rules, flags)
        .prop_map(|(pattern, mut routes, module, (guard, has_default, is_wrapped))| {
            let mut served = Vec::new();
            for route in &mut routes {
                Route { pattern, also: None, module: module.clone(), ..route.clone() }
                    .clone_into(route);
            }
            // Of two routes for one method that nothing tells apart the second never runs.
            routes.retain(|route| {
                let is_new = !route.methods.iter().any(|method| served.contains(method));
                served.extend(route.methods.iter().copied().filter(|_| route.guard.is_none()));
                is_new
            });
            Resource { pattern, guard, routes, has_default, is_wrapped }
        })
        .boxed()
}

/// The rules of a module or a route, perhaps for one host only.
fn conditional() -> BoxedStrategy<Layer> {
    let host = weighted(0.3, select(VIRTUAL_HOSTS));
    (host, layer(false)).prop_map(|(host, layer)| Layer { host, ..layer }).boxed()
}

fn plain() -> impl Strategy<Value = Plain> {
    let kinds =
        &[Kind::Routed, Kind::Guarded, Kind::Attribute, Kind::NamedCatchAll, Kind::WithDefault][..];
    let resource = (select(PATTERNS), select(METHODS), select(kinds))
        .prop_map(|(pattern, method, kind)| Plain { pattern, method, kind });
    let files =
        select(MOUNTS).prop_map(|pattern| Plain { pattern, method: "GET", kind: Kind::Files });
    prop_oneof![4 => resource, 1 => files]
}

// --- what can start

/// Two routes outside of scopes that nothing tells apart, under different policies, are an error
/// that the oracle does not know: the later one, which never runs, is left out.
fn leave_out_conflicts(services: &mut Vec<Service>) {
    let mut seen = Vec::new();
    services.retain(|service| {
        let routes = match service {
            Service::Route(route) => std::slice::from_ref(route),
            Service::Resource(Resource { guard: None, routes, .. }) => routes,
            _ => return true,
        };
        let unguarded = routes.iter().filter(|route| route.guard.is_none());
        let pairs = unguarded.flat_map(|Route { pattern, also, methods, .. }| {
            let patterns = [*pattern].into_iter().chain(*also);
            patterns.flat_map(|pattern| methods.iter().map(move |method| (pattern, *method)))
        });
        let pairs: Vec<_> = pairs.collect();
        let is_new = pairs.iter().all(|pair| !seen.contains(pair));
        seen.extend(pairs);
        is_new
    });
}

/// A route that may be guarded is taken not to be there for other hosts than its own. So the
/// outermost scope has to have the guard, or, outside of scopes, the route itself. A module and its
/// handler for different hosts are an error.
fn settle_hosts(services: &mut [Service], outermost: Option<Option<Guard>>) {
    for service in services {
        match service {
            Service::Scope(Scope { guard, services, .. }) => {
                settle_hosts(services, outermost.or(Some(*guard)));
            }
            Service::Route(route) => settle_host(route, outermost, None),
            Service::Resource(Resource { guard, routes, .. }) => {
                routes.iter_mut().for_each(|route| settle_host(route, outermost, *guard));
            }
            Service::Plain(_) => {}
        }
    }
}

fn settle_host(route: &mut Route, outermost: Option<Option<Guard>>, of_resource: Option<Guard>) {
    let Route { guard, module, own, .. } = route;
    let guard = of_resource.or(*guard);
    let unguarded = module.as_ref().and_then(|module| module.host).or(own.host);
    let host = match outermost.or(guard.map(Some)) {
        None => unguarded,
        Some(Some(Guard::Host(host))) => Some(host),
        Some(_) => None,
    };
    for layer in module.iter_mut().chain([own]) {
        layer.host = layer.host.and(host);
    }
}

/// Makes wrong rules inherit; and `off` those that may not. Of the profiles and limits
/// that are then wrong, only those stay that `keeps` names by the number of the configuration.
fn make_valid(application: &mut Application, keeps: usize) {
    let taken = |config: &mut Config| (config.profiles.take(), config.limits.take());
    let taken: Vec<_> = application.configs.iter_mut().map(taken).collect();
    make_layers_valid(application);
    let Application { configs, services, .. } = application;
    let all = leaves(services);
    for (number, (config, (profiles, limits))) in configs.iter_mut().zip(taken).enumerate() {
        config.profiles = profiles;
        if number != keeps && may_start(config, &all) != Some(true) {
            config.profiles = None;
        }
        config.limits = limits;
        if number != keeps && may_start(config, &all) != Some(true) {
            config.limits = None;
        }
    }
}

fn make_layers_valid(application: &mut Application) {
    for config in &mut application.configs {
        let Config { global, policy, groups, .. } = config;
        if merge(&[global], policy, None).is_err() {
            *global =
                Layer { origins: List::Exactly(vec!["https://app.example"]), ..Layer::default() };
        }
        if merge(&[policy], policy, None).is_err() {
            *policy = Layer { origins: List::Any, ..Layer::default() };
        }
        for (_, layer) in groups {
            if merge(&[global, layer], policy, None).is_err() {
                *layer = Layer { host: layer.host, ..Layer::default() };
            }
            if merge(&[global, layer], policy, None).is_err() {
                layer.base = Base::Off;
            }
        }
    }
    let mut places: Vec<_> = leaves(&application.services)
        .into_iter()
        .filter_map(|leaf| leaf.route().map(|_| leaf.place))
        .collect();
    places.reverse();
    for place in places {
        for attempt in 0..4 {
            let all = leaves(&application.services);
            let leaf: Vec<_> = all.into_iter().filter(|leaf| leaf.place == place).collect();
            if application.configs.iter().all(|c| may_start(c, &leaf) == Some(true)) {
                break;
            }
            let route = route_at(&mut application.services, &place);
            match attempt {
                0 => route.module = None,
                1 => route.own.credentials = List::Exactly(Vec::new()),
                2 => route.own = Layer { base: Base::Policy, ..Layer::default() },
                _ => route.own = Layer { base: Base::Off, ..Layer::default() },
            }
        }
    }
}

fn route_at<'s>(services: &'s mut [Service], place: &[usize]) -> &'s mut Route {
    let (first, rest) = place.split_first().unwrap();
    match &mut services[*first] {
        Service::Scope(scope) => route_at(&mut scope.services, rest),
        Service::Route(route) => route,
        Service::Resource(resource) => &mut resource.routes[rest[0]],
        Service::Plain(_) => unreachable!("only routes are corrected"),
    }
}
