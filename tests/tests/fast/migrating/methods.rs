//! The table of methods: nothing of actix-cors is missing, and the replacements are accepted.

use actix_web::dev::Transform as _;
use actix_web::test::ok_service;
use cors_actix::{Code, Cors};

use super::apps::{Theirs, ask};
use super::page::{rows, section};

/// The methods of `actix_cors::Cors` 0.7.2.
const METHODS: [&str; 19] = [
    "Cors::default",
    "Cors::permissive",
    ".allow_any_origin",
    ".allowed_origin",
    ".allowed_origin_fn",
    ".allow_any_method",
    ".allowed_methods",
    ".allow_any_header",
    ".allowed_header",
    ".allowed_headers",
    ".expose_any_header",
    ".expose_headers",
    ".max_age",
    ".send_wildcard",
    ".supports_credentials",
    ".allow_private_network_access",
    ".disable_vary_header",
    ".disable_preflight",
    ".block_on_origin_mismatch",
];

const TRIED: &str = concat!(include_str!("pairs.rs"), include_str!("before.rs"));

fn table() -> Vec<Vec<&'static str>> {
    rows(section("### Method by method"))
}

/// The texts in backticks.
fn spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_method_has_a_row() {
    let names: Vec<_> =
        table().iter().flat_map(|row| spans(row[0])).filter_map(|s| s.split('(').next()).collect();
    for method in METHODS {
        assert!(names.contains(&method), "{method} is not in the table");
    }
    assert_eq!(names.len(), METHODS.len(), "{names:?}");
}

#[test]
fn rust_of_the_table_is_used_in_the_pairs() {
    // Behind a feature that is off here.
    let untried = [".allow_private_network_access()"];
    for row in table() {
        let rust = spans(row[0]).chain(spans(row[3])).map(str::to_owned);
        let rust = rust.chain(spans(row[1]).map(|attribute| format!("#[cors({attribute})]")));
        for code in rust.filter(|code| !untried.contains(&&**code)) {
            assert!(TRIED.contains(&code), "{code} is in no pair");
        }
    }
}

#[test]
fn toml_of_the_table_is_accepted() {
    let mut accepted = 0;
    for row in table() {
        for setting in spans(row[2]) {
            let origins = "origins = [\"https://app.example.com\"]\n";
            let origins = if setting.starts_with("origins") { "" } else { origins };
            if let Err(report) = Cors::try_from_toml_str(&format!("[cors]\n{origins}{setting}\n")) {
                panic!("{setting}\n{report}");
            }
            accepted += 1;
        }
    }
    assert!(accepted > 12, "{accepted}");
}

#[test]
fn an_origin_with_a_slash_is_refused_here_and_never_matches_there() {
    const SLASH: &str = "https://app.example.com/";
    let theirs = Theirs {
        services: |_| (),
        cors: || actix_cors::Cors::default().allowed_origin(SLASH).disable_vary_header(),
    };
    let answer = ask(&theirs.start(), "GET /", &["Origin: https://app.example.com".to_owned()]);
    assert_eq!(answer, ["404"]);
    let report = Cors::builder().origins([SLASH]).build().expect_err("a slash");
    assert_eq!(report.problems()[0].code(), Code::TRAILING_SLASH);
}

#[actix_web::test]
async fn every_website_with_credentials_is_refused_here() {
    let theirs = || actix_cors::Cors::default().allow_any_origin().supports_credentials();
    assert!(theirs().new_transform(ok_service()).await.is_ok());
    assert!(theirs().send_wildcard().new_transform(ok_service()).await.is_err());
    let report = Cors::builder().origins_any().credentials(true).build().expect_err("refused");
    assert_eq!(report.problems()[0].code(), Code::WILDCARD_WITH_CREDENTIALS);
}
