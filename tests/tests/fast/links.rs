//! The pages of the repository: their length, their links, and the files and tests that they name.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::readme::{markdown, read, root};

#[test]
fn the_pages_are_short_and_open_with_their_readers() {
    let lines = read("README.md").lines().count();
    assert!(lines < 200, "{lines} lines of README.md");
    for path in markdown("docs") {
        let text = read(&path);
        let opening = text.lines().nth(2).unwrap();
        assert!(opening.starts_with("For "), "{path} opens with: {opening}");
    }
}

#[test]
fn every_page_is_in_the_guide_of_rustdoc() {
    let manifest = read("cors-actix/Cargo.toml");
    let include = manifest.lines().find(|line| line.starts_with("include = "));
    assert!(include.is_none_or(|it| it.contains("\"/docs\"")), "the package needs `/docs`");
    let guide = read("cors-actix/src/guide.rs");
    let labels = read("cors-actix/src/guide_links.md");
    for path in markdown("docs") {
        assert!(guide.contains(&format!("include_str!(\"../{path}\")")), "{path}");
        let (targets, used) = (targets(&path), labels_used(&path));
        assert!(
            !targets.iter().any(|(inline, it)| *inline && is_relative(it)),
            "{path}: use a label"
        );
        for label in used {
            let defines =
                |text: &str| text.lines().any(|line| line.starts_with(&format!("[{label}]: ")));
            assert!(defines(&read(&path)), "[{label}] is not defined at the end of {path}");
            assert!(defines(&labels), "[{label}] of {path} is not defined in guide_links.md");
        }
    }
}

#[test]
fn every_link_resolves() {
    let mut paths = markdown(".");
    for directory in
        ["docs", "fuzz", "tests/corpus", "cors-macros/docs", ".github", ".github/ISSUE_TEMPLATE"]
    {
        paths.extend(markdown(directory));
    }
    for path in paths {
        for (_, target) in targets(&path) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, fragment) = target.split_once('#').unwrap_or((&target, ""));
            let folder = Path::new(&path).parent().unwrap();
            let file =
                if file.is_empty() { root().join(&path) } else { root().join(folder).join(file) };
            assert!(file.exists(), "{path} links to {target}");
            if !fragment.is_empty() {
                let text = fs::read_to_string(&file).unwrap();
                let headings = prose(&text).filter(|line| line.starts_with('#')).map(slug);
                assert!(headings.into_iter().any(|it| it == fragment), "{path} links to {target}");
            }
        }
    }
}

#[test]
fn every_test_target_that_a_page_names_exists() {
    let mut named = BTreeSet::new();
    for path in markdown(".").into_iter().chain(markdown("docs")).chain(markdown("fuzz")) {
        let text = read(&path);
        let names = text.split("-p cors-tests").skip(1).filter_map(|rest| rest.split('`').next());
        let names = names.flat_map(|rest| rest.split("--test ").skip(1));
        named.extend(names.filter_map(|rest| rest.split_whitespace().next()).map(str::to_owned));
    }
    assert!(named.len() > 4, "{named:?}");
    for name in named {
        let path = root().join("tests/tests").join(&name);
        let is_file = path.with_extension("rs").is_file();
        let is_listed = read("tests/Cargo.toml").contains(&format!("name = \"{name}\""));
        assert!(path.is_dir() || is_file || is_listed, "there is no test {name}");
    }
}

/// On a crate page, relative links need a repository, and there is no public one yet.
#[test]
fn the_readmes_of_crates_have_no_relative_links() {
    for name in ["cors-core", "cors-macros", "cors-actix", "cors-browser"] {
        for (_, target) in targets(&format!("{name}/README.md")) {
            assert!(target.starts_with("https://"), "{name}/README.md links to {target}");
        }
    }
}

/// Files that move are followed on the pages that lead to them.
#[test]
fn every_file_that_a_page_names_exists() {
    let files = sources(&root());
    let mut count = 0;
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "BENCHMARKS.md"] {
        let text = read(page);
        let named = prose(&text).flat_map(|line| line.split('`').skip(1).step_by(2));
        let is_path = |c: char| c.is_alphanumeric() || "_-./".contains(c);
        for name in named.filter(|it| it.chars().all(is_path) && !it.starts_with('/')) {
            let inside = format!("/{name}");
            let first = name.split('/').next().unwrap();
            let is_there = match name.rsplit_once('.') {
                Some(("src/main", "rs")) => continue,
                Some((_, "rs")) => files.iter().any(|file| file.ends_with(&inside)),
                _ if name.ends_with('/') => {
                    root().join(name).is_dir() || files.iter().any(|file| file.contains(&inside))
                }
                _ if name.contains('/') && root().join(first).is_dir() => {
                    root().join(name).exists()
                }
                _ => continue,
            };
            assert!(is_there, "{page} names `{name}`");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

/// The files of the repository that are written in Rust.
fn sources(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (path, name) = entry.map(|it| (it.path(), it.file_name())).unwrap();
        let name = name.to_str().unwrap();
        match path.is_dir() {
            true if name == "target" || name.starts_with('.') => {}
            true => found.extend(sources(&path)),
            false if name.ends_with(".rs") => found.push(path.to_str().unwrap().to_owned()),
            false => {}
        }
    }
    found
}

fn is_relative(target: &str) -> bool {
    !target.starts_with("https://") && !target.starts_with('#')
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut open = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        open ^= is_fence;
        !open && !is_fence
    })
}

/// The targets of the links of a page, and whether each is inline or after a label.
fn targets(path: &str) -> Vec<(bool, String)> {
    let text = read(path);
    let mut targets = Vec::new();
    for line in prose(&text) {
        // Code is not a link, but may be its text.
        let line: String = line.split('`').step_by(2).collect();
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        targets.extend(inline.map(|target| (true, target.to_owned())));
        if let Some((_, target)) = line.split_once("]: ").filter(|_| line.starts_with('[')) {
            targets.push((false, target.to_owned()));
        }
    }
    targets
}

/// The labels that links of a page use.
fn labels_used(path: &str) -> BTreeSet<String> {
    let text: String = prose(&read(path)).flat_map(|line| [line, "\n"]).collect();
    let labels = text.split("][").skip(1).filter_map(|rest| rest.split(']').next());
    labels.map(str::to_owned).collect()
}

/// The fragment that GitHub and rustdoc give to a heading.
fn slug(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
