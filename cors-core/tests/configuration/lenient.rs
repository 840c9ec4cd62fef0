//! Settings that the users of an application write: what is harmless is a warning.

#![cfg(feature = "serde")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use cors_core::{Code, Config, Problem, Severity};

fn read(json: &str) -> Config {
    serde_json::from_str(json).unwrap()
}

/// The codes and places of all problems, with the note that says what applies.
fn problems(config: &Config) -> (bool, Vec<(String, String)>) {
    let show = |problem: &Problem| (problem.code().to_string(), problem.source().to_string());
    match config.resolve() {
        Ok(resolver) => (true, resolver.warnings().iter().map(show).collect()),
        Err(error) => (false, error.problems().iter().map(show).collect()),
    }
}

/// Every key whose value may be `null`, each at its own level.
const NULLS: &str = r#"{
    "enabled": null, "preflight_status": null, "profile": null, "profiles": null, "sets": null,
    "policies": null, "paths": null, "allow_warnings": null, "origins": null, "methods": null,
    "headers": null, "expose": null, "credentials": null, "max_age": null, "enforce": null,
    "private_network": null, "danger_allow_null_origin": null,
    "danger_allow_insecure_origins": null, "danger_allow_public_suffixes": null
}"#;

#[test]
fn null_is_as_if_the_key_were_left_out() {
    let (is_accepted, found) = problems(&read(NULLS));
    assert!(!is_accepted);
    let (is_lenient, warnings) = problems(&read(NULLS).lenient());
    assert!(is_lenient);
    assert_eq!(warnings, found);
    assert_eq!(found.len(), 19);
    assert!(found.iter().all(|(code, _)| code == "cors::null-value"), "{found:?}");
    assert_eq!(found[0].1, "cors.enabled");
}

#[test]
fn null_below_the_global_rules_is_ignored_as_well() {
    let json = r#"{
        "origins": "https://app.example",
        "headers": ["x-a", "x-b"],
        "profiles": { "staging": { "loopback": null, "enabled": null, "max_age": null } },
        "policies": { "open": { "origins": "any", "credentials": null } },
        "paths": [
            { "match": "/a", "headers": { "add": null, "remove": ["x-b"] }, "origins": null },
            { "match": "/b", "policy": "open", "expose": null }
        ]
    }"#;
    let resolver = read(json).lenient().resolve().unwrap();
    assert_eq!(resolver.warnings().len(), 7);
    let value = |path, setting| {
        let setting = cors_core::Setting::from_name(setting).unwrap();
        resolver.for_path(path).effective(setting).value().to_string()
    };
    assert_eq!(value("/a", "headers"), "x-a");
    assert_eq!(value("/a", "origins"), "https://app.example");
    assert_eq!(value("/b", "origins"), "any");
    assert_eq!(value("/b", "headers"), "none");
}

#[test]
fn null_that_would_remove_a_limit_or_a_condition_is_an_error() {
    for json in [
        r#"{ "limits": null }"#,
        r#"{ "limits": { "origins": null } }"#,
        r#"{ "limits": { "max_age": null } }"#,
        r#"{ "limits": { "credentials": null } }"#,
        r#"{ "limits": { "route_overrides": null } }"#,
        r#"{ "off": null }"#,
        r#"{ "paths": [{ "match": "/a", "off": null }] }"#,
        r#"{ "paths": [{ "match": "/a", "replace": null }] }"#,
        r#"{ "paths": [{ "match": "/a", "policy": null }] }"#,
        r#"{ "paths": [{ "match": "/a", "host": null }] }"#,
        r#"{ "paths": [{ "match": null, "off": true }] }"#,
        r#"{ "paths": [null] }"#,
        r#"{ "policies": { "open": null } }"#,
        r#"{ "profiles": { "staging": null } }"#,
        r#"{ "sets": { "partners": null } }"#,
        r#"{ "origins": [null] }"#,
        r#"{ "orgins": null }"#,
        "null",
    ] {
        let (is_accepted, found) = problems(&read(json).lenient());
        assert!(!is_accepted, "{json}: {found:?}");
    }
}

#[test]
fn a_warning_says_what_applies_and_the_order_of_calls_does_not_matter() {
    let json = r#"{ "origins": "https://app.example", "max_age": 1728000 }"#;
    let resolver = read(json).lenient().resolve().unwrap();
    let [warning] = resolver.warnings() else { panic!("{:?}", resolver.warnings()) };
    assert_eq!(warning.severity(), Severity::Warning);
    assert_eq!(warning.code(), Code::MAX_AGE_TOO_LONG);
    let notes: Vec<_> = warning.notes().map(|(note, _)| note).collect();
    assert_eq!(notes, ["one day applies"]);

    let from_variables = |config: Config| config.overlay_env([("CORS_HEADERS", "x-a, origin")]);
    for config in [from_variables(read(json).lenient()), from_variables(read(json)).lenient()] {
        assert_eq!(config.resolve().unwrap().warnings().len(), 2);
    }
    let error = from_variables(read(json)).resolve().unwrap_err();
    assert!(error.problems().iter().all(|problem| problem.severity() == Severity::Error));
}

#[test]
fn an_error_beside_harmless_values_is_reported_with_them() {
    let json = r#"{ "origins": "https://app.example/", "max_age": 1728000 }"#;
    let error = read(json).lenient().resolve().unwrap_err();
    let found: Vec<_> = error.problems().iter().map(|it| (it.code(), it.severity())).collect();
    assert_eq!(
        found,
        [(Code::TRAILING_SLASH, Severity::Error), (Code::MAX_AGE_TOO_LONG, Severity::Warning),]
    );
}

#[test]
fn groups_in_code_are_not_read_leniently() {
    use cors_core::{Element, Op, Rules, Setting, Source};
    let here = Source::caller();
    let rules = Rules::new(here.clone()).list(Setting::Headers, Op::Add, ["origin"], here.clone());
    let group = || [(Element::plain("/a", here.clone()), rules.clone())];
    let resolver = read("{}").lenient().resolve().unwrap();
    assert_eq!(resolver.with_groups(&group()).unwrap_err().problems().len(), 1);
}

#[test]
fn only_errors_are_excused() {
    for code in Code::ALL.iter().filter(|code| code.when_lenient().is_some()) {
        assert_eq!(code.severity(), Severity::Error, "{code} is a warning anyway");
    }
}
