//! The README and the pages of `docs/`: their code is the code below or a doctest, their
//! configurations are accepted, and their reports are those of the library.
//!
//! `DIAGNOSTICS=overwrite cargo test -p cors-tests --test fast readme` updates the reports on the pages;
//! read the diff.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service};
use cors_actix::core::{Config, Setting};
use cors_actix::{Code, PolicyTable};

// The example of the README, from here to the end of `main`.

use actix_web::{App, HttpResponse, HttpServer, Responder, get, put, web};
use cors_actix::{Cors, cors, resource};

#[cors] // the policy of cors.toml
#[get("/orders")]
async fn list_orders() -> impl Responder {
    "[]"
}

#[cors(headers += "x-csrf-token")] // one more header; `-=` removes, `=` replaces
#[put("/orders/{id}")]
async fn replace_order() -> impl Responder {
    "saved"
}

#[cors(origins += "https://beta.example.com", credentials)] // registered by `resource` below
async fn replace_cart() -> impl Responder {
    "saved"
}

async fn show_cart() -> impl Responder {
    "[]"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| {
        App::new()
            .service(list_orders)
            .service(replace_order)
            .service(resource("/cart").get(show_cart).put(replace_cart))
            .route("/status", web::get().to(HttpResponse::Ok))
            .wrap(Cors::from_config()) // the last `wrap`, so that it runs first
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await
}

/// The policy of the README without a file.
mod in_code {
    use cors_actix::{Cors, Error, rules};

    pub(crate) fn policy() -> Result<Cors, Error> {
        Cors::builder()
            .origins(["https://app.example.com"])
            .headers(["content-type"])
            .credentials(true)
            .max_age("10m")
            .paths("/status", rules().origins_any().credentials(false))
            .build()
    }
}

/// The conflict between layers on the page about merging.
mod conflict {
    use actix_web::{Responder, get, put};
    use cors_actix::cors;

    #[cors(origins += "https://beta.example.org")]
    #[get("/orders")]
    pub(crate) async fn list_orders() -> impl Responder {
        "[]"
    }

    #[cors(origins -= "https://eu.example.com")]
    #[put("/orders/{id}")]
    pub(crate) async fn replace_order() -> impl Responder {
        "saved"
    }
}

/// The tests on the page about testing.
mod testing {
    use actix_web::test::init_service;
    use actix_web::{App, Responder, put, web};
    use cors_actix::test::{TestPage, assert_policies, assert_preflights_pass};
    use cors_actix::{Cors, cors};

    /// In an application, use `Cors::try_from_path("cors.toml")` instead: tests run in the directory of
    /// the package.
    fn policy() -> Cors {
        Cors::builder().origins(["https://app.example.com"]).credentials(true).build().unwrap()
    }

    #[cors(headers += "x-csrf-token")]
    #[put("/orders/{id}")]
    async fn replace_order() -> impl Responder {
        "saved"
    }

    /// The routes of the application, for `main` and for the tests.
    fn routes(app: &mut web::ServiceConfig) {
        app.service(replace_order);
    }

    #[actix_web::test]
    async fn the_app_may_replace_an_order() {
        let app = init_service(App::new().configure(routes).wrap(policy())).await;

        let mut page = TestPage::new("https://app.example.com");
        let put = page.request("PUT", "/orders/7").header("X-CSRF-Token", "1");
        let outcome = page.fetch(&app, &put).await;
        assert_eq!(outcome.assert_status(200).body, b"saved");
    }

    #[actix_web::test]
    async fn another_origin_may_not_replace_an_order() {
        let app = init_service(App::new().configure(routes).wrap(policy())).await;

        let mut page = TestPage::new("https://evil.example");
        let put = page.request("PUT", "/orders/7").header("X-CSRF-Token", "1");
        let outcome = page.fetch(&app, &put).await;
        outcome.assert_blocked();
        outcome.assert_not_handled();
    }

    #[actix_web::test]
    async fn no_middleware_keeps_preflights_from_cors() {
        let cors = policy();
        let app = init_service(App::new().configure(routes).wrap(cors.clone())).await;
        assert_preflights_pass(&app, &cors).await;
    }

    #[actix_web::test]
    async fn the_effective_policies_are_the_reviewed_ones() {
        let cors = policy();
        let _app = init_service(App::new().configure(routes).wrap(cors.clone())).await;
        assert_policies(&cors, "policies.txt");
    }

    #[actix_web::test]
    async fn an_assertion_that_fails_shows_what_is_on_the_page() {
        let cors = policy();
        let app = init_service(App::new().configure(routes).wrap(cors.clone())).await;
        let mut page = TestPage::new("https://app.example.com").explained_by(&cors);
        let delete = page.request("DELETE", "/orders/7");
        let outcome = page.fetch(&app, &delete).await.to_string();
        // The page shows another file and line.
        let here = outcome.split_once(" tests/").unwrap().1.lines().next().unwrap();
        let outcome = outcome.replace(&format!("tests/{here}"), "src/main.rs:12:19");
        let page = super::read("docs/testing.md");
        let shown = format!("the page cannot read the response, and should\n{outcome}\n");
        assert!(page.contains(&shown), "{shown}");
    }
}

/// One fenced block.
struct Block {
    /// The line before the fence that opens it, for messages.
    line: usize,
    /// `toml`, or `toml,broken`.
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (line, text) in page.lines().enumerate() {
        match (text.strip_prefix("```"), open) {
            (Some(info), false) => {
                blocks.push(Block { line, info: info.to_owned(), text: String::new() });
            }
            (None, true) => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(text);
                block.text.push('\n');
            }
            (Some(_), true) | (None, false) => {}
        }
        open ^= text.starts_with("```");
    }
    assert!(!open, "a block is not closed");
    blocks
}

/// The README, that of the crate, and the pages of `docs/`, by their paths.
fn pages() -> Vec<(String, String)> {
    let mut paths = markdown("docs");
    paths.extend(["README.md", "cors-actix/README.md"].map(str::to_owned));
    assert!(paths.len() > 9, "{paths:?}");
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// The Markdown files of a directory of the repository.
pub(crate) fn markdown(directory: &str) -> Vec<String> {
    let files = fs::read_dir(root().join(directory)).unwrap();
    let mut paths: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| if directory == "." { name } else { format!("{directory}/{name}") })
        .collect();
    paths.sort();
    paths
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The TOML of the README's example.
fn readme_toml() -> String {
    blocks(&read("README.md")).into_iter().find(|block| block.info == "toml").unwrap().text
}

/// The Rust blocks of a page.
fn rust(page: &str) -> Vec<String> {
    let blocks = blocks(&read(page)).into_iter().filter(|block| block.info == "rust");
    blocks.map(|block| block.text).collect()
}

/// This file without the indentation of its modules, and without what only they need.
fn this_file() -> String {
    let lines = include_str!("readme.rs").lines();
    let lines = lines.map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.map(|line| format!("{}\n", line.replace("pub(crate) ", ""))).collect()
}

/// Asserts that a page shows this text, or writes it there: see the head of this file.
fn assert_shown(page: &str, shown: &str, actual: &str) {
    let (shown, actual) = (shown.trim_end(), actual.trim_end());
    if shown != actual && std::env::var_os("DIAGNOSTICS").is_some_and(|it| it == "overwrite") {
        let text = read(page).replace(shown, actual);
        return fs::write(root().join(page), text).unwrap();
    }
    assert_eq!(shown, actual, "{page} shows something else; see the head of this file");
}

/// Names the places of a Rust block as if it were `src/main.rs`.
fn as_main(report: &str, block: &str) -> String {
    let (raw, dedented) = (include_str!("readme.rs"), this_file());
    let (source, indentation) = if raw.contains(block) { (raw, 0) } else { (&*dedented, 4) };
    let at = source.find(block).expect("the block is in this file");
    let before = source[..at].lines().count();
    (1..=block.lines().count()).rev().fold(report.to_owned(), |report, line| {
        let tested = format!("{}:{}", file!(), before + line);
        let mut parts = report.split(&tested);
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |report, rest| match column(rest) {
            Some((column, rest)) => {
                format!("{report}src/main.rs:{line}:{}{rest}", column - indentation)
            }
            None => format!("{report}src/main.rs:{line}{rest}"),
        })
    })
}

/// The column that follows the line of a place, and what follows it.
fn column(rest: &str) -> Option<(usize, &str)> {
    let rest = rest.strip_prefix(':')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((rest[..end].parse().ok()?, &rest[end..]))
}

#[test]
fn the_code_of_the_pages_is_the_code_of_this_file() {
    let (raw, dedented) = (include_str!("readme.rs"), this_file());
    for page in ["README.md", "docs/testing.md"] {
        let shown = rust(page);
        assert!(!shown.is_empty());
        for block in shown {
            assert!(raw.contains(&block) || dedented.contains(&block), "{page}:\n{block}");
        }
    }
}

#[actix_web::test]
async fn the_preflight_of_the_readme_is_answered_as_shown() {
    let cors = Cors::try_from_toml_str(&readme_toml()).unwrap();
    let cart = resource("/cart").get(show_cart).put(replace_cart);
    let app = App::new().service(list_orders).service(replace_order).service(cart).wrap(cors);
    let app = init_service(app).await;
    for (origin, status) in [("https://beta.example.com", 204), ("https://evil.example", 403)] {
        let preflight = TestRequest::with_uri("/cart")
            .method(Method::OPTIONS)
            .insert_header((header::ORIGIN, origin))
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PUT"));
        assert_eq!(call_service(&app, preflight.to_request()).await.status(), status);
    }
    let preflight = TestRequest::with_uri("/orders/7")
        .method(Method::OPTIONS)
        .insert_header((header::ORIGIN, "https://app.example.com"))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PUT"))
        .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "x-csrf-token"));
    let response = call_service(&app, preflight.to_request()).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let headers = response.headers().iter();
    let headers: BTreeSet<_> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();

    let blocks = blocks(&read("README.md"));
    let console = blocks.iter().find(|block| block.info == "console").unwrap();
    let (_, shown) = console.text.split_once("HTTP/1.1 204 No Content\n").unwrap();
    assert_eq!(shown.lines().map(str::to_owned).collect::<BTreeSet<_>>(), headers);
}

#[actix_web::test]
async fn the_route_without_an_attribute_has_the_policy_of_its_path() {
    for cors in [Cors::try_from_toml_str(&readme_toml()), in_code::policy()] {
        let app = App::new().route("/status", web::get().to(HttpResponse::Ok)).wrap(cors.unwrap());
        let app = init_service(app).await;
        let request =
            TestRequest::with_uri("/status").insert_header(("origin", "https://a.example"));
        let response = call_service(&app, request.to_request()).await;
        let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allowed.unwrap(), "*");
    }
}

#[test]
fn the_policy_in_code_is_that_of_the_file() {
    let values = |table: PolicyTable| -> Vec<_> {
        let value =
            |row: &cors_actix::PolicyRow, setting| row.get(setting).unwrap().value().clone();
        let rows = table.rows().iter();
        rows.map(|row| (row.label().to_owned(), Setting::ALL.map(|setting| value(row, setting))))
            .collect()
    };
    let file = Cors::try_from_toml_str(&readme_toml()).unwrap();
    assert_eq!(values(in_code::policy().unwrap().table()), values(file.table()));
}

#[test]
fn every_toml_of_the_pages_is_accepted() {
    let mut accepted = 0;
    for (page, text) in pages() {
        for Block { line, text, .. } in
            blocks(&text).into_iter().filter(|block| block.info == "toml")
        {
            if let Err(report) = Cors::try_from_toml_str(&text) {
                panic!("{page}, the block after line {line}:\n{report}");
            }
            accepted += 1;
        }
    }
    assert!(accepted > 12, "only {accepted}");
}

#[test]
fn every_broken_toml_has_the_report_that_follows_it() {
    let mut broken = 0;
    for (page, text) in pages() {
        let blocks = blocks(&text);
        for pair in blocks.windows(2).filter(|pair| pair[0].info == "toml,broken") {
            let report = Cors::try_from_toml_str(&pair[0].text).unwrap_err().to_string();
            assert_shown(&page, &pair[1].text, &report);
            broken += 1;
        }
    }
    assert_eq!(broken, 1);
}

#[test]
fn the_mistakes_in_an_attribute_have_the_words_of_the_page() {
    let toml = r#"
[cors]
origins = { add = ["https://app.example.com/"] }
header = "x-csrf-token"
max_age = "10"
"#;
    let error = Cors::try_from_toml_str(toml).unwrap_err();
    assert_eq!(error.problems().len(), 3);
    let page = read("docs/configuration.md");
    for problem in error.problems() {
        let (message, code, help) = (problem.message(), problem.code(), problem.help().unwrap());
        let words = format!("error: {message} [{}]\n       help: {help}\n", code.as_str());
        assert!(page.contains(&words), "docs/configuration.md does not show\n{words}");
    }
}

#[test]
fn the_page_about_configuration_lists_what_is_read_leniently() {
    let page = read("docs/configuration.md");
    let (_, table) = page.split_once("| error that is a warning | what applies |\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let shown: BTreeSet<_> = table.lines().skip(1).map(str::to_owned).collect();
    let row = |code: &Code| Some(format!("| `{code}` | {} |", code.when_lenient()?));
    assert_eq!(shown, Code::ALL.iter().filter_map(row).collect());
}

#[actix_web::test]
async fn the_conflict_on_the_page_about_merging_has_its_report() {
    let page = "docs/merging.md";
    let blocks = blocks(&read(page));
    let report = blocks.iter().position(|block| block.info == "text").unwrap();
    let (code, toml) = (&blocks[report - 1], &blocks[report - 2]);

    // The report is logged at startup and not returned, so the configuration is applied later.
    let fine = "[cors]\norigins = ['https://eu.example.com', 'https://app.example.com']";
    let cors = Cors::try_from_toml_str(fine).unwrap();
    let app = App::new().service(conflict::list_orders).service(conflict::replace_order);
    let _app = init_service(app.wrap(cors.clone())).await;
    let error = cors.apply(&Config::from_toml(&toml.text, "cors.toml")).unwrap_err();
    assert_shown(page, &blocks[report].text, &as_main(&error.to_string(), &code.text));
}

#[actix_web::test]
async fn the_table_on_the_page_about_operations_is_that_of_the_readme() {
    let cors = Cors::try_from_toml_str(&readme_toml()).unwrap();
    let cart = resource("/cart").get(show_cart).put(replace_cart);
    let app = App::new().service(list_orders).service(replace_order).service(cart);
    let _app = init_service(app.wrap(cors.clone())).await;
    let table = as_main(&cors.table().to_string(), &rust("README.md")[0]);
    let page = "docs/operations.md";
    let blocks = blocks(&read(page));
    let shown = blocks.iter().find(|block| block.text.contains("  everything else\n")).unwrap();
    assert_shown(page, &shown.text, &table);
}

#[test]
fn every_code_in_the_reports_exists() {
    let blocks: Vec<_> = pages().iter().flat_map(|(_, text)| blocks(text)).collect();
    let reports = blocks.iter().filter(|block| block.info == "text");
    let codes = reports.flat_map(|block| block.text.split("cors::").skip(1));
    let codes: Vec<_> = codes.filter_map(|rest| rest.split([']', ' ']).next()).collect();
    assert!(codes.len() > 7);
    for code in codes {
        assert!(Code::ALL.iter().any(|known| known.as_str() == format!("cors::{code}")), "{code}");
    }
}

#[test]
fn the_readme_quotes_the_figures_of_the_benchmarks() {
    let benchmarks = read("BENCHMARKS.md");
    let readme = read("README.md");
    let (_, table) =
        readme.split_once("| request | actix-cors | cors-actix | annotated |\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    for row in table.lines().skip(1) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let theirs = benchmarks.lines().find(|line| line.starts_with(&format!("| {} |", cells[0])));
        let theirs = theirs.expect(cells[0]);
        for cell in &cells[1..] {
            assert!(theirs.contains(&format!("| {cell} |")), "{cell} is not in {theirs}");
        }
    }
}
