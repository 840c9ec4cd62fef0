//! The page about dependencies names each, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::Table;

/// Why each crate is there, by its name and the feature that brings it.
type Listed = BTreeMap<(String, String), String>;

#[test]
fn every_dependency_of_a_published_crate_is_explained() {
    let page = read("docs/dependencies.md");
    for name in ["cors-core", "cors-macros", "cors-actix", "cors-browser", "cors-cli"] {
        let listed: Vec<_> = listed(&page, name).into_keys().collect();
        let declared: Vec<_> = declared(name).into_iter().collect();
        assert_eq!(listed, declared, "the page about {name}, and its manifest");
    }
}

/// The rows of a table of the page.
fn listed(page: &str, name: &str) -> Listed {
    let (_, section) = page.split_once(&format!("## {name}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, feature, why] = cells[..] else { panic!("three cells in {row}") };
        assert!(!why.is_empty(), "{row}");
        ((plain(name), plain(feature)), why.to_owned())
    })
    .collect()
}

/// The dependencies of a manifest, with the feature that requires each.
fn declared(name: &str) -> Vec<(String, String)> {
    let manifest: Table = read(&format!("{name}/Cargo.toml")).parse().unwrap();
    let features = manifest.get("features").and_then(|features| features.as_table());
    let brings = |dependency: &str| {
        let wanted = format!("dep:{dependency}");
        let mut features = features.into_iter().flatten();
        let feature = features.find(|(_, brought)| {
            brought.as_array().unwrap().iter().any(|item| item.as_str() == Some(&*wanted))
        });
        feature.map_or("always".to_owned(), |(feature, _)| feature.clone())
    };
    let mut declared: Vec<_> = manifest["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .map(|dependency| (dependency.clone(), brings(dependency)))
        .collect();
    declared.sort();
    declared
}

fn plain(cell: &str) -> String {
    cell.trim_matches('`').to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}
