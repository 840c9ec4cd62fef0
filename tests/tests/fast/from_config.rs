//! `Cors::from_config` and `Cors::from_env` read the environment of their process,
//! so each case is a process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

use cors_actix::Cors;

/// The variable that marks a process as one case, and not the test of all cases.
const CASE: &str = "CASE_OF_FROM_CONFIG";

#[test]
fn what_a_process_reads() {
    let cors = match std::env::var(CASE).as_deref() {
        Ok("from_config") => Cors::try_from_config(),
        Ok("from_env") => Cors::try_from_env(),
        _ => return,
    };
    match cors {
        Ok(cors) => println!("<<<\n{}\n>>>", cors.table()),
        Err(report) => println!("<<<\n{report}\n>>>"),
    }
}

/// The output of a process that runs in this directory.
fn run_in(
    directory: &Path,
    test: &str,
    case: &str,
    variables: &[(&str, &str)],
) -> std::process::Output {
    let mut process = Command::new(std::env::current_exe().unwrap());
    let test = format!("from_config::{test}");
    process.args(["--include-ignored", "--exact", &test, "--nocapture"]);
    process.current_dir(directory).env(CASE, case).envs(variables.iter().copied());
    process.output().unwrap()
}

/// The table or the report of a process that runs in this directory.
fn read_in(directory: &Path, case: &str, variables: &[(&str, &str)]) -> String {
    let output = run_in(directory, "what_a_process_reads", case, variables);
    let output = String::from_utf8(output.stdout).unwrap();
    let (_, read) = output.split_once("<<<\n").unwrap_or_else(|| panic!("{output}"));
    read.split_once("\n>>>").unwrap().0.to_owned()
}

/// The result of a process in a directory with these files.
fn run(files: &[(&str, &str)], variables: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    read_in(directory.path(), "from_config", variables)
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
    assert!(run(&files, &[]).contains("origins: https://app.example;"));
    let named = run(&files, &[("CORS_CONFIG", "other.toml")]);
    assert!(
        named.contains("origins: https://other.example;") && named.contains("other.toml:2"),
        "{named}"
    );
}

#[test]
fn a_variable_replaces_a_setting_and_shows_as_its_place() {
    let table =
        run(&[("cors.toml", FILE)], &[("CORS_ORIGINS", "https://b.example, https://c.example")]);
    assert!(table.contains("https://b.example, https://c.example; credentials"), "{table}");
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

const ORIGINS: (&str, &str) = ("CORS_ORIGINS", "https://app.example");

#[test]
fn missing_file_is_an_error_even_if_variables_are_set() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().canonicalize().unwrap();
    for variables in [&[][..], &[ORIGINS, ("CORS_MAX_AGE", "10m")]] {
        let report = read_in(&place, "from_config", variables);
        let place = place.display();
        for line in [
            &*format!(
                "error[cors::unreadable-file]: `cors.toml` does not exist in the working \
                 directory `{place}`"
            ),
            "help: start the server in the directory of the file, name the file in \
             `CORS_CONFIG`, or read environment variables only with `Cors::from_env()`",
        ] {
            assert!(report.contains(line), "{line}\nis not in\n{report}");
        }
    }
    let report = read_in(&place, "from_config", &[ORIGINS, ("CORS_CONFIG", "conf/no.toml")]);
    let expected = format!("`no.toml` does not exist in `{}`", place.join("conf").display());
    assert!(report.contains(&expected), "{expected}\nis not in\n{report}");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let empty = [("CORS_CONFIG", ""), ("CORS_ORIGINS", " "), ("CORS_CREDENTIALS", "")];
    let table = run(&[("cors.toml", FILE)], &empty);
    assert!(
        table.contains("https://app.example; credentials") && !table.contains("env CORS"),
        "{table}"
    );
    let directory = tempfile::tempdir().unwrap();
    let table = read_in(directory.path(), "from_env", &[ORIGINS, ("CORS_CONFIG", "")]);
    assert!(table.contains("env CORS_ORIGINS"), "{table}");
}

#[test]
fn a_directory_in_the_place_of_the_file_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("cors.toml")).unwrap();
    let report = read_in(directory.path(), "from_config", &[ORIGINS]);
    assert!(report.contains("error[cors::unreadable-file]: `cors.toml` in the"), "{report}");
    assert!(report.contains("` is a directory\n"), "{report}");
}

#[cfg(unix)]
#[test]
fn a_dangling_link_is_an_error_even_if_variables_are_set() {
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("..data/cors.toml", directory.path().join("cors.toml")).unwrap();
    let report = read_in(directory.path(), "from_config", &[ORIGINS]);
    let expected = "is a symbolic link to `..data/cors.toml`, which does not exist";
    assert!(report.contains(expected), "{report}");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error_even_if_variables_are_set() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cors.toml");
    fs::write(&file, FILE).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        eprintln!("skipped: this user may read every file");
        return;
    }
    let report = read_in(directory.path(), "from_config", &[ORIGINS]);
    assert!(report.contains("cannot be read: Permission denied"), "{report}");
}

#[test]
fn from_env_reads_variables_only() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("cors.toml"), FILE).unwrap();
    let read = |variables: &[_]| read_in(directory.path(), "from_env", variables);

    let table = read(&[("CORS_ORIGINS", "https://env.example"), ("CORS_MAX_AGE", "10m")]);
    assert!(table.contains("https://env.example") && table.contains("600 s"), "{table}");
    assert!(!table.contains("cors.toml"), "{table}");

    let report = read(&[("CORS_PROFILE", "production")]);
    assert!(report.contains("error[cors::no-variables]"), "{report}");
    assert!(report.contains("help: set `CORS_ORIGINS`"), "{report}");
    let report = read(&[("CORS_ORIGINS", "https://app.example/"), ("CORS_CREDENTIALS", "maybe")]);
    assert!(report.ends_with("2 errors in the CORS configuration"), "{report}");
}

#[test]
fn from_env_refuses_a_variable_that_names_a_file() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("cors.toml"), FILE).unwrap();
    let report = read_in(directory.path(), "from_env", &[ORIGINS, ("CORS_CONFIG", "cors.toml")]);
    assert!(report.contains("error[cors::unused-file]: `CORS_CONFIG` names the file"), "{report}");
    assert!(report.contains("--> env CORS_CONFIG"), "{report}");
}

#[test]
fn from_env_reads_the_variables_again_and_has_no_file_to_watch() {
    let directory = tempfile::tempdir().unwrap();
    let output = run_in(directory.path(), "reads_the_variables_again", "from_env", &[ORIGINS]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}

#[test]
#[ignore = "runs in a process of its own"]
fn reads_the_variables_again() {
    if std::env::var_os(CASE).is_none() {
        return;
    }
    let cors = Cors::from_env();
    let before = cors.table();
    // A program cannot change its variables without `unsafe`.
    cors.apply(&Cors::builder().origins(["https://other.example"]).config()).unwrap();
    assert_ne!(cors.table(), before);
    cors.reload().unwrap();
    assert_eq!(cors.table(), before);

    let error = cors.watch().unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::nothing-to-watch");
    assert!(error.to_string().contains("read from environment variables"), "{error}");
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
fn a_file_over_the_size_limit_is_refused_without_being_read() {
    let file = format!("{FILE}# {}\n", "x".repeat(17 << 20));
    let report = run(&[("cors.toml", &file)], &[]);
    assert!(report.contains("error[cors::file-too-large]"), "{report}");
}
