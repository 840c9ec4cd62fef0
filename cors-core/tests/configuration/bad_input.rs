//! Invalid input of any kind is reported, and never causes a panic.

#![cfg(feature = "config")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::io::{self, Read};

use cors_core::{Config, Error, Op, Rules, Setting};
use proptest::prelude::*;

fn refused(config: &Config) -> Error {
    config.resolve().unwrap_err()
}

fn codes(error: &Error) -> Vec<(&str, String)> {
    let code =
        |problem: &cors_core::Problem| (problem.code().as_str(), problem.source().to_string());
    let codes = error.problems().iter().map(code);
    codes
        .map(|(code, place)| (Box::leak(code.to_owned().into_boxed_str()) as &str, place))
        .collect()
}

#[test]
fn file_problems_are_shown_with_line_and_caret() {
    let text = "\
[cors]
origins = [\"https://app.example/\", \"http://intranet.example\"]
credentials = true
colour = 1

[[cors.paths]]
match = \"/a\"
policy = \"opne\"

[cors.policies.open]
origins = \"any\"
";
    let report = refused(&Config::from_toml(text, "conf/cors.toml")).to_string();
    let expected = r#"error[cors::trailing-slash]: `https://app.example/` ends in a slash, but browsers send `Origin` without one, so it would never match
 --> conf/cors.toml:2:12
  |
2 | origins = ["https://app.example/", "http://intranet.example"]
  |            ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `https://app.example`

error[cors::insecure-with-credentials]: `http://intranet.example` is not encrypted: anyone on the network can impersonate it and read responses as your users
 --> conf/cors.toml:2:36
  |
2 | origins = ["https://app.example/", "http://intranet.example"]
  |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^
3 | credentials = true
  | ----------- `credentials = true` is set here
  |
  = help: remove it or `credentials`; to accept the risk, add `danger_allow_insecure_origins = true` next to `credentials`

error[cors::unknown-key]: `colour` is not a setting, so it would have no effect
 --> conf/cors.toml:4:1
  |
4 | colour = 1
  | ^^^^^^
"#;
    assert!(report.starts_with(expected), "{report}");
    assert!(report.contains("8 | policy = \"opne\"\n  |          ^^^^^^\n"), "{report}");
    assert!(report.ends_with("\n\n4 errors in the CORS configuration"), "{report}");
    assert!(!report.contains('\u{1b}'), "colours are for terminals");
}

#[test]
fn places_in_code_are_named_and_places_in_files_are_shown() {
    use cors_core::{Op, Route, Rules, Setting, Source};

    let file = "[cors]\norigins = \"https://app.example\"\ncredentials = true\n";
    let resolver = Config::from_toml(file, "cors.toml").resolve().unwrap();
    let rules = Rules::new(Source::code("src/api.rs", 6, 1)).list(
        Setting::Origins,
        Op::Add,
        ["https://beta.example"],
        Source::attribute("src/api.rs", 7, 19),
    );
    let route = Route {
        pattern: "/users",
        serves: &["GET"],
        handler_serves: &["GET"],
        modules: &[],
        rules: std::slice::from_ref(&rules),
    };
    let mut problems = Vec::new();
    resolver.route(route, &mut problems);
    let expected = "\
error[cors::inherited-credentials]: this adds an origin under inherited \
`credentials = true`, so it could read responses as your users
 --> src/api.rs:7:19
  |
 ::: cors.toml:3:1
  |
3 | credentials = true
  | ----------- `credentials = true` is set here
  |
  = note: this applies to GET `/users`
  = help: set `credentials` here: `credentials = false` (recommended), `credentials`, or a list of the origins that may send them";
    assert_eq!(problems[0].report(), expected);
}

#[test]
fn user_input_cannot_control_the_terminal() {
    let text = "[cors]\n\"\\u001b[31mred\" = 1\norigins = \"\\u0007\u{202e}\"\n";
    let report = refused(&Config::from_toml(text, "cors\u{1b}.toml")).to_string();
    assert!(!report.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{report:?}");
}

#[test]
fn text_of_users_does_not_look_like_another_line_of_a_report() {
    for text in [
        r#"origins = [{ set = "a\nerror[cors::x]: b" }]"#,
        r#"methods = ["a\nerror[cors::x]: b"]"#,
        r#"profile = "a\nerror[cors::x]: b""#,
        "[[cors.paths]]\nmatch = '/x'\npolicy = \"a\\nerror[cors::x]: b\"",
    ] {
        let config = Config::from_toml(&format!("[cors]\n{text}\n"), "cors.toml");
        let problem = refused(&config).problems()[0].clone();
        let report = problem.report();
        let begins = |line: &&str| line.trim_start().starts_with("error[cors::x]");
        assert_eq!(report.lines().filter(begins).count(), 0, "{report}");
    }
}

#[test]
fn a_proposed_table_is_valid_whatever_its_name_contains() {
    for name in ["a b", "a.b", "ä", "a'b", "a\"b", "a\\b", "a]b", "a#b", "1", "a-b_c"] {
        let quoted = format!("{name:?}");
        for (text, before, content) in [
            ("origins = [{ set = NAME }]", "[cors.sets]` `", " = ['https://a.example']"),
            ("profile = NAME", "add another one as `", "\norigins = ['https://a.example']"),
            ("[[cors.paths]]\nmatch = '/x'\npolicy = NAME", "define it: `", "\norigins = 'any'"),
        ] {
            let text = format!("[cors]\n{}\n", text.replace("NAME", &quoted));
            let error = refused(&Config::from_toml(&text, "cors.toml"));
            let help = error.problems()[0].help().unwrap();
            let (_, proposed) = help.split_once(before).unwrap();
            let proposed = proposed.strip_suffix(" = [...]`").or(proposed.strip_suffix('`'));
            let header = if before.starts_with('[') { "[cors.sets]\n" } else { "" };
            let pasted = format!("{text}{header}{}{content}\n", proposed.unwrap());
            let config = Config::from_toml(&pasted, "cors.toml");
            assert!(config.resolve().is_ok(), "{pasted}\n{:?}", config.resolve().err());
        }
    }
}

#[test]
fn a_word_for_no_origin_in_a_variable_is_not_replaced_by_disabling_cors() {
    let config = Config::from_toml("[cors]\n", "cors.toml");
    for word in ["none", "off", "false"] {
        let error = refused(&config.clone().overlay_env([("CORS_ORIGINS", word)]));
        let help = "a variable cannot remove all origins; in `cors.toml`, `off = true` does";
        assert_eq!(error.problems()[0].help(), Some(help));
    }
    assert!(Config::from_toml("[cors]\noff = true\n", "cors.toml").resolve().is_ok());
}

#[test]
fn very_long_lines_are_not_shown() {
    let text = format!("[cors]\norigins = [{}\"x\"]\n", "\"https://a.example\", ".repeat(1000));
    let report = refused(&Config::from_toml(&text, "cors.toml")).to_string();
    assert!(report.contains("error[cors::missing-scheme]"), "{report}");
    assert!(report.contains("cors.toml:2:21012"), "{report}");
    assert!(report.lines().all(|line| line.len() < 1000), "{report}");
}

#[test]
fn invalid_utf_8_is_shown_in_its_place() {
    let error = refused(&Config::from_bytes(b"[cors]\n# \xc3\xa4\xff\nmax_age = 1\n", "cors.toml"));
    assert_eq!(codes(&error), [("cors::not-utf-8", "cors.toml:2:4".to_owned())]);
    assert!(error.to_string().contains("2 | # \u{e4}\u{fffd}\n  |    ^\n"), "{error}");
}

/// A reader that returns zeros, and counts them.
struct Endless<'c>(&'c mut u64);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'\n');
        *self.0 += buffer.len() as u64;
        Ok(buffer.len())
    }
}

#[test]
fn an_endless_file_is_rejected_after_the_size_limit() {
    let mut read = 0;
    let error = refused(&Config::from_reader(Endless(&mut read), "/dev/zero"));
    assert_eq!(codes(&error), [("cors::file-too-large", "/dev/zero:1:1".to_owned())]);
    assert!(read <= 2 * Config::MAX_FILE_SIZE, "{read} bytes");
}

#[test]
fn an_unreadable_file_is_reported_with_the_reason() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = refused(&Config::from_reader(Broken, "cors.toml"));
    assert_eq!(codes(&error), [("cors::unreadable-file", "cors.toml:1:1".to_owned())]);
    assert!(error.to_string().contains("the disk is gone"), "{error}");
}

/// A file with 100 000 origins of 100 characters each.
fn large(scheme: &str) -> String {
    let mut text = String::from("[cors]\norigins = [\n");
    for number in 0..100_000 {
        let _ = writeln!(text, "  \"{scheme}tenant-{number:050}.of.our.customers.example.com\",");
    }
    text + "]\n"
}

#[test]
fn one_hundred_thousand_origins_are_accepted() {
    let text = large("https://");
    assert!((text.len() as u64) < Config::MAX_FILE_SIZE);
    let config = Config::from_reader(text.as_bytes(), "cors.toml");
    assert_eq!(config.resolve().map(|resolver| resolver.warnings().len()).ok(), Some(0));
}

#[test]
fn one_hundred_thousand_origins_are_checked_against_as_many_limits() {
    let origins = large("https://");
    let list = origins.strip_prefix("[cors]\norigins = ").unwrap();
    let text = format!(
        "[cors]\norigins = [{{ set = \"all\" }}]\n\
         [cors.sets]\nall = {list}\
         [cors.limits]\norigins = [{{ set = \"all\" }}]\nroute_overrides = \"narrow\"\n\
         [[cors.paths]]\nmatch = \"/**\"\nmax_age = 0\n"
    );
    let config = Config::from_reader(text.as_bytes(), "cors.toml");
    assert_eq!(config.resolve().map(|resolver| resolver.warnings().len()).ok(), Some(0));
}

#[test]
fn one_hundred_thousand_origins_can_be_edited() {
    let here = cors_core::Source::caller();
    let list = |op, name: &str| {
        let origins: Vec<_> = (0..100_000).map(|n| format!("https://{name}{n}.example")).collect();
        Rules::new(here.clone()).list(Setting::Origins, op, origins, here.clone())
    };
    let credentials = |rules: Rules| rules.flag(Setting::Credentials, true, here.clone());
    let same = list(Op::Set, "a");
    let none =
        list(Op::Remove, "a").list(Setting::Origins, Op::Add, ["https://b.example"], here.clone());
    let config = Config::new(credentials(list(Op::Set, "a")))
        .group("/same/**", same, here.clone())
        .group("/more/**", credentials(list(Op::Add, "b")), here.clone())
        .group("/none/**", credentials(none), here.clone());
    let resolver = config.resolve().unwrap();
    let count = |path| {
        let origins = resolver.for_path(path).effective(Setting::Origins).value().to_string();
        origins.split(", ").count()
    };
    assert_eq!(["/same/x", "/more/x", "/none/x"].map(count), [100_000, 200_000, 1]);
}

#[test]
fn one_hundred_thousand_mistakes_at_one_place_are_distinguished() {
    let here = cors_core::Source::caller();
    let origins: Vec<_> = (0..100_000).map(|n| format!("https://A{n}.example")).collect();
    let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, origins, here);
    assert_eq!(refused(&Config::new(rules)).problems().len(), 100_000);
}

#[cfg(feature = "serde")]
#[test]
fn values_of_deserialized_settings_stay_on_one_line() {
    let settings = r#"{ "ori\u001b[31m\nerror: fine\u202e": 1, "headers": [{ "a\nb": "c" }] }"#;
    let config: Config = serde_json::from_str(settings).unwrap();
    let report = refused(&config).to_string();
    assert!(!report.contains(['\u{1b}', '\u{202e}']), "{report:?}");
    assert!(!report.lines().any(|line| line.starts_with("error: ")), "{report}");
    assert!(report.contains(r"`ori\u{1b}[31m\nerror: fine\u{202e}`"), "{report}");
}

#[test]
fn only_the_first_of_many_problems_are_shown() {
    let error = refused(&Config::from_toml(&large(""), "cors.toml"));
    assert_eq!(error.problems().len(), 100_000);
    let report = error.to_string();
    assert!(report.contains("\nand 99900 more problems\n"), "{}", report.len());
    assert!(report.ends_with("100000 errors in the CORS configuration"));
}

/// A file with every key, and every kind of value.
const EVERYTHING: &str = r#"
[cors]
profile = "development"
origins = ["https://app.example.com", "http://*.b.example:*", { regex = 'https://pr-\d+\.example' }, { set = "partners" }]
methods = ["GET", "PUT"]
headers = ["x-a"]
expose = ["etag"]
credentials = false
max_age = "2h"
private_network = false
enforce = true
preflight_status = 200
danger_allow_null_origin = false
allow_warnings = ["cors::not-present", { code = "cors::shared-preflight-cache", path = "/users/{id}" }]

[cors.sets]
partners = ["https://partner.example", "https://\u0070.example"]

[cors.policies.public]
origins = "any"

[[cors.paths]]
match = "/public/**"
policy = "public"

[[cors.paths]]
match = "/api/*/admin"
replace = true
origins = { add = ["https://a.example"] }

[cors.profiles.development]
loopback = true
headers = { remove = ["x-a"] }

[cors.profiles.production]
off = true

[cors.limits]
origins = "any"
max_age = 86400
credentials = "global-only"
route_overrides = "any"
"#;

/// A random change of a file.
#[derive(Clone, Debug)]
enum Accident {
    Delete { at: usize, length: usize },
    Duplicate { at: usize, length: usize, to: usize },
    Swap { at: usize, with: usize },
    Insert { at: usize, byte: u8 },
    Line { from: usize, to: usize },
}

impl Accident {
    fn happen(&self, bytes: &mut Vec<u8>) {
        let here = |at: usize, bytes: &[u8]| at % (bytes.len() + 1);
        match *self {
            Self::Delete { at, length } => {
                let at = here(at, bytes);
                let end = (at + length).min(bytes.len());
                bytes.drain(at..end);
            }
            Self::Duplicate { at, length, to } => {
                let at = here(at, bytes);
                let copy = bytes[at..(at + length).min(bytes.len())].to_vec();
                let to = here(to, bytes);
                bytes.splice(to..to, copy);
            }
            Self::Swap { at, with } if !bytes.is_empty() => {
                let length = bytes.len();
                bytes.swap(at % length, with % length);
            }
            Self::Swap { .. } => {}
            Self::Insert { at, byte } => {
                let at = here(at, bytes);
                bytes.insert(at, byte);
            }
            Self::Line { from, to } => {
                let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
                if !lines.is_empty() {
                    let line = lines[from % lines.len()];
                    lines.insert(to % lines.len(), line);
                    *bytes = lines.concat();
                }
            }
        }
    }
}

fn accident() -> impl Strategy<Value = Accident> {
    let at = 0..2000_usize;
    let punctuation = prop::sample::select(b"[]{}=\"'#.,\\\n \t*/:\0\xff\xc3".to_vec());
    prop_oneof![
        (at.clone(), 1..40_usize).prop_map(|(at, length)| Accident::Delete { at, length }),
        (at.clone(), 1..40_usize, at.clone()).prop_map(|(at, length, to)| Accident::Duplicate {
            at,
            length,
            to
        }),
        (at.clone(), at.clone()).prop_map(|(at, with)| Accident::Swap { at, with }),
        (at.clone(), prop_oneof![punctuation, any::<u8>()])
            .prop_map(|(at, byte)| Accident::Insert { at, byte }),
        (at.clone(), at).prop_map(|(from, to)| Accident::Line { from, to }),
    ]
}

#[test]
fn the_unchanged_file_is_valid() {
    assert!(Config::from_toml(EVERYTHING, "cors.toml").resolve().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_randomly_changed_file_is_accepted_or_reported(accidents in prop::collection::vec(accident(), 1..6)) {
        let mut bytes = EVERYTHING.as_bytes().to_vec();
        accidents.iter().for_each(|accident| accident.happen(&mut bytes));
        if let Err(error) = Config::from_bytes(&bytes, "cors.toml").resolve() {
            let report = error.to_string();
            prop_assert!(report.contains("error[cors::"), "{report}");
            let nowhere = error.problems().iter().find(|p| !p.source().to_string().starts_with("cors.toml:"));
            prop_assert!(nowhere.is_none(), "{nowhere:?}");
        }
    }

    #[test]
    fn random_bytes_are_reported(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = Config::from_bytes(&bytes, "cors.toml").resolve() {
            prop_assert!(error.to_string().contains("error[cors::"));
        }
    }
}
