//! `Cors::inspector`: who may read it, what it discloses, and that it changes nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_service::{IntoServiceFactory, ServiceFactory};
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{AppConfig, Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::NormalizePath;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, put, web};
use cors_actix::{Cors, cors, limits, profile};
use serde_json::Value;

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

#[cors(headers = "x-csrf-token")]
#[put("/orders/{id}")]
async fn replace() -> impl Responder {
    "saved"
}

#[cors]
#[get("/orders")]
async fn list() -> impl Responder {
    "[]"
}

/// A policy with a local profile that is selected.
fn local(toml: &str) -> Cors {
    let profile = "profile = 'development'\nprofiles.development.loopback = true\n";
    Cors::try_from_toml_str(&format!("[cors]\n{profile}{toml}")).unwrap()
}

async fn app(
    cors: &Cors,
) -> impl Service<
    actix_http::Request,
    Response = ServiceResponse<impl MessageBody + use<>>,
    Error = Error,
> + use<> {
    let app = App::new().service(replace).service(list).service(cors.inspector("/__cors"));
    init_service(app.default_service(web::to(HttpResponse::NotFound)).wrap(cors.clone())).await
}

fn at(path: &str) -> TestRequest {
    TestRequest::with_uri(path).insert_header(("host", "localhost:8080"))
}

/// Whether a server with the application starts.
async fn starts<S>(app: impl IntoServiceFactory<S, actix_http::Request>) -> bool
where
    S: ServiceFactory<actix_http::Request, Config = AppConfig>,
{
    app.into_factory().new_service(AppConfig::default()).await.is_ok()
}

/// The status, the headers and the body of a response.
type Seen = (StatusCode, HeaderMap, String);

async fn see<S, B>(app: &S, request: TestRequest) -> Seen
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let response = call_service(app, request.to_request()).await.map_into_boxed_body();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes::<BoxBody>(response.into_body()).await.unwrap_or_default();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn json<S, B>(app: &S, path: &str) -> Value
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let (status, _, body) = see(app, at(path)).await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn cors_headers(headers: &HeaderMap) -> Vec<String> {
    let names = headers.keys().map(|name| name.as_str().to_owned());
    names.filter(|name| name.starts_with("access-control-") || name == "vary").collect()
}

const FILES: [&str; 6] = [
    "/__cors",
    "/__cors/",
    "/__cors?page.js",
    "/__cors/?page.css",
    "/__cors/table.json",
    "/__cors/status.json?after=0",
];

#[actix_web::test]
async fn it_is_served_in_a_local_profile_only() {
    for (chosen, status) in [("development", 200), ("production", 404), ("staging", 404)] {
        let text = "origins = 'any'\nprofiles.development.loopback = true\nprofiles.staging = {}\n";
        let cors =
            Cors::try_from_toml_str(&format!("[cors]\nprofile = '{chosen}'\n{text}")).unwrap();
        let app = app(&cors).await;
        for file in FILES {
            assert_eq!(see(&app, at(file)).await.0, status, "{chosen} {file}");
        }
    }
    let cors = Cors::builder().origins_any().build().unwrap();
    let app = app(&cors).await;
    assert_eq!(see(&app, at("/__cors")).await.0, 404, "without profiles");
}

#[actix_web::test]
async fn outside_a_local_profile_it_is_like_a_path_that_is_not_registered() {
    let cors = Cors::builder().origins_any().build().unwrap();
    let app = app(&cors).await;
    let request = |path| at(path).insert_header(("origin", EVIL));
    let (status, headers, body) = see(&app, request("/__cors/table.json")).await;
    let (other, others, nothing) = see(&app, request("/nothing")).await;
    assert_eq!((status, cors_headers(&headers), body), (other, cors_headers(&others), nothing));
    assert!(cors.metrics().contains("cors_decisions_total{kind=\"actual\",outcome=\"allowed\"} 2"));
}

#[actix_web::test]
async fn code_may_serve_it_in_every_profile() {
    let cors = Cors::builder().origins_any().build().unwrap();
    let inspector = cors.inspector("/__cors").danger_serve_in_every_profile();
    let app = init_service(App::new().service(inspector).wrap(cors)).await;
    assert_eq!(see(&app, at("/__cors")).await.0, 200);
    let rebound = TestRequest::with_uri("/__cors").insert_header(("host", "evil.example"));
    assert_eq!(see(&app, rebound).await.0, 403);
}

#[actix_web::test]
async fn a_reload_into_another_profile_closes_it() {
    let config = |chosen| {
        let builder = Cors::builder().origins([APP]);
        let builder = builder.profiles("development", profile().loopback(true));
        builder.profiles("staging", profile().max_age(0)).profile(chosen)
    };
    let cors = config("development").build().unwrap();
    let app = app(&cors).await;
    see(&app, at("/orders").insert_header(("origin", EVIL))).await;
    let status = json(&app, "/__cors/status.json").await;
    assert_eq!(status["refusals"]["new"].as_array().unwrap().len(), 1);

    cors.apply(&config("staging").config()).unwrap();
    assert_eq!(see(&app, at("/__cors/status.json")).await.0, 404);
    see(&app, at("/orders").insert_header(("origin", EVIL))).await;

    cors.apply(&config("development").config()).unwrap();
    let status = json(&app, "/__cors/status.json").await;
    assert_eq!(status["refusals"]["new"], serde_json::json!([]), "nothing was kept");
    assert_eq!(status["reloads"]["succeeded"], 2);
}

#[actix_web::test]
async fn no_other_origin_reads_it_whatever_the_policy() {
    let group = "\n[[cors.paths]]\nmatch = '/__cors/**'\norigins = 'any'\nheaders = 'any'\n";
    for policy in [
        "origins = 'any'\nheaders = 'any'\nmethods = 'any'\n".to_owned(),
        format!("origins = ['{EVIL}']\ncredentials = true\n"),
        format!("origins = ['{APP}']\n{group}"),
        "origins = 'any'\nenforce = true\n".to_owned(),
        format!("origins = 'any'\nenabled = false\n{group}"),
    ] {
        let cors = local(&policy);
        let app = app(&cors).await;
        for file in FILES {
            for (site, mode, dest) in [
                ("cross-site", "cors", "empty"),
                ("same-site", "cors", "empty"),
                ("cross-site", "no-cors", "script"),
                ("cross-site", "no-cors", "image"),
                ("cross-site", "navigate", "iframe"),
                ("cross-site", "websocket", "empty"),
            ] {
                let request = at(file)
                    .insert_header(("sec-fetch-site", site))
                    .insert_header(("sec-fetch-mode", mode))
                    .insert_header(("sec-fetch-dest", dest))
                    .insert_header(("origin", EVIL));
                let (status, headers, body) = see(&app, request).await;
                assert_eq!(status, 403, "{policy} {file} {site} {dest}");
                assert_eq!(cors_headers(&headers), [""; 0], "{policy} {file}");
                assert!(!body.contains("policies"), "{body}");
            }
            // A browser without Fetch Metadata.
            let (status, headers, _) = see(&app, at(file).insert_header(("origin", EVIL))).await;
            assert_eq!((status, cors_headers(&headers)), (StatusCode::FORBIDDEN, vec![]), "{file}");
            let preflight = at(file)
                .method(Method::OPTIONS)
                .insert_header(("origin", EVIL))
                .insert_header(("access-control-request-method", "GET"))
                .insert_header(("access-control-request-headers", "x-a"));
            let (status, headers, _) = see(&app, preflight).await;
            assert!(status.is_client_error(), "{policy} {file}");
            assert_eq!(cors_headers(&headers), [""; 0], "{policy} {file}");
            // Its own page.
            let own = at(file).insert_header(("sec-fetch-site", "same-origin"));
            let (status, headers, _) = see(&app, own).await;
            assert_eq!(
                (status, cors_headers(&headers)),
                (StatusCode::OK, vec![]),
                "{policy} {file}"
            );
        }
    }
}

#[actix_web::test]
async fn every_response_forbids_frames_embedding_and_storing() {
    let cors = local("origins = 'any'\n");
    let app = app(&cors).await;
    let post = at("/__cors").method(Method::POST);
    let rebound = TestRequest::with_uri("/__cors").insert_header(("host", "evil.example"));
    let mut requests: Vec<_> = FILES.map(at).into();
    requests.extend([post, rebound, at("/__cors/none"), at("/__cors/explain.json")]);
    for request in requests {
        let (status, headers, _) = see(&app, request).await;
        let header = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{status}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("cache-control"), "no-store");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[actix_web::test]
async fn it_answers_get_only_and_knows_no_other_paths() {
    let cors = local("origins = 'any'\n");
    let app = app(&cors).await;
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "X"] {
        let request = at("/__cors/table.json").method(method.parse().unwrap());
        let (status, headers, _) = see(&app, request).await;
        assert_eq!(
            (status, headers.get("allow").unwrap().as_bytes()),
            (StatusCode::METHOD_NOT_ALLOWED, &b"GET"[..])
        );
    }
    for path in [
        "/__cors/../etc/passwd",
        "/__cors/%2e%2e/cors.toml",
        "/__cors/page.html",
        "/__cors/table.json/x",
        "/__cors//table.json",
        "/__cors/TABLE.json",
        "/__corsx",
        "/__cors/cors.toml",
    ] {
        assert_eq!(see(&app, at(path)).await.0, 404, "{path}");
    }
    let long = format!("/__cors/explain.json?origin={}", "a".repeat(9_000));
    assert_eq!(see(&app, at(&long)).await.0, 414);
}

#[actix_web::test]
async fn requests_for_it_are_neither_counted_nor_listed() {
    for policy in [
        "origins = ['https://app.example']\n",
        "origins = ['https://app.example']\nenforce = true\n",
    ] {
        let cors = local(policy);
        let annotated = app(&cors).await;
        let plain =
            init_service(App::new().service(cors.inspector("/__cors")).wrap(cors.clone())).await;
        let before = cors.metrics();
        for file in FILES {
            for request in [
                at(file),
                at(file).insert_header(("origin", EVIL)),
                at(file).insert_header(("origin", EVIL)).method(Method::POST),
                at(file)
                    .method(Method::OPTIONS)
                    .insert_header(("origin", EVIL))
                    .insert_header(("access-control-request-method", "PUT")),
            ] {
                call_service(&annotated, request.to_request()).await;
            }
            call_service(&plain, at(file).insert_header(("origin", EVIL)).to_request()).await;
        }
        assert_eq!(cors.metrics(), before);
        let status = json(&annotated, "/__cors/status.json").await;
        assert_eq!(status["refusals"]["new"], serde_json::json!([]));
        assert_eq!(cors.table().rows().len(), 3, "it is no row: {}", cors.table());
    }
}

#[actix_web::test]
async fn the_table_has_rules_with_their_places() {
    let cors = local("origins = ['https://app.example']\n");
    let app = app(&cors).await;
    let table = json(&app, "/__cors/table.json").await;
    assert_eq!(table["profile"], "development");
    let put = &table["policies"][0];
    assert_eq!((&put["path"], &put["serves"][0]), (&"/orders/{id}".into(), &"PUT".into()));
    let place = put["headers"]["from"][0].as_str().unwrap();
    assert!(place.contains("inspector.rs:"), "{place}");
    assert_eq!(serde_json::from_value::<cors_actix::PolicyTable>(table).unwrap(), cors.table());
}

#[actix_web::test]
async fn report_only_and_counters_are_shown() {
    let cors = local("origins = 'any'\nreport_only.origins = ['https://app.example']\n");
    let app = app(&cors).await;
    see(&app, at("/orders").insert_header(("origin", EVIL))).await;
    let table = json(&app, "/__cors/table.json").await;
    assert_eq!(table["report_only"]["text"], cors.report_only_diff().unwrap().to_string());
    let status = json(&app, "/__cors/status.json").await;
    assert_eq!(status["report_only"]["would_refuse"], 1);
    assert_eq!(status["decisions"][0]["count"], 1);
    assert_eq!(
        (&status["routes"][0]["path"], &status["routes"][0]["allowed"]),
        (&"/orders".into(), &1.into())
    );
    let refusal = &status["refusals"]["new"][0];
    assert_eq!(
        (&refusal["report_only"], &refusal["reason"]),
        (&true.into(), &"origin-not-allowed".into())
    );
}

#[actix_web::test]
async fn a_request_is_explained_as_by_the_program() {
    use cors_actix::core::PageRequest;

    let cors = local("origins = ['https://app.example']\n");
    let app = app(&cors).await;
    let query = "origin=https%3A%2F%2Fwww.app.example&method=PUT&path=%2Forders%2F7&headers=x-a,x-csrf-token&cookies=true";
    let explained = json(&app, &format!("/__cors/explain.json?{query}")).await;
    let request =
        PageRequest::new("https://www.app.example", "PUT").header("x-a").header("x-csrf-token");
    let expected = cors.explain("/orders/7", &request.cookies(true));
    assert_eq!(explained["policies"][0]["text"], expected[0].to_string());
    let steps = serde_json::to_value(&expected[0]).unwrap()["explanation"].clone();
    assert_eq!(explained["policies"][0]["explanation"], steps);

    for (query, needle) in [
        ("", "`origin` or `path` is missing"),
        ("origin=https://app.example&path=orders", "`origin` or `path` is missing"),
        ("orgin=https://app.example&path=/", "unknown field `orgin`"),
        ("origin=a&path=/&cookies=perhaps", "provided string was not"),
    ] {
        let (status, _, body) = see(&app, at(&format!("/__cors/explain.json?{query}"))).await;
        assert_eq!(status, 400, "{query}");
        assert!(body.contains(needle) && body.contains("help: write `?origin="), "{body}");
    }
}

/// What clients send: the page shows it as text, and here it stays JSON.
const HOSTILE: [&str; 6] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "https://evil.example/\u{202e}\u{1b}[31m",
    "');fetch('//evil.example')//",
    "{{constructor.constructor('alert(1)')()}}",
    "javascript:alert(1)",
];

#[actix_web::test]
async fn hostile_refusals_stay_data_of_a_limited_size() {
    let cors = local("origins = ['https://app.example']\n");
    let app = app(&cors).await;
    let long = "x".repeat(5_000);
    for text in HOSTILE.into_iter().chain([&*long]) {
        let path: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let request = at(&format!("/{path}"));
        let origin = text.replace('\u{1b}', "");
        let request = request.insert_header(("origin", origin.as_bytes()));
        see(&app, request.insert_header(("cookie", "session=secret-1"))).await;
    }
    let (status, headers, body) = see(&app, at("/__cors/status.json")).await;
    assert_eq!(status, 200);
    assert_eq!(headers.get("content-type").unwrap(), "application/json");
    let status: Value = serde_json::from_str(&body).unwrap();
    let refusals = status["refusals"]["new"].as_array().unwrap();
    assert_eq!(refusals.len(), HOSTILE.len() + 1);
    assert!(refusals[0]["origin"].as_str().unwrap().contains("</script>"), "as it is, in JSON");
    assert!(body.len() < 12_000, "{}", body.len());
    assert!(
        !body.contains('\u{1b}') && !body.contains('\u{202e}'),
        "control characters are escaped"
    );
    assert!(!body.contains("secret-1"));
}

#[actix_web::test]
async fn ten_thousand_refusals_take_bounded_memory() {
    let cors = local("origins = ['https://app.example']\n");
    let app = app(&cors).await;
    for number in 0..10_000 {
        let request = at(&format!("/{number}"))
            .insert_header(("origin", format!("https://{number}.example")));
        call_service(&app, request.to_request()).await;
    }
    let (_, _, body) = see(&app, at("/__cors/status.json")).await;
    let status: Value = serde_json::from_str(&body).unwrap();
    let refusals = status["refusals"]["new"].as_array().unwrap();
    assert_eq!(refusals.len(), 100);
    let unexplained = status["refusals"]["unexplained"].as_u64().unwrap();
    assert!((5_000..=9_900).contains(&unexplained), "{unexplained}");
    let newest = refusals[99]["number"].as_u64().unwrap();
    let status = json(&app, &format!("/__cors/status.json?after={newest}")).await;
    assert_eq!(status["refusals"]["new"], serde_json::json!([]));
}

#[actix_web::test]
async fn it_works_in_scopes_and_beside_normalised_paths() {
    let cors = local("origins = 'any'\n");
    let scope = |cors: &Cors| web::scope("/admin/{team}").service(cors.inspector("/__cors"));
    let app = init_service(App::new().service(scope(&cors)).wrap(cors.clone())).await;
    for path in ["/admin/a/__cors", "/admin/b/__cors/", "/admin/b/__cors/table.json"] {
        let (status, headers, _) = see(&app, at(path)).await;
        assert_eq!((status, cors_headers(&headers)), (StatusCode::OK, vec![]), "{path}");
    }
    assert!(cors.counts().iter().all(|(_, count)| count == 0));
    for normalize in
        [NormalizePath::trim(), NormalizePath::new(actix_web::middleware::TrailingSlash::Always)]
    {
        let app = App::new().service(cors.inspector("/__cors")).wrap(cors.clone()).wrap(normalize);
        let app = init_service(app).await;
        for path in
            ["/__cors", "/__cors/", "//__cors", "/__cors/table.json", "/__cors//status.json"]
        {
            let evil = at(path).insert_header(("origin", EVIL));
            let (status, headers, _) = see(&app, evil).await;
            assert_eq!((status, cors_headers(&headers)), (StatusCode::FORBIDDEN, vec![]), "{path}");
            assert_eq!(see(&app, at(path)).await.0, 200, "{path}");
        }
    }
    // Inside of `Cors`, the path as it came in is not that of the inspector.
    let app = App::new().service(cors.inspector("/__cors")).wrap(NormalizePath::trim());
    let app = init_service(app.wrap(cors.clone())).await;
    let (status, headers, _) =
        see(&app, at("//__cors//table.json").insert_header(("origin", EVIL))).await;
    assert_eq!((status, cors_headers(&headers)), (StatusCode::FORBIDDEN, vec![]));
}

#[actix_web::test]
async fn it_works_beside_cors_around_scopes_and_inside_of_them() {
    let cors = local("origins = 'any'\n");
    let around = |cors: &Cors| {
        cors.around(web::scope("/api").service(list).service(cors.inspector("/__cors")))
    };
    let app = App::new().service(around(&cors)).service(cors.inspector("/outside"));
    let app = init_service(app).await;
    for path in ["/api/__cors/table.json", "/outside/table.json"] {
        let table = json(&app, path).await;
        assert_eq!(table["policies"][0]["path"], "/api/orders");
        let (status, headers, _) = see(&app, at(path).insert_header(("origin", EVIL))).await;
        assert_eq!((status, cors_headers(&headers)), (StatusCode::FORBIDDEN, vec![]), "{path}");
    }
}

#[actix_web::test]
async fn a_handler_that_takes_its_path_keeps_its_policy() {
    #[cors(enforce)]
    #[actix_web::route("/{path}*", method = "GET", method = "POST")]
    async fn everything() -> impl Responder {
        "handler"
    }
    let cors = local("origins = ['https://app.example']\n");
    let app = App::new().service(everything).service(cors.inspector("/__cors")).wrap(cors.clone());
    let app = init_service(app).await;
    for method in [Method::GET, Method::POST] {
        let request =
            |origin| at("/__cors/x").method(method.clone()).insert_header(("origin", origin));
        assert_eq!(see(&app, request(EVIL)).await.0, 403, "`enforce` applies");
        let (status, headers, body) = see(&app, request(APP)).await;
        assert_eq!((status, &*body), (StatusCode::OK, "handler"));
        assert_eq!(headers.get("access-control-allow-origin").unwrap(), APP);
    }
}

#[actix_web::test]
async fn limits_do_not_touch_it_and_it_touches_no_limit() {
    let cors = Cors::builder()
        .origins([APP])
        .limits(limits().origins([APP]))
        .profiles("development", profile().loopback(true))
        .profile("development")
        .build();
    let cors = cors.unwrap();
    let app = app(&cors).await;
    assert_eq!(see(&app, at("/__cors/table.json")).await.0, 200);
}

#[actix_web::test]
async fn middleware_around_it_runs() {
    use actix_web::middleware::{Next, from_fn};

    async fn refuse(
        request: ServiceRequest,
        _: Next<BoxBody>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        Ok(request.into_response(HttpResponse::Unauthorized()))
    }
    let cors = local("origins = 'any'\n");
    let scope = web::scope("/admin").wrap(from_fn(refuse)).service(cors.inspector("/__cors"));
    let app = init_service(App::new().service(scope).wrap(cors.clone())).await;
    assert_eq!(see(&app, at("/admin/__cors")).await.0, 401);
}

#[actix_web::test]
async fn a_wrong_path_or_host_keeps_the_server_from_starting() {
    let cors = local("origins = 'any'\n");
    for path in ["", "/", "__cors", "/__cors/", "/{x}", "/a//b", "/ü", "/a b", "/a?b", "/%41"] {
        let app = App::new().service(cors.inspector(path)).wrap(cors.clone());
        assert!(!starts(app).await, "{path}");
    }
    for host in [
        "",
        "*",
        "http://shop.test",
        "shop.test/",
        "shop.test:80",
        "Shop.test",
        "a b",
        "*.test",
        "shop.test:8080",
    ] {
        let app = App::new().service(cors.inspector("/__cors").allow_host(host)).wrap(cors.clone());
        assert!(!starts(app).await, "{host}");
    }
    for host in ["shop.test", "192.168.1.7", "[fe80::1]", "shop"] {
        let app = App::new().service(cors.inspector("/__cors").allow_host(host)).wrap(cors.clone());
        assert!(starts(app).await, "{host}");
    }
}

/// How much a live set contains and how old that is, and none of the origins.
#[actix_web::test]
async fn live_sets_are_shown_with_their_age_and_without_their_content() {
    let cors =
        local("[cors.sets]\npartners = { live = true }\ntenants = { live = true, keyed = true }\n");
    let app = app(&cors).await;
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", ["https://a.example", "https://b.example"]).unwrap();
    let status = json(&app, "/__cors/status.json").await;
    let [partners, tenants] = &status["live_sets"].as_array().unwrap()[..] else {
        panic!("two sets: {status}")
    };
    assert_eq!((&partners["name"], &partners["age"]), (&"partners".into(), &Value::Null));
    assert_eq!((&tenants["keys"], &tenants["origins"]), (&1.into(), &2.into()));
    assert!(tenants["age"].is_u64() && tenants["feed"].is_null(), "{tenants}");
    assert!(!status.to_string().contains("a.example"), "{status}");
}
