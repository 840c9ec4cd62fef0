//! Attempts to make live sets allow what they must not, or refuse what they should allow.

use std::io;
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::middleware::{Next, from_fn};
use actix_web::{Responder, get, put, routes};
use cors_actix::{Cors, cors, regex, resource, rules, set};

use super::*;

/// An origin that is removed while a load of older content is under way stays removed.
#[actix_web::test]
async fn a_load_does_not_undo_a_removal_that_is_under_way() {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]).build().unwrap();
    let partners = cors.live("partners").unwrap();
    let many: Vec<_> = (0..20_000).map(|n| format!("https://a{n}.example")).collect();
    partners.replace(many.iter().map(String::as_str).chain([A]).collect::<Vec<_>>()).unwrap();
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let handle = partners.clone();
    let load = move || {
        let (handle, number) =
            (handle.clone(), calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        async move {
            if number > 0 {
                return Ok::<_, io::Error>(vec![B]);
            }
            // Read from the database: A is still there. Then A is removed, which takes a while.
            std::thread::spawn(move || handle.remove(A).unwrap());
            std::thread::sleep(Duration::from_millis(20));
            Ok(vec![A, B])
        }
    };
    let _feed = cors.feed("partners", Duration::from_secs(60), load).await.unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(partners.origins(), [B], "the removed origin is back until the next load");
}

#[cors(origins = set("tenants", key = "tenant"))]
#[get("/{region}/{tenant}/x")]
async fn renamed() -> impl Responder {
    "x"
}

/// Two patterns that have a parameter of one name in different places do not mean one list.
#[actix_web::test]
async fn a_parameter_of_the_same_name_elsewhere_is_not_narrower() {
    let cors = Cors::try_from_toml_str(
        r#"
        [cors]
        origins = "any"
        [cors.limits]
        route_overrides = "narrow"
        [cors.sets]
        tenants = { live = true, keyed = true }
        [[cors.paths]]
        match = "/{tenant}/**"
        origins = { set = "tenants", key = "tenant" }
    "#,
    );
    let cors = cors.unwrap();
    cors.keyed("tenants").unwrap().replace("acme", [A]).unwrap();
    cors.keyed("tenants").unwrap().replace("umbra", [B]).unwrap();
    let app = try_init!(App::new().service(renamed).wrap(cors));
    let Ok(app) = app else { return };
    assert!(!is_allowed(&get(&app, "/acme/umbra/x", B).await, B), "an origin of another key");
    assert!(is_allowed(&get(&app, "/acme/umbra/x", A).await, A));
}

#[test]
fn limits_cannot_select_a_key() {
    let cors = Cors::try_from_toml_str(
        r#"
        [cors]
        [cors.limits]
        origins = [{ set = "tenants", key = "tenant" }]
        [cors.sets]
        tenants = { live = true, keyed = true }
        [[cors.paths]]
        match = "/t/{tenant}/**"
        origins = { set = "tenants", key = "tenant" }
    "#,
    );
    // Otherwise nothing could be inserted: the limit covers the list of no key.
    let error = cors.unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::unexpected-set-key", "{error}");
}

#[test]
fn a_set_that_comes_back_was_never_filled() {
    let policy = || Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = policy().build().unwrap();
    cors.live("partners").unwrap().replace([A]).unwrap();
    cors.apply(&Cors::builder().config()).unwrap();
    cors.apply(&policy().config()).unwrap();
    let status = &cors.live_sets()[0];
    assert_eq!((status.origins(), status.changes(), status.age()), (0, 0, None));
}

const KINDS: [&str; 16] = [
    "https://a.example",
    "https://a.example:8443",
    "https://a.example:*",
    "https://*.a.example",
    "https://*.a.example:*",
    "https://*.a.example:8443",
    "http://a.example",
    "http://localhost:*",
    "http://localhost:3000",
    "http://127.0.0.1:*",
    "http://[::1]:3000",
    "tauri://localhost",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "https://xn--bcher-kva.example",
    "https://*.github.io",
    "capacitor://localhost",
];

/// A change or a reload reads every kind of element back from the set.
#[test]
fn no_kind_of_element_is_lost() {
    let policy = || Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = policy().build().unwrap();
    let partners = cors.live("partners").unwrap();
    partners.replace(KINDS).unwrap();
    partners.insert(regex("https://[a-z]+\\.a\\.example")).unwrap();
    partners.insert(regex(".*")).unwrap();
    let before = partners.origins();
    assert_eq!(before.len(), KINDS.len() + 2);
    partners.remove("https://unrelated.example").unwrap();
    assert_eq!(partners.origins(), before);
    let error = cors.apply(&policy().credentials(true).config()).unwrap_err();
    let codes: Vec<_> = error.problems().iter().map(|it| it.code().as_str()).collect();
    assert_eq!(
        codes,
        [
            "cors::insecure-with-credentials",
            "cors::public-suffix-with-credentials",
            "cors::wildcard-with-credentials",
        ]
    );
}

const BY_POLICY: &str = r#"
    [cors]
    [cors.sets]
    tenants = { live = true, keyed = true }
    [cors.policies.of-tenant]
    origins = { set = "tenants", key = "tenant" }
    credentials = true
    [[cors.paths]]
    match = ["/t/{tenant}/**", "/u/{x}/{tenant}/**"]
    policy = "of-tenant"
"#;

#[cors(policy = "of-tenant")]
#[routes]
#[get("/v/{tenant}/x")]
#[get("/w/{y}/{tenant}/x")]
async fn both() -> impl Responder {
    "x"
}

#[actix_web::test]
async fn a_named_policy_takes_the_key_from_where_it_is_used() {
    let cors = Cors::try_from_toml_str(BY_POLICY).unwrap();
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", [A]).unwrap();
    tenants.replace("umbra", [B]).unwrap();
    let app =
        App::new().service(both).default_service(web::to(HttpResponse::Ok)).wrap(cors.clone());
    let app = init_service(app).await;
    for path in ["/t/acme/x", "/u/umbra/acme/x", "/v/acme/x", "/w/umbra/acme/x"] {
        assert!(is_allowed(&get(&app, path, A).await, A), "{path}");
        assert!(!is_allowed(&get(&app, path, B).await, B), "{path}");
    }
    assert!(tenants.insert("acme", "http://a.example").is_err());
    assert!(tenants.insert("acme", "https://*.github.io").is_err());
}

#[cors(origins = set("tenants", key = "tenant"), enforce)]
#[get("/orders/{id}")]
async fn order() -> impl Responder {
    "order"
}

#[cors(origins = set("tenants", key = "tenant"), enforce)]
#[put("/orders/{id}")]
async fn put_order() -> impl Responder {
    "order"
}

fn keyed() -> Cors {
    let cors = Cors::builder().keyed_set("tenants").build().unwrap();
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", [A]).unwrap();
    tenants.replace("umbra", [B]).unwrap();
    cors
}

#[actix_web::test]
async fn a_cors_on_a_scope_counts_segments_from_the_root() {
    let cors = keyed();
    let scope = web::scope("/{tenant}").service(order).service(put_order);
    let app = App::new().service(cors.around(web::scope("/api/{region}").service(scope)));
    let app = init_service(app).await;
    for (path, origin, expected) in [
        ("/api/eu/acme/orders/1", A, true),
        ("/api/eu/acme/orders/1", B, false),
        ("/api/umbra/acme/orders/1", B, false),
        ("/api/umbra/acme/orders/umbra", B, false),
    ] {
        assert_eq!(is_allowed(&get(&app, path, origin).await, origin), expected, "{path} {origin}");
        let found = preflight(&app, path, origin).await;
        assert_eq!(is_allowed(&found, origin), expected, "preflight {path} {origin}");
    }
}

/// What a handler gets as its tenant, beside who may read it.
async fn tenant(request: actix_web::HttpRequest) -> String {
    request.match_info().query("tenant").to_owned()
}

#[actix_web::test]
async fn patterns_with_odd_slashes() {
    for (outer, inner) in [
        ("/t/{tenant}/", "/x"),
        ("/t/{tenant}", "x"),
        ("t/{tenant}", "/x"),
        ("", "/t/{tenant}/x"),
        ("/", "/t/{tenant}/x"),
        ("/t", "/{tenant}/x"),
        ("/t/", "/{tenant}/x"),
        ("/t", "{tenant}/x"),
        ("/t/", "{tenant}/x"),
        ("/t//", "{tenant}/x"),
        ("/t/{a}", "//{tenant}/x"),
        ("//t", "/{tenant}/x"),
        ("/t/{a:[^/]*}", "/{tenant}/x"),
        ("/t/{tenant}", ""),
        ("/t/{tenant}", "/"),
    ] {
        let cors = keyed();
        let by = rules().origins([set("tenants").with_key("tenant")]);
        let scope = web::scope(outer).service(resource(inner.to_owned()).cors(by).get(tenant));
        let app = App::new().service(scope).wrap(cors);
        let app = match try_init!(app) {
            Ok(app) => app,
            Err(()) => {
                // An empty segment, or one that may be empty: reported at startup.
                continue;
            }
        };
        for path in [
            "/t/acme/x",
            "/t/acme//x",
            "//t/acme/x",
            "/t//acme/x",
            "/t///acme/x",
            "/t/acme",
            "/t/acme/",
            "/t/umbra/acme/x",
            "/t/umbra//acme/x",
            "/t//umbra/acme/x",
            "/t/acme/umbra/x",
            "/t/umbra/%2F/acme/x",
            "/tacme/x",
            "//t//acme/x",
            "/t/acme%2Fumbra/x",
        ] {
            for origin in [A, B] {
                let request = TestRequest::get().uri(path).insert_header(("origin", origin));
                let response = call_service(&app, request.to_request()).await;
                let status = response.status();
                let found = is_allowed(&cors_headers(&response), origin);
                let body = actix_web::test::read_body(response).await;
                let body = String::from_utf8_lossy(&body).into_owned();
                if found {
                    let expected = if origin == A { "acme" } else { "umbra" };
                    assert!(
                        !status.is_success() || body == expected,
                        "{outer} {inner} {path} {origin} {body}"
                    );
                }
            }
        }
    }
}

/// A middleware of the application or of a scope rewrites the path before it is matched.
#[actix_web::test]
async fn a_handler_and_its_key_see_the_same_path() {
    for (at, to) in
        [("app", "/t/acme/x"), ("app", "/t/umbra/x"), ("scope", "/t/umbra/x"), ("scope", "/")]
    {
        let rewrite = |on: bool| {
            let to: actix_web::http::Uri = to.parse().unwrap();
            from_fn(move |mut request: ServiceRequest, next: Next<_>| {
                if on {
                    request.match_info_mut().get_mut().update(&to);
                }
                next.call(request)
            })
        };
        let by = rules().origins([set("tenants").with_key("tenant")]);
        let inner = resource("/x").cors(by).get(tenant);
        let app = App::new()
            .service(web::scope("/t/{tenant}").wrap(rewrite(at == "scope")).service(inner))
            .default_service(web::to(|| async { "nothing" }))
            .wrap(rewrite(at == "app"))
            .wrap(keyed());
        let app = init_service(app).await;
        for (origin, own) in [(A, "acme"), (B, "umbra")] {
            let request = TestRequest::get().uri("/t/acme/x").insert_header(("origin", origin));
            let response = call_service(&app, request.to_request()).await;
            let found = is_allowed(&cors_headers(&response), origin);
            let body = actix_web::test::read_body(response).await;
            assert!(!found || body == own, "{at} {to} {origin} {body:?}");
        }
    }
}

/// An error carries no request, so its key is that of the path that was received, whatever a
/// middleware inside has made of it. `docs/runtime-origins.md` says to rewrite around `Cors`.
#[actix_web::test]
async fn an_error_after_a_rewrite_has_the_key_of_the_received_path() {
    let cors = Cors::try_from_toml_str(BY_POLICY).unwrap();
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", [A]).unwrap();
    tenants.replace("umbra", [B]).unwrap();
    let rewrite = |mut request: ServiceRequest, next: Next<_>| {
        request.match_info_mut().get_mut().update(&"/t/acme/x".parse().unwrap());
        next.call(request)
    };
    let fail = |request: ServiceRequest, _next: Next<actix_web::body::BoxBody>| async move {
        let path = request.match_info().as_str().to_owned();
        Err::<ServiceResponse, _>(actix_web::error::ErrorForbidden(format!("secret of {path}")))
    };
    let app = App::new()
        .default_service(web::to(HttpResponse::Ok))
        .wrap(from_fn(fail))
        .wrap(from_fn(rewrite))
        .wrap(cors);
    let app = init_service(app).await;
    let request = TestRequest::get().uri("/t/umbra/x").insert_header(("origin", B));
    let response = app.call(request.to_request()).await;
    let Err(error) = response else { panic!("the middleware fails") };
    assert!(is_allowed(&error_headers(&error), B));
    let request = TestRequest::get().uri("/t/umbra/x").insert_header(("origin", A));
    let Err(error) = app.call(request.to_request()).await else { panic!("the middleware fails") };
    assert!(!is_allowed(&error_headers(&error), A));
}

fn error_headers(error: &Error) -> Vec<String> {
    let request = TestRequest::default().to_http_request();
    cors_headers(&ServiceResponse::new(request, error.error_response()))
}

/// What an application that is gone required no longer counts.
#[actix_web::test]
async fn handlers_that_are_gone_require_nothing() {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]).build().unwrap();
    {
        let by = rules().origins([set("partners")]).credentials(true);
        let _app = init_service(
            App::new().service(resource("/x").cors(by).get(tenant)).wrap(cors.clone()),
        )
        .await;
        assert!(cors.live("partners").unwrap().replace(["http://a.example"]).is_err());
    }
    let changed = cors.live("partners").unwrap().replace(["http://a.example"]);
    assert!(changed.is_ok(), "{changed:?}");
}

/// What a failed start required does not count either.
#[actix_web::test]
async fn handlers_that_did_not_start_require_nothing() {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]).build().unwrap();
    cors.live("partners").unwrap().replace(["http://a.example"]).unwrap();
    let by = rules().origins([set("partners")]).credentials(true);
    let app = App::new().service(resource("/x").cors(by).get(tenant)).wrap(cors.clone());
    assert!(try_init!(app).is_err());
    let changed = cors.live("partners").unwrap().insert(["http://b.example"]);
    assert!(changed.is_ok(), "{changed:?}");
}

/// The help of the first problem of a group with these rules.
fn help(key: &str) -> String {
    let error = Cors::try_from_toml_str(&format!(
        "[cors]\n[cors.sets]\ntenants = {{ live = true, keyed = true }}\n[[cors.paths]]\n\
         match = \"/t/{{tenant}}/**\"\norigins = {{ set = \"tenants\", key = \"{key}\" }}\n"
    ));
    error.unwrap_err().problems()[0].help().unwrap_or_default().to_owned()
}

#[test]
fn help_says_what_to_write() {
    let braces = "write the name without braces: `{ set = \"tenants\", key = \"tenant\" }`";
    assert_eq!(help("{tenant}"), braces);
    assert_eq!(help("{tenant:[a-z]+}"), braces);
    for key in ["", "*"] {
        let help = help(key);
        assert!(help.contains("`{tenant}` in `/t/{tenant}/**`"), "{help}");
    }
}

#[test]
fn a_key_that_cannot_be_is_no_element() {
    let error = keyed().keyed("tenants").unwrap().replace("a/b", ["x"]).unwrap_err();
    let shown = error.to_string();
    assert!(!shown.contains("element 0, `a/b`"), "{shown}");
}

/// `match_info` has `a%2Bb` here, and `web::Path` has `a+b`: a key with two readings.
#[actix_web::test]
async fn an_encoded_plus_has_two_readings() {
    let cors = Cors::try_from_toml_str(BY_POLICY).unwrap();
    cors.keyed("tenants").unwrap().replace("a+b", [A]).unwrap();
    let app = serve!(cors);
    assert!(is_allowed(&get(&app, "/t/a+b/x", A).await, A));
    assert!(!is_allowed(&get(&app, "/t/a%2Bb/x", A).await, A));
}

/// A report is short, however much a set contains.
#[test]
fn a_reload_that_refuses_many_origins_is_reported_in_short() {
    let policy = || Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = policy().build().unwrap();
    let many: Vec<_> = (0..2_000).map(|n| format!("http://a{n}.example")).collect();
    cors.live("partners").unwrap().replace(many).unwrap();
    let error = cors.apply(&policy().credentials(true).config()).unwrap_err();
    assert!(error.problems().len() <= 100, "{} problems", error.problems().len());
}

/// Initialises an application that may not start.
macro_rules! try_init {
    ($app:expr) => {{
        use actix_web::dev::{AppConfig, ServiceFactory as _};
        let factory = actix_service::IntoServiceFactory::into_factory($app);
        factory.new_service(AppConfig::default()).await.map_err(drop)
    }};
}
use try_init;
