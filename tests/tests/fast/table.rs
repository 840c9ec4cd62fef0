//! The table of policies: its width, as data, and what a change opens and closes; the counters
//! of reloads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, get, put};
use cors_actix::core::Config;
use cors_actix::{Cors, PolicyTable, cors};

fn table(toml: &str) -> PolicyTable {
    Cors::try_from_toml_str(toml).unwrap().table()
}

fn global(rules: &str) -> PolicyTable {
    table(&format!("[cors]\n{rules}\n"))
}

fn diff(before: &str, after: &str) -> String {
    global(before).diff(&global(after)).to_string()
}

#[test]
fn a_difference_is_split_into_what_is_opened_and_what_is_closed() {
    const A: &str = "origins = ['https://a.example']";
    const SUBDOMAINS: &str = "origins = ['https://*.a.example']";
    const ONE: &str = "origins = ['https://x.a.example']";
    let opens = |what: &str| format!("opens\n  everything else: {what}");
    let closes = |what: &str| format!("closes\n  everything else: {what}");
    let with = |more: &str| format!("{A}\n{more}");
    for (before, after, expected) in [
        (A, A, String::new()),
        (A, "origins = 'any'", opens("origins: any")),
        ("origins = 'any'", A, closes("origins: any")),
        ("off = true", A, opens("origins: https://a.example")),
        (A, "off = true", closes("origins: https://a.example")),
        // A pattern covers the other one.
        (ONE, SUBDOMAINS, opens("origins: https://*.a.example")),
        (SUBDOMAINS, ONE, closes("origins: https://*.a.example")),
        (A, &with("credentials = true"), opens("credentials: true")),
        (&with("credentials = true"), A, closes("credentials: true")),
        (A, &with("credentials = ['https://a.example']"), opens("credentials: https://a.example")),
        // All allowed origins, written in two ways.
        (&with("credentials = ['https://a.example']"), &with("credentials = true"), String::new()),
        (
            &with("credentials = true"),
            "origins = ['https://a.example', 'https://b.example']\ncredentials = true",
            format!(
                "{}\n  everything else: credentials: https://b.example",
                opens("origins: https://b.example")
            ),
        ),
        // Without it, more requests reach handlers.
        (A, &with("enforce = true"), closes("enforce: true")),
        (&with("enforce = true"), A, opens("enforce: true")),
        (A, &with("max_age = 600"), opens("max_age: 600 s instead of 5 s")),
        (&with("max_age = 600"), &with("max_age = 0"), closes("max_age: 0 s instead of 600 s")),
        (A, &with("max_age = 5"), String::new()),
        (&with("headers = ['x-a']"), &with("headers = 'any'"), opens("headers: any")),
        (
            &with("headers = 'any_with_authorization'"),
            &with("headers = 'any'"),
            closes("headers: any_with_authorization"),
        ),
        (
            &with("headers = ['x-a', 'x-b']"),
            &with("headers = ['x-b', 'x-c']"),
            format!("{}\n{}", opens("headers: x-c"), closes("headers: x-a")),
        ),
        (A, &with("expose = 'any'"), opens("expose: any")),
        (A, &with("danger_allow_null_origin = true"), opens("origins: null")),
        // It allows nothing by itself.
        (A, &with("danger_allow_insecure_origins = true"), String::new()),
        // No page reads anything, so nothing else matters.
        ("off = true", "methods = ['PUT']", String::new()),
        ("origins = 'any'", "origins = 'any'\nenforce = true", String::new()),
    ] {
        let found = diff(before, after);
        assert_eq!(found, expected, "{before} -> {after}");
        assert_eq!(global(before).diff(&global(after)).opens(), found.contains("opens"));
    }
}

#[test]
fn groups_are_compared_by_their_paths() {
    let with = |paths: &str| table(&format!("[cors]\norigins = ['https://a.example']\n{paths}"));
    let (none, open) = (with(""), with("[[cors.paths]]\nmatch = '/public/**'\norigins = 'any'\n"));
    let diff = none.diff(&open);
    assert_eq!(diff.to_string(), "opens\n  /public/**: origins: any");
    assert!(diff.opens() && !diff.closes());
    let diff = open.diff(&none);
    assert_eq!(diff.to_string(), "closes\n  /public/**: origins: any");
    assert!(!diff.opens() && diff.closes());
    let closed = with("[[cors.paths]]\nmatch = '/internal/**'\noff = true\n");
    assert_eq!(
        none.diff(&closed).to_string(),
        "closes\n  /internal/**: origins: https://a.example"
    );
    let gateway = with("[[cors.paths]]\nmatch = '/gateway/**'\npassthrough = true\n");
    assert!(none.diff(&gateway).opens());
    let same = with("[[cors.paths]]\nmatch = '/same/**'\nmethods = ['POST', 'HEAD', 'GET']\n");
    assert!(none.diff(&same).is_empty());
    let narrower = with("[[cors.paths]]\nmatch = '/public/*'\norigins = 'any'\n");
    assert_eq!(open.diff(&narrower).to_string(), "closes\n  /public/**: origins: any");
}

#[test]
fn groups_are_compared_on_each_host() {
    let with = |paths: &str| table(&format!("[cors]\norigins = ['https://a.example']\n{paths}"));
    let on = |host: &str| {
        with(&format!("[[cors.paths]]\nmatch = '/**'\nhost = '{host}'\norigins = 'any'\n"))
    };
    for (before, after, expected) in [
        (with(""), on("t1.example.com"), "opens\n  /** on t1.example.com: origins: any"),
        (on("t1.example.com"), with(""), "closes\n  /** on t1.example.com: origins: any"),
        (on("t1.example.com"), on("t1.example.com"), ""),
        (on("t1.example.com"), on("*.example.com"), "opens\n  /** on *.example.com: origins: any"),
        (on("*.example.com"), on("t1.example.com"), "closes\n  /** on *.example.com: origins: any"),
    ] {
        assert_eq!(before.diff(&after).to_string(), expected);
    }
}

#[test]
fn disabled_cors_is_compared_as_passthrough() {
    let on = global("origins = ['https://a.example']");
    let disabled = global("enabled = false\norigins = ['https://a.example']");
    assert_eq!(
        on.diff(&disabled).to_string(),
        "opens\n  everything else: origins: passthrough\ncloses\n  everything else: origins: \
         https://a.example"
    );
    assert!(disabled.diff(&disabled).is_empty());
}

#[test]
fn named_policies_and_routes_are_compared_by_their_names() {
    let named = |policies: &str| {
        let text = format!("[cors]\norigins = ['https://a.example']\n{policies}");
        let resolver = Config::from_toml(&text, "cors.toml").resolve().unwrap();
        PolicyTable::without_application(&resolver, None)
    };
    let (none, open) = (named(""), named("[cors.policies.open]\norigins = 'any'\n"));
    let diff = none.diff(&open);
    assert_eq!(diff.to_string(), "is new\n  the policy `open`: origins: any");
    assert!(diff.opens() && diff.added().len() == 1);
    let diff = open.diff(&none);
    assert_eq!(diff.to_string(), "is gone\n  the policy `open`: origins: any");
    assert!(diff.closes() && diff.removed().len() == 1);
    let listed = named("[cors.policies.open]\norigins = ['https://b.example']\n");
    assert_eq!(open.diff(&listed).to_string(), "closes\n  the policy `open`: origins: any");
}

#[test]
fn places_do_not_matter() {
    let moved = "\n# A comment.\n[cors]\nmax_age = 60\norigins = ['https://a.example']\n";
    let before = "[cors]\norigins = ['https://a.example']\nmax_age = 60\n";
    assert_eq!(table(before), table(moved));
    assert!(table(before).diff(&table(moved)).is_empty());
    assert_ne!(table(before), table(&before.replace("60", "61")));
}

#[cors]
#[get("/orders/with/a/rather/long/path/{tenant}/{region}/{order}/items/{item}/history")]
async fn long() -> impl Responder {
    "long"
}

#[cors(origins += ["https://partner.example"], headers += ["x-one", "x-two"], credentials, enforce)]
#[put("/orders")]
async fn narrow() -> impl Responder {
    HttpResponse::Ok()
}

fn big_config() -> String {
    let origins: Vec<_> =
        (0..40).map(|n| format!("'https://frontend-{n}.apps.example.com'")).collect();
    let headers: Vec<_> = (0..20).map(|n| format!("'x-header-{n}'")).collect();
    format!(
        "[cors]\norigins = [{}]\nheaders = [{}]\nexpose = ['etag']\ncredentials = true\n",
        origins.join(", "),
        headers.join(", ")
    )
}

#[actix_web::test]
async fn the_table_fits_a_hundred_columns_and_is_complete_as_data() {
    let cors = Cors::try_from_toml_str(&big_config()).unwrap();
    let app = App::new().service(long).service(narrow).wrap(cors.clone());
    let _running = init_service(app).await;
    let table = cors.table();
    let text = table.to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
    }
    assert!(text.contains("and 33 more"), "{text}");
    let json = serde_json::to_string(&table).unwrap();
    assert!(json.contains("frontend-39"), "every origin is there");
    let again: PolicyTable = serde_json::from_str(&json).unwrap();
    assert_eq!(again, table);
    assert_eq!(again.to_string(), text, "with the places");
    for (broken, why) in [
        (json.replace("\"max_age\"", "\"max_ages\""), "a policy without `max_age`"),
        (json.replace("\"value\":null", "\"value\":\"soon\""), "`soon` is no value of `max_age`"),
        (json.replacen("\"expose\"", "\"x\":{\"value\":1,\"from\":[]},\"expose\"", 1), "`x`"),
    ] {
        let error = serde_json::from_str::<PolicyTable>(&broken).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn the_table_names_the_file_and_the_profile() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "[cors]\nprofile = 'staging'\n\n[cors.profiles.staging]\norigins = 'any'\n";
    std::fs::write(file.path(), text).unwrap();
    let table = Cors::try_from_path(file.path()).unwrap().table();
    let path = file.path().canonicalize().unwrap().display().to_string();
    assert_eq!((table.file(), table.profile()), (Some(&*path), Some("staging")));
    let head = format!("read from {path}\nprofile staging\nGET, HEAD, POST  everything else\n");
    assert!(table.to_string().starts_with(&head), "{table}");
    let json = serde_json::to_value(&table).unwrap();
    assert_eq!((&json["file"], &json["profile"]), (&path.as_str().into(), &"staging".into()));
}

#[actix_web::test]
async fn reloads_return_the_difference_and_are_counted() {
    let config = |origin: &'static str| Cors::builder().origins([origin]).config();
    let cors = Cors::builder().origins(["https://a.example"]).build().unwrap();
    let app = init_service(App::new().service(narrow).wrap(cors.clone())).await;
    let diff = cors.apply(&config("https://b.example")).unwrap();
    // The route has `credentials = true`, so the origin may send them, too.
    let expected = "opens\n  PUT /orders: origins: https://b.example\n  \
                    PUT /orders: credentials: https://b.example\n  \
                    everything else: origins: https://b.example\ncloses\n  \
                    PUT /orders: origins: https://a.example\n  \
                    PUT /orders: credentials: https://a.example\n  \
                    everything else: origins: https://a.example";
    assert_eq!(diff.to_string(), expected);
    assert!(cors.apply(&config("https://b.example")).unwrap().is_empty());
    cors.apply(&config("https://b.example/")).unwrap_err();
    cors.reload().unwrap_err();
    let reloads = cors.reloads();
    assert_eq!((reloads.succeeded(), reloads.failed()), (2, 2));
    assert!(reloads.last_succeeded() <= reloads.last_failed());

    let request = TestRequest::put().uri("/orders").insert_header(("origin", "https://b.example"));
    call_service(&app, request.to_request()).await;
    let metrics = cors.metrics();
    let samples: Vec<_> = metrics.lines().filter(|line| !line.starts_with('#')).collect();
    for line in [
        "cors_decisions_total{kind=\"actual\",outcome=\"allowed\"} 1",
        "cors_reloads_total{outcome=\"succeeded\"} 2",
        "cors_reloads_total{outcome=\"failed\"} 2",
        "cors_configuration_info{profile=\"\"} 1",
    ] {
        assert!(samples.contains(&line), "{line}\nis not in\n{metrics}");
    }
    assert_eq!(samples.len(), 24 + 3 + 2 + 2 + 1);
    let is_sample =
        |line: &&str| line.rsplit_once("} ").is_some_and(|(_, n)| n.parse::<u64>().is_ok());
    assert!(samples.iter().all(is_sample), "{metrics}");
}

#[actix_web::test]
async fn requests_are_counted_by_route() {
    let cors = Cors::builder().origins(["https://a.example"]).build().unwrap();
    let app = App::new().service(narrow).service(long).wrap(cors.clone());
    let app = init_service(app).await;
    for (method, path, origin, asked) in [
        ("PUT", "/orders", "https://a.example", None),
        ("PUT", "/orders", "https://partner.example", None),
        ("PUT", "/orders", "https://b.example", None),
        ("OPTIONS", "/orders", "https://a.example", Some("PUT")),
        ("OPTIONS", "/orders", "https://b.example", Some("PUT")),
        ("GET", "/nowhere", "https://a.example", None),
        ("OPTIONS", "/nowhere", "https://a.example", Some("PUT")),
    ] {
        let request = TestRequest::with_uri(path).method(method.parse().unwrap());
        let request = request.insert_header(("origin", origin));
        let request = asked
            .into_iter()
            .fold(request, |it, asked| it.insert_header(("access-control-request-method", asked)));
        call_service(&app, request.to_request()).await;
    }
    let counts = cors.counts_by_route();
    let counts: Vec<_> = counts
        .iter()
        .map(|it| {
            let preflights = (it.preflights_allowed(), it.preflights_refused());
            (it.path().len() > 20, it.handler().is_some(), it.allowed(), it.refused(), preflights)
        })
        .collect();
    let expected =
        [(false, true, 2, 1, (1, 1)), (true, true, 0, 0, (0, 0)), (false, false, 1, 0, (0, 1))];
    assert_eq!(counts, expected);
}
