//! From a directory of TOML files to a [`Corpus`]. A mistake in the corpus is a bug of ours, so
//! it panics, naming the file and the case.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::case::{Case, Preflight, Sequence};
use super::config::{Config, Invalid, Text, Valid};

/// All cases of all files, in the order of file names and then as written.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// Single exchanges.
    pub cases: Vec<Case>,
    /// Whole fetches.
    pub sequences: Vec<Sequence>,
    /// Configurations to refuse.
    pub invalid: Vec<Invalid>,
    /// Configurations to accept.
    pub valid: Vec<Valid>,
}

/// One file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    config: BTreeMap<String, Text>,
    case: Vec<Case>,
    sequence: Vec<Sequence>,
    invalid: Vec<Invalid>,
    valid: Vec<Valid>,
}

/// Reads every `*.toml` of a directory.
///
/// # Panics
///
/// When a file cannot be read or does not have the format, when a case names a configuration
/// that its file does not define, when a configuration is never used, when two cases of a file
/// share a name, and when an expectation contradicts itself.
#[must_use]
pub fn load(dir: &Path) -> Corpus {
    let mut corpus = Corpus::default();
    for path in files(dir) {
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let topic = path.file_stem().unwrap_or_default().to_string_lossy();
        corpus.add(&topic, file);
    }
    corpus
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", dir.display())).path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

impl Corpus {
    fn add(&mut self, topic: &str, file: File) {
        let File { config, case, sequence, invalid, valid } = file;
        let mut checks = Checks { configs: &config, used: BTreeSet::new(), names: BTreeSet::new() };
        for mut case in case {
            topic.clone_into(&mut case.topic);
            checks.name(&case.id());
            checks.resolve(&case.id(), &mut case.config);
            check_case(&case);
            self.cases.push(case);
        }
        for mut sequence in sequence {
            topic.clone_into(&mut sequence.topic);
            checks.name(&sequence.id());
            checks.resolve(&sequence.id(), &mut sequence.config);
            check_sequence(&sequence);
            self.sequences.push(sequence);
        }
        for mut invalid in invalid {
            topic.clone_into(&mut invalid.topic);
            checks.name(&invalid.id());
            assert!(!invalid.problems.is_empty(), "{}: no problem expected", invalid.id());
            self.invalid.push(invalid);
        }
        for mut valid in valid {
            topic.clone_into(&mut valid.topic);
            checks.name(&valid.id());
            self.valid.push(valid);
        }
        for name in config.keys() {
            assert!(checks.used.contains(name), "{topic}: the config `{name}` is never used");
        }
    }
}

/// What has been seen of a file so far.
struct Checks<'f> {
    configs: &'f BTreeMap<String, Text>,
    used: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Checks<'_> {
    fn name(&mut self, id: &str) {
        assert!(self.names.insert(id.to_owned()), "{id}: this name is taken");
        let name = id.rsplit('/').next().unwrap_or_default();
        let snake = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        assert!(name.bytes().all(snake), "{id}: a name is in snake case");
    }

    fn resolve(&mut self, id: &str, config: &mut Config) {
        let text = self.configs.get(&config.name);
        let text = text.unwrap_or_else(|| panic!("{id}: no config `{}`", config.name));
        config.text.clone_from(text);
        self.used.insert(config.name.clone());
    }
}

fn check_case(case: &Case) {
    let id = case.id();
    for (name, _) in &case.response.headers {
        let name = name.to_ascii_lowercase();
        let ours = name == "vary" || name.starts_with("access-control-");
        assert!(ours, "{id}: `{name}` is not compared");
    }
    if let Some(fetch) = &case.browser {
        let verdicts = usize::from(fetch.readable.is_some() && case.request.method != "OPTIONS")
            + usize::from(fetch.preflight.is_some() && case.request.method == "OPTIONS");
        assert!(verdicts == 1, "{id}: `preflight` goes with OPTIONS, `readable` with the rest");
    }
}

fn check_sequence(sequence: &Sequence) {
    let id = sequence.id();
    let refused = sequence.preflight == Preflight::Refused;
    assert!(!(refused && sequence.handled), "{id}: handled in spite of the preflight");
    assert!(!(refused && sequence.readable), "{id}: readable in spite of the preflight");
    let status = sequence.status.is_some();
    assert!(status == sequence.readable, "{id}: a page sees a status if it can read");
    let exposed = sequence.exposed.is_empty() || sequence.readable;
    assert!(exposed, "{id}: headers of an unreadable response");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_of_this_package_loads() {
        let corpus = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
        assert!(corpus.cases.len() >= 250, "only {} cases", corpus.cases.len());
        assert!(!corpus.sequences.is_empty());
        assert!(!corpus.invalid.is_empty());
        assert!(!corpus.valid.is_empty());
    }
}
