//! The policy table as a file.

use std::fs;
use std::path::PathBuf;

use actix_web::test::init_service;
use actix_web::{App, Responder, get};
use cors_actix::test::assert_policies;
use cors_actix::{Cors, cors};
use tempfile::TempDir;

#[cors(expose += "x-total")]
#[get("/orders")]
async fn list_orders() -> impl Responder {
    "[]"
}

const REVIEWED: &str = "\
/orders [GET]
  origins: https://app.example
  methods: GET
  headers: none
  expose: x-total
everything else
  origins: https://app.example
  methods: GET, HEAD, POST
  headers: none
  expose: none
";

fn file(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policies.txt");
    fs::write(&file, text).unwrap();
    (directory, file)
}

fn policy(text: &str) -> Cors {
    Cors::try_from_toml_str(&format!("[cors]\n{text}")).unwrap()
}

async fn compare(cors: &Cors, reviewed: &str) {
    let (_directory, file) = file(reviewed);
    let _app = init_service(App::new().service(list_orders).wrap(cors.clone())).await;
    assert_policies(cors, file);
}

#[actix_web::test]
async fn a_comment_changes_no_policy() {
    compare(&policy("origins = ['https://app.example']"), REVIEWED).await;
    compare(&policy("# The app.\n\norigins = ['https://app.example']"), REVIEWED).await;
    let windows = REVIEWED.replace('\n', "\r\n");
    compare(&policy("origins = ['https://app.example']"), &windows).await;
}

#[actix_web::test]
#[should_panic(expected = "\
  - /orders [GET]: origins: https://app.example
  - everything else: origins: https://app.example
  + /orders [GET]: origins: https://app.example, https://beta.example
  + everything else: origins: https://app.example, https://beta.example
if they are meant to, write them with `POLICIES=overwrite cargo test`")]
async fn another_origin_is_a_difference() {
    let origins = "origins = ['https://app.example', 'https://beta.example']";
    compare(&policy(origins), REVIEWED).await;
}

#[actix_web::test]
#[should_panic(expected = "there is no application whose policies could be compared")]
async fn a_table_without_an_application_is_not_compared() {
    let cors = policy("origins = ['https://app.example']");
    let everything_else = &REVIEWED[REVIEWED.find("everything").unwrap()..];
    let (_directory, file) = file(everything_else);
    assert_policies(&cors, file);
}

#[actix_web::test]
#[should_panic(expected = "there is no application whose policies could be compared")]
async fn a_table_after_its_application_is_not_compared() {
    let cors = policy("origins = ['https://app.example']");
    compare(&cors, REVIEWED).await;
    let (_directory, file) = file(REVIEWED);
    assert_policies(&cors, file);
}

#[actix_web::test]
#[should_panic(expected = "write it with `POLICIES=overwrite cargo test`")]
async fn a_missing_file_is_a_difference() {
    let cors = policy("origins = ['https://app.example']");
    let _app = init_service(App::new().service(list_orders).wrap(cors.clone())).await;
    assert_policies(&cors, "no/such/file.txt");
}
