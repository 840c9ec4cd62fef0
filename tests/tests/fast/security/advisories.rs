//! `tests/advisories.toml`: the table of `SECURITY.md` knows each kind of failure in it, each advisory
//! has evidence, and each case that restates one is named by it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cors_tests::corpus::load;
use serde::Deserialize;

use super::{Evidence, read, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    failure: Vec<Failure>,
    unrelated: Vec<Unrelated>,
}

/// A row of the table, and the advisories that it stands for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    row: String,
    /// For the advisories that name none of their own.
    evidence: Vec<String>,
    advisories: Vec<Advisory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisory {
    of: String,
    numbers: Vec<String>,
    says: String,
    evidence: Option<Vec<String>>,
}

/// Advisories without a counterpart here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unrelated {
    because: String,
    advisories: Vec<Found>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    of: String,
    numbers: Vec<String>,
}

impl List {
    fn read() -> Self {
        let path = Path::new("tests/advisories.toml");
        toml::from_str(&read(path)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Each advisory with the row and the evidence that apply to it.
    fn advisories(&self) -> impl Iterator<Item = (&Failure, &Advisory, &[String])> {
        self.failure.iter().flat_map(|failure| {
            failure.advisories.iter().map(move |advisory| {
                (failure, advisory, &**advisory.evidence.as_ref().unwrap_or(&failure.evidence))
            })
        })
    }
}

#[test]
fn each_advisory_has_evidence_that_exists() {
    let list = List::read();
    let mut advisories = 0;
    for (failure, advisory, evidence) in list.advisories() {
        advisories += 1;
        let of = &advisory.of;
        assert!(!of.is_empty() && !advisory.says.is_empty(), "{of}");
        assert!(!evidence.is_empty(), "{of}: no evidence");
        for name in evidence.iter().chain(&failure.evidence) {
            let evidence = Evidence::of(name).unwrap_or_else(|| panic!("{of}: {name}"));
            assert!(evidence.exists(), "{of}: {name} is not there");
        }
    }
    assert!(advisories >= 125, "only {advisories} advisories");
}

#[test]
fn each_number_is_well_formed_and_listed_once() {
    let list = List::read();
    let related = list.advisories().map(|(_, advisory, _)| (&advisory.of, &advisory.numbers));
    let unrelated = list.unrelated.iter().flat_map(|group| {
        assert!(!group.because.is_empty());
        group.advisories.iter().map(|found| (&found.of, &found.numbers))
    });
    let mut known = BTreeSet::new();
    for (of, numbers) in related.chain(unrelated) {
        assert!(!of.is_empty() && !numbers.is_empty(), "{of}: no number");
        for number in numbers {
            assert_eq!(super::numbers(number), [number], "{of}");
            assert!(known.insert(number), "{number} is listed twice");
        }
    }
}

#[test]
fn the_table_of_security_md_and_the_list_agree() {
    let page = read(Path::new("SECURITY.md"));
    let rows = rows(&page);
    let list = List::read();
    for failure in &list.failure {
        assert!(rows.contains_key(&*failure.row), "no row in SECURITY.md: {}", failure.row);
    }
    let failures: BTreeMap<_, _> = list.failure.iter().map(|it| (&*it.row, it)).collect();
    assert_eq!(failures.len(), list.failure.len(), "a row comes twice");
    let mut named = 0;
    for (row, line) in rows {
        for number in super::numbers(line) {
            named += 1;
            let listed = failures.get(row).is_some_and(|failure| {
                failure.advisories.iter().any(|it| it.numbers.iter().any(|it| *it == number))
            });
            assert!(listed, "SECURITY.md has {number} in a row where the list does not: {row}");
        }
    }
    assert!(named >= 15, "only {named} numbers");
    let (_, rest) = page.split_once(TABLE).unwrap();
    let (table, _) = rest.split_once("\n## ").unwrap();
    let elsewhere = page.replace(table, "");
    assert_eq!(super::numbers(&elsewhere), [""; 0], "numbers outside of the table");
}

#[test]
fn each_case_of_an_advisory_is_its_evidence() {
    let list = List::read();
    let corpus = load(&root().join("tests/corpus"));
    let cases = corpus.cases.iter().map(|it| (&it.topic, &it.name, &it.source));
    let sequences = corpus.sequences.iter().map(|it| (&it.topic, &it.name, &it.source));
    let invalid = corpus.invalid.iter().map(|it| (&it.topic, &it.name, &it.source));
    let valid = corpus.valid.iter().map(|it| (&it.topic, &it.name, &it.source));
    let mut restated = 0;
    for (topic, name, source) in cases.chain(sequences).chain(invalid).chain(valid) {
        let number = match source {
            Some(source) if source.starts_with("wpt ") => continue,
            Some(source) => source,
            None if topic == "advisories" => panic!("{name}: no source"),
            None => continue,
        };
        restated += 1;
        let is_evidence = list
            .advisories()
            .any(|(_, it, evidence)| it.numbers.contains(number) && evidence.contains(name));
        assert!(is_evidence, "{number} does not name {name}");
    }
    assert!(restated >= 48, "only {restated} cases");
}

const TABLE: &str = "## How CORS libraries have failed before";

/// The rows of the table, by the text of the first column.
fn rows(page: &str) -> BTreeMap<&str, &str> {
    let (_, rest) = page.split_once(TABLE).unwrap();
    let (table, _) = rest.split_once("\n## ").unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    lines.map(|line| (line.split('|').nth(1).unwrap().trim(), line)).collect()
}
