//! The policy table as a file of the repository, so that a review sees what a change allows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::explanation::settings;
use crate::api::Cors;
use crate::observe::PolicyTable;

/// Asserts that the policy table is what the file contains, values and no places: a comment in
/// `cors.toml` changes nothing.
///
/// The path is relative to the directory of the package, in which its tests run. With the
/// variable `POLICIES=overwrite` the file is written, and the test passes.
///
/// ```
/// use actix_web::App;
/// use actix_web::test::init_service;
/// use cors_actix::Cors;
/// use cors_actix::test::assert_policies;
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// # let directory = std::env::temp_dir().join(format!("cors-actix-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// # let file = directory.join("policies.txt");
/// # std::fs::write(&file, "everything else\n  origins: https://app.example.com\n  methods: GET, HEAD, POST\n  headers: none\n  expose: none\n").unwrap();
/// let cors = Cors::builder().origins(["https://app.example.com"]).build()?;
/// // The table is that of an application, so the application has to exist.
/// let _app = init_service(App::new().wrap(cors.clone())).await;
/// # /*
/// assert_policies(&cors, "tests/policies.txt");
/// # */
/// # assert_policies(&cors, &file);
/// # std::fs::remove_dir_all(&directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// If the table differs, with the lines that do; if there is no such file; and if no application was
/// initialised with this `Cors`, because the table would then have no annotated routes.
#[track_caller]
pub fn assert_policies(cors: &Cors, file: impl AsRef<Path>) {
    let file = file.as_ref();
    assert!(
        cors.is_served(),
        "there is no application whose policies could be compared: initialise it with \
         `actix_web::test::init_service`, wrapped with this `Cors`, and keep it"
    );
    let actual = text(&cors.table());
    if std::env::var("POLICIES").is_ok_and(|value| value == "overwrite") {
        if let Err(error) = fs::write(file, &actual) {
            panic!("{} cannot be written: {error}", file.display());
        }
        return;
    }
    let expected = match fs::read_to_string(file) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => panic!(
            "{} cannot be read: {error}; write it with `POLICIES=overwrite cargo test`",
            file.display()
        ),
    };
    assert!(
        expected == actual,
        "the policies differ from {}\n{}if they are meant to, write them with `POLICIES=overwrite \
         cargo test`",
        file.display(),
        differences(&expected, &actual)
    );
}

fn text(table: &PolicyTable) -> String {
    let mut text = String::new();
    if table.disabled().is_some() {
        return "CORS is disabled\n".to_owned();
    }
    for row in table.rows() {
        let serves = match row.serves() {
            [] => String::new(),
            methods => format!(" [{}]", methods.join(", ")),
        };
        let _ = writeln!(text, "{}{serves}", row.label());
        for (setting, value) in settings(row) {
            let _ = writeln!(text, "  {}: {value}", setting.name());
        }
    }
    text
}

// Lines that only one of the two has, below the row that they belong to.
fn differences(expected: &str, actual: &str) -> String {
    let mut differences = String::new();
    for (sign, lines, others) in
        [('-', located(expected), located(actual)), ('+', located(actual), located(expected))]
    {
        for line in lines.iter().filter(|line| !others.contains(line)) {
            let _ = writeln!(differences, "  {sign} {}", line.join(": "));
        }
    }
    if differences.is_empty() {
        "  the order of the lines differs\n".to_owned()
    } else {
        differences
    }
}

fn located(text: &str) -> Vec<Vec<&str>> {
    let mut row = "";
    let locate = |line| {
        if str::starts_with(line, ' ') {
            return vec![row, line.trim_start()];
        }
        row = line;
        vec![line]
    };
    text.lines().map(locate).collect()
}
