//! Every piece of evidence that `SECURITY.md` names is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cors_core::Setting;

#[test]
fn what_the_page_about_security_names_exists() {
    let page = read(Path::new("SECURITY.md"));
    let named: BTreeSet<_> = page.split('`').skip(1).step_by(2).filter_map(Evidence::of).collect();
    assert!(named.len() > 60, "only {} pieces of evidence", named.len());
    let missing: Vec<_> = named.iter().filter(|evidence| !evidence.exists()).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence<'p> {
    /// A function in a test target.
    Test(&'p str, &'p str),
    /// A problem that is reported.
    Code(&'p str),
    /// A case of the corpus.
    Case(&'p str),
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
                let target = Path::new("tests/tests").join(target);
                let files = files(&target.with_extension("rs")).chain(files(&target));
                let declared = format!("fn {test}(");
                files.map(|file| read(&file)).any(|text| text.contains(&declared))
            }
            Self::Code(code) => {
                read(Path::new("cors-macros/docs/diagnostics.md")).contains(&format!("`{code}`"))
            }
            Self::Case(case) => {
                let declared = format!("name = \"{case}\"");
                files(Path::new("tests/corpus")).any(|file| read(&file).contains(&declared))
            }
        }
    }
}

/// The file itself, or those of the directory.
fn files(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let root = root().join(path);
    let inside = fs::read_dir(&root).into_iter().flatten().map(|entry| entry.unwrap().path());
    let itself = root.is_file().then(|| root.clone());
    itself.into_iter().chain(inside.filter(|path| path.is_file()))
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
