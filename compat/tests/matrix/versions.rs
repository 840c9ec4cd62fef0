//! The versions that are tested, which the documentation names.

use std::collections::BTreeMap;

const TABLE: &str = include_str!("../../../docs/requests.md");
const MANIFEST: &str = include_str!("../../Cargo.toml");
const LOCK_FILE: &str = include_str!("../../Cargo.lock");

/// Dependencies that are no crates for actix-web.
const OTHERS: [&str; 6] = ["actix-http", "actix-web", "cors-actix", "garde", "serde", "validator"];

#[test]
fn the_documentation_names_the_tested_versions() {
    let documented: BTreeMap<&str, &str> = TABLE
        .lines()
        .skip_while(|line| *line != "## Beside other crates")
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter_map(|(name, rest)| Some((name, rest.split_once(" |")?.0)))
        .collect();
    let tested: BTreeMap<&str, &str> = MANIFEST
        .lines()
        .skip_while(|line| *line != "[dev-dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .filter(|name| !OTHERS.contains(name))
        .map(|name| (name, locked(name)))
        .collect();
    assert!(tested.len() >= 12, "{tested:?}");
    assert_eq!(documented, tested);
}

/// The version of a crate in the lock file.
fn locked(name: &str) -> &'static str {
    let package = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = LOCK_FILE.split_once(&package).unwrap();
    rest.split_once('"').unwrap().0
}
