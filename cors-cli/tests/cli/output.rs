//! Help, colours, and a closed output.

use std::process::{Command, Stdio};

use crate::command::{Directory, cors, executable};

#[test]
fn help_tells_what_each_subcommand_does_its_options_and_its_exit_statuses() {
    let help = cors(&["--help"]);
    assert_eq!(help.status, 0);
    for name in ["check", "explain", "diff", "probe", "schema"] {
        assert!(help.stdout.lines().any(|line| line.trim_start().starts_with(name)), "{name}");
        let of_command = cors(&[name, "--help"]);
        assert_eq!(of_command.status, 0);
        if name != "schema" {
            assert!(of_command.stdout.contains("Exit status:\n  0  "), "{}", of_command.stdout);
            assert!(of_command.stdout.contains("Examples:\n  "), "{}", of_command.stdout);
        }
        assert!(of_command.stdout.lines().all(|line| line.chars().count() < 120), "{name}");
    }
    assert_eq!(cors(&[]).status, 2);
    assert_eq!(cors(&["--version"]).stdout, concat!("cors ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn colours_are_for_terminals_and_may_be_forced() {
    let directory = Directory::new(&[("cors.toml", "[cors]\norigins = ['*']\n")]);
    assert!(!directory.cors(&["check"]).stdout.contains('\u{1b}'));
    assert!(directory.cors(&["check", "--color", "always"]).stdout.contains("\u{1b}[31m"));
    let forced = directory.cors_with(&["check"], &[("CLICOLOR_FORCE", "1")], b"");
    assert!(forced.stdout.contains('\u{1b}'));
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!directory.cors_with(&["check"], &both, b"").stdout.contains('\u{1b}'));
}

#[test]
fn an_output_that_nobody_reads_is_no_error_and_changes_no_status() {
    let directory = Directory::new(&[
        ("cors.toml", "[cors]\norigins = ['https://app.example']\n"),
        ("broken.toml", "[cors]\norigins = ['*']\n"),
        ("open.toml", "[cors]\norigins = 'any'\n"),
    ]);
    for (arguments, status) in [
        (&["schema"][..], 0),
        (&["check"], 0),
        (&["check", "broken.toml"], 1),
        (&["check", "broken.toml", "--format", "json"], 1),
        (&["check", "broken.toml", "--format", "github"], 1),
        (&["diff", "cors.toml", "open.toml", "--deny", "opened"], 1),
        (&["explain", "--origin", "https://b.example"], 1),
    ] {
        let mut child = Command::new(executable())
            .args(arguments)
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), output.stderr),
            (Some(status), Vec::new()),
            "{arguments:?}"
        );
    }
}

#[test]
fn the_schema_is_that_of_the_reader() {
    let output = cors(&["schema"]);
    assert_eq!((output.status, output.stdout), (0, cors_core::Config::json_schema()));
}
