//! Tests of `docs/recipes.md`: every recipe is run, and its table of requests and responses is
//! what happens. The Rust on the page is the code of the modules here.

#![expect(clippy::expect_used, reason = "who panics here fails a test")]

mod constants;
mod database;
mod limits;
mod module;
mod operators;
mod requests;
mod timing;

use actix_web::middleware::{Condition, from_fn};
use actix_web::test::init_service;
use actix_web::{App, HttpRequest, HttpResponse, web};
use cors_actix::Cors;
use cors_actix::core::Config;

pub(crate) use self::requests::Row;
use crate::migrating::page::{Block, blocks};

const PAGE: &str = include_str!("../../../../docs/recipes.md");

/// The code of the page, each in a file with what is not on the page.
const SOURCES: [&str; 6] = [
    include_str!("constants.rs"),
    include_str!("database.rs"),
    include_str!("limits.rs"),
    include_str!("module.rs"),
    include_str!("operators.rs"),
    include_str!("timing.rs"),
];

/// The sections of the page, by their headings.
fn recipes() -> Vec<(&'static str, &'static str)> {
    let sections = PAGE.split("\n## ").skip(1);
    sections.map(|section| section.split_once('\n').expect("a heading")).collect()
}

fn block(section: &'static str, info: &str) -> Option<String> {
    // `toml,incomplete` is completed by code.
    let is_it = |block: &Block| block.info.split(',').next() == Some(info);
    let found = blocks(section).into_iter().find(is_it);
    found.map(|Block { text, .. }| text)
}

/// The variables in front of a command.
pub(crate) fn variables(section: &'static str) -> Vec<(String, String)> {
    let command = block(section, "sh").unwrap_or_default();
    let variables = command.split_whitespace().filter_map(|word| word.split_once('='));
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The `Cors` of a recipe.
fn cors_of(heading: &str, section: &'static str) -> Cors {
    let toml = block(section, "toml");
    match heading {
        "Origins from a database" => database::cors(&toml.expect("a file")),
        "Settings that operators write" => {
            operators::cors(&block(section, "json").expect("the settings"))
        }
        _ => {
            // Where the page shows code only, nothing is configured.
            let toml = toml.unwrap_or_else(|| "[cors]\n".to_owned());
            let config = Config::from_toml(&toml, "cors.toml").overlay_env(variables(section));
            Cors::new(&config).unwrap_or_else(|report| panic!("{heading}:\n{report}"))
        }
    }
}

/// The services of a recipe.
fn services_of(heading: &str) -> fn(&mut web::ServiceConfig) {
    match heading {
        "Limits that leave teams some freedom" => limits::registered,
        "One list of origins for several modules" => constants::registered,
        "A partner for one handler of a module" => module::registered,
        _ => |_| {},
    }
}

/// The handler of all other paths.
pub(crate) async fn answer(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    match request.path() {
        "/timed" => {
            response.insert_header(("timing-allow-origin", "*"));
        }
        path if path.starts_with("/gateway/") => {
            response.insert_header(("access-control-allow-origin", "*"));
        }
        _ => {}
    }
    response.insert_header(("etag", "\"1\"")).insert_header(("x-total", "7")).finish()
}

#[actix_web::test]
async fn every_recipe_answers_as_its_table_shows() {
    let recipes = recipes();
    assert!(recipes.len() >= 18, "only {} recipes", recipes.len());
    let mut wrong = Vec::new();
    for (heading, section) in recipes {
        let rows = Row::all(section);
        assert!(!rows.is_empty(), "{heading}: nothing is requested");
        let code = ["toml", "rust"].into_iter().find_map(|info| block(section, info));
        assert!(code.is_some(), "{heading}: no configuration");

        let is_timed = heading == "Timing of requests";
        let app = App::new()
            .configure(services_of(heading))
            .default_service(web::to(answer))
            .wrap(cors_of(heading, section))
            .wrap(Condition::new(is_timed, from_fn(timing::middleware)));
        let app = init_service(app).await;
        for row in rows {
            if let Err(difference) = row.run(&app).await {
                wrong.push(format!("{heading}: {difference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rust_of_the_page_is_the_code_of_these_tests() {
    let regions = SOURCES.iter().map(|source| {
        let (_, region) = source.split_once("// On the page:\n").expect("a beginning");
        region.split_once("// Not on the page.").expect("an end").0.trim_end()
    });
    let shown = blocks(PAGE).into_iter().filter(|block| block.info == "rust");
    let mut shown: Vec<_> = shown.map(|block| block.text.trim_end().to_owned()).collect();
    let mut regions: Vec<_> = regions.map(str::to_owned).collect();
    shown.sort();
    regions.sort();
    assert_eq!(shown.len(), regions.len());
    for (shown, region) in shown.iter().zip(&regions) {
        assert!(shown == region, "on the page:\n{shown}\nin the test:\n{region}");
    }
}
