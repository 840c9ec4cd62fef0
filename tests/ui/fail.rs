//! The messages of the compiler about `#[cors(...)]`: one file a mistake. An executable of its own,
//! because it starts a compiler, and because that takes longest where it has to build the crates.
//!
//! All cases are modules of one program, so that one run of the compiler shows all mistakes.
//! Their counterparts in `ui/pass`, which compile, are programs.
//!
//! `UI=overwrite cargo test -p cors-tests --test ui-fail` writes the `.stderr` files anew; read the
//! diff as a user would.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Each is a program, because the compiler sees these mistakes only where it has seen no others.
const ALONE: &[&str] = &["item-never-registered", "origins-constant-of-wrong-type", "wrap-result"];

#[test]
fn mistakes_are_refused_where_they_are_written() {
    let overwrite = std::env::var_os("UI").is_some_and(|value| value == "overwrite");
    let cases = cases();
    assert!(cases.len() > 90 && ALONE.iter().all(|case| cases.contains_key(*case)));
    let seen = check(&cases);
    let mut wrong = Vec::new();
    for (name, path) in cases {
        let seen = seen.get(&name).map_or("", |seen| seen.trim_end());
        let path = path.with_extension("stderr");
        if overwrite {
            fs::write(&path, format!("{seen}\n")).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if seen.is_empty() || expected.trim_end() != seen {
            wrong.push(format!("=== {name}, expected:\n{expected}\n=== {name}, seen:\n{seen}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files, by name.
fn cases() -> BTreeMap<String, PathBuf> {
    let files = fs::read_dir(root().join("ui/fail")).unwrap().map(|file| file.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    sources.map(|path| (name(&path), path)).collect()
}

/// The messages of the compiler about each file.
fn check(cases: &BTreeMap<String, PathBuf>) -> BTreeMap<String, String> {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui-fail");
    write_package(&package, cases);
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--offline", "--quiet", "--bins", "--keep-going", "--message-format=json"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        // So that the width is the same everywhere.
        .env("RUSTFLAGS", "--diagnostic-width=140")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let mut seen = BTreeMap::<String, String>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = &line["message"];
        let primary = message["spans"].as_array().into_iter().flatten();
        let primary = primary.filter(|span| span["is_primary"] == true);
        for file in primary.filter_map(|span| span["file_name"].as_str()).take(1) {
            let name = Path::new(file).file_stem().unwrap().to_str().unwrap();
            let text = normalized(message["rendered"].as_str().unwrap());
            seen.entry(name.to_owned()).or_default().push_str(&text);
        }
    }
    seen
}

/// A package with the programs, out of the workspace, with the same dependencies and lock file.
fn write_package(package: &Path, cases: &BTreeMap<String, PathBuf>) {
    let workspace = root().parent().unwrap().to_owned();
    let manifest: toml::Table =
        fs::read_to_string(workspace.join("Cargo.toml")).unwrap().parse().unwrap();
    let actix_web =
        &manifest["workspace"]["dependencies"]["actix-web"]["version"].as_str().unwrap();
    let mut text = format!(
        "[package]\nname = \"ui-fail\"\nedition = \"2024\"\nautobins = false\n[workspace]\n\
         [dependencies]\ncors-actix = {{ path = {:?} }}\n\
         actix-web = {{ version = {actix_web:?}, default-features = false, features = [\"macros\"] }}\n\
         [[bin]]\nname = \"all\"\npath = \"all.rs\"\n",
        workspace.join("cors-actix"),
    );
    let mut all = String::new();
    for (name, path) in cases {
        if ALONE.contains(&&**name) {
            text += &format!("[[bin]]\nname = {name:?}\npath = {path:?}\n");
        } else {
            all += &format!("#[path = {path:?}]\nmod {};\n", name.replace('-', "_"));
        }
    }
    fs::create_dir_all(package).unwrap();
    fs::write(package.join("Cargo.toml"), text).unwrap();
    fs::write(package.join("all.rs"), format!("{all}fn main() {{}}\n")).unwrap();
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
}

/// Without what differs between machines, and without lines of files that are no cases, which
/// change often.
fn normalized(rendered: &str) -> String {
    let rendered = without_types_in_files(rendered);
    let tests = format!("{}/", root().display());
    let workspace = format!("{}/", root().parent().unwrap().display());
    let rendered = rendered.replace(&tests, "").replace(&workspace, "$WORKSPACE/");
    let mut is_elsewhere = false;
    let mut lines = Vec::new();
    for line in rendered.lines() {
        if let Some((arrow, place)) = line.split_once("--> ") {
            is_elsewhere = place.starts_with("$WORKSPACE/");
            let file = place.split(':').next().unwrap();
            let place = if is_elsewhere { file } else { place };
            lines.push(format!("{arrow}--> {place}"));
        } else if is_elsewhere && line.contains('|') {
            let (number, rest) = line.split_once('|').unwrap();
            lines.push(format!("{}|{rest}", number.replace(|c: char| c.is_ascii_digit(), " ")));
        } else {
            lines.push(line.to_owned());
        }
    }
    // Narrower, where the longest number has gone.
    let widest = |lines: &mut dyn Iterator<Item = &str>| {
        let number = |line: &str| {
            let (number, _) = line.split_once('|')?;
            number.trim().parse::<u32>().ok().map(|_| number.trim().len())
        };
        lines.filter_map(number).max().unwrap_or(0)
    };
    let before = widest(&mut rendered.lines());
    let after = widest(&mut lines.iter().map(String::as_str));
    let indent = " ".repeat(before - after);
    let lines = lines.iter().map(|line| line.strip_prefix(&indent).unwrap_or(line).trim_end());
    lines.map(|line| format!("{line}\n")).collect()
}

/// Without the notes about long types, which name a file, and the place of other packages.
fn without_types_in_files(rendered: &str) -> String {
    let is_about_types = |line: &&str| {
        line.contains("the full name for the type has been written to")
            || line.contains("to print the full type name to the console")
    };
    let place = |line: &str| match line.split_once("--> ") {
        Some((arrow, place)) if place.contains("/registry/src/") => {
            let (_, place) = place.split_once("/registry/src/").unwrap();
            let (_, place) = place.split_once('/').unwrap();
            format!("{arrow}--> $CARGO/{place}\n")
        }
        _ => format!("{line}\n"),
    };
    rendered.lines().filter(|line| !is_about_types(line)).map(place).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
