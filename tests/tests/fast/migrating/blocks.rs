//! The blocks of the page: its Rust is the code of these tests, its TOML is accepted, and what it
//! shows of other frameworks is what the corpus tests.

use std::collections::BTreeMap;

use cors_actix::Cors;
use serde::Deserialize;

use super::page::{BLOCKS, blocks, section};

const SOURCES: [&str; 4] = [
    include_str!("before.rs"),
    include_str!("after.rs"),
    include_str!("spring.rs"),
    include_str!("express.rs"),
];

#[test]
fn the_rust_of_the_page_is_the_code_of_these_tests() {
    let regions = SOURCES.iter().flat_map(|source| source.split("// On the page:\n").skip(1));
    // On the page they are programs of their own, here modules.
    let mut regions: Vec<_> = regions
        .map(|region| region.split_once("// Not on the page.").expect("an end").0)
        .map(|region| region.replace("use super::auth", "use crate::auth"))
        .collect();
    let rust = BLOCKS.iter().filter(|block| block.info == "rust");
    let mut shown: Vec<_> = rust.map(|block| block.text.clone()).collect();
    regions.sort();
    shown.sort();
    assert_eq!(shown, regions);
}

#[test]
fn every_toml_of_the_page_is_accepted() {
    let toml: Vec<_> = BLOCKS.iter().filter(|block| block.info == "toml").collect();
    assert!(toml.len() > 5);
    for block in toml {
        if let Err(report) = Cors::try_from_toml_str(&block.text) {
            panic!("docs/migrating.md, the block after line {}:\n{report}", block.line);
        }
    }
}

#[test]
fn examples_of_other_frameworks_are_those_of_the_corpus() {
    let configs = configs();
    let shown = |heading| -> Vec<_> {
        blocks(section(heading)).into_iter().map(|block| block.text).collect()
    };
    for (heading, names) in [
        ("### One policy for all", &["express", "express_list", "express_default"][..]),
        ("## From Django", &["django", "django_all"]),
        ("## From Flask", &["flask"]),
    ] {
        let pairs = names.iter().flat_map(|name| split(&configs[*name]));
        assert_eq!(shown(heading), pairs.collect::<Vec<_>>(), "{names:?} in the corpus");
    }
}

/// The code in the comment that a configuration of the corpus opens with, and the rest.
fn split(text: &str) -> [String; 2] {
    let (comment, toml) = text.split_once("[cors]").expect("a table");
    // The first line names the framework; the others are indented below it.
    let code = comment.lines().skip(1).map(|line| line.strip_prefix("#   ").expect(line));
    [code.map(|line| format!("{line}\n")).collect(), format!("[cors]{toml}")]
}

fn configs() -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Migration {
        config: BTreeMap<String, Config>,
    }
    #[derive(Deserialize)]
    struct Config {
        text: String,
    }
    let Migration { config } =
        toml::from_str(include_str!("../../../corpus/migration.toml")).expect("the corpus");
    config.into_iter().map(|(name, Config { text })| (name, text)).collect()
}
