//! The same mistake has the same code and the same words everywhere: in the messages of the compiler
//! about `#[cors(...)]`, in the report about `cors.toml`, and in what a server logs at its start.

use std::path::Path;

use actix_web::{App, Responder, get};
use cors_actix::core::{Language, Setting};
use cors_actix::{Cors, cors};
use cors_tests::server::Server;

use crate::{file, startup};

/// A case in `ui/fail`, and the same in `[cors]`.
const IN_BOTH: &[(&str, &str)] = &[
    ("attribute-foreign-names", "allowed_origins = \"*\""),
    ("credentials-quoted", "credentials = \"true\""),
    ("credentials-with-any", "origins = \"any\"\ncredentials = true"),
    ("credentials-with-insecure-origin", "origins = \"http://app.example\"\ncredentials = true"),
    (
        "credentials-with-null",
        "origins = \"https://app.example\"\ncredentials = true\ndanger_allow_null_origin = true",
    ),
    ("credentials-with-public-suffix", "origins = \"https://*.github.io\"\ncredentials = true"),
    (
        "credentials-with-unrelated-regex",
        "origins = [{ regex = 'https://.*' }]\ncredentials = true",
    ),
    (
        "credentials-not-covered",
        "origins = \"https://app.example\"\ncredentials = \"https://admin.example\"",
    ),
    ("expose-forbidden", "expose = [\"set-cookie\"]"),
    ("headers-forbidden", "headers = [\"cookie\"]"),
    ("headers-not-a-name", "headers = \"content type\""),
    ("headers-response-side", "headers = [\"access-control-allow-origin\"]"),
    ("max_age-not-a-duration", "max_age = \"forever\""),
    ("max_age-too-long", "max_age = \"2d\""),
    ("max_age-without-unit", "max_age = \"600\""),
    ("methods-forbidden", "methods = [\"TRACE\"]"),
    ("methods-lower-case", "methods = [\"get\"]"),
    ("methods-not-a-method", "methods = [\"GET, HEAD\"]"),
    ("off-with-others", "off = true\ncredentials = true"),
    ("origins-any-flag", "allow_any_origin = true"),
    ("origins-bad-host", "origins = \"https://app..example\""),
    ("origins-bad-ip", "origins = \"http://127.1\""),
    ("origins-bad-port", "origins = \"https://app.example:99999\""),
    ("origins-bad-regex", "origins = [{ regex = 'https://(app.example' }]"),
    ("origins-bad-scheme", "origins = \"1s://app.example\""),
    ("origins-default-port", "origins = \"https://app.example:443\""),
    ("origins-empty", "origins = \"\""),
    ("origins-empty-list", "origins = []"),
    ("origins-file", "origins = \"file:///home/me/page.html\""),
    ("origins-function", "allowed_origin_fn = \"f\""),
    (
        "origins-misplaced-wildcard",
        "origins = [\"https://*example.com\", \"https://app.*\", \"*://app.example\"]",
    ),
    ("origins-missing-scheme", "origins = [\"app.example\", \"localhost:3000\"]"),
    ("origins-non-ascii", "origins = \"https://b\u{fc}cher.example\""),
    ("origins-null", "origins = \"null\""),
    ("origins-never-matches", "origins = [{ regex = '/^https:.*\\.app\\.example$/' }]"),
    ("origins-path", "origins = \"https://app.example/login\""),
    ("origins-query", "origins = \"https://app.example?page=1\""),
    ("origins-quoted-wildcard", "origins = \"*\""),
    ("origins-several-in-one", "origins = \"https://app.example, https://admin.example\""),
    ("origins-trailing-slash", "origins = \"https://app.example/\""),
    ("origins-upper-case", "origins = \"HTTPS://App.example\""),
    ("origins-userinfo", "origins = \"https://user@app.example\""),
    ("origins-whitespace", "origins = \" https://app.example\""),
    ("origins-wildcard-ip", "origins = \"http://*.127.0.0.1\""),
    ("private_network-with-any", "origins = \"any\"\nprivate_network = true"),
];

#[test]
fn the_compiler_and_the_report_about_the_file_use_the_same_words() {
    for (case, text) in IN_BOTH {
        let path = format!("{}/ui/fail/{case}.stderr", env!("CARGO_MANIFEST_DIR"));
        let compiler = std::fs::read_to_string(Path::new(&path)).unwrap();
        let problems = file::problems(&format!("[cors]\n{text}\n"));
        assert!(!problems.is_empty(), "{text}");
        for problem in problems {
            let message = in_attribute(problem.message());
            let expected = format!("error: {message} [{}]\n", problem.code());
            assert!(compiler.contains(&expected), "{expected}is not in {case}:\n{compiler}");
            // What is in backticks is written in the language of the place.
            let help = words(problem.help().unwrap_or_default());
            let helps = compiler.lines().filter_map(|line| line.split_once("help: "));
            let same_help = helps.into_iter().any(|(_, other)| words(other) == help);
            // A value that is in quotes there may be without them here.
            let grammar = case.ends_with("quoted");
            assert!(same_help || grammar, "{:?} is not in {case}:\n{compiler}", problem.help());
        }
    }
}

/// A message about a file as it is about an attribute: a setting that it names with its value is
/// written in the language of the place.
fn in_attribute(message: &str) -> String {
    let any = |language: Language| language.any(Setting::Origins);
    message.replace(&any(Language::Toml), &any(Language::Attribute))
}

/// The text without what is in backticks.
fn words(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

const ORIGINS: &[&str] = &["https://app.example/", "HTTPS://App.example", "app.example"];
const HEADER: &str = "access-control-allow-origin";

/// The value of a constant is only known at startup.
#[cors(origins = ORIGINS, headers = HEADER, expose = [names::COOKIE])]
#[get("/")]
async fn handler() -> impl Responder {
    "handler"
}

mod names {
    pub(super) const COOKIE: &str = "set-cookie";
}

#[test]
fn the_report_at_the_start_and_the_one_about_the_file_use_the_same_words() {
    startup::capture();
    let cors = Cors::try_from_toml_str("[cors]\n").unwrap();
    let server = Server::start(1, move || App::new().service(handler).wrap(cors.clone()));
    assert!(server.join().is_err(), "it must not start");
    let report = startup::logged("cors::forbidden-expose");
    let text = format!(
        "[cors]\norigins = {ORIGINS:?}\nheaders = {HEADER:?}\nexpose = {:?}\n",
        names::COOKIE
    );
    let problems = file::problems(&text);
    assert_eq!(problems.len(), 5, "{problems:?}");
    for problem in problems {
        let expected = format!("error[{}]: {}\n", problem.code(), problem.message());
        assert!(report.contains(&expected), "{expected}is not in\n{report}");
        assert!(report.contains(problem.help().unwrap()), "{problem}\nis not in\n{report}");
    }
}
