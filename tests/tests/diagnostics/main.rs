//! The page about diagnostics shows every code, and what it shows is what happens.
//!
//! `DIAGNOSTICS=overwrite cargo test -p cors-tests --test diagnostics` writes the page anew; read
//! the diff as a user would.

#![allow(clippy::unwrap_used, reason = "who panics here fails a test")]

mod compiler;
mod example;
mod file;
mod input;
mod page;
mod startup;
mod wording;

use std::collections::BTreeMap;
use std::path::Path;

use cors_core::Code;

use crate::example::Example;

/// The first example of each code: from the compiler, else from `cors.toml`, else from a start.
fn examples() -> BTreeMap<&'static str, Example> {
    let mut examples = BTreeMap::new();
    for example in compiler::examples()
        .into_iter()
        .chain(file::examples())
        .chain(input::examples())
        .chain(startup::examples())
    {
        examples.entry(example.code.as_str()).or_insert(example);
    }
    examples
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cors-macros/docs/diagnostics.md")
}

#[test]
fn the_page_shows_every_code_as_it_is() {
    let examples = examples();
    let without: Vec<_> =
        Code::ALL.iter().filter(|code| !examples.contains_key(code.as_str())).collect();
    assert!(without.is_empty(), "no case of a mistake shows {without:?}");

    let page = page::render(&examples);
    if std::env::var_os("DIAGNOSTICS").is_some_and(|value| value == "overwrite") {
        std::fs::write(path(), &page).unwrap();
    }
    let committed = std::fs::read_to_string(path()).unwrap_or_default();
    for (number, (committed, page)) in committed.lines().zip(page.lines()).enumerate() {
        assert_eq!(committed, page, "line {} of the page; see the head of this file", number + 1);
    }
    assert_eq!(committed.lines().count(), page.lines().count(), "lines of the page");
}
