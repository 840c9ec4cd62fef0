//! What is said in the log when a server starts, or does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Mutex, PoisonError};

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Responder, get, put, scope, web};
use cors_actix::{Cors, cors};
use cors_tests::server::Server;

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Capture;

impl log::Log for Capture {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("cors_actix")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = format!("{} {}", record.level(), record.args());
            LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    fn flush(&self) {}
}

/// Everything logged so far that holds `text`.
fn logged(text: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|line| line.contains(text)).cloned().collect()
}

fn capture() {
    // The first test to come installs it.
    let _ = log::set_logger(&Capture);
    log::set_max_level(log::LevelFilter::Debug);
}

const EXPORT: u32 = line!() + 1;
#[cors(origins += ["https://partner.example"])]
#[get("/export")]
async fn export() -> impl Responder {
    "export"
}

const TYPO: u32 = line!() + 1;
#[cors(policy = "partnr")]
#[get("/typo")]
async fn typo() -> impl Responder {
    "typo"
}

const MODULE: u32 = line!() + 1;
#[cors(policy = "partnr", methods -= "PURGE", credentials)]
#[scope("/module")]
mod module {
    use actix_web::{Responder, delete, get, post, route};
    use cors_actix::cors;

    #[get("/one")]
    pub(super) async fn one() -> impl Responder {
        "one"
    }

    #[post("/two")]
    pub(super) async fn two() -> impl Responder {
        "two"
    }

    pub(super) const THREE: u32 = line!() + 1;
    #[cors(origins += ["https://partner.example"])]
    #[delete("/three")]
    pub(super) async fn three() -> impl Responder {
        "three"
    }

    #[route("/four", method = "PURGE")]
    pub(super) async fn four() -> impl Responder {
        "four"
    }
}

#[cors]
#[put("/lonely")]
async fn lonely() -> impl Responder {
    "lonely"
}

#[test]
fn a_bad_merge_is_reported_whole_and_once() {
    capture();
    let cors = Cors::from_toml_str(
        "[cors]\norigins = \"https://app.example\"\ncredentials = true\n\
         [cors.policies.partner]\norigins = \"https://partner.example\"\n",
    )
    .unwrap();
    let server =
        Server::start(2, move || App::new().service(export).service(typo).wrap(cors.clone()));
    assert!(server.join().is_err(), "it must not start");

    let mut reports = logged("the server does not start");
    reports.retain(|report| report.contains("GET `/export`"));
    assert_eq!(reports.len(), 1, "two workers, one report: {reports:?}");
    let report = &reports[0];
    for line in [
        "ERROR the CORS configuration is wrong, so the server does not start",
        "error[cors::inherited-credentials]",
        &format!("--> tests/tests/startup.rs:{EXPORT}:20"),
        "note: this is about GET `/export`",
        " ::: cors.toml:3:1",
        "3 | credentials = true\n  | ----------- `credentials = true` is said here",
        "error[cors::unknown-policy]: there is no policy named `partnr`",
        &format!("--> tests/tests/startup.rs:{TYPO}:17"),
        "help: did you mean `partner`?",
        "2 errors in the CORS configuration",
    ] {
        assert!(report.contains(line), "{line}\nis not in\n{report}");
    }
}

#[test]
fn what_a_module_says_is_reported_once_at_its_own_place() {
    capture();
    let cors = Cors::from_toml_str("[cors]\n").unwrap();
    let server = Server::start(1, move || {
        use module::{four, one, three, two};
        App::new().service((one, two, three, four)).wrap(cors.clone())
    });
    assert!(server.join().is_err(), "it must not start");

    let reports = logged(&format!("tests/tests/startup.rs:{MODULE}"));
    assert_eq!(reports.len(), 1, "{reports:?}");
    let report = &reports[0];
    let problems: Vec<_> = report.split("\n\n").collect();
    let [unknown, trusted, nothing_left, count] = problems[..] else { panic!("{report}") };
    for line in [
        "error[cors::unknown-policy]: there is no policy named `partnr`",
        &format!("--> tests/tests/startup.rs:{MODULE}:17"),
    ] {
        assert!(unknown.contains(line), "{line}\nis not in\n{unknown}");
    }
    for line in [
        "error[cors::inherited-credentials]",
        &format!("--> tests/tests/startup.rs:{}:24", module::THREE),
        &format!("`credentials = true` is said here (tests/tests/startup.rs:{MODULE}:47)"),
        "note: this is about DELETE `/module/three`",
    ] {
        assert!(trusted.contains(line), "{line}\nis not in\n{trusted}");
    }
    for line in [
        "warning[cors::no-method-left]",
        &format!("--> tests/tests/startup.rs:{MODULE}:1\n"),
        "note: this is about PURGE `/module/four`",
    ] {
        assert!(nothing_left.contains(line), "{line}\nis not in\n{nothing_left}");
    }
    assert_eq!(count, "2 errors in the CORS configuration");
}

#[actix_web::test]
async fn annotated_handlers_without_the_middleware_are_reported_with_the_fix() {
    capture();
    let app = init_service(App::new().service(lonely)).await;
    let reports = logged("cors::middleware-missing");
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("App::new()...wrap(Cors::from_config())"), "{reports:?}");
    // They still work for everybody who is not a page of another origin.
    let request = TestRequest::put().uri("/lonely").to_request();
    assert_eq!(call_service(&app, request).await.status(), 200);
}

#[actix_web::test]
async fn a_route_that_is_shadowed_and_a_refusal_leave_a_line() {
    capture();
    let cors = Cors::from_toml_str("[cors]\norigins = \"https://app.example\"\n").unwrap();
    let app = App::new()
        .service(web::resource("/export").route(web::put().to(|| async { "put" })))
        .service(export)
        .wrap(cors);
    let app = init_service(app).await;
    let request = TestRequest::with_uri("/export%0Aforged")
        .insert_header(("origin", "https://stranger.example"))
        .to_request();
    assert_eq!(call_service(&app, request).await.status(), 404);
    let shadowed = logged("`/export` also goes to a resource without `#[cors]`");
    assert_eq!(shadowed.len(), 1, "{shadowed:?}");
    let denied = logged("origin-not-allowed");
    assert!(denied.iter().any(|line| line.contains(r"path=/export\nforged ")), "{denied:?}");
}
