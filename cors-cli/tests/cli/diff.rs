//! `cors diff`.

use crate::command::Directory;

const OLD: &str = "[cors]\norigins = ['https://app.example', 'https://old.example']\n";
const NEW: &str = "[cors]\n# A comment.\norigins = ['https://app.example', 'https://new.example']\n\
                   credentials = false\n\n[[cors.paths]]\nmatch = '/open/**'\norigins = 'any'\n";
const WIDER: &str =
    "[cors]\norigins = ['https://app.example', 'https://old.example']\ncredentials = true\n";
const MOVED: &str = "# Moved.\n[cors]\nmethods = ['GET', 'HEAD', 'POST']\n\
                     origins = ['https://old.example', 'https://app.example']\n";

fn directory() -> Directory {
    Directory::new(&[
        ("old.toml", OLD),
        ("new.toml", NEW),
        ("wider.toml", WIDER),
        ("moved.toml", MOVED),
    ])
}

#[test]
fn what_is_opened_and_closed_is_shown_for_paths_and_settings() {
    let output = directory().cors(&["diff", "old.toml", "new.toml"]);
    assert_eq!(
        output.stdout,
        "opens\n  /open/**: origins: any\n  everything else: origins: https://new.example\n\
         closes\n  everything else: origins: https://old.example\n"
    );
    assert_eq!(output.status, 1);
    let output = directory().cors(&["diff", "old.toml", "moved.toml"]);
    assert_eq!(output.stdout, "no difference in what is allowed\n");
    assert_eq!(output.status, 0);
}

#[test]
fn deny_chooses_the_differences_that_matter() {
    let directory = directory();
    for (old, new, statuses) in [
        ("old.toml", "moved.toml", [0, 0, 0, 0]),
        ("old.toml", "wider.toml", [1, 1, 0, 0]),
        ("wider.toml", "old.toml", [1, 0, 1, 0]),
        ("old.toml", "new.toml", [1, 1, 1, 0]),
    ] {
        for (denied, status) in ["any", "opened", "closed", "none"].into_iter().zip(statuses) {
            let output = directory.cors(&["diff", old, new, "--deny", denied]);
            assert_eq!(output.status, status, "{old} {new} {denied}: {output:?}");
        }
    }
}

#[test]
fn saved_tables_are_compared_as_files_are() {
    let directory = directory();
    let mut tables = Vec::new();
    for name in ["old", "new"] {
        let checked = directory.cors(&["check", &format!("{name}.toml"), "--format", "json"]);
        directory.write(&format!("{name}-checked.json"), checked.stdout.as_bytes());
        let cors =
            cors_actix::Cors::try_from_path(directory.path().join(format!("{name}.toml"))).unwrap();
        let table = serde_json::to_string(&cors.table()).unwrap();
        directory.write(&format!("{name}-table.json"), table.as_bytes());
        tables.push(table);
    }
    let expected = directory.cors(&["diff", "old.toml", "new.toml"]);
    for (old, new) in [
        ("old-checked.json", "new-checked.json"),
        ("old-table.json", "new-table.json"),
        ("old.toml", "new-table.json"),
    ] {
        assert_eq!(directory.cors(&["diff", old, new]), expected, "{old} {new}");
    }
    let stdin = directory.cors_with(&["diff", "-", "new.toml"], &[], tables[0].as_bytes());
    assert_eq!(stdin, expected);
}

#[test]
fn json_and_annotations_have_the_same_differences() {
    let directory = directory();
    let value = directory.cors(&["diff", "old.toml", "new.toml", "--format", "json"]).json();
    assert_eq!((&value["opens"], &value["closes"]), (&true.into(), &true.into()));
    assert_eq!(value["changed"][0]["path"], "/open/**");
    assert_eq!(value["changed"][0]["changes"][0]["opened"][0], "any");
    let output = directory.cors(&["diff", "old.toml", "new.toml", "--format", "github"]);
    assert_eq!(
        output.stdout.lines().collect::<Vec<_>>(),
        [
            "::error file=new.toml,line=1,col=1,title=CORS opens::/open/**: origins: any",
            "::error file=new.toml,line=1,col=1,title=CORS opens::everything else: origins: \
             https://new.example",
            "::error file=new.toml,line=1,col=1,title=CORS closes::everything else: origins: \
             https://old.example",
        ]
    );
    let arguments = ["diff", "old.toml", "new.toml", "--deny", "closed", "--format", "github"];
    assert!(directory.cors(&arguments).stdout.starts_with("::warning "));
}

#[test]
fn what_is_no_table_is_reported_with_status_2() {
    let directory = directory();
    directory.write("broken.json", b"{ \"policies\": [] ");
    directory.write("other.json", b"{ \"a\": 1 }");
    directory.write("broken.toml", b"[cors]\norigins = ['*']\n");
    for (file, expected) in [
        ("no.toml", "does not exist"),
        (".", "is a directory"),
        ("broken.json", "`broken.json` is no table of policies"),
        ("other.json", "`other.json` is no table of policies"),
        ("broken.toml", "error[cors::quoted-wildcard]"),
    ] {
        for files in [["old.toml", file], [file, "old.toml"]] {
            let output = directory.cors(&["diff", files[0], files[1]]);
            assert_eq!((output.status, &*output.stdout), (2, ""), "{files:?}");
            assert!(output.stderr.contains(expected), "{}", output.stderr);
        }
    }
}
