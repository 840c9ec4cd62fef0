//! The arguments of the attribute: their meaning, and their mistakes.

use cors_core::{
    Clause, ClauseKind, Element, ElementKind, ListValue, Setting, SettingKind, Suggestion,
    suggest_key,
};
use proc_macro2::Span;
use quote::ToTokens as _;

use crate::args::Args;
use crate::report::Report;

/// Valid clauses, and how they are parsed.
const RIGHT: &[(&str, &[&str])] = &[
    ("", &[]),
    ("off", &["off"]),
    ("off,", &["off"]),
    ("passthrough", &["passthrough"]),
    ("replace, credentials", &["replace", "credentials = true"]),
    (r#"policy = "partner""#, &["policy = partner"]),
    (r#"host = "t1.example.com""#, &["host plain t1.example.com"]),
    (r#"host = ["a", crate::HOST, "b",]"#, &["host plain a constant crate :: HOST plain b"]),
    ("host = TENANT, off", &["host constant TENANT", "off"]),
    ("host = []", &["host"]),
    ("origins = any", &["origins Set any"]),
    ("headers = any_with_authorization", &["headers Set any_with_authorization"]),
    ("headers = []", &["headers Set"]),
    (r#"origins = "https://a.example""#, &["origins Set plain https://a.example"]),
    (r#"origins += ["a", "b",]"#, &["origins Add plain a plain b"]),
    (r#"origins -= [set("x"), regex(r"a\.b")]"#, &[r"origins Remove set x regex a\.b"]),
    (r##"origins = regex(r#"a"b"#)"##, &[r#"origins Set regex a"b"#]),
    (
        r#"methods = [GET, r#PATCH, "M-SEARCH"]"#,
        &["methods Set plain GET plain PATCH plain M-SEARCH"],
    ),
    ("methods -= DELETE", &["methods Remove plain DELETE"]),
    ("methods = [verbs::READ]", &["methods Set constant verbs :: READ"]),
    ("origins = ORIGINS_2", &["origins Set constant ORIGINS_2"]),
    (
        "origins = [crate::A, ::b::c, self::D]",
        &["origins Set constant crate :: A constant :: b :: c constant self :: D"],
    ),
    ("origins = any::ORIGINS", &["origins Set constant any :: ORIGINS"]),
    ("origins = regex::ORIGINS", &["origins Set constant regex :: ORIGINS"]),
    ("credentials = false", &["credentials = false"]),
    ("credentials += [\"a\", set(\"b\")]", &["credentials Add plain a set b"]),
    ("credentials -= OLD", &["credentials Remove constant OLD"]),
    ("danger_allow_null_origin", &["danger_allow_null_origin = true"]),
    (r#"max_age = "10m""#, &[r#"max_age Text("10m")"#]),
    ("max_age = 6_00", &["max_age Seconds(600)"]),
    ("max_age = -1", &["max_age Seconds(-1)"]),
    ("max_age = 99999999999999999999", &["max_age Seconds(9223372036854775807)"]),
    ("crate = crate::web, enforce", &["enforce = true"]),
];

/// Mistakes, each with the codes that are reported.
const WRONG: &[(&str, &[&str])] = &[
    ("orgins = any", &["unknown-key"]),
    ("policies = \"x\"", &["unknown-key"]),
    ("disabled", &["unknown-key"]),
    ("allow_any_origin = false", &["unknown-key"]),
    ("allow_any_origin = maybe", &["unknown-key"]),
    ("allowed_origin_fn = |origin, _| true", &["unknown-key"]),
    ("preflight_continue = true", &["unknown-key"]),
    ("maxage = 10m", &["unknown-key", "wrong-type"]),
    ("r#off", &["unknown-key"]),
    ("host", &["syntax"]),
    (r#"host += "a""#, &["syntax"]),
    ("host = any", &["wrong-type"]),
    ("host = t1.example.com", &["wrong-type"]),
    (r#"host = set("tenants")"#, &["wrong-type"]),
    (r#"host = [1, "a", localhost]"#, &["wrong-type", "wrong-type"]),
    (r#"hosts = "a""#, &["unknown-key"]),
    (r#""https://a.example""#, &["syntax"]),
    (r#"origins = "a", "b""#, &["syntax"]),
    (r#"origins = "a" "b""#, &["syntax"]),
    ("origins", &["syntax"]),
    ("origins =", &["syntax"]),
    ("origins: any", &["syntax"]),
    ("origins == any", &["syntax"]),
    ("origins => any", &["syntax"]),
    ("origins + = any", &["syntax"]),
    (r#"origins("a")"#, &["syntax"]),
    (r#"origins = ("a")"#, &["syntax"]),
    (r#"origins = {regex = "a"}"#, &["syntax"]),
    (r#"origins = [["a"]]"#, &["syntax"]),
    (r#"origins = ["a",, "b"]"#, &["syntax"]),
    (r#"origins = ["a" "b"]"#, &["syntax"]),
    ("origins = [env!(\"A\")]", &["syntax"]),
    ("origins = [+]", &["syntax"]),
    ("origins = [any]", &["misplaced-keyword"]),
    ("origins = [regex]", &["syntax"]),
    ("origins = [regex()]", &["wrong-type"]),
    ("origins = [regex(1)]", &["wrong-type"]),
    (r#"origins = [regex("a", "b")]"#, &["wrong-type"]),
    ("origins = [app.example]", &["wrong-type"]),
    ("origins = [443, true, 'x', b\"x\"]", &["wrong-type"; 4]),
    ("headers = [content-type]", &["wrong-type"]),
    ("headers = [X-TOKEN]", &["wrong-type"]),
    ("methods = [M-SEARCH]", &["wrong-type"]),
    ("credentials = \"true\"", &["wrong-type"]),
    ("credentials += true", &["syntax"]),
    ("credentials(true)", &["syntax"]),
    ("credentials =", &["syntax"]),
    ("credentials = [true]", &["wrong-type"]),
    ("private_network =", &["wrong-type"]),
    ("off = true", &["syntax"]),
    ("passthrough = true", &["syntax"]),
    ("replace(all)", &["syntax"]),
    ("policy", &["syntax"]),
    ("policy = partner", &["wrong-type"]),
    ("max_age", &["syntax"]),
    ("max_age = 10m", &["wrong-type"]),
    ("max_age = 1.5", &["wrong-type"]),
    ("max_age = -\"1m\"", &["wrong-type"]),
    ("max_age = LONG", &["wrong-type"]),
    ("crate = \"x\"", &["wrong-type"]),
    ("crate = a, crate = b", &["duplicate-setting"]),
    (", off", &["syntax"]),
    (
        "orgins = any, credentials = 1, methods = [GET PUT, any], , max_age = soon",
        &["unknown-key", "wrong-type", "syntax", "misplaced-keyword", "syntax", "wrong-type"],
    ),
];

/// Keys of other libraries, and how they are parsed.
const MEANT: &[(&str, &str)] = &[
    ("orgins = any", "origins Set any"),
    ("allowedOrigins += \"a\"", "origins Add plain a"),
    ("allow_any_origin", "origins Set any"),
    ("CORS_ALLOW_ALL_ORIGINS = true", "origins Set any"),
    ("expose_any_header", "expose Set any"),
    ("supports_credentials", "credentials = true"),
    // `@CrossOrigin("https://app.example")` of Spring.
    ("value = \"https://a.example\"", "origins Set plain https://a.example"),
    ("preflight_max_age = 60", "max_age Seconds(60)"),
    ("polcy = \"x\"", "policy = x"),
];

/// A key of another library beside the setting that it means, in either order: the clauses
/// that are left, and the help.
const BESIDE: &[(&str, &[&str], &str)] = &[
    (
        r#"origins = "https://a.example", allowed_origins = ["https://b.example", "c"]"#,
        &["origins Set plain https://a.example"],
        r#"remove it; what may be missing in `origins` is `"https://b.example", "c"`"#,
    ),
    (
        r#"allow_origin = "https://b.example", origins = "https://a.example""#,
        &["origins Set plain https://a.example"],
        r#"remove it; what may be missing in `origins` is `"https://b.example"`"#,
    ),
    (
        "origins = any, allow_any_origin",
        &["origins Set any"],
        "remove it: `origins` is set already",
    ),
    (
        r#"origins = "a", allow_any_origin = false"#,
        &["origins Set plain a"],
        "remove it: `origins` is set already",
    ),
    (
        r#"origins = "a", allowed_origins = "*""#,
        &["origins Set plain a"],
        "remove it: `origins` is set already",
    ),
    (
        "credentials, supports_credentials = true",
        &["credentials = true"],
        "remove it: `credentials` is set already",
    ),
    (
        "allow_credentials = 1, credentials = false",
        &["credentials = false"],
        "remove it: `credentials` is set already",
    ),
    (
        "max_age = 60, max-age = 10min",
        &["max_age Seconds(60)"],
        "remove it: `max_age` is set already",
    ),
    (
        "methods = [GET], allowed_methods = [\"PUT\"]",
        &["methods Set plain GET"],
        "remove it; what may be missing in `methods` is `PUT`",
    ),
    (
        "headers += \"x-a\", allowed_headers += \"x-b\"",
        &["headers Add plain x-a"],
        "remove it; what may be missing in `headers` is `\"x-b\"`",
    ),
    ("policy = \"a\", polcy = \"b\"", &["policy = a"], "remove it: `policy` is set already"),
];

/// Values that are neither text nor a constant, and what to write instead.
const INSTEAD: &[(&str, &str)] = &[
    ("origins = *", "write `origins = any`"),
    ("headers = [All]", "write `headers = any`"),
    ("origins = none", "to disable CORS here, write `off`"),
    ("origins = true", "write `origins = any`"),
    ("origins = 3000", "write `origins = [\"https://app.example\"]`"),
    ("origins = app.example", "write `\"https://app.example\"`"),
    ("origins = localhost", "write `\"http://localhost\"`"),
    ("headers = content-type", "write `\"content-type\"` in quotes"),
    ("max_age = 10min", "write `max_age = \"10m\"` in quotes, or seconds as a number"),
    ("max_age = 600u32", "write `max_age = 600` for seconds, or a unit: `max_age = \"10m\"`"),
    ("max_age = 10ms", "write `max_age = 10` for seconds, or a unit: `max_age = \"10m\"`"),
    (
        "max_age = 60 * 60",
        "write the value itself, or for an element of a list the name of a constant",
    ),
    (
        "origins = Origin::any()",
        "write the value itself, or for an element of a list the name of a constant",
    ),
    ("origins = \"https://a.example\"; credentials", "write `,`"),
    ("origins = any credentials", "separate settings, and the elements of a list, with commas"),
    ("no_credentials", "write `credentials = false`"),
];

#[test]
fn all_forms_of_the_grammar_are_parsed() {
    for (tokens, expected) in RIGHT {
        let (clauses, codes) = read(tokens);
        assert_eq!(codes, [""; 0], "{tokens}");
        assert_eq!(clauses, *expected, "{tokens}");
    }
}

#[test]
fn each_mistake_is_reported_once_and_hides_no_other() {
    for (tokens, expected) in WRONG {
        let (_, codes) = read(tokens);
        let expected: Vec<_> = expected.iter().map(|code| format!("cors::{code}")).collect();
        assert_eq!(codes, expected, "{tokens}");
    }
}

#[test]
fn the_help_contains_what_to_write() {
    for (tokens, expected) in INSTEAD {
        let mut report = Report::default();
        Args::parse(tokens.parse().unwrap(), Span::call_site(), &mut report);
        let [text] = &report.texts()[..] else { panic!("{tokens}: {:?}", report.texts()) };
        let (_, help) = text.split_once("\nhelp: ").unwrap();
        assert_eq!(help, *expected, "{tokens}");
    }
}

#[test]
fn valid_arguments_are_kept_after_a_mistake() {
    let (clauses, codes) = read(r#"colour = any, origins = ["a", 1], methods = [1], credentials"#);
    assert_eq!(clauses, ["origins Set plain a", "credentials = true"]);
    assert_eq!(codes.len(), 3);
}

#[test]
fn recognised_unknown_keys_are_parsed() {
    for (tokens, expected) in MEANT {
        let (clauses, codes) = read(tokens);
        assert_eq!(codes[0], "cors::unknown-key", "{tokens}");
        assert_eq!((codes.len(), clauses), (1, vec![(*expected).to_owned()]), "{tokens}");
    }
}

#[test]
fn a_key_for_what_is_set_already_is_one_mistake() {
    for (tokens, expected, help) in BESIDE {
        let (clauses, codes) = read(tokens);
        assert_eq!(clauses, *expected, "{tokens}");
        assert_eq!(codes, ["cors::unknown-key"], "{tokens}");
        let mut report = Report::default();
        Args::parse(tokens.parse().unwrap(), Span::call_site(), &mut report);
        let [problem] = report.problems() else { panic!("{tokens}: {:?}", report.problems()) };
        assert_eq!(problem.help(), Some(*help), "{tokens}");
        let [(note, Some(place))] = &problem.notes().collect::<Vec<_>>()[..] else {
            panic!("{problem}")
        };
        assert!(note.ends_with("` is set here"), "{note}");
        assert_ne!(report.span(place).byte_range(), report.span(problem.source()).byte_range());
    }
}

/// Every name of another library that means a setting, beside that setting.
#[test]
fn every_foreign_key_beside_its_setting_is_one_mistake() {
    let names = [
        "allow_origin",
        "allowed_origin",
        "allowed_origins",
        "allow_any_origin",
        "allow_methods",
        "allowed_methods",
        "allow_any_method",
        "allow_headers",
        "allowed_header",
        "allowed_headers",
        "allow_any_header",
        "expose_headers",
        "exposed_headers",
        "expose_any_header",
        "supports_credentials",
        "allow_credentials",
        "allow_private_network",
        "allow_private_network_access",
        "block_on_origin_mismatch",
        "preflight_max_age",
        "max_age_seconds",
    ];
    for name in names {
        let setting = match suggest_key(name, &[]) {
            Some(Suggestion::Any(setting)) => setting,
            Some(Suggestion::Key(key)) => Setting::from_name(key).unwrap(),
            other => panic!("{name}: {other:?}"),
        };
        let (value, own) = match setting.kind() {
            SettingKind::List if name.contains("any") => ("", "= any"),
            SettingKind::List => ("= [\"PUT\"]", "= any"),
            SettingKind::Duration => ("= 5", "= 6"),
            _ => ("= true", "= true"),
        };
        for tokens in [
            format!("{name} {value}, {setting} {own}"),
            format!("{setting} {own}, {name} {value}"),
            format!("{setting} {own}, enforce, {name} = \"\", {name} {value}"),
        ] {
            let tokens = match setting {
                Setting::Enforce => tokens.replace(" enforce,", " private_network,"),
                _ => tokens,
            };
            let mistakes = tokens.matches(name).count();
            assert_eq!(read(&tokens).1, vec!["cors::unknown-key"; mistakes], "{tokens}");
        }
    }
}

#[test]
fn every_setting_is_a_key() {
    for setting in cors_core::Setting::ALL {
        let value = match setting.kind() {
            cors_core::SettingKind::List => "any",
            cors_core::SettingKind::Flag | cors_core::SettingKind::FlagOrOrigins => "true",
            _ => "\"1m\"",
        };
        let (clauses, codes) = read(&format!("{setting} = {value}"));
        assert_eq!((clauses.len(), codes.len()), (1, 0), "{setting}");
    }
}

#[test]
fn a_message_ends_in_its_code_and_is_followed_by_the_help() {
    let mut report = Report::default();
    Args::parse("allowed_origins = any".parse().unwrap(), Span::call_site(), &mut report);
    let text = "`allowed_origins` is not a setting, so it would have no effect [cors::unknown-key]\n\
         help: did you mean `origins`?";
    assert_eq!(report.texts(), [text]);
}

fn read(tokens: &str) -> (Vec<String>, Vec<&'static str>) {
    let mut report = Report::default();
    let args = Args::parse(tokens.parse().unwrap(), Span::call_site(), &mut report);
    let own = args.own.unwrap();
    let clauses = own.clauses().iter().map(|Clause { kind, source: _ }| match kind {
        ClauseKind::Off => "off".to_owned(),
        ClauseKind::Passthrough => "passthrough".to_owned(),
        ClauseKind::Replace => "replace".to_owned(),
        ClauseKind::Policy(name) => format!("policy = {}", name.text),
        ClauseKind::Host(hosts) => format!("host{}", elements(hosts, &report)),
        ClauseKind::List(setting, op, list) => {
            format!("{setting} {op:?}{}", written(list, &report))
        }
        ClauseKind::Flag(setting, value) => format!("{setting} = {value}"),
        ClauseKind::MaxAge(value, _) => format!("max_age {value:?}"),
    });
    (clauses.collect(), report.codes())
}

fn written(list: &ListValue, report: &Report) -> String {
    match list {
        ListValue::Any(_) => " any".to_owned(),
        ListValue::AnyWithAuthorization(_) => " any_with_authorization".to_owned(),
        ListValue::Elements(list) => elements(list, report),
    }
}

fn elements(list: &[Element], report: &Report) -> String {
    let element = |Element { text, kind, key, source }: &Element| match kind {
        ElementKind::Plain => format!(" plain {text}"),
        ElementKind::Regex => format!(" regex {text}"),
        ElementKind::Set => match key {
            Some(key) => format!(" set {text} key {key}"),
            None => format!(" set {text}"),
        },
        ElementKind::Constant => format!(" constant {}", report.path(source).to_token_stream()),
    };
    list.iter().map(element).collect()
}

/// The arguments of all mistakes here.
pub(super) fn mistakes() -> impl Iterator<Item = &'static str> {
    let wrong = WRONG.iter().map(|(tokens, _)| *tokens);
    let wrong = wrong.chain(BESIDE.iter().map(|(tokens, ..)| *tokens));
    wrong.chain(INSTEAD.iter().map(|(tokens, _)| *tokens))
}
