//! `tests/wpt.toml`, the list of the files of the web-platform-tests that were read: its numbers add up, each case
//! that it names is there, and so is each file that a case names as its source.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cors_tests::corpus::load;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    file: Vec<Read>,
}

/// A file that was read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    path: String,
    copy: String,
    assertions: usize,
    #[serde(default)]
    differs: Vec<Part>,
    #[serde(default)]
    without: Vec<Part>,
    #[serde(default)]
    also: Vec<String>,
}

/// Some of its assertions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    count: usize,
    because: String,
}

/// Cases by `source`, without `wpt `, and the names of all cases, with the corpus before them.
#[derive(Default)]
struct Cases {
    by_source: BTreeMap<String, usize>,
    names: BTreeSet<String>,
}

#[test]
fn each_assertion_of_a_file_is_restated_or_has_a_reason() {
    let cases = Cases::read();
    let (mut all, mut restated, mut differing) = (0, 0, 0);
    let files = list().file;
    for file in &files {
        let path = &file.path;
        let is_commit = file.copy.len() == 7 && file.copy.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_commit, "{path}: `{}` is no commit", file.copy);
        for part in file.differs.iter().chain(&file.without) {
            assert!(part.count > 0 && !part.because.is_empty(), "{path}");
        }
        let sum = |parts: &[Part]| parts.iter().map(|part| part.count).sum::<usize>();
        let (differs, without) = (sum(&file.differs), sum(&file.without));
        assert!(differs + without <= file.assertions, "{path}: more parts than assertions");
        let is_restated = cases.by_source.contains_key(path);
        assert_eq!(is_restated, without < file.assertions, "{path}: cases with this source");
        all += file.assertions;
        restated += file.assertions - without;
        differing += differs;
    }
    println!(
        "{} files with {all} assertions: {restated} restated, {differing} of them as Fetch has \
         them and the copy has not; {} not restated",
        files.len(),
        all - restated
    );
    assert!(files.len() >= 119 && all >= 1107, "only {} files, {all} assertions", files.len());
}

#[test]
fn each_case_that_the_list_names_is_there() {
    let cases = Cases::read();
    for file in list().file {
        for name in &file.also {
            assert!(cases.names.contains(name), "{}: no case `{name}`", file.path);
        }
    }
}

#[test]
fn each_source_of_a_case_was_read_once() {
    let mut known = BTreeSet::new();
    for file in list().file {
        assert!(known.insert(file.path.clone()), "twice: {}", file.path);
    }
    for source in Cases::read().by_source.keys() {
        assert!(known.contains(source), "{source} is the source of a case and not in the list");
    }
}

fn list() -> List {
    let text = fs::read_to_string(root().join("tests/wpt.toml")).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

impl Cases {
    fn read() -> Self {
        let mut cases = Self::default();
        for (corpus, folder) in [
            ("model", "cors-browser/tests/corpus"),
            ("browsers", "tests/tests/browser/matrix/cases"),
        ] {
            for path in files(&root().join(folder)) {
                let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
                for case in table["case"].as_array().unwrap() {
                    let text = |key| case.get(key).map(|value| value.as_str().unwrap().to_owned());
                    cases.add(corpus, &text("name").unwrap(), text("source"));
                }
            }
        }
        let corpus = load(&root().join("tests/corpus"));
        corpus.cases.into_iter().for_each(|it| cases.add("server", &it.name, it.source));
        corpus.sequences.into_iter().for_each(|it| cases.add("server", &it.name, it.source));
        cases
    }

    fn add(&mut self, corpus: &str, name: &str, source: Option<String>) {
        self.names.insert(format!("{corpus}: {name}"));
        let source = source.unwrap_or_default();
        for file in source.strip_prefix("wpt ").into_iter().flat_map(|files| files.split(", ")) {
            *self.by_source.entry(file.to_owned()).or_default() += 1;
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|it| it == "toml")).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
