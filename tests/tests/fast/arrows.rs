//! Which rooms of a crate import which others, so that an arrow that is new is
//! a decision, and no circle comes back.
//!
//! A room is a folder or a file directly in `src`. Test modules may import
//! anything, and so may `lib.rs` and `main.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// For each room the rooms that it imports.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// A crate, and for each room the rooms that it may import: lowest floor first.
struct House {
    name: &'static str,
    rooms: &'static [(&'static str, &'static [&'static str])],
}

const HOUSES: &[House] = &[CORE, ACTIX, BROWSER, CLI];

const CORE: House = House {
    name: "cors-core",
    rooms: &[
        ("setting", &[]),
        ("keyword", &[]),
        ("expression", &[]),
        ("problem", &["setting"]),
        ("origin", &["expression", "problem", "setting"]),
        ("live", &["origin"]),
        ("grammar", &["expression", "problem", "setting"]),
        ("policy", &["grammar", "live", "origin", "problem", "setting"]),
        ("explain", &["origin", "policy", "problem", "setting"]),
        ("config", &["grammar", "keyword", "problem", "setting"]),
        ("read", &["config", "grammar", "problem", "setting"]),
        ("merge", &["config", "grammar", "live", "origin", "policy", "problem", "setting"]),
        ("ceiling", &["config", "grammar", "merge", "problem", "setting"]),
        (
            "resolve",
            &[
                "ceiling", "config", "grammar", "live", "merge", "origin", "policy", "problem",
                "setting",
            ],
        ),
    ],
};

const ACTIX: House = House {
    name: "cors-actix",
    rooms: &[
        ("guide", &[]),
        ("observe", &[]),
        ("http", &[]),
        ("registration", &["http", "observe"]),
        ("process", &["observe", "registration"]),
        ("lookup", &["http", "observe", "process", "registration"]),
        ("api", &["observe", "process", "registration"]),
        ("inspector", &["api", "observe", "process", "registration"]),
        ("middleware", &["api", "http", "lookup", "observe", "process", "registration"]),
        ("test", &["api", "observe"]),
    ],
};

const BROWSER: House = House {
    name: "cors-browser",
    rooms: &[
        ("modes", &[]),
        ("engine", &["modes"]),
        ("syntax", &["engine"]),
        ("wire", &["syntax"]),
        ("outcome", &["syntax", "wire"]),
        ("request", &["engine", "modes", "outcome", "syntax"]),
        ("store", &["engine", "request", "syntax", "wire"]),
        ("fetch", &["engine", "modes", "outcome", "request", "store", "syntax", "wire"]),
        ("browser", &["engine", "fetch", "outcome", "request", "store", "syntax", "wire"]),
    ],
};

const CLI: House = House {
    name: "cors-cli",
    rooms: &[
        ("args", &[]),
        ("output", &["args"]),
        ("input", &["args"]),
        ("page", &["args", "output"]),
        ("schema", &["output"]),
        ("check", &["args", "input", "output"]),
        ("diff", &["args", "check", "input", "output"]),
        ("explain", &["args", "check", "input", "output", "page"]),
        ("probe", &["args", "output", "page"]),
    ],
};

#[test]
fn rooms_import_what_the_table_allows_and_nothing_else() {
    for house in HOUSES {
        let (allowed, found) = (house.allowed(), house.found());
        let new = difference(&found, &allowed);
        assert!(new.is_empty(), "{}: not in the table: {new:#?}", house.name);
        let gone = difference(&allowed, &found);
        assert!(gone.is_empty(), "{}: in the table only: {gone:#?}", house.name);
    }
}

#[test]
fn the_table_has_every_room_above_those_that_it_imports() {
    for house in HOUSES {
        let mut below = BTreeSet::new();
        for (room, imports) in house.rooms {
            for import in *imports {
                assert!(below.contains(import), "{}: {room} -> {import}", house.name);
            }
            assert!(below.insert(*room), "{}: {room} is there twice", house.name);
        }
    }
}

#[test]
fn every_room_is_in_the_table() {
    for house in HOUSES {
        let rooms: BTreeSet<_> = house.found().into_keys().collect();
        let listed: BTreeSet<_> = house.allowed().into_keys().collect();
        assert_eq!(rooms, listed, "{}", house.name);
    }
}

#[test]
fn every_folder_is_described_and_has_a_dozen_files_at_most() {
    for house in HOUSES {
        for folder in files(&house.sources()).iter().map(|file| file.parent().unwrap()) {
            let files = fs::read_dir(folder).unwrap();
            let files = files.filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
            assert!(files <= 12, "{} holds {files} files", folder.display());
            let module = folder.join("mod.rs");
            if folder != house.sources() {
                let text = fs::read_to_string(&module).unwrap();
                assert!(text.starts_with("//! "), "{}", module.display());
            }
        }
    }
}

#[test]
fn the_module_comment_of_a_room_lists_what_it_may_import() {
    for house in HOUSES {
        for (room, imports) in house.allowed() {
            let module = house.sources().join(&room).join("mod.rs");
            let Ok(text) = fs::read_to_string(&module) else { continue };
            let comment = text.lines().filter_map(|line| line.strip_prefix("//"));
            let comment: String = comment.map(|line| line.trim_start_matches('!')).collect();
            let (_, list) = comment.split_once("May import: ").expect(&room);
            let (list, _) = list.split_once('.').expect(&room);
            let listed: BTreeSet<_> =
                list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            assert_eq!(listed, imports, "{}", module.display());
            assert!(!listed.is_empty() || list == "nothing", "{}: {list}", module.display());
        }
    }
}

/// Files of cors-core about one subject in several phases: written, read, explained.
const BY_PHASE: [&str; 4] = ["mod.rs", "host.rs", "limits.rs", "rules.rs"];

#[test]
fn no_two_files_or_types_of_a_crate_share_a_name() {
    for house in HOUSES {
        let (mut names, mut types) = (BTreeSet::new(), BTreeSet::new());
        for file in files(&house.sources()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            let is_new = names.insert(name.to_owned());
            assert!(is_new || BY_PHASE.contains(&name), "{} is not alone", file.display());
            let text = fs::read_to_string(&file).unwrap();
            for name in types_in(&code(&text)) {
                assert!(types.insert(name.to_owned()), "{}: a second {name}", file.display());
            }
        }
        assert!(types.len() > 20, "{types:?}");
    }
}

#[test]
fn paths_are_found_in_every_form_and_not_in_comments_or_tests() {
    let text = "//! crate::a\nuse crate::b::{C, d::E};\nuse crate::{f, g::{H, I}, j::K as L};\n\
                /* crate::v */ fn m() -> super::super::n::O { crate::p::q() } // crate::r\n\
                pub(in crate::s) fn t(_: super::u::W) {}\n\
                #[cfg(test)]\nmod tests {\n    use crate::x;\n}\n";
    let found = imports(text, 2);
    let expected = ["b", "f", "g", "j", "n", "p", "s"];
    assert_eq!(found, expected.map(str::to_owned).into());
    assert_eq!(imports("use super::{a::B, c};", 1), ["a", "c"].map(str::to_owned).into());
}

impl House {
    fn sources(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(self.name).join("src")
    }

    fn allowed(&self) -> Arrows {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.rooms.iter().map(|(room, imports)| ((*room).to_owned(), owned(imports))).collect()
    }

    /// The arrows that the sources have.
    fn found(&self) -> Arrows {
        let sources = self.sources();
        let mut found = Arrows::new();
        for file in files(&sources) {
            let path = file.strip_prefix(&sources).unwrap().with_extension("");
            let mut path: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
            if path == ["lib"] || path == ["main"] {
                continue;
            }
            if path.last() == Some(&"mod") {
                path.pop();
            }
            let text = fs::read_to_string(&file).unwrap();
            let mut imports = imports(&text, path.len());
            imports.remove(path[0]);
            found.entry(path[0].to_owned()).or_default().extend(imports);
        }
        found
    }
}

/// The arrows that `ours` has and `others` has not.
fn difference(ours: &Arrows, others: &Arrows) -> Vec<String> {
    let arrows = |arrows: &Arrows| -> BTreeSet<String> {
        let arrows = arrows.iter().flat_map(|(room, imports)| {
            imports.iter().map(move |import| format!("{room} -> {import}"))
        });
        arrows.collect()
    };
    arrows(ours).difference(&arrows(others)).cloned().collect()
}

/// What paths name in the root of the crate, in a module `depth` below it.
fn imports(text: &str, depth: usize) -> BTreeSet<String> {
    let code = code(text);
    let from_root = ["crate::".to_owned(), "super::".repeat(depth)];
    let mut imports = BTreeSet::new();
    for root in &from_root {
        for (at, _) in code.match_indices(root.as_str()) {
            let before = &code[..at];
            let is_longer_path = before.ends_with(is_name) || before.ends_with("super::");
            if !is_longer_path {
                imports.extend(heads(&code[at + root.len()..]));
            }
        }
    }
    imports
}

/// The first names of a path, or of the paths in its braces.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().split(|c| !is_name(c)).next().unwrap().to_owned();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut heads, mut begin) = (0, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.push(name(&group[begin..at]));
                begin = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// The text without comments and without its test module, which comes last.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    let mut code = lines.collect::<Vec<_>>().join("\n");
    while let Some((before, after)) = code.split_once("/*") {
        let after = after.split_once("*/").map_or("", |(_, after)| after);
        code = format!("{before}{after}");
    }
    code
}

/// The names of the structs, enums and traits that are not inside of a function.
fn types_in(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().filter(|line| !line.starts_with(' '));
    lines.filter_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
        let is_type = matches!(words.next()?, "struct" | "enum" | "trait");
        is_type.then(|| words.next()?.split(|c| !is_name(c)).next()).flatten()
    })
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => {
                found.push(path);
            }
            false => {}
        }
    }
    found.sort();
    found
}
