//! `Cors::from_config` reads the environment of its process, so each case is one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::process::Command;

use cors_actix::Cors;

/// What tells a process that it is a case, and not the test of all cases.
const CASE: &str = "CASE_OF_FROM_CONFIG";

#[test]
fn what_a_process_reads() {
    if std::env::var_os(CASE).is_some() {
        match Cors::try_from_config() {
            Ok(cors) => println!("<<<\n{}\n>>>", cors.table()),
            Err(report) => println!("<<<\n{report}\n>>>"),
        }
    }
}

/// What a process says that runs in a directory with these files.
fn run(files: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "what_a_process_reads", "--nocapture"]);
    process.current_dir(directory.path()).env(CASE, "yes").envs(variables.iter().copied());
    let output = String::from_utf8(process.output().unwrap().stdout).unwrap();
    let (_, said) = output.split_once("<<<\n").unwrap_or_else(|| panic!("{output}"));
    said.split_once("\n>>>").unwrap().0.to_owned()
}

const FILE: &str = "\
[cors]
origins = \"https://app.example\"
credentials = true

[cors.profiles.development]
loopback = true
";

#[test]
fn the_file_in_the_working_directory_is_read_or_the_one_that_is_named() {
    let other = FILE.replace("app", "other");
    let files = [("cors.toml", FILE), ("other.toml", other.as_str())];
    assert!(run(&files, &[]).contains("https://app.example "));
    let named = run(&files, &[("CORS_CONFIG", "other.toml")]);
    assert!(named.contains("https://other.example ") && named.contains("other.toml:2"), "{named}");
}

#[test]
fn a_variable_replaces_a_setting_and_shows_as_its_place() {
    let table =
        run(&[("cors.toml", FILE)], &[("CORS_ORIGINS", "https://b.example, https://c.example")]);
    assert!(table.contains("https://b.example, https://c.example  yes"), "{table}");
    assert!(table.contains("env CORS_ORIGINS, cors.toml:3"), "{table}");
}

#[test]
fn the_profile_is_chosen_by_the_environment() {
    let files = [("cors.toml", FILE)];
    assert!(run(&files, &[("CORS_PROFILE", "development")]).contains("http://localhost:*"));
    assert!(!run(&files, &[("CORS_PROFILE", "production")]).contains("localhost"));
    assert!(!run(&files, &[]).contains("localhost"));
    let report = run(&files, &[("CORS_PROFILE", "prodution")]);
    assert!(report.contains("error[cors::unknown-profile]"), "{report}");
    assert!(report.contains("env CORS_PROFILE") && report.contains("production"), "{report}");
}

#[test]
fn without_a_file_the_environment_may_say_everything() {
    let table = run(&[], &[("CORS_ORIGINS", "https://app.example"), ("CORS_MAX_AGE", "10m")]);
    assert!(table.contains("https://app.example") && table.contains("600 s"), "{table}");
    // Not where somebody named a file.
    let report = run(&[], &[("CORS_ORIGINS", "https://a.example"), ("CORS_CONFIG", "no.toml")]);
    assert!(report.contains("error[cors::unreadable-file]: `no.toml` cannot be read"), "{report}");
    let report = run(&[], &[]);
    assert!(
        report.contains("error[cors::unreadable-file]: `cors.toml` cannot be read"),
        "{report}"
    );
}

#[test]
fn a_file_and_variables_that_are_wrong_are_reported_together() {
    let file = "[cors]\norigins = \"https://app.example\"\nmax-age = 10\n";
    let report = run(&[("cors.toml", file)], &[("CORS_CREDENTIALS", "maybe")]);
    assert!(report.contains("3 | max-age = 10\n  | ^^^^^^^\n"), "{report}");
    assert!(report.contains("env CORS_CREDENTIALS"), "{report}");
    assert!(report.ends_with("2 errors in the CORS configuration"), "{report}");
}

#[test]
fn a_file_beyond_all_measure_is_refused_without_being_read() {
    let file = format!("{FILE}# {}\n", "x".repeat(17 << 20));
    let report = run(&[("cors.toml", &file)], &[]);
    assert!(report.contains("error[cors::file-too-large]"), "{report}");
}
