//! `[cors.report_only]`: rules that are evaluated beside those in force, and change no answer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, Responder, get, put, web};
use cors_actix::{Cors, cors, limits, rules};

const APP: &str = "https://app.example";
const OTHER: &str = "https://other.example";

const ACTIVE: &str = "
[cors]
origins = 'any'
methods = 'any'
headers = 'any'

[[cors.paths]]
match = '/gateway/**'
passthrough = true

[[cors.paths]]
match = '/own/**'
origins = ['https://own.example']
";

const REPORTED: &str = "
[cors.report_only]
origins = ['https://app.example']
headers = ['content-type']
enforce = true
";

#[cors]
#[get("/orders")]
async fn list() -> impl Responder {
    "list"
}

#[cors(headers = "x-csrf-token", origins = ["https://app.example", "https://other.example"])]
#[put("/orders")]
async fn replace() -> impl Responder {
    "saved"
}

async fn plain() -> impl Responder {
    HttpResponse::Ok().insert_header(("access-control-allow-origin", "*")).finish()
}

fn configure(app: &mut ServiceConfig) {
    app.service(list).default_service(web::to(plain));
}

/// Everything about the response to a request of a page, or to its preflight for `PUT`.
async fn answer(cors: &Cors, method: &str, path: &str, origin: &str, header: &str) -> String {
    let app = init_service(App::new().configure(configure).wrap(cors.clone())).await;
    let request = TestRequest::with_uri(path).method(method.parse::<Method>().unwrap());
    let request = request
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", "PUT"))
        .insert_header(("access-control-request-headers", header));
    let response = call_service(&app, request.to_request()).await;
    let mut lines: Vec<_> =
        response.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort();
    format!("{} {lines:?}", response.status())
}

#[actix_web::test]
async fn no_answer_changes_and_what_would_change_is_counted() {
    let with = Cors::try_from_toml_str(&format!("{ACTIVE}{REPORTED}")).unwrap();
    let without = Cors::try_from_toml_str(ACTIVE).unwrap();
    let mut requests = 0;
    for path in ["/orders", "/else", "/gateway/a", "/own/a"] {
        for origin in [APP, OTHER, "https://own.example", "null"] {
            for method in ["GET", "POST", "PUT", "OPTIONS"] {
                for header in ["content-type", "x-other"] {
                    let mine = answer(&with, method, path, origin, header).await;
                    let theirs = answer(&without, method, path, origin, header).await;
                    assert_eq!(mine, theirs, "{method} {path} {origin} {header}");
                    requests += u64::from(path != "/gateway/a");
                }
            }
        }
    }
    assert_eq!(with.counts(), without.counts());
    let counts = with.report_only_counts();
    assert_eq!(counts.same() + counts.would_refuse() + counts.would_allow(), requests);
    assert!(counts.would_refuse() > 40 && counts.same() > 20, "{counts:?}");
    assert_eq!(counts.would_allow(), 0);
    assert_eq!(without.report_only_counts().same(), 0);
    let metrics = with.metrics();
    let line =
        format!("cors_report_only_total{{outcome=\"would-refuse\"}} {}", counts.would_refuse());
    assert!(metrics.contains(&line), "{metrics}");
}

#[actix_web::test]
async fn handlers_and_groups_keep_their_rules() {
    let cors = Cors::try_from_toml_str(&format!("{ACTIVE}{REPORTED}")).unwrap();
    let app = init_service(App::new().service(list).service(replace).wrap(cors.clone())).await;
    let expected = "closes\n  GET /orders: origins: any\n  GET /orders: headers: any\n  \
                    GET /orders: enforce: true\n";
    let diff = cors.report_only_diff().unwrap().to_string();
    assert!(diff.starts_with(expected), "{diff}");
    assert!(!diff.contains("/gateway") && !diff.contains("PUT /orders: origins"), "{diff}");
    let request = TestRequest::put().uri("/orders").insert_header(("origin", OTHER));
    assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
    assert_eq!(cors.report_only_counts().would_refuse(), 0, "the handler allows the origin");
}

#[actix_web::test]
async fn a_wider_policy_is_reported_too_and_a_reload_ends_it() {
    let wide = rules().origins_any();
    let cors = Cors::builder().origins(APP).report_only(wide).build().unwrap();
    let app = init_service(App::new().configure(configure).wrap(cors.clone())).await;
    let request = || TestRequest::with_uri("/else").insert_header(("origin", OTHER)).to_request();
    let response = call_service(&app, request()).await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    assert_eq!(cors.report_only_counts().would_allow(), 1);
    assert!(cors.report_only_diff().unwrap().opens());
    cors.apply(&Cors::builder().origins(APP).config()).unwrap();
    call_service(&app, request()).await;
    assert_eq!(cors.report_only_counts().would_allow(), 1);
    assert_eq!(cors.report_only_diff(), None);
}

#[actix_web::test]
async fn an_application_with_one_policy_is_reported_on_as_well() {
    let cors = Cors::builder().origins_any().report_only(rules().origins(APP)).build().unwrap();
    let app = App::new().default_service(web::to(plain)).wrap(cors.clone());
    let app = init_service(app).await;
    for origin in [APP, OTHER, OTHER] {
        let request = TestRequest::with_uri("/").insert_header(("origin", origin));
        assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
    }
    let counts = cors.report_only_counts();
    assert_eq!((counts.same(), counts.would_refuse(), counts.would_allow()), (1, 2, 0));
}

#[test]
fn what_is_reported_on_is_checked_like_everything_else() {
    let code = |toml: &str| {
        let error = Cors::try_from_toml_str(toml).unwrap_err();
        error.problems().iter().map(|it| it.code().as_str()).collect::<Vec<_>>().join(" ")
    };
    let base = "[cors]\norigins = ['https://app.example']\n";
    for (reported, expected) in [
        ("origins = ['https://app.example/']", "cors::trailing-slash"),
        ("origin = ['https://app.example']", "cors::unknown-key"),
        ("origins = 'any'\ncredentials = true", "cors::wildcard-with-credentials"),
        ("host = 'a.example'", "cors::misplaced-host"),
        ("passthrough = true", "cors::misplaced-passthrough"),
        ("origins = 3", "cors::wrong-type"),
    ] {
        assert_eq!(
            code(&format!("{base}[cors.report_only]\n{reported}\n")),
            expected,
            "{reported}"
        );
    }
    assert_eq!(code("[cors]\nreport_only = true\n"), "cors::wrong-type");
    let error = Cors::builder()
        .origins(APP)
        .report_only(rules().origins_any())
        .limits(limits().origins(APP))
        .build()
        .unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::over-limit");
}
