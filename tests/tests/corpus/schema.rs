//! The schema of `cors.toml`, over all configurations of the corpus: what it refuses, the reader
//! refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cors_core::Config;
use cors_tests::corpus::load;
use jsonschema::Validator;
use serde_json::Value;

#[test]
fn the_schema_refuses_nothing_that_the_reader_accepts() {
    let validator = validator();
    let accepts = |value: &Value| validator.is_valid(value);
    let (mut accepted, mut refused) = (0, 0);
    for (id, text) in texts() {
        // A text that is no TOML is nothing to a schema.
        let Ok(table) = text.parse::<toml::Table>() else { continue };
        let value = serde_json::to_value(&table).unwrap();
        // The schema is that of the strict reader, also for texts of users.
        match (Config::from_toml(&text, "cors.toml").resolve(), accepts(&value)) {
            (Ok(_), true) => accepted += 1,
            (Ok(_), false) => {
                let errors: Vec<_> =
                    validator.iter_errors(&value).map(|it| it.to_string()).collect();
                panic!("{id}: the reader accepts what the schema refuses: {errors:#?}\n{text}");
            }
            (Err(_), false) => refused += 1,
            // Only merging shows what is wrong.
            (Err(_), true) => {}
        }
    }
    println!("accepted {accepted}, refused by both {refused}");
    assert!(accepted > 300 && refused > 100, "{accepted} {refused}");
}

#[test]
fn the_schema_finds_the_mistakes_that_need_no_merging() {
    let validator = validator();
    for (text, is_valid) in [
        ("[cors]\norigins = 'any'\n", true),
        ("[cors]\norigin = 'any'\n", false),
        ("origins = 'any'\n", false),
        ("[cors]\norigins = ['https://a.example/']\n", false),
        ("[cors]\norigins = ['a.example']\n", false),
        ("[cors]\norigins = '*'\n", false),
        ("[cors]\norigins = [{ regex = '.*' }, { set = 's' }]\n", true),
        ("[cors]\norigins = [{ pattern = '.*' }]\n", false),
        ("[cors]\norigins = { add = ['https://a.example'] }\n", true),
        ("[cors]\norigins = { insert = ['https://a.example'] }\n", false),
        ("[cors]\nmethods = ['put']\n", false),
        ("[cors]\nheaders = 'any_with_authorization'\n", true),
        ("[cors]\nheaders = ['x a']\n", false),
        ("[cors]\ncredentials = 'true'\n", false),
        ("[cors]\ncredentials = ['https://a.example']\n", true),
        ("[cors]\nmax_age = '10'\n", false),
        ("[cors]\nmax_age = '10m'\n", true),
        ("[cors]\nmax_age = -1\n", false),
        ("[cors]\nmax_age = 86401\n", false),
        ("[cors]\npreflight_status = 302\n", false),
        ("[cors]\nloopback = true\n", false),
        ("[cors.profiles.development]\nloopback = true\n", true),
        ("[cors.profiles.development]\nprofile = 'x'\n", false),
        ("[cors.paths]\nmatch = '/x'\n", false),
        ("[[cors.paths]]\nmatch = '/x'\nhost = ['a.example']\n", true),
        ("[[cors.paths]]\noff = true\n", false),
        ("[[cors.paths]]\nmatch = 'x'\n", false),
        ("[cors.policies.open]\npolicy = 'other'\n", false),
        ("[cors.limits]\ncredentials = 'never'\nroute_overrides = { origins = 'any' }\n", true),
        ("[cors.limits]\ncredentials = true\n", false),
        ("[cors.limits]\norigins = { add = ['https://a.example'] }\n", false),
        ("[cors]\nallow_warnings = { code = 'cors::not-present', path = '/x' }\n", true),
        ("[cors]\nallow_warnings = [{ path = '/x' }]\n", false),
        ("[cors.report_only]\noff = true\n", true),
    ] {
        let value = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
        assert_eq!(validator.is_valid(&value), is_valid, "{text}");
    }
}

#[test]
fn the_schema_in_the_documentation_is_that_of_the_reader() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cors.schema.json");
    let schema = Config::json_schema();
    if std::env::var_os("DIAGNOSTICS").is_some_and(|it| it == "overwrite") {
        fs::write(&path, &schema).unwrap();
    }
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let committed = fs::read_to_string(&path).unwrap();
    // Compared as data: the order of keys depends on the features of serde_json.
    assert_eq!(value(&committed), value(&schema), "see CONTRIBUTING.md for how to write it anew");
}

fn validator() -> Validator {
    let schema = serde_json::from_str(&Config::json_schema()).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

/// All texts of the corpus, with their names.
fn texts() -> Vec<(String, String)> {
    let corpus = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
    let mut known = BTreeSet::new();
    let cases = corpus.cases.iter().map(|case| (case.id(), case.config.text.clone()));
    let sequences = corpus.sequences.iter().map(|it| (it.id(), it.config.text.clone()));
    let invalid = corpus.invalid.iter().map(|it| (it.id(), it.text()));
    let valid = corpus.valid.iter().map(|it| (it.id(), it.text()));
    let all = cases.chain(sequences).chain(invalid).chain(valid);
    let new = all.filter(|(_, text)| known.insert(text.clone()));
    new.map(|(id, text)| (id, text.text)).collect()
}
