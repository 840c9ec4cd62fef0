//! `Cors::explain`: what it tells is what the application does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, Responder, delete, get, guard, put, web};
use cors_actix::core::{Denial, PageRequest, Step};
use cors_actix::{Cors, ExplainedPolicy, cors, resource, rules};

const APP: &str = "https://app.example";
const BETA: &str = "https://beta.example";

const CONFIG: &str = r#"
[cors]
origins = ["https://app.example"]
headers = ["content-type"]

[[cors.paths]]
match = "/public/**"
origins = "any"

[[cors.paths]]
match = "/gateway/**"
passthrough = true

[[cors.paths]]
match = "/**"
host = "beta.example.net"
origins = ["https://beta.example"]
"#;

#[cors]
#[get("/orders/{id}")]
async fn show() -> impl Responder {
    "order"
}

#[cors(origins += "https://beta.example", headers += "x-csrf-token")]
#[put("/orders/{id}")]
async fn replace() -> impl Responder {
    "saved"
}

#[cors(off)]
#[delete("/orders/{id}")]
async fn remove() -> impl Responder {
    "gone"
}

async fn plain() -> impl Responder {
    HttpResponse::Ok()
}

fn configure(app: &mut ServiceConfig) {
    app.service(show)
        .service(replace)
        .service(remove)
        .service(resource("/cart").get(plain).put(plain))
        .service(
            web::scope("/tenant").service(
                resource("/list")
                    .guard(guard::Header("x-tenant", "1"))
                    .cors(rules().origins_add([BETA]))
                    .get(plain),
            ),
        );
}

async fn is_granted(cors: &Cors, path: &str, origin: &str, method: &str, header: &str) -> bool {
    let app = init_service(App::new().configure(configure).wrap(cors.clone())).await;
    let request = TestRequest::with_uri(path)
        .method(Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", method))
        .insert_header(("access-control-request-headers", header));
    let response = call_service(&app, request.to_request()).await;
    let list = |name| {
        let value = response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_ascii_lowercase()
    };
    let has =
        |name, element: &str| list(name).split(", ").any(|it| it == element.to_ascii_lowercase());
    !list("access-control-allow-origin").is_empty()
        && (matches!(method, "GET" | "POST") || has("access-control-allow-methods", method))
        && has("access-control-allow-headers", header)
}

#[actix_web::test]
async fn what_is_explained_is_what_is_granted() {
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let _running = init_service(App::new().configure(configure).wrap(cors.clone())).await;
    let mut granted = 0;
    for path in ["/orders/7", "/cart", "/public/a", "/tenant/list", "/nowhere", "/orders/7/items"] {
        for origin in [APP, BETA, "https://other.example", "null"] {
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                for header in ["content-type", "x-csrf-token"] {
                    let request = PageRequest::new(origin, method).header(header);
                    let explained = cors.explain(path, &request);
                    let refuses = |it: &ExplainedPolicy| it.explanation().refusal().is_some();
                    let expected = !explained.iter().any(refuses);
                    let actual = is_granted(&cors, path, origin, method, header).await;
                    assert_eq!(
                        expected, actual,
                        "{path} {origin} {method} {header} {explained:#?}"
                    );
                    granted += u32::from(actual);
                }
            }
        }
    }
    assert!(granted > 10, "{granted}");
}

#[actix_web::test]
async fn each_policy_that_may_apply_is_explained_with_the_reason() {
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let _running = init_service(App::new().configure(configure).wrap(cors.clone())).await;
    let explain = |path, request| cors.explain(path, &request);

    let put = PageRequest::new("http://app.example", "PUT").header("x-other").cookies(true);
    let explained = explain("/orders/7?page=2", put);
    let [only] = &*explained else { panic!("{explained:#?}") };
    assert_eq!(only.handler(), Some("fast::explain::replace"));
    assert_eq!(only.why(), "serves PUT `/orders/{id}`");
    let denials: Vec<_> = only.explanation().steps().iter().filter_map(Step::denial).collect();
    assert_eq!(denials, [Denial::Origin, Denial::Header]);
    let text = only.to_string();
    for line in [
        "fast::explain::replace serves PUT `/orders/{id}`\npreflight: the origin is not allowed",
        "near miss: `https://app.example` is allowed: only the scheme differs",
        "set at cors.toml:3:1, tests/tests/fast/explain.rs:",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }

    let guarded = explain("/tenant/list", PageRequest::new(BETA, "GET"));
    let whys: Vec<_> = guarded.iter().map(ExplainedPolicy::why).collect();
    let expected = [
        "serves GET `/tenant/list`, if its guard lets the request in",
        "if no annotated handler serves GET at this path: the global policy",
    ];
    assert_eq!(whys, expected);

    let other = explain("/orders/7", PageRequest::new(BETA, "GET").host("beta.example.net"));
    assert_eq!(other.len(), 1);
    assert_eq!(other[0].explanation().refusal(), None);

    let escaped = explain("/%67ateway/x", PageRequest::new(BETA, "PUT"));
    let group = explain("/gateway/x", PageRequest::new(BETA, "PUT"));
    assert_eq!(escaped, group);
    assert!(group[0].explanation().passes_through());
    assert!(group[0].why().ends_with("the policy of the group `/gateway/**`"), "{group:?}");
    assert!(group[0].to_string().contains("left alone: `passthrough`, set at cors.toml:"));

    let json = serde_json::to_value(&explained).unwrap();
    assert_eq!(json[0]["explanation"]["outcome"], "origin-not-allowed");
    assert_eq!(json[0]["handler"], "fast::explain::replace");
}

#[test]
fn before_an_application_is_initialised_the_policy_of_the_path_is_explained() {
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let explained = cors.explain("/public/a", &PageRequest::new("https://any.example", "GET"));
    let [only] = &*explained else { panic!("{explained:#?}") };
    assert_eq!(only.explanation().refusal(), None);
    assert!(only.why().starts_with("no application is initialised"));
}
