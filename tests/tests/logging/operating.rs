//! Events while a process serves: reloads at the same time, a log that
//! calls back, files that come and go, applications that are found invalid late.

use std::fs;
use std::future::Future;
use std::io::Write as _;
use std::panic::Location;
use std::pin::Pin;
use std::process::Command;
use std::sync::PoisonError;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use actix_service::{IntoServiceFactory as _, Service, ServiceFactory as _, Transform};
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, post, web};
use cors_actix::{Cors, cors};
use cors_core::{Decision, Denial, Setting, Verdict};

use super::{ASKED, logged};

/// The origins that the global policy allows.
fn origins(cors: &Cors) -> String {
    let table = cors.table();
    let everything_else = table.rows().last().unwrap();
    everything_else.get(Setting::Origins).unwrap().value().to_string()
}

/// Fails where `test` hangs.
#[track_caller]
fn in_time(test: impl FnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    std::thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    let caller = Location::caller();
    assert!(is_done.recv_timeout(Duration::from_secs(20)).is_ok(), "{caller} hangs or fails");
}

#[cors(headers -= "x-unknown")]
#[get("/suspicious")]
async fn suspicious() -> impl Responder {
    HttpResponse::Ok()
}

const CURIOUS: &str = "[cors]\norigins = \"https://curious.example\"\nheaders = \"x-a\"\n";

#[test]
fn a_logger_may_request_the_table() {
    logged("");
    let ask = |cors: &Cors| {
        *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(cors.clone());
    };
    in_time(move || {
        actix_web::rt::System::new().block_on(async move {
            let cors = Cors::try_from_toml_str(CURIOUS).unwrap();
            ask(&cors);
            let app = App::new().service(suspicious).wrap(cors.clone());
            let _app = init_service(app).await;
            assert!(ASKED.lock().unwrap().is_none(), "the table was logged");

            // A warning about an element that is there twice.
            ask(&cors);
            let twice = ["https://curious.example", "https://curious.example"];
            cors.apply(&Cors::builder().origins(twice).headers(["x-a"]).config()).unwrap();
            assert!(ASKED.lock().unwrap().is_none(), "a warning was logged");
        });
    });
}

#[test]
fn of_two_reloads_the_one_that_read_last_applies() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let many: Vec<_> = (0..20_000).map(|n| format!("\"https://app-{n}.example\"")).collect();
    let slow = format!("[cors]\norigins = [{}]\n", many.join(", "));
    let quick = "[cors]\norigins = \"https://new.example\"\n";
    fs::write(file.path(), &slow).unwrap();
    let cors = Cors::try_from_path(file.path()).unwrap();

    let early = std::thread::spawn({
        let cors = cors.clone();
        move || cors.reload().unwrap()
    });
    std::thread::sleep(Duration::from_millis(20));
    fs::write(file.path(), quick).unwrap();
    cors.reload().unwrap();
    early.join().unwrap();

    assert!(origins(&cors) == "https://new.example", "what was read earlier stayed");
}

#[test]
fn a_file_that_is_written_slowly_is_not_read_halfway() {
    let half = "[cors]\norigins = \"https://half.example\"\n";
    let rest = "[[cors.paths]]\nmatch = \"/**\"\noff = true\n";
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "[cors]\norigins = \"https://old.example\"\n").unwrap();
    let cors = Cors::try_from_path(file.path()).unwrap();
    let _watching = cors.watch().unwrap();
    std::thread::sleep(Duration::from_millis(200));

    // Where it is known that the writer has not closed the file, it may pause for long.
    let pause = Duration::from_millis(if cfg!(target_os = "linux") { 2_500 } else { 400 });
    let mut writer = fs::File::create(file.path()).unwrap();
    writer.write_all(half.as_bytes()).unwrap();
    let end = Instant::now() + pause;
    while Instant::now() < end {
        assert!(origins(&cors).contains("old"), "{}", origins(&cors));
        std::thread::sleep(Duration::from_millis(5));
    }
    writer.write_all(rest.as_bytes()).unwrap();
    drop(writer);
    wait_until(|| origins(&cors).contains("half"));
    assert_eq!(cors.table().rows().len(), 2);
}

#[test]
fn a_truncated_file_is_applied_by_reload_or_rename_only() {
    logged("");
    let whole =
        "[cors]\norigins = \"https://whole.example\"\n[[cors.paths]]\nmatch = \"/x\"\noff = true\n";
    let beginning = &whole[..whole.find("[[").unwrap()];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cors.toml");
    fs::write(&path, whole).unwrap();
    let cors = Cors::try_from_path(&path).unwrap();
    let _watching = cors.watch().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let warnings = || {
        let warnings = logged("has only the beginning of the configuration in force");
        warnings.into_iter().filter(|line| line.contains(path.to_str().unwrap())).count()
    };

    fs::write(&path, beginning).unwrap();
    wait_until(|| warnings() == 1);
    assert_eq!(cors.table().rows().len(), 2, "it was applied");
    cors.reload().unwrap();
    assert_eq!(cors.table().rows().len(), 1);

    let replace = |text: &str| {
        fs::write(path.with_extension("new"), text).unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
    };
    replace(whole);
    wait_until(|| cors.table().rows().len() == 2);
    replace(beginning);
    wait_until(|| cors.table().rows().len() == 1);
    assert_eq!(warnings(), 1);
}

#[test]
fn each_reload_logs_where_the_configuration_comes_from() {
    logged("");
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "[cors]\nprofile = \"production\"\n").unwrap();
    let cors = Cors::try_from_path(file.path()).unwrap();
    let path = file.path().display().to_string();
    let reloads = |text: &str| {
        let reloads = logged("CORS configuration reloaded");
        reloads.into_iter().filter(|line| line.ends_with(text)).collect::<Vec<_>>()
    };

    cors.reload().unwrap();
    cors.reload().unwrap();
    let line = format!(
        "INFO CORS configuration reloaded source=\"file\" path={path:?} profile=\"production\""
    );
    assert_eq!(reloads(&format!("path={path:?} profile=\"production\"")), [&*line, &*line]);

    cors.apply(&Cors::builder().config()).unwrap();
    assert!(!reloads("source=\"code\"").is_empty());

    fs::write(file.path(), "[cors]\norigin = 1\n").unwrap();
    cors.reload().unwrap_err();
    assert_eq!(reloads(&format!("path={path:?} profile=\"production\"")).len(), 2);
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "it never came to be");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs one of the tests that are ignored, in a process and a directory of its own.
fn in_another_process(test: &str, file: Option<&str>, variables: &[(&str, &str)]) {
    let directory = tempfile::tempdir().unwrap();
    if let Some(text) = file {
        fs::write(directory.path().join("cors.toml"), text).unwrap();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", &format!("operating::{test}")])
        .current_dir(directory.path())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}

#[test]
fn limits_stay_in_force_while_the_file_is_missing() {
    let limited = "[cors]\norigins = \"https://file.example\"\n[cors.limits]\nmax_age = 600\n";
    in_another_process("missing", Some(limited), &[("CORS_ORIGINS", "https://env.example")]);
}

#[test]
#[ignore = "runs in a process of its own"]
fn missing() {
    let cors = Cors::try_from_config().unwrap();
    fs::remove_file("cors.toml").unwrap();
    let error = cors.reload().unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::unreadable-file");
}

#[test]
fn an_empty_variable_is_logged_at_debug() {
    let file = "[cors]\norigins = \"https://file.example\"\n";
    in_another_process("empty", Some(file), &[("CORS_CONFIG", ""), ("CORS_METHODS", " ")]);
}

#[test]
#[ignore = "runs in a process of its own"]
fn empty() {
    crate::capture();
    Cors::try_from_config().unwrap();
    let empty = logged("DEBUG this CORS variable is empty, so it counts as unset variable=");
    assert!(
        empty[0].ends_with("\"CORS_CONFIG\"") || empty[0].ends_with("\"CORS_METHODS\""),
        "{empty:?}"
    );
    assert_eq!(empty.len(), 2, "{empty:?}");
}

#[test]
fn the_directory_of_the_process_may_change() {
    in_another_process("moved", Some("[cors]\norigins = \"https://a.example\"\n"), &[]);
}

#[test]
#[ignore = "runs in a process of its own"]
fn moved() {
    let cors = Cors::try_from_config().unwrap();
    std::env::set_current_dir("/").unwrap();
    cors.reload().unwrap();
    assert!(cors.table().to_string().ends_with("cors.toml:2"), "{}", cors.table());
}

#[test]
fn an_invalid_file_is_not_reported_as_code() {
    in_another_process("wrong", Some("[cors]\norigin = 1\n"), &[]);
}

#[test]
#[ignore = "runs in a process of its own"]
fn wrong() {
    let cors = Cors::from_config();
    let _watching = cors.watch().unwrap();
    assert_eq!(cors.reload().unwrap_err().problems()[0].code().as_str(), "cors::unknown-key");
}

#[cors(policy = "partner")]
#[get("/late")]
async fn late() -> impl Responder {
    HttpResponse::Ok()
}

#[cors]
#[get("/other")]
async fn other() -> impl Responder {
    HttpResponse::Ok()
}

/// Becomes ready after so many turns.
async fn turns(count: usize) -> Result<(), ()> {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// A middleware that is ready only after some turns.
struct Waits(usize);

impl<S> Transform<S, ServiceRequest> for Waits
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = S;
    type InitError = ();
    type Future = Pin<Box<dyn Future<Output = Result<S, ()>>>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let Self(count) = *self;
        Box::pin(async move {
            turns(count).await.ok();
            Ok(service)
        })
    }
}

#[actix_web::test]
async fn of_two_applications_initialised_at_once_the_wrong_one_does_not_start() {
    let builder = || Cors::builder().origins(["https://app.example"]);
    let partner = || cors_actix::rules().origins(["https://app.example"]);
    let wrong = builder().build().unwrap();
    let right = builder().policy("partner", partner()).build().unwrap();
    let first = App::new().data_factory(|| turns(1)).service(late).wrap(wrong);
    let second = App::new().data_factory(|| turns(9)).service(other).wrap(right);
    let first = first.into_factory().new_service(AppConfig::default());
    let (first, _second) = futures_util::join!(first, init_service(second));
    assert!(first.is_err());
}

/// Their services are all created before the first `Cors` looks for its own, so it takes those
/// of the other application.
#[actix_web::test]
async fn sound_applications_initialised_at_once_never_receive_each_others_problems() {
    let builder = || Cors::builder().origins(["https://app.example"]);
    let partner = || cors_actix::rules().origins(["https://app.example"]);
    // `late` and `other` name the policy, which only one of the configurations has.
    let plain = builder().build().unwrap();
    let named = builder().policy("partner", partner()).build().unwrap();
    for (plain_turns, named_turns) in [(1, 9), (9, 1), (3, 3)] {
        let first = App::new().service(closed).wrap(Waits(plain_turns)).wrap(plain.clone());
        let second = App::new().service(late).wrap(Waits(named_turns)).wrap(named.clone());
        let (first, second) = futures_util::join!(init_service(first), init_service(second));
        for (path, readable) in [("/closed", false), ("/nowhere", true)] {
            let request =
                TestRequest::with_uri(path).insert_header(("origin", "https://app.example"));
            let response = call_service(&first, request.to_request()).await;
            let allowed = response.headers().contains_key("access-control-allow-origin");
            assert_eq!(allowed, readable, "{path}");
        }
        let request =
            TestRequest::with_uri("/late").insert_header(("origin", "https://app.example"));
        let response = call_service(&second, request.to_request()).await;
        assert!(response.headers().contains_key("access-control-allow-origin"));
    }
}

#[actix_web::test]
async fn an_application_found_invalid_late_is_closed_until_it_is_fixed() {
    logged("");
    let builder = || Cors::builder().origins(["https://app.example"]);
    let partner = || cors_actix::rules().origins(["https://app.example"]);
    let wrong = builder().build().unwrap();
    let right = builder().policy("partner", partner()).build().unwrap();
    // The services of both are created before the first is ready, which takes the other's routes.
    let first = App::new().service(late).wrap(Waits(1)).wrap(wrong.clone());
    let second = App::new().service(other).wrap(Waits(9)).wrap(right);
    let (first, _second) = futures_util::join!(init_service(first), init_service(second));

    let mut missing = logged("cors::middleware-missing");
    missing.retain(|line| line.contains("operating::late") || line.contains("operating::other"));
    assert_eq!(missing, [""; 0]);
    let allowed = async || {
        let request =
            TestRequest::with_uri("/late").insert_header(("origin", "https://app.example"));
        let response = call_service(&first, request.to_request()).await;
        assert_eq!(response.status(), 200);
        response.headers().contains_key("access-control-allow-origin")
    };
    assert!(!allowed().await);
    assert_eq!(logged("so no other origin is allowed").len(), 1);

    assert!(wrong.apply(&builder().config()).is_err(), "it still does not fit");
    wrong.apply(&builder().policy("partner", partner()).config()).unwrap();
    assert!(allowed().await);
}

#[actix_web::test]
async fn an_application_without_annotated_routes_discards_routes_of_others() {
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let bare =
        App::new().data_factory(|| turns(1)).default_service(web::to(HttpResponse::Ok)).wrap(cors);
    // Is registered, and has no `Cors` of its own, when the other one looks for its routes.
    let annotated = App::new().data_factory(|| turns(9)).service(closed);
    let (bare, _annotated) = futures_util::join!(init_service(bare), init_service(annotated));
    let request = TestRequest::with_uri("/closed")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", "https://app.example"))
        .insert_header(("access-control-request-method", "GET"));
    assert_eq!(call_service(&bare, request.to_request()).await.status(), 204);
}

#[cors(off)]
#[get("/closed")]
async fn closed() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://only-here.example"])]
#[get("/guarded", guard = "on_weekdays")]
async fn guarded() -> impl Responder {
    HttpResponse::Ok()
}

fn on_weekdays(_: &actix_web::guard::GuardContext<'_>) -> bool {
    true
}

#[actix_web::test]
async fn a_refusal_names_the_rules_that_refused() {
    logged("");
    let cors = Cors::try_from_toml_str("[cors]\norigins = \"https://app.example\"\n").unwrap();
    let app = init_service(App::new().service(guarded).wrap(cors)).await;
    let request = TestRequest::with_uri("/guarded")
        .method("OPTIONS".parse().unwrap())
        .insert_header(("origin", "https://only-here.example"))
        .insert_header(("access-control-request-method", "GET"));
    assert_eq!(call_service(&app, request.to_request()).await.status(), 403);
    // The guard may reject it, and then the global rules apply.
    let lines = logged("origin=https://only-here.example");
    assert!(lines.len() == 1 && lines[0].contains("rule=cors.toml:2:1"), "{lines:?}");
}

#[post("/own")]
async fn own() -> impl Responder {
    HttpResponse::Ok()
}

#[actix_web::test]
async fn two_lines_of_origin_are_counted_as_such() {
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let app = App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone());
    let app = init_service(app).await;
    let origin = ("origin", "https://app.example");
    let request = TestRequest::get().insert_header(origin).append_header(origin);
    assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
    let denied = Decision::Actual(Verdict::Denied(Denial::DuplicatedOrigin));
    assert_eq!(cors.counts().get(denied), 1);
    assert_eq!(cors.counts().get(Decision::NotCors), 0);
}

#[actix_web::test]
async fn same_origin_requests_are_neither_refused_nor_counted_as_refused() {
    logged("");
    let cors = Cors::builder().origins(["https://app.example"]).enforce(true).build().unwrap();
    let app = init_service(App::new().service(own).wrap(cors.clone())).await;
    let request = TestRequest::post()
        .uri("/own")
        .insert_header(("origin", "https://own-page.example"))
        .insert_header(("sec-fetch-site", "same-origin"));
    assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
    assert_eq!(logged("own-page.example"), [""; 0]);
    assert_eq!(cors.counts().get(Decision::Actual(Verdict::Denied(Denial::Origin))), 0);
    assert_eq!(cors.counts().get(Decision::NotCors), 1);
}

#[actix_web::test]
async fn a_refusal_by_enforce_names_the_host_that_was_compared() {
    logged("");
    let cors = Cors::builder().origins(["https://app.example"]).enforce(true).build().unwrap();
    let app = init_service(App::new().service(own).wrap(cors)).await;
    for (site, origin) in [
        (None, "http://rewritten-host.example"),
        (Some("cross-site"), "http://told-by-fetch-site.example"),
        (None, "null"),
    ] {
        let mut request = TestRequest::post().uri("/own").insert_header(("origin", origin));
        request = request.insert_header(("host", "internal:8080"));
        if let Some(site) = site {
            request = request.insert_header(("sec-fetch-site", site));
        }
        assert_eq!(call_service(&app, request.to_request()).await.status(), 403);
    }
    let refusals = logged("compared `Origin` with `Host: internal:8080`");
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert!(refusals[0].contains("origin=http://rewritten-host.example"), "{refusals:?}");
    assert!(refusals[0].contains("host=\"internal:8080\""), "{refusals:?}");
    assert!(refusals[0].contains("let the proxy pass on the original one"), "{refusals:?}");
}

#[actix_web::test]
async fn an_error_of_a_middleware_is_not_reported_as_another_method() {
    logged("");
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let app = App::new()
        .wrap_fn(|request, _| async move {
            drop(request);
            Err::<actix_web::dev::ServiceResponse, _>(actix_web::error::ErrorUnauthorized("no"))
        })
        .wrap(cors);
    let app = init_service(app).await;
    let request =
        TestRequest::post().insert_header(("origin", "https://to-an-error.example")).to_request();
    assert!(app.call(request).await.is_err());
    let lines = logged("to-an-error.example");
    assert!(lines.len() == 1 && !lines[0].contains("method=GET"), "{lines:?}");
}
