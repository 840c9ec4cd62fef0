//! Output for operators: the table of effective policies, the counters, and
//! the log of refusals.

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, get, put, web};
use cors_actix::{Cors, PolicyTable, cors};
use cors_core::{Decision, Denial, Setting, Verdict};

use super::logged;

#[cors]
#[get("/orders")]
async fn orders() -> impl Responder {
    "orders"
}

const ADD: u32 = line!() + 1;
#[cors(origins += ["https://partner.example"], headers += ["x-csrf"], enforce)]
#[put("/orders")]
async fn add() -> impl Responder {
    HttpResponse::NoContent()
}

const CONFIG: &str = r#"
[cors]
origins = ["https://app.example"]
headers = ["content-type"]
max_age = "10m"

[[cors.paths]]
match  = "/public/**"
origins = "any"
"#;

#[actix_web::test]
async fn the_table_shows_effective_policies_and_their_sources() {
    logged("");
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let app = App::new().service(orders).service(add).wrap(cors.clone());
    let _app = init_service(app).await;

    let table = cors.table();
    let file = "tests/tests/logging/observing.rs";
    let expected = format!(
        "\
GET              /orders
    origins: https://app.example; headers: content-type; max_age: 600 s
    from cors.toml:3, 4, 5
PUT              /orders
    origins: https://app.example, https://partner.example; headers: content-type, x-csrf;
    max_age: 600 s; enforce
    from cors.toml:3, 4, 5, {file}:{ADD}
GET, HEAD, POST  /public/**
    origins: any; headers: content-type; max_age: 600 s
    from cors.toml:4, 5, 9
GET, HEAD, POST  everything else
    origins: https://app.example; headers: content-type; max_age: 600 s
    from cors.toml:3, 4, 5"
    );
    assert_eq!(table.to_string(), expected);
    let line = format!("INFO the effective CORS policies\n{expected}");
    assert!(logged("the effective CORS policies").contains(&line));

    let json = serde_json::to_value(&table).unwrap();
    assert_eq!(serde_json::from_value::<PolicyTable>(json.clone()).unwrap(), table);
    let json = &json["policies"];
    assert_eq!(json[1]["path"], "/orders");
    assert_eq!(json[1]["handler"], "logging::observing::add");
    assert_eq!(json[1]["serves"], serde_json::json!(["PUT"]));
    assert_eq!(
        json[1]["headers"],
        serde_json::json!({
            "value": ["content-type", "x-csrf"],
            "from": ["cors.toml:4:1", format!("{file}:{ADD}:48")],
        }),
    );
    assert_eq!(json[1]["enforce"]["value"], true);
    assert_eq!(json[3]["max_age"]["value"], 600);
    assert_eq!(json[3]["credentials"], serde_json::json!({ "value": false, "from": [] }));
}

#[test]
fn the_file_and_the_profile_are_logged_once_however_many_workers_there_are() {
    logged("");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[cors]\nprofile = \"development\"\n").unwrap();
    let path = file.path().to_owned();
    let server = cors_tests::server::Server::start(2, move || {
        App::new().service(orders).wrap(Cors::try_from_path(&path).unwrap())
    });
    let response = cors_tests::client::send(
        server.address(),
        cors_tests::client::Protocol::Http1,
        "GET",
        "/orders",
        &[],
    );
    assert_eq!(response.status, 200);
    let path = file.path().to_str().unwrap();
    let lines = logged(path);
    let lines: Vec<_> = lines.iter().filter(|line| line.contains("CORS configuration")).collect();
    assert_eq!(
        lines,
        [&format!(
            "INFO CORS configuration loaded source=\"file\" path={path:?} profile=\"development\""
        )]
    );
    assert!(logged("CORS configuration loaded source=\"code\"").len() <= 1);
}

#[actix_web::test]
async fn a_table_is_equal_to_another_one_only_if_nothing_changed() {
    let table = |config: &str| Cors::try_from_toml_str(config).unwrap().table();
    assert_eq!(table(CONFIG), table(CONFIG));
    assert_ne!(table(CONFIG), table(&CONFIG.replace("10m", "11m")));
    let everything_else = table(CONFIG).rows().last().cloned().unwrap();
    assert_eq!(everything_else.get(Setting::MaxAge).unwrap().value().to_string(), "600");
}

#[actix_web::test]
async fn each_decision_is_counted_once_and_each_refusal_logged_once() {
    logged("");
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let app = App::new()
        .service(orders)
        .service(add)
        .route("/plain", web::get().to(HttpResponse::Ok))
        .wrap(cors.clone());
    let app = init_service(app).await;

    let send = async |method: &str, origin: Option<&str>, asks: Option<&str>| {
        let mut request = TestRequest::with_uri("/orders").method(method.parse().unwrap());
        for (name, value) in [("origin", origin), ("access-control-request-method", asks)] {
            if let Some(value) = value {
                request = request.insert_header((name, value));
            }
        }
        call_service(&app, request.to_request()).await
    };
    for _ in 0..3 {
        send("GET", None, None).await;
        send("GET", Some("https://app.example"), None).await;
        send("GET", Some("https://evil-of-this-test.example"), None).await;
        // Refused by `enforce`, before the handler.
        send("PUT", Some("https://evil-of-this-test.example"), None).await;
        send("OPTIONS", Some("https://partner.example"), Some("PUT")).await;
        send("OPTIONS", Some("https://app.example"), Some("DELETE")).await;
    }

    let counts = cors.counts();
    assert_eq!(counts.get(Decision::NotCors), 3);
    assert_eq!(counts.get(Decision::Actual(Verdict::Allowed)), 3);
    assert_eq!(counts.get(Decision::Actual(Verdict::Denied(Denial::Origin))), 6);
    assert_eq!(counts.get(Decision::Preflight(Verdict::Allowed)), 3);
    assert_eq!(counts.get(Decision::Preflight(Verdict::Denied(Denial::Method))), 3);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 18);

    assert_eq!(
        // Other tests of this executable have the log show what is for debugging.
        logged("evil-of-this-test")
            .into_iter()
            .filter(|line| line.starts_with("WARN"))
            .collect::<Vec<_>>(),
        [
            // Once for each route.
            r#"WARN CORS: the origin is not allowed reason="origin-not-allowed" origin=https://evil-of-this-test.example method=GET path=/orders handler=logging::observing::orders rule=cors.toml:3:1 allowed="https://app.example" help="if `https://evil-of-this-test.example` is an origin of yours, add it to `origins`""#,
            r#"WARN CORS: the origin is not allowed reason="origin-not-allowed" origin=https://evil-of-this-test.example method=PUT path=/orders handler=logging::observing::add rule=cors.toml:3:1, tests/tests/logging/observing.rs:18:8 allowed="https://app.example, https://partner.example" help="if `https://evil-of-this-test.example` is an origin of yours, add it to `origins`""#,
        ]
    );
    let mut methods = logged("method-not-allowed");
    methods.retain(|line| line.starts_with("WARN") && line.contains("path=/orders"));
    assert_eq!(methods.len(), 1, "{methods:?}");
    assert!(methods[0].contains("rule=default"), "{methods:?}");
    assert!(methods[0].contains("register it with `cors_actix::resource`"), "{methods:?}");
}

#[actix_web::test]
async fn same_origin_requests_are_not_logged() {
    logged("");
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let app = App::new().route("/form", web::post().to(HttpResponse::Ok)).wrap(cors);
    let app = init_service(app).await;
    // Browsers send `Origin` with every POST.
    for (name, value) in [("sec-fetch-site", "same-origin"), ("host", "own-page.example")] {
        let request = TestRequest::post()
            .uri("/form")
            .insert_header(("origin", "https://own-page.example"))
            .insert_header((name, value));
        assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
    }
    assert_eq!(logged("own-page"), [""; 0]);
}

#[actix_web::test]
async fn logged_request_data_stays_on_one_line() {
    logged("");
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let app = init_service(App::new().wrap(cors)).await;
    let origin = format!("https://long-origin.example/{}\u{7f}", "x".repeat(60_000));
    let origin =
        actix_web::http::header::HeaderValue::from_bytes(origin.as_bytes().split_last().unwrap().1);
    let request = TestRequest::with_uri("/%0aWARN%20forged")
        .insert_header(("origin", origin.unwrap()))
        .to_request();
    call_service(&app, request).await;

    let lines = logged("long-origin");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].len() < 600 && !lines[0].contains('\n'), "{lines:?}");
}

/// The only line about a refusal of a request with these lines.
async fn refusal(cors: &str, path: &'static str, method: &str, lines: &[(&str, &str)]) -> String {
    logged("");
    let cors = Cors::try_from_toml_str(cors).unwrap();
    let app = init_service(App::new().wrap(cors)).await;
    let request = TestRequest::with_uri(path).method(method.parse().unwrap());
    let request = lines.iter().copied().fold(request, TestRequest::insert_header);
    call_service(&app, request.to_request()).await;
    let mut lines = logged(&format!("path={path} "));
    lines.retain(|line| line.starts_with("WARN"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[actix_web::test]
async fn a_refusal_tells_what_was_requested_what_is_allowed_and_what_to_write() {
    let text = "[cors]\norigins = [\"https://app.example\"]\nheaders = [\"x-csrf-token\"]\n";
    let app = ("origin", "https://app.example");
    let preflight = |name| ("access-control-request-method", name);
    let headers = |names| ("access-control-request-headers", names);
    let cookies =
        [app, ("cookie", "a=1"), ("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site")];
    for (path, method, lines, expected) in [
        (
            "/wrong-header",
            "OPTIONS",
            &[app, preflight("GET"), headers("x-crsf-token")][..],
            &[
                r#"rule=cors.toml:3:1 requested="x-crsf-token" allowed="x-csrf-token""#,
                r#"near_miss="`x-csrf-token` is allowed, and spelled similarly""#,
                r#"help="to allow it, add `x-crsf-token` to `headers`""#,
            ][..],
        ),
        (
            "/wrong-scheme",
            "GET",
            &[("origin", "http://app.example")],
            &[r#"near_miss="`https://app.example` is allowed: only the scheme differs""#],
        ),
        (
            "/cookies",
            "GET",
            &cookies,
            &[
                r#"CORS: cookies are not allowed reason="credentials-not-allowed""#,
                r#"rule=default requested="cookies" allowed="false""#,
                r#"help="to allow cookies, set `credentials = true`; or let the page send none"#,
            ],
        ),
    ] {
        let line = refusal(text, path, method, lines).await;
        for expected in expected {
            assert!(line.contains(expected), "{expected}\nis not in\n{line}");
        }
    }
}

#[actix_web::test]
async fn what_report_only_would_refuse_is_logged_with_the_explanation() {
    let text = "[cors]\norigins = 'any'\n\n[cors.report_only]\norigins = ['https://app.example']\n";
    let line = refusal(text, "/reported", "GET", &[("origin", "http://app.example")]).await;
    for expected in [
        "WARN CORS report-only: the origin is not allowed reason=\"origin-not-allowed\"",
        "rule=cors.toml:5:1 allowed=\"https://app.example\"",
        "near_miss=\"`https://app.example` is allowed: only the scheme differs\"",
    ] {
        assert!(line.contains(expected), "{expected}\nis not in\n{line}");
    }
    let lines = logged("the CORS policies under `report_only` differ");
    assert!(lines.iter().any(|line| line.ends_with("closes\n  everything else: origins: any")));
}
