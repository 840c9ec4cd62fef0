//! The page about the command: its examples are run, and have the output that it shows.
//!
//! `DIAGNOSTICS=overwrite cargo test -p cors-actix-cli --test cli documentation` writes the output
//! to the page; read the diff.

use std::path::{Path, PathBuf};

use crate::command::{Directory, cors};
use crate::servers::cors_actix;

/// Where the page has the files.
const DIRECTORY: &str = "/srv/shop";

#[test]
fn the_examples_of_the_page_have_the_output_that_it_shows() {
    let page = std::fs::read_to_string(page()).unwrap();
    let blocks = blocks(&page);
    let toml: Vec<_> =
        blocks.iter().filter(|(info, _)| info == "toml").map(|(_, text)| text).collect();
    let directory = Directory::new(&[("cors.toml", toml[0]), ("new.toml", toml[1])]);
    let server = cors_actix(&directory.path().join("cors.toml"));
    let port = server.url("").rsplit_once(':').unwrap().1.to_owned();
    let (mut written, mut examples) = (page.clone(), 0);
    for (_, text) in blocks.iter().filter(|(info, _)| info == "console") {
        let command = command(text);
        let words: Vec<_> = words(&command).iter().map(|it| it.replace("8080", &port)).collect();
        assert_eq!(words[0], "cors", "{command}");
        let words: Vec<_> = words[1..].iter().map(String::as_str).collect();
        let output = directory.cors(&words);
        let output = (output.stdout + &output.stderr).replace(&port, "8080");
        let output = output.replace(&directory.path().display().to_string(), DIRECTORY);
        written = written.replace(text, &format!("{command}{output}"));
        examples += 1;
    }
    assert!(examples >= 7, "{examples}");
    if std::env::var_os("DIAGNOSTICS").is_some_and(|it| it == "overwrite") {
        return std::fs::write(self::page(), &written).unwrap();
    }
    assert!(page == written, "the page shows something else; see the head of this file\n{written}");
}

#[test]
fn every_subcommand_and_finding_is_on_the_page() {
    let page = std::fs::read_to_string(page()).unwrap();
    for name in ["check", "explain", "diff", "probe", "schema"] {
        assert!(page.contains(&format!("## `cors {name}`\n")), "{name}");
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/probe");
    let mut codes = 0;
    for file in ["failure.rs", "findings.rs", "unreachable.rs"] {
        let text = std::fs::read_to_string(sources.join(file)).unwrap();
        // Codes are in kebab-case, in quotes.
        for code in text.split('"').skip(1).step_by(2) {
            let is_code = code.contains('-')
                && !code.starts_with("access-control")
                && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            if is_code && code != "cors-check" {
                assert!(page.contains(&format!("`{code}`")), "{code} of {file}");
                codes += 1;
            }
        }
    }
    assert!(codes > 12, "{codes}");
}

#[test]
fn options_on_the_page_exist() {
    let page = std::fs::read_to_string(page()).unwrap();
    let help: String =
        ["check", "explain", "diff", "probe"].map(|name| cors(&[name, "--help"]).stdout).concat();
    for word in page.split(|c: char| c.is_whitespace() || c == '`') {
        let is_option =
            word.starts_with("--") && word.len() > 2 && !matches!(word, "--path" | "--locked");
        let option = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        assert!(!is_option || help.contains(option) || option == "--help", "{word}");
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/command.md")
}

/// The fenced blocks with their language.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), is_open) {
            (Some(info), false) => blocks.push((info.to_owned(), String::new())),
            (None, true) => {
                let (_, text) = blocks.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
        is_open ^= line.starts_with("```");
    }
    blocks
}

/// The lines of the command, with the prompt.
fn command(block: &str) -> String {
    let mut command = String::new();
    for line in block.lines() {
        command.push_str(line);
        command.push('\n');
        if !line.ends_with('\\') {
            break;
        }
    }
    assert!(command.starts_with("$ cors "), "{command}");
    command
}

/// The words of a command: there are no quotes on the page.
fn words(command: &str) -> Vec<String> {
    let command = command.trim_start_matches("$ ").replace("\\\n", " ");
    command.split_whitespace().map(str::to_owned).collect()
}
