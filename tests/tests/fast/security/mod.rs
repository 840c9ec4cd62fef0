//! Every piece of evidence that `SECURITY.md` and the list of advisories name is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod advisories;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cors_core::Setting;

#[test]
fn evidence_named_in_security_md_exists() {
    let page = read(Path::new("SECURITY.md"));
    let named = named(&page);
    assert!(named.len() > 90, "only {} pieces of evidence", named.len());
    let missing: Vec<_> = named.iter().filter(|evidence| !evidence.exists()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn security_md_names_every_fuzz_target() {
    let page = read(Path::new("SECURITY.md"));
    let named = named(&page);
    for path in files(Path::new("fuzz/fuzz_targets")) {
        let target = path.file_stem().unwrap().to_str().unwrap();
        assert!(named.contains(&Evidence::FuzzTarget(target)), "{target} is not named");
    }
}

/// The names in backquotes, each classified by the prose before it.
fn named(page: &str) -> BTreeSet<Evidence<'_>> {
    let mut named = BTreeSet::new();
    let mut is_fuzz_target = false;
    for pair in page.split('`').collect::<Vec<_>>().chunks_exact(2) {
        let prose = pair[0].trim_end();
        // A list goes on after a comma.
        is_fuzz_target = prose.ends_with("the fuzz target")
            || prose.ends_with("the fuzz targets")
            || is_fuzz_target && matches!(prose.trim_start(), "," | "and");
        match is_fuzz_target {
            true => named.extend([Evidence::FuzzTarget(pair[1])]),
            false => named.extend(Evidence::of(pair[1])),
        }
    }
    named
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence<'p> {
    /// A function in a module of the tests, or in a target.
    Test(&'p str, &'p str),
    /// A problem that is reported.
    Code(&'p str),
    /// A case of the corpus.
    Case(&'p str),
    /// A binary of the fuzz package.
    FuzzTarget(&'p str),
}

impl<'p> Evidence<'p> {
    fn of(code: &'p str) -> Option<Self> {
        let is_name = |text: &str| {
            text.contains('_')
                && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        match code.split_once("::") {
            Some(("cors", _)) => Some(Self::Code(code)),
            Some((target, test)) if is_name(test) => Some(Self::Test(target, test)),
            // The names of crates and other things are shorter.
            None if is_name(code) && code.matches('_').count() >= 2 => {
                let is_setting = Setting::ALL.iter().any(|setting| setting.name() == code);
                (!is_setting).then_some(Self::Case(code))
            }
            _ => None,
        }
    }

    fn exists(&self) -> bool {
        match self {
            Self::Test(target, test) => {
                let declared = format!("fn {test}(");
                let mut files = files(Path::new("tests/tests"));
                files.retain(|file| {
                    let module = file.strip_prefix(root()).unwrap().with_extension("");
                    module.iter().any(|part| part == *target)
                });
                files.iter().any(|file| read(file).contains(&declared))
            }
            Self::Code(code) => {
                read(Path::new("cors-macros/docs/diagnostics.md")).contains(&format!("`{code}`"))
            }
            Self::Case(case) => {
                let declared = format!("name = \"{case}\"");
                files(Path::new("tests/corpus")).iter().any(|file| read(file).contains(&declared))
            }
            Self::FuzzTarget(target) => {
                let path = Path::new("fuzz/fuzz_targets").join(target).with_extension("rs");
                root().join(path).is_file()
            }
        }
    }
}

/// The numbers of advisories in a text, in order.
fn numbers(text: &str) -> Vec<&str> {
    let is_of_number = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words = text.split(|c| !is_of_number(c));
    let prefixes = ["CVE-", "GHSA-", "GO-2", "PYSEC-", "RUSTSEC-"];
    words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix))).collect()
}

/// The file itself, or those of the directory and of all below it.
fn files(path: &Path) -> Vec<PathBuf> {
    let path = root().join(path);
    if path.is_file() {
        return vec![path];
    }
    let inside = fs::read_dir(&path).into_iter().flatten();
    inside.flat_map(|entry| files(&entry.unwrap().path())).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
