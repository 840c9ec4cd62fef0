//! Log events when a server starts, or does not.

use actix_service::{IntoServiceFactory as _, ServiceFactory as _};
use actix_web::middleware::Condition;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, get, put, scope, web};
use cors_actix::{Cors, cors};
use cors_tests::server::Server;

use super::{Curious, capture, logged, logged_problems};

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
fn a_conflict_between_layers_is_reported_completely_and_once() {
    capture();
    let cors = Cors::try_from_toml_str(
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
        &format!("--> tests/tests/logging/startup.rs:{EXPORT}:20"),
        "note: this applies to GET `/export`",
        " ::: cors.toml:3:1",
        "3 | credentials = true\n  | ----------- `credentials = true` is set here",
        "error[cors::unknown-policy]: there is no policy named `partnr`",
        &format!("--> tests/tests/logging/startup.rs:{TYPO}:17"),
        "help: did you mean `partner`?",
        "2 errors in the CORS configuration",
    ] {
        assert!(report.contains(line), "{line}\nis not in\n{report}");
    }
}

#[test]
fn problems_of_a_module_are_reported_once_at_its_place() {
    capture();
    let cors = Cors::try_from_toml_str("[cors]\n").unwrap();
    let server = Server::start(1, move || {
        use module::{four, one, three, two};
        App::new().service((one, two, three, four)).wrap(cors.clone())
    });
    assert!(server.join().is_err(), "it must not start");

    let reports = logged(&format!("tests/tests/logging/startup.rs:{MODULE}"));
    assert_eq!(reports.len(), 1, "{reports:?}");
    let report = &reports[0];
    let problems: Vec<_> = report.split("\n\n").collect();
    let [unknown, trusted, nothing_left, count] = problems[..] else { panic!("{report}") };
    for line in [
        "error[cors::unknown-policy]: there is no policy named `partnr`",
        &format!("--> tests/tests/logging/startup.rs:{MODULE}:17"),
    ] {
        assert!(unknown.contains(line), "{line}\nis not in\n{unknown}");
    }
    for line in [
        "error[cors::inherited-credentials]",
        &format!("--> tests/tests/logging/startup.rs:{}:24", module::THREE),
        &format!("`credentials` is set here (tests/tests/logging/startup.rs:{MODULE}:47)"),
        "note: this applies to DELETE `/module/three`",
    ] {
        assert!(trusted.contains(line), "{line}\nis not in\n{trusted}");
    }
    for line in [
        "warning[cors::no-method-left]",
        &format!("--> tests/tests/logging/startup.rs:{MODULE}:1\n"),
        "note: this applies to PURGE `/module/four`",
    ] {
        assert!(nothing_left.contains(line), "{line}\nis not in\n{nothing_left}");
    }
    let codes = "codes=\"cors::inherited-credentials,cors::unknown-policy\"";
    assert_eq!(count, format!("2 errors in the CORS configuration {codes}"));
}

#[actix_web::test]
async fn annotated_handlers_without_the_middleware_are_reported_with_the_fix() {
    capture();
    let app = init_service(App::new().service(lonely)).await;
    let mut reports = logged("no `Cors` answers for `logging::startup::lonely`");
    reports.retain(|report| report.contains("cors::middleware-missing"));
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("App::new()...wrap(Cors::from_config())"), "{reports:?}");
    // They still work for all requests that are not cross-origin.
    let request = TestRequest::put().uri("/lonely").to_request();
    assert_eq!(call_service(&app, request).await.status(), 200);
}

#[cors]
#[get("/conditional")]
async fn conditional() -> impl Responder {
    HttpResponse::Ok()
}

#[actix_web::test]
async fn a_condition_that_is_not_met_is_no_mistake() {
    capture();
    for wraps in [false, false, true] {
        let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
        let wrapped = Condition::new(wraps, cors);
        let app = init_service(App::new().service(conditional).wrap(wrapped)).await;
        let request =
            TestRequest::with_uri("/conditional").insert_header(("origin", "https://app.example"));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), wraps);
    }
    let lines = logged("for `logging::startup::conditional`");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("INFO CORS is disabled for `"), "{lines:?}");
}

#[actix_web::test]
async fn a_route_that_is_shadowed_and_a_refusal_leave_a_line() {
    capture();
    let cors = Cors::try_from_toml_str("[cors]\norigins = \"https://app.example\"\n").unwrap();
    let app = App::new()
        .service(web::resource("/export").route(web::put().to(|| async { "put" })))
        .service(export)
        .wrap(cors);
    let app = init_service(app).await;
    let request = TestRequest::with_uri("/export%0Aforged")
        .insert_header(("origin", "https://unlisted.example"))
        .to_request();
    assert_eq!(call_service(&app, request).await.status(), 404);
    let shadowed = logged("`/export` also goes to a resource without `#[cors]`");
    assert_eq!(shadowed.len(), 1, "{shadowed:?}");
    let denied = logged("origin-not-allowed");
    assert!(denied.iter().any(|line| line.contains(r"path=/export\nforged ")), "{denied:?}");
}

const MANY: u32 = line!() + 1;
#[cors(policy = "of-many-tests")]
#[get("/many")]
async fn many() -> impl Responder {
    "many"
}

#[test]
fn each_failing_application_reports_and_the_workers_of_one_server_once() {
    capture();
    let reports = || logged("`of-many-tests`").len();
    // As in tests that are run one after another or at the same time: all fail alike.
    let cors = Cors::try_from_toml_str("[cors]\n").unwrap();
    for test in 1..=3 {
        let cors = cors.clone();
        let test_thread = std::thread::spawn(|| {
            actix_web::rt::System::new().block_on(async {
                let app = App::new().service(many).wrap(cors).into_factory();
                let service = app.new_service(actix_web::dev::AppConfig::default());
                assert!(service.await.is_err());
            });
        });
        test_thread.join().unwrap();
        assert_eq!(reports(), test);
    }
    // Each worker builds a `Cors` of its own.
    let closure =
        || App::new().service(many).wrap(Cors::try_from_toml_str("[cors]\nmax_age = 7\n").unwrap());
    assert!(Server::start(2, closure).join().is_err());
    assert_eq!(reports(), 4);
}

/// The variable that makes a process one of the cases below.
const CASE: &str = "CASE_OF_STARTUP";

/// The output on stderr of a process that runs one of the cases, without the
/// capturing of the test harness.
fn stderr_of(case: &str) -> String {
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    process.args(["--ignored", "--exact", "startup::a_process_of_its_own", "--nocapture"]);
    let output = process.env(CASE, case).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

/// A subscriber that takes events of one target only, as `RUST_LOG` may have it.
struct OnlyFrom(&'static str);

impl tracing::Subscriber for OnlyFrom {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with(self.0)
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Print;
        impl tracing::field::Visit for Print {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                eprintln!("event {field}={value:?}");
            }
        }
        event.record(&mut Print);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
#[ignore = "runs in a process of its own"]
fn a_process_of_its_own() {
    match std::env::var(CASE).as_deref() {
        Ok("nothing") => {}
        Ok("tracing_of_the_application") => {
            tracing::subscriber::set_global_default(OnlyFrom("my_app")).unwrap();
        }
        Ok("tracing_of_cors") => {
            tracing::subscriber::set_global_default(OnlyFrom("cors_actix")).unwrap();
        }
        Ok("log_that_is_off") => {
            log::set_logger(&Curious).unwrap();
            log::set_max_level(log::LevelFilter::Off);
        }
        _ => return,
    }
    let server = Server::start(2, || {
        App::new().service(many).wrap(Cors::try_from_toml_str("[cors]\n").unwrap())
    });
    assert!(server.join().is_err());
}

#[test]
fn a_report_goes_to_stderr_where_the_log_drops_it() {
    for case in ["nothing", "tracing_of_the_application", "log_that_is_off"] {
        let stderr = stderr_of(case);
        let reports = stderr.matches("\nerror[cors::unknown-policy]").count();
        assert_eq!(reports, 1, "{case}: {stderr}");
    }
    let stderr = stderr_of("tracing_of_cors");
    assert_eq!(stderr.matches("error[cors::unknown-policy]").count(), 1, "{stderr}");
    assert!(stderr.contains("event message=the CORS configuration is wrong"), "{stderr}");
    // One event for each problem, although two workers fail with it.
    for field in [
        "code=\"cors::unknown-policy\"",
        "severity=\"error\"",
        "file=\"tests/tests/logging/startup.rs\"",
        &format!("line={MANY}"),
        "column=17",
        "message=there is no policy named `of-many-tests`",
        "codes=\"cors::unknown-policy\"",
    ] {
        assert_eq!(stderr.matches(&format!("event {field}\n")).count(), 1, "{field}: {stderr}");
    }
    assert_eq!(stderr.matches("event help=").count(), 1, "{stderr}");
}

#[actix_web::test]
async fn a_log_of_text_has_each_problem_once_and_a_lower_level_has_its_parts() {
    capture();
    let text = "[cors]\norigins = \"https://a.example\"\nheaders = [\"x-requested-width\"]\n";
    let cors = Cors::from_toml_str(text);
    let _app = init_service(App::new().wrap(cors)).await;
    let lines = logged("but resembles `x-requested-with`");
    let problems = logged_problems("but resembles `x-requested-with`");
    let ([parts], [readable]) = (&problems[..], &lines[..]) else { panic!("{lines:?}") };
    assert!(parts.starts_with("DEBUG `x-requested-width` is no well-known header"), "{parts}");
    assert!(readable.starts_with("WARN warning[cors::misspelt-header]: "), "{readable}");
    assert!(readable.ends_with("code=\"cors::misspelt-header\""), "{readable}");
    for field in ["setting=\"headers\"", "file=\"cors.toml\"", "line=3", "column=12"] {
        assert!(parts.contains(field), "{field} is not in {parts}");
    }
    assert!(parts.contains("help=\"did you mean `x-requested-with`?\""), "{parts}");
}

#[actix_web::test]
async fn constructors_without_a_result_report_when_the_application_starts() {
    capture();
    let wrong = "[cors]\norigins = \"https://deferred.example/\"\n";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), wrong).unwrap();
    for cors in [Cors::from_toml_str(wrong), Cors::from_path(file.path())] {
        let service = App::new().wrap(cors).into_factory();
        assert!(service.new_service(actix_web::dev::AppConfig::default()).await.is_err());
    }
    let builder = Cors::builder().origins("https://deferred.example/");
    let service = App::new().wrap(builder).into_factory();
    assert!(service.new_service(actix_web::dev::AppConfig::default()).await.is_err());
    let reports = logged("`https://deferred.example/` ends in a slash");
    let reports = reports.iter().filter(|line| line.starts_with("ERROR ")).count();
    assert_eq!(reports, 3);
}

#[test]
fn workers_that_wrap_with_equal_builders_share_one_policy() {
    capture();
    let server = Server::start(2, || {
        App::new().wrap(Cors::builder().origins("https://shared-builder.example"))
    });
    drop(server);
    let tables = logged("https://shared-builder.example");
    let tables = tables.iter().filter(|line| line.starts_with("INFO the effective")).count();
    assert_eq!(tables, 1);
}

#[actix_web::test]
async fn a_disabled_application_logs_one_line_and_no_table() {
    capture();
    for (limits, removed) in [
        ("", "no header is added or removed, and preflights reach the handlers"),
        ("[cors.limits]\nmax_age = 60\n", "`Access-Control-*` headers of handlers are removed"),
    ] {
        let origin = format!("https://disabled-{}.example", limits.len());
        let line = 2 + limits.len();
        let text =
            format!("[cors]{}enabled = false\norigins = \"{origin}\"\n{limits}", "\n".repeat(line));
        let cors = Cors::try_from_toml_str(&text).unwrap();
        let _one = init_service(App::new().wrap(cors.clone())).await;
        let _other = init_service(App::new().wrap(cors)).await;
        let place = format!("`enabled = false` is set at cors.toml:{}:1; ", line + 1);
        let lines = logged(&place);
        assert!(lines.len() == 1 && lines[0].starts_with("INFO CORS is disabled: "), "{lines:?}");
        assert!(lines[0].contains(removed), "{lines:?}");
        assert_eq!(logged(&origin), [""; 0]);
    }
}

/// As with two resources of actix-web: the first one answers with 405.
#[actix_web::test]
async fn a_resource_behind_another_one_of_its_path_is_reported() {
    capture();
    async fn handler() -> &'static str {
        "handler"
    }
    let cors = Cors::try_from_toml_str("[cors]\norigins = \"https://app.example\"\n").unwrap();
    let app = App::new()
        .service(cors_actix::resource("/twice").get(handler))
        .service(cors_actix::resource("/twice").put(handler))
        .service(cors_actix::resource("/once").get(handler).put(handler));
    let app = init_service(app.wrap(cors)).await;
    let request = TestRequest::put().uri("/twice").to_request();
    assert_eq!(call_service(&app, request).await.status(), 405);
    let warnings = logged("never runs: the resource of");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("requests of all methods for `/twice`"), "{warnings:?}");
    assert!(
        warnings[0].contains("register the methods of a path with one resource"),
        "{warnings:?}"
    );
}

#[cors(passthrough)]
#[put("/half-passthrough")]
async fn half_put() -> impl Responder {
    HttpResponse::Ok()
}

#[cors]
#[get("/half-passthrough")]
async fn half_get() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example"])]
#[get("/gateway-of-a-warning/orders")]
async fn in_gateway() -> impl Responder {
    HttpResponse::Ok()
}

#[actix_web::test]
async fn what_browsers_remember_of_a_handler_that_passes_through_is_reported() {
    capture();
    let gateway = cors_actix::rules().passthrough();
    let cors = Cors::builder().origins(["https://app.example"]);
    let cors = cors.paths("/gateway-of-a-warning/**", gateway).build().unwrap();
    let plain = web::resource("/gateway-of-a-warning/orders").to(HttpResponse::Ok);
    let app = App::new().service(half_put).service(half_get).service(in_gateway).service(plain);
    let _app = init_service(app.wrap(cors)).await;
    let lines = logged("only `logging::startup::half_put` is `passthrough`");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("warning[cors::shared-preflight-cache]"), "{lines:?}");
    assert!(!lines[0].contains("different `headers`"), "{lines:?}");
    // Whatever is not annotated in the group answers for the other methods.
    let lines = logged("`logging::startup::in_gateway` is not `passthrough`, but");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("warning[cors::shared-preflight-cache]"), "{lines:?}");
}

#[cors]
#[get("/forgotten-wrap")]
async fn forgotten_wrap() -> impl Responder {
    HttpResponse::Ok()
}

#[test]
fn a_cors_that_is_only_app_data_does_not_hide_a_forgotten_wrap() {
    capture();
    // As for a page that shows the table of policies. `.wrap(cors)` is forgotten.
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let server = Server::start(1, move || {
        let _made = cors.clone();
        App::new().app_data(web::Data::new(cors.clone())).service(forgotten_wrap)
    });
    drop(server);
    let lines = logged("`logging::startup::forgotten_wrap`");
    assert!(lines.iter().any(|line| line.contains("cors::middleware-missing")), "{lines:?}");
}

#[cors]
#[get("/condition-of-a-server")]
async fn condition_of_a_server() -> impl Responder {
    HttpResponse::Ok()
}

#[test]
fn a_condition_that_is_not_met_is_no_mistake_on_workers() {
    capture();
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let server = Server::start(2, move || {
        App::new().service(condition_of_a_server).wrap(Condition::new(false, cors.clone()))
    });
    drop(server);
    let lines = logged("for `logging::startup::condition_of_a_server`");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("INFO CORS is disabled for `"), "{lines:?}");
}

#[actix_web::test]
async fn the_inspector_logs_once_where_it_is_or_why_it_is_not_served() {
    capture();
    let cors = |profile: &str| {
        let text = "origins = ['https://app.example']\nprofiles.development.loopback = true";
        Cors::try_from_toml_str(&format!("[cors]\nprofile = '{profile}'\n{text}")).unwrap()
    };
    let (local, staged) = (cors("development"), cors("production"));
    for _ in 0..2 {
        let app = App::new()
            .service(local.inspector("/logged-local"))
            .service(staged.inspector("/logged-closed"))
            .service(staged.inspector("/logged-exposed").danger_serve_in_every_profile());
        init_service(app.wrap(local.clone())).await;
    }
    for (path, expected) in [
        ("/logged-local", "INFO the CORS inspector is served at `/logged-local`, for `localhost`"),
        (
            "/logged-closed",
            "INFO the CORS inspector at `/logged-closed` answers 404, because the profile `production` \
             is not local: for development, choose a profile with `loopback = true`, for example with \
             `CORS_PROFILE=development`",
        ),
        ("/logged-exposed", "WARN the CORS inspector at `/logged-exposed` is served although"),
    ] {
        let lines = logged(path);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with(expected), "{lines:?}");
    }
}
