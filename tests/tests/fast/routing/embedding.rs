//! `cors` as a part of an application's own settings, however these are read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use cors_core::{Config, Setting};
use serde::Deserialize;

#[derive(Deserialize)]
struct Settings {
    port: u16,
    cors: Config,
}

/// Right, but for the place of the trailing slash and the type of `credentials`.
const SETTINGS: &str = r#"
port = 8080

[cors]
origins = ["https://a.example", "https://b.example/", { regex = 'https://pr-\d+\.example' }]
credentials = "yes"
max_age = 600

[cors.policies.open]
origins = "any"

[[cors.paths]]
match = "/public/**"
policy = "opne"

[cors.limits]
route_overrides = "narow"
"#;

/// The codes of all problems, with their places.
fn problems(settings: &Settings) -> Vec<(String, String)> {
    assert_eq!(settings.port, 8080);
    let error = settings.cors.resolve().unwrap_err();
    let all = error.problems().iter();
    all.map(|problem| (problem.code().to_string(), problem.source().to_string())).collect()
}

/// The expected problems for every reader of the settings; their order is that of the reader.
fn expected() -> Vec<(String, String)> {
    let mut expected = [
        ("cors::wrong-type", "cors.credentials"),
        ("cors::unknown-value", "cors.limits.route_overrides"),
        ("cors::trailing-slash", "cors.origins[1]"),
        ("cors::broad-regex", "cors.origins[2].regex"),
        ("cors::unknown-policy", "cors.paths[0].policy"),
    ]
    .map(|(code, place)| (code.to_owned(), place.to_owned()));
    expected.sort();
    expected.into()
}

#[test]
fn config_hands_the_settings_over() {
    let file = config::File::from_str(SETTINGS, config::FileFormat::Toml);
    let settings = config::Config::builder().add_source(file).build().unwrap();
    let mut found = problems(&settings.try_deserialize().unwrap());
    found.sort();
    assert_eq!(found, expected());
}

#[test]
fn toml_hands_the_settings_over() {
    let mut found = problems(&toml::from_str(SETTINGS).unwrap());
    found.sort();
    assert_eq!(found, expected());
}

#[test]
fn a_file_that_is_known_is_shown() {
    let error = Config::from_settings_toml(SETTINGS, "settings.toml").resolve().unwrap_err();
    let report = error.to_string();
    assert!(report.contains(" --> settings.toml:5:33"), "{report}");
    assert!(report.contains("6 | credentials = \"yes\"\n  |               ^^^^^"), "{report}");
}

#[test]
fn layers_are_merged_before_they_are_handed_over() {
    let defaults = r#"{ "port": 1, "cors": { "origins": ["https://a.example"], "max_age": 60 } }"#;
    let settings = config::Config::builder()
        .add_source(config::File::from_str(defaults, config::FileFormat::Json))
        .add_source(config::File::from_str("[cors]\nmax_age = 90\n", config::FileFormat::Toml));
    let settings: Settings = settings.build().unwrap().try_deserialize().unwrap();
    let resolver = settings.cors.resolve().unwrap();
    let max_age = resolver.global().effective(Setting::MaxAge);
    assert_eq!(max_age.value().to_string(), "90");
    let places: Vec<_> = max_age.sources().iter().map(ToString::to_string).collect();
    assert_eq!(places, ["cors.max_age"]);
}

#[test]
fn values_that_toml_does_not_have_are_wrong_types() {
    let config: Config = serde_json::from_str(
        r#"{ "origins": null, "credentials": 1.5, "max_age": 18446744073709551615 }"#,
    )
    .unwrap();
    let error = config.resolve().unwrap_err();
    let codes: Vec<_> = error.problems().iter().map(|problem| problem.code().as_str()).collect();
    assert_eq!(codes, ["cors::null-value", "cors::wrong-type", "cors::max-age-too-long"]);
    let twice = serde_json::from_str::<Config>(r#"{ "max_age": 1, "max_age": 2 }"#);
    assert!(twice.unwrap_err().to_string().contains("`cors.max_age` is set twice"));
}
