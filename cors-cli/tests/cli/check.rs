//! `cors check`.

use crate::command::{Directory, cors};

const GOOD: &str = "[cors]\norigins = ['https://app.example']\n\n[cors.policies.open]\norigins = 'any'\n\n\
                    [cors.profiles.development]\nloopback = true\n\n[[cors.paths]]\nmatch = '/status'\n\
                    origins = 'any'\n";
const WARNED: &str = "[cors]\norigins = ['https://app.example', 'https://app.example']\n";
const BROKEN: &str = "[cors]\norigins = ['https://app.example/']\nheader = 'x-a'\n";

#[test]
fn a_good_file_has_a_table_of_global_rules_groups_and_named_policies() {
    let directory = Directory::new(&[("cors.toml", GOOD)]);
    let output = directory.cors(&["check"]);
    assert_eq!((output.status, &*output.stderr), (0, ""));
    for line in [
        "profile production",
        "GET, HEAD, POST  /status",
        "GET, HEAD, POST  everything else",
        "GET, HEAD, POST  the policy `open`",
        "cors.toml: no errors, no warnings",
    ] {
        assert!(output.stdout.lines().any(|it| it == line), "{line}\n{}", output.stdout);
    }
    let output = directory.cors(&["check", "--profile", "development"]);
    assert!(output.stdout.contains("http://localhost:*"), "{}", output.stdout);
}

#[test]
fn problems_have_the_report_of_a_server_and_exit_statuses() {
    let directory = Directory::new(&[("warned.toml", WARNED), ("broken.toml", BROKEN)]);
    let report = cors_actix::Cors::try_from_path(directory.path().join("broken.toml")).unwrap_err();
    let path = directory.path().join("broken.toml");
    let output = directory.cors(&["check", path.to_str().unwrap()]);
    assert_eq!(output.status, 1);
    for problem in report.problems() {
        assert!(output.stdout.contains(&problem.report()), "{}", output.stdout);
    }
    assert!(output.stdout.ends_with("broken.toml: 2 errors, no warnings\n"), "{}", output.stdout);

    let output = directory.cors(&["check", "warned.toml"]);
    assert_eq!(output.status, 0);
    assert!(output.stdout.starts_with("warning[cors::duplicate-element]"), "{}", output.stdout);
    assert_eq!(directory.cors(&["check", "warned.toml", "--deny-warnings"]).status, 1);
}

#[test]
fn json_has_every_problem_with_its_place_and_the_table() {
    let directory = Directory::new(&[("cors.toml", GOOD), ("broken.toml", BROKEN)]);
    let good = directory.cors(&["check", "--format", "json"]).json();
    assert_eq!(good["errors"], 0);
    assert_eq!(good["table"]["profile"], "production");
    assert_eq!(good["table"]["policies"].as_array().unwrap().len(), 3);
    let broken = directory.cors(&["check", "broken.toml", "--format", "json"]).json();
    assert_eq!((&broken["errors"], &broken["table"]), (&2.into(), &serde_json::Value::Null));
    let problem = &broken["problems"][0];
    assert_eq!(problem["code"], "cors::trailing-slash");
    assert_eq!((&problem["line"], &problem["column"]), (&2.into(), &12.into()));
    assert_eq!(problem["file"], "broken.toml");
    assert!(problem["help"].as_str().unwrap().contains("https://app.example"));
}

#[test]
fn annotations_name_file_line_and_column() {
    let directory = Directory::new(&[("a,b.toml", BROKEN)]);
    let output = directory.cors(&["check", "a,b.toml", "--format", "github"]);
    let lines: Vec<_> = output.stdout.lines().collect();
    assert!(
        lines[0]
            .starts_with("::error file=a%2Cb.toml,line=2,col=12,title=cors%3A%3Atrailing-slash::")
    );
    assert!(lines[0].contains("%0Ahelp: write"), "{}", lines[0]);
    assert!(
        lines[1].starts_with("::error file=a%2Cb.toml,line=3,col=1,title=cors%3A%3Aunknown-key::")
    );
    assert_eq!(lines.len(), 3);
}

#[test]
fn variables_are_read_with_the_option_only() {
    let directory = Directory::new(&[("cors.toml", GOOD), ("other.toml", BROKEN)]);
    let variables = [("CORS_ORIGINS", "https://env.example"), ("CORS_CONFIG", "cors.toml")];
    let without = directory.cors_with(&["check"], &variables, b"");
    assert!(!without.stdout.contains("env.example"), "{}", without.stdout);
    let with = directory.cors_with(&["check", "--env"], &variables, b"");
    assert!(with.stdout.contains("https://env.example"), "{}", with.stdout);
    let other = [("CORS_CONFIG", "other.toml")];
    assert_eq!(directory.cors_with(&["check"], &other, b"").status, 0);
    let output = directory.cors_with(&["check", "--env"], &other, b"");
    assert!(output.stdout.contains("other.toml: 2 errors"), "{}", output.stdout);
}

#[test]
fn lenient_reports_harmless_values_as_warnings() {
    let text = "[cors]\norigins = ['https://app.example']\nmax_age = 1728000\n";
    let directory = Directory::new(&[("cors.toml", text)]);
    assert_eq!(directory.cors(&["check"]).status, 1);
    let output = directory.cors(&["check", "--lenient"]);
    assert_eq!(output.status, 0);
    assert!(output.stdout.contains("no errors, 1 warning"), "{}", output.stdout);
}

#[test]
fn standard_input_is_read() {
    let output = Directory::new(&[]).cors_with(&["check", "-"], &[], WARNED.as_bytes());
    assert_eq!(output.status, 0);
    assert!(output.stdout.contains("--> <stdin>:2:"), "{}", output.stdout);
}

#[test]
fn what_cannot_be_read_is_reported_with_status_2() {
    let directory = Directory::new(&[]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", directory.path().join("dangling.toml")).unwrap();
    std::fs::File::create(directory.path().join("huge.toml")).unwrap().set_len(1 << 30).unwrap();
    for (file, expected) in [
        ("no.toml", "`no.toml` does not exist in"),
        #[cfg(unix)]
        ("dangling.toml", "is a symbolic link to `nowhere`, which does not exist"),
        (".", "is a directory"),
        ("huge.toml", "is larger than 16 MiB"),
    ] {
        for command in ["check", "explain"] {
            let mut arguments = vec![command, file];
            if command == "explain" {
                arguments.extend(["--origin", "https://app.example"]);
            }
            let output = directory.cors(&arguments);
            assert_eq!(output.status, 2, "{command} {file}");
            let text = output.stdout + &output.stderr;
            assert!(text.contains(expected), "{command} {file}: {text}");
        }
    }
}

#[test]
fn any_bytes_are_reported_and_nothing_panics() {
    let directory = Directory::new(&[]);
    for (bytes, expected) in [
        (&b""[..], "there is no `[cors]` table"),
        (b"\xef\xbb\xbf", "there is no `[cors]` table"),
        (b"\x00\x01\x02", "cors::invalid-toml"),
        (b"\xff\xfe[\x00", "cors::not-utf-8"),
        (b"[cors]\norigins = '\x1b[31m'", "cors::"),
        (b"[cors]\norigins = [[[[[[", "cors::invalid-toml"),
        (b"cors = 1", "cors::wrong-type"),
        (b"[cors]\r\norigins = 'any'\r\n", "no errors"),
    ] {
        directory.write("cors.toml", bytes);
        for format in ["text", "json", "github"] {
            let output = directory.cors(&["check", "--format", format]);
            assert!(!output.stdout.contains('\u{1b}'), "{bytes:?}");
            if format == "text" {
                assert!(output.stdout.contains(expected), "{bytes:?}: {}", output.stdout);
            }
        }
    }
    let deep = format!("[cors]\norigins = {}", "[".repeat(100_000));
    directory.write("cors.toml", deep.as_bytes());
    assert_eq!(directory.cors(&["check"]).status, 1);
}

#[test]
fn wrong_usage_has_status_2_and_names_what_is_wrong() {
    for (arguments, expected) in [
        (&["chekc"][..], "tip: some similar subcommands exist"),
        (&["check", "--profil", "x"], "tip: a similar argument exists: '--profile'"),
        (&["check", "a", "b"], "unexpected argument 'b'"),
        (&["check", "--format", "xml"], "possible values: text, json, github"),
        (&["explain"], "--origin"),
    ] {
        let output = cors(arguments);
        assert_eq!(output.status, 2, "{arguments:?}");
        assert!(output.stderr.contains(expected), "{arguments:?}: {}", output.stderr);
    }
}
