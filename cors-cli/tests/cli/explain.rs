//! `cors explain`.

use cors_actix::Cors;
use cors_core::PageRequest;

use crate::command::{Directory, Output};

const FILE: &str = "[cors]\norigins = ['https://app.example']\nheaders = ['content-type']\n\n\
                    [cors.profiles.development]\nloopback = true\n\n[[cors.paths]]\nmatch = '/open/**'\n\
                    origins = 'any'\n\n[[cors.paths]]\nmatch = '/gateway/**'\npassthrough = true\n\n\
                    [[cors.paths]]\nmatch = '/tenant'\nhost = 't1.example.com'\n\
                    origins = ['https://t1.example']\n";

fn explain(arguments: &[&str]) -> Output {
    let directory = Directory::new(&[("cors.toml", FILE)]);
    directory.cors(&[&["explain"], arguments].concat())
}

#[test]
fn the_exit_status_tells_whether_the_page_may_read() {
    const APP: &[&str] = &["--origin", "https://app.example"];
    const OTHER: &[&str] = &["--origin", "https://other.example"];
    for (origin, more, status) in [
        (APP, &[][..], 0),
        (OTHER, &[], 1),
        (APP, &["--credentials"], 1),
        (APP, &["--method", "PUT"], 1),
        (APP, &["--method", "put", "--annotated"], 0),
        // A method that browsers do not write in upper case.
        (APP, &["--method", "patch", "--annotated"], 0),
        // No preflight, so the list of methods does not matter.
        (APP, &["--method", "POST"], 0),
        (APP, &["--header", "X-A"], 1),
        (APP, &["--header", "Content-Type"], 0),
        (APP, &["--header", "Accept: text/csv"], 0),
        (OTHER, &["--path", "/open/x"], 0),
        (OTHER, &["--path", "/open/x?query#fragment"], 0),
        (OTHER, &["--path", "/open/x", "--credentials"], 1),
        // As the browser sends it and the server reads it.
        (OTHER, &["--path", "/%6Fpen/x"], 0),
        (OTHER, &["--path", "/x/../open/x"], 0),
        (OTHER, &["--path", "/open/../x"], 1),
        // The handler decides.
        (APP, &["--path", "/gateway/x"], 1),
        (&["--origin", "null"], &[], 1),
        (&["--origin", "http://localhost:3000"], &[], 1),
        (&["--origin", "http://localhost:3000"], &["--profile", "development"], 0),
        (&["--origin", "https://t1.example"], &["--path", "/tenant"], 1),
        (
            &["--origin", "https://t1.example"],
            &["--path", "/tenant", "--host", "t1.example.com"],
            0,
        ),
        // The page's own origin.
        (APP, &["--host", "app.example"], 0),
        (APP, &["--method", "CONNECT"], 1),
        (APP, &["--header", "no name"], 1),
        (APP, &["--method", ""], 2),
        (APP, &["--path", "open"], 2),
        (APP, &["--host", "/"], 2),
        (APP, &["no.toml"], 2),
        (&["--origin", "app.example"], &[], 2),
        (&["--origin", ""], &[], 2),
    ] {
        for format in ["text", "json", "github"] {
            let arguments = [origin, more, &["--format", format]].concat();
            let output = explain(&arguments);
            assert_eq!(output.status, status, "{arguments:?}: {output:?}");
        }
    }
}

#[test]
fn the_explanation_is_that_of_the_core() {
    let directory = Directory::new(&[("cors.toml", FILE)]);
    let output = directory.cors(&[
        "explain",
        "--origin",
        "http://app.example",
        "--method",
        "PUT",
        "--header",
        "X-A",
        "--credentials",
    ]);
    let cors = Cors::try_from_path(directory.path().join("cors.toml")).unwrap();
    let request = PageRequest::new("http://app.example", "PUT").header("x-a").cookies(true);
    let explained = cors.explain("/", &request);
    let path = directory.path().display().to_string() + "/";
    for line in explained[0].explanation().to_string().replace(&path, "").lines() {
        assert!(output.stdout.contains(line), "{line}\n{}", output.stdout);
    }
    assert!(
        output.stdout.contains("near miss: `https://app.example` is allowed"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("the browser blocks the page: the response to the preflight"));
}

#[test]
fn json_has_the_steps_and_why_the_browser_blocks() {
    let value =
        explain(&["--origin", "https://app.example", "--header", "X-A", "--format", "json"]).json();
    assert_eq!(value["readable"], false);
    assert_eq!(value["blocked"]["code"], "header-not-allowed");
    let policy = &value["requests"][0]["policies"][0];
    assert_eq!(policy["why"], "the global policy");
    assert_eq!(policy["explanation"]["outcome"], "header-not-allowed");
    assert_eq!(policy["explanation"]["steps"][2]["places"][0], "cors.toml:3:1");
}

#[test]
fn annotations_point_to_the_rule_that_refused() {
    let output = explain(&["--origin", "http://app.example", "--format", "github"]);
    let expected = "::error file=cors.toml,line=2,col=1,title=origin-not-allowed::REFUSED";
    assert!(output.stdout.starts_with(expected), "{}", output.stdout);
    let output = explain(&["--origin", "https://app.example", "--format", "github"]);
    assert_eq!(output.stdout, "::notice title=cors explain::the page may read the response\n");
}

#[test]
fn disabled_cors_is_left_to_the_handler() {
    let directory = Directory::new(&[("cors.toml", "[cors]\nenabled = false\n")]);
    let output = directory.cors(&["explain", "--origin", "https://app.example"]);
    assert_eq!(output.status, 1);
    assert!(
        output.stdout.contains("`enabled = false` is set at cors.toml:2:1"),
        "{}",
        output.stdout
    );
}

#[test]
fn errors_in_the_file_are_reported_with_status_2() {
    let directory = Directory::new(&[("cors.toml", "[cors]\norigins = ['*']\n")]);
    let output = directory.cors(&["explain", "--origin", "https://app.example"]);
    assert_eq!((output.status, &*output.stdout), (2, ""));
    assert!(output.stderr.contains("error[cors::quoted-wildcard]"), "{}", output.stderr);
}
