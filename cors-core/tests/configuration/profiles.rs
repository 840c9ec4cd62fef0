//! In production, loopback patterns are errors wherever they are configured.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use cors_core::{Config, Element, Op, ProfileRules, Resolver, Route, Rules, Setting, Source};

fn place(line: u32) -> Source {
    Source::code("src/api.rs", line, 1)
}

fn resolver(profile: &str) -> Resolver {
    let global =
        Rules::new(place(1)).list(Setting::Origins, Op::Set, ["https://app.example"], place(1));
    let local = ProfileRules::new(Rules::new(place(2))).loopback(true, place(2));
    let config = Config::new(global).profiles("development", local);
    let config = config.profiles("staging", ProfileRules::new(Rules::new(place(3))));
    config.profile(profile, place(1)).resolve().unwrap()
}

/// The codes and lines of the problems of a route with these rules.
fn codes(resolver: &Resolver, rules: &Rules) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let route = Route {
        pattern: "/users",
        serves: &["GET"],
        handler_serves: &["GET"],
        modules: &[],
        rules: std::slice::from_ref(rules),
    };
    resolver.route(route, &mut problems);
    problems.iter().map(|p| (p.code().to_string(), p.source().to_string())).collect()
}

#[test]
fn loopback_patterns_in_attributes_are_errors_in_production() {
    let element = Element::plain("http://localhost:*", place(8));
    let rules = Rules::new(place(7)).list(Setting::Origins, Op::Add, [element], place(7));
    assert_eq!(codes(&resolver("development"), &rules), []);
    let expected = [("cors::loopback-in-production".to_owned(), "src/api.rs:8:1".to_owned())];
    assert_eq!(codes(&resolver("production"), &rules), expected);
    assert_eq!(codes(&resolver("staging"), &rules), expected);
    let narrowed =
        Rules::new(place(7)).list(Setting::Origins, Op::Set, ["http://localhost:3000"], place(7));
    assert_eq!(
        codes(&resolver("production"), &narrowed),
        [],
        "a single port may belong to an application"
    );
}

#[test]
fn loopback_regexes_are_errors_in_production() {
    let regexes = [
        r"http://localhost:\d{4}",
        r"http://localhost:30\d\d",
        r"http://localhost:[358]\d+",
        r"https?://(localhost|127\.0\.0\.1):8\d{3}",
        r"http://\[::1\]:\d{4}",
        r"http://[a-z]+\.localhost",
        r"http://[a-z0-9-]+\.localhost:3000",
        r"http://127\.0\.0\.\d+:8080",
    ];
    for regex in regexes {
        let element = Element::regex(regex, place(8));
        let rules = Rules::new(place(7)).list(Setting::Origins, Op::Add, [element], place(7));
        let found = codes(&resolver("production"), &rules);
        assert_eq!(found.len(), 1, "{regex}");
        assert_eq!(found[0].0, "cors::loopback-in-production", "{regex}");
    }
    let one_app = Element::regex(r"http://(localhost|app\.localhost):(3000|8080)", place(8));
    let rules = Rules::new(place(7)).list(Setting::Origins, Op::Add, [one_app], place(7));
    assert_eq!(codes(&resolver("production"), &rules), []);
}

#[cfg(feature = "config")]
#[test]
fn a_variable_conflicts_with_a_profile_that_is_off() {
    let here = place(1);
    let off = ProfileRules::new(Rules::new(here.clone()).off(here.clone()));
    let config = Config::new(Rules::new(here)).profiles("production", off);
    let error = config.overlay_env([("CORS_ORIGINS", "https://app.example")]).resolve();
    assert_eq!(error.unwrap_err().problems()[0].code().as_str(), "cors::off-with-others");
}

#[test]
fn loopback_patterns_in_groups_added_in_code_are_errors_in_production() {
    let rules =
        Rules::new(place(7)).list(Setting::Origins, Op::Add, ["https://*.localhost"], place(7));
    let groups = [(Element::plain("/dev/**", place(7)), rules)];
    assert!(resolver("development").with_groups(&groups).is_ok());
    let error = resolver("production").with_groups(&groups).unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::loopback-in-production");
}

#[test]
fn only_the_loopback_preset_is_exempt_from_limits() {
    let here = place(1);
    let limits = cors_core::Limits::new(here.clone()).list(
        Setting::Origins,
        ["https://app.example"],
        here.clone(),
    );
    let config = |origin: &str| {
        let rules = Rules::new(here.clone()).list(
            Setting::Origins,
            Op::Set,
            vec![origin.to_owned()],
            here.clone(),
        );
        let preset = ProfileRules::new(Rules::new(here.clone())).loopback(true, here.clone());
        Config::new(rules)
            .profile("development", here.clone())
            .profiles("development", preset)
            .limits(limits.clone())
    };
    assert!(config("https://app.example").resolve().is_ok());
    let error = config("https://evil.example").resolve().unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
}

#[test]
fn profiles_in_code_and_in_files_behave_alike() {
    let here = place(1);
    let profile = ProfileRules::new(Rules::new(here.clone()).max_age(0, here.clone()))
        .preflight_status(200, here.clone());
    let config = Config::new(Rules::new(here.clone()).max_age(60, here.clone()))
        .profiles("development", profile);
    let effective = |config: &Config| {
        let resolver = config.resolve().unwrap();
        let max_age = resolver.global().effective(Setting::MaxAge).value().to_string();
        (resolver.profile().map(str::to_owned), max_age, resolver.preflight_status())
    };
    assert_eq!(effective(&config), (Some("production".to_owned()), "60".to_owned(), 204));
    let config = config.profile("development", here);
    assert_eq!(effective(&config), (Some("development".to_owned()), "0".to_owned(), 200));
}

/// The origins and credentials of a route with these rules, and where its origins are
/// set.
fn effective(resolver: &Resolver, rules: &Rules) -> (String, String, Vec<Source>) {
    let mut problems = Vec::new();
    let route = Route {
        pattern: "/users",
        serves: &["GET"],
        handler_serves: &["GET"],
        modules: &[],
        rules: std::slice::from_ref(rules),
    };
    let policies = resolver.route(route, &mut problems);
    assert_eq!(problems, []);
    let policy = policies.other().policies.outside();
    let value = |setting| policy.effective(setting).value().to_string();
    let sources = policy.sources(Setting::Origins).to_vec();
    (value(Setting::Origins), value(Setting::Credentials), sources)
}

#[test]
fn loopback_applies_to_routes_and_shows_as_set_by_the_profile() {
    let own = Rules::new(place(7))
        .list(Setting::Origins, Op::Set, ["https://own.example"], place(8))
        .flag(Setting::Credentials, true, place(9));
    let (origins, credentials, sources) = effective(&resolver("development"), &own);
    let local = "http://127.0.0.1:*, http://[::1]:*, http://localhost:*";
    assert_eq!(origins, format!("{local}, https://own.example"));
    assert_eq!(credentials, "true");
    assert_eq!(sources, [place(8), place(2)]);

    let any = Rules::new(place(7)).origins_any(place(8));
    let off = Rules::new(place(7)).off(place(8));
    for (rules, expected) in [(any, "any"), (off, "off")] {
        let (origins, _, sources) = effective(&resolver("development"), &rules);
        assert_eq!((origins.as_str(), sources), (expected, vec![place(8)]));
    }
    let (origins, _, sources) = effective(&resolver("staging"), &own);
    assert_eq!((origins.as_str(), sources), ("https://own.example", vec![place(8)]));
}
