//! What the README shows is true: its example is the code below, its files are accepted, its
//! broken file is refused with the report beside it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "who panics here fails a test")]

use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service};
use cors_actix::Code;

const README: &str = include_str!("../../../README.md");

/// The page about configuration, which is held to the same.
const CONFIGURATION: &str = include_str!("../../../docs/configuration.md");

// The example of the README, from here to `main`.

use actix_web::{App, HttpServer, Responder, get, put};
use cors_actix::{Cors, cors};

#[cors]
#[get("/orders")]
async fn list_orders() -> impl Responder {
    "[]"
}

#[cors(origins -= "http://localhost:*", headers += "x-csrf-token")]
#[put("/orders/{id}")]
async fn replace_order() -> impl Responder {
    "saved"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let app = || App::new().service(list_orders).service(replace_order).wrap(Cors::from_config());
    HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await
}

/// One fenced block.
struct Block {
    /// The line before the fence that opens it, for messages.
    line: usize,
    /// `toml`, or `toml,broken`.
    info: &'static str,
    text: String,
}

/// The blocks of one section, or of several that follow each other.
fn blocks(section: &'static str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (line, text) in section.lines().enumerate() {
        match (text.strip_prefix("```"), open) {
            (Some(info), false) => blocks.push(Block { line, info, text: String::new() }),
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

/// From one heading to the next of its level.
fn section(heading: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("\n{heading}\n")).expect(heading);
    let level = heading.split(' ').next().unwrap_or_default();
    rest.split(&format!("\n{level} ")).next().unwrap_or_default()
}

#[test]
fn the_example_of_the_readme_is_the_code_that_is_tested_here() {
    let blocks = blocks(section("## A complete example"));
    let example = blocks.iter().find(|block| block.info == "rust").unwrap();
    assert!(include_str!("readme.rs").contains(&example.text));
}

#[actix_web::test]
async fn the_example_lets_in_whom_the_readme_says() {
    let blocks = blocks(section("## A complete example"));
    let cors = Cors::from_toml_str(&blocks[0].text).unwrap();
    let app = App::new().service(list_orders).service(replace_order).wrap(cors);
    let app = init_service(app).await;

    for (origin, status) in [
        ("https://app.example.com", StatusCode::NO_CONTENT),
        ("http://localhost:3000", StatusCode::FORBIDDEN),
    ] {
        let preflight = TestRequest::with_uri("/orders/7")
            .method(Method::OPTIONS)
            .insert_header((header::ORIGIN, origin))
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PUT"))
            .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type,x-csrf-token"))
            .to_request();
        let response = call_service(&app, preflight).await;
        assert_eq!(response.status(), status, "{origin}");

        let get = TestRequest::with_uri("/orders").insert_header((header::ORIGIN, origin));
        let response = call_service(&app, get.to_request()).await;
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        ] {
            assert_eq!(response.headers().get(&name).unwrap(), value, "{name} for {origin}");
        }
    }
}

#[test]
fn every_toml_of_the_pages_is_accepted() {
    for (page, text) in [("README.md", README), ("configuration.md", CONFIGURATION)] {
        let blocks = blocks(text);
        let accepted: Vec<_> = blocks.iter().filter(|block| block.info == "toml").collect();
        assert!(accepted.len() > 2, "{page}");
        for Block { line, text, .. } in accepted {
            if let Err(report) = Cors::from_toml_str(text) {
                panic!("{page}, the block after line {line}:\n{report}");
            }
        }
    }
}

#[test]
fn every_broken_toml_of_the_readme_has_the_report_that_follows_it() {
    let blocks = blocks(README);
    let broken: Vec<_> = blocks.windows(2).filter(|pair| pair[0].info == "toml,broken").collect();
    assert!(!broken.is_empty());
    for pair in broken {
        let report = Cors::from_toml_str(&pair[0].text).unwrap_err().to_string();
        assert_eq!(
            pair[1].text.trim_end(),
            report,
            "after line {}, paste this:\n{report}",
            pair[1].line
        );
    }
}

#[actix_web::test]
async fn the_table_is_that_of_the_example() {
    let readme = blocks(section("## A complete example"));
    let cors = Cors::from_toml_str(&readme[0].text).unwrap();
    let app = App::new().service(list_orders).service(replace_order).wrap(cors.clone());
    let _app = init_service(app).await;

    // The same lines, counted from where the example begins.
    let here = include_str!("readme.rs");
    let example = readme.iter().find(|block| block.info == "rust").unwrap();
    let before = here.find(&example.text).map(|at| here[..at].lines().count()).unwrap();
    let table = cors.table().to_string();
    let table = (0..example.text.lines().count()).rev().fold(table, |table, line| {
        let (tested, shown) = (before + line + 1, line + 1);
        table.replace(
            &format!("tests/tests/fast/readme.rs:{tested}"),
            &format!("src/main.rs:{shown}"),
        )
    });
    let shown = readme.iter().find(|block| block.text.starts_with("PATH ")).unwrap();
    assert_eq!(shown.text.trim_end(), table, "paste this:\n{table}");
}

#[test]
fn every_code_in_the_reports_exists() {
    let blocks: Vec<_> = [README, CONFIGURATION].into_iter().flat_map(blocks).collect();
    let reports = blocks.iter().filter(|block| block.info == "text");
    let codes = reports.flat_map(|block| block.text.split("cors::").skip(1));
    let codes: Vec<_> = codes.filter_map(|rest| rest.split([']', ' ']).next()).collect();
    assert!(codes.len() > 7);
    for code in codes {
        assert!(Code::ALL.iter().any(|known| known.as_str() == format!("cors::{code}")), "{code}");
    }
}
