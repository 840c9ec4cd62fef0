//! The content of a live set: what is accepted, and what a request sees of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use actix_service::{IntoServiceFactory as _, ServiceFactory as _};
use actix_web::dev::AppConfig;
use actix_web::{Responder, get, put};
use cors_actix::{Cors, cors, limits, origin, regex, rules, set};
use cors_tests::client::{Connection, Protocol, send};
use cors_tests::server::Server;

use super::*;

fn partners() -> Cors {
    Cors::try_from_toml_str(
        r#"
        [cors]
        origins = ["https://fixed.example", { set = "partners" }]
        [cors.sets]
        partners = { live = true }
        "#,
    )
    .unwrap()
}

#[actix_web::test]
async fn a_live_set_is_empty_until_it_is_filled() {
    let cors = partners();
    let app = serve!(cors);
    assert_eq!(get(&app, "/", A).await, unreadable());
    assert_eq!(get(&app, "/", "https://fixed.example").await, readable("https://fixed.example"));

    let partners = cors.live("partners").unwrap();
    partners.replace([A, "https://*.b.example"]).unwrap();
    assert_eq!(get(&app, "/", A).await, readable(A));
    assert_eq!(get(&app, "/", "https://x.b.example").await, readable("https://x.b.example"));
    assert_eq!(get(&app, "/", "https://fixed.example").await, readable("https://fixed.example"));
    assert!(is_allowed(&preflight(&app, "/", A).await, A));

    partners.insert(C).unwrap();
    partners.insert(C).unwrap();
    assert_eq!(partners.origins(), ["https://*.b.example", A, C]);
    partners.remove([A, "https://x.b.example"]).unwrap();
    assert_eq!(partners.origins(), ["https://*.b.example", C], "removed by their text");
    assert_eq!(get(&app, "/", A).await, unreadable());

    partners.replace([""; 0]).unwrap();
    assert_eq!(get(&app, "/", C).await, unreadable());
    assert_eq!(partners.status().unwrap().origins(), 0);
}

#[actix_web::test]
async fn null_and_broken_origins_are_in_no_live_set() {
    let cors = partners();
    let app = serve!(cors);
    cors.live("partners").unwrap().replace([origin(A), regex("https://[a-z]+")]).unwrap();
    for broken in ["null", "", "https://", "https://a.example/", "https://a.example,https://x"] {
        assert_eq!(get(&app, "/", broken).await, unreadable(), "{broken}");
    }
    assert_eq!(get(&app, "/", "https://any").await, readable("https://any"));
}

#[test]
fn a_wrong_origin_leaves_everything_unchanged_and_is_named() {
    let cors = partners();
    let partners = cors.live("partners").unwrap();
    partners.replace([A]).unwrap();
    let wrong = [B, "c.example", "https://d.example/", "*", "null", "any", ""];
    let error = partners.replace(wrong).unwrap_err();
    assert_eq!(
        rejected(&error),
        [
            (1, "c.example", "cors::missing-scheme"),
            (2, "https://d.example/", "cors::trailing-slash"),
            (3, "*", "cors::quoted-wildcard"),
            (4, "null", "cors::null-origin"),
            (5, "any", "cors::quoted-wildcard"),
            (6, "", "cors::empty-origin"),
        ]
    );
    assert!(error.to_string().contains("element 2, `https://d.example/`: "), "{error}");
    assert!(error.to_string().contains("write `https://d.example`"), "{error}");
    assert_eq!(partners.origins(), [A]);
    assert_eq!(rejected(&partners.insert([C, "d"]).unwrap_err())[0].0, 1);
    let nested = partners.insert([set("partners")]).unwrap_err();
    assert_eq!(rejected(&nested), [(0, "partners", "cors::nested-set")]);
    assert_eq!(partners.origins(), [A]);

    let left_out = partners.replace_valid(wrong).unwrap();
    assert_eq!(left_out.len(), 6);
    assert_eq!(left_out[0].text(), "c.example");
    assert_eq!(partners.origins(), [B]);
    assert_eq!(partners.status().unwrap().left_out(), 6);
    partners.replace([A, A]).unwrap();
    assert_eq!(partners.origins(), [A], "twice is no mistake");
}

#[test]
fn a_set_that_is_not_live_is_named_with_those_that_are() {
    let cors = Cors::builder()
        .live_set("partners")
        .keyed_set("tenants")
        .set("fixed", [A])
        .build()
        .unwrap();
    let code = |error: &cors_actix::Error| error.problems()[0].code().as_str();
    let help = |error: &cors_actix::Error| error.problems()[0].help().unwrap().to_owned();
    let error = cors.live("partner").unwrap_err();
    assert_eq!(
        (code(&error), help(&error)),
        ("cors::unknown-live-set", "did you mean `partners`?".to_owned())
    );
    assert_eq!(help(&cors.live("x").unwrap_err()), "the live sets are `partners`, `tenants`");
    let error = cors.live("fixed").unwrap_err();
    assert_eq!(help(&error), "define it as a live set: `fixed = { live = true }`");
    assert_eq!(code(&cors.live("tenants").unwrap_err()), "cors::wrong-kind-of-set");
    assert_eq!(code(&cors.keyed("partners").unwrap_err()), "cors::wrong-kind-of-set");
    let none = Cors::builder().build().unwrap();
    let error = none.live("partners").unwrap_err();
    assert_eq!(help(&error), "define it: `[cors.sets]` `partners = { live = true }`");
}

#[test]
fn the_rules_beside_a_live_set_hold_for_its_content() {
    let checked = |cors: Cors, text: &'static str| {
        let error = cors.live("partners").unwrap().replace([A, text]).map(drop);
        error.map_or_else(|error| rejected(&error)[0].2.to_owned(), |()| "accepted".to_owned())
    };
    let builder = || Cors::builder().live_set("partners");
    let used = || builder().origins([set("partners")]);
    let suffix = "https://*.github.io";
    let cases: [(Cors, &str, &str); 14] = [
        (used().build().unwrap(), "http://b.example", "accepted"),
        (
            used().credentials(true).build().unwrap(),
            "http://b.example",
            "cors::insecure-with-credentials",
        ),
        (
            used().credentials(true).danger_allow_insecure_origins(true).build().unwrap(),
            "http://b.example",
            "accepted",
        ),
        (used().credentials(true).build().unwrap(), suffix, "cors::public-suffix-with-credentials"),
        (
            used().private_network(true).build().unwrap(),
            suffix,
            "cors::public-suffix-with-credentials",
        ),
        // The set is a part of the list of credentials only.
        (
            builder().origins_any().credentials([set("partners")]).build().unwrap(),
            "http://b.example",
            "cors::insecure-with-credentials",
        ),
        (
            used().limits(limits().origins(["https://*.example"])).build().unwrap(),
            "https://b.test",
            "cors::over-limit",
        ),
        (
            used().limits(limits().origins(["https://*.example"])).build().unwrap(),
            "https://b.example",
            "accepted",
        ),
        // Limits may name the set itself.
        (
            used().limits(limits().origins([set("partners")])).build().unwrap(),
            "https://b.test",
            "accepted",
        ),
        (
            used().profile("production").build().unwrap(),
            "http://localhost:*",
            "cors::loopback-in-production",
        ),
        // Nothing is required where no policy uses the set.
        (builder().origins([B]).credentials(true).build().unwrap(), "http://b.example", "accepted"),
        // A rule of one group holds for the content everywhere.
        (
            used()
                .paths("/private/**", rules().origins([set("partners")]).credentials(true))
                .build()
                .unwrap(),
            "http://b.example",
            "cors::insecure-with-credentials",
        ),
        (
            used().report_only(rules().credentials(true)).build().unwrap(),
            "http://b.example",
            "cors::insecure-with-credentials",
        ),
        (
            builder()
                .policy("own", rules().origins([set("partners")]).credentials(true))
                .paths("/x", rules().policy("own"))
                .build()
                .unwrap(),
            "http://b.example",
            "cors::insecure-with-credentials",
        ),
    ];
    for (index, (cors, text, expected)) in cases.into_iter().enumerate() {
        assert_eq!(checked(cors, text), expected, "case {index}: {text}");
    }
}

#[cors(origins = set("partners"), credentials)]
#[get("/orders")]
async fn orders() -> impl Responder {
    "[]"
}

#[cors(origins -= set("partners"))]
#[put("/closed")]
async fn without_partners() -> impl Responder {
    "saved"
}

#[actix_web::test]
async fn the_rules_of_a_handler_hold_for_the_content() {
    let cors = Cors::builder().live_set("partners").origins([origin(B), set("partners")]).build();
    let cors = cors.unwrap();
    let partners = cors.live("partners").unwrap();
    partners.replace(["http://a.example"]).unwrap();
    let apps = || App::new().service(orders).service(without_partners).wrap(cors.clone());
    let refused = apps().into_factory().new_service(AppConfig::default()).await;
    assert!(refused.is_err(), "the content is not accepted beside credentials");

    partners.replace([A]).unwrap();
    let app = init_service(apps()).await;
    let with_credentials = [
        "access-control-allow-credentials: true".to_owned(),
        format!("access-control-allow-origin: {A}"),
        "vary: Origin".to_owned(),
    ];
    assert_eq!(get(&app, "/orders", A).await, with_credentials);
    assert_eq!(get(&app, "/orders", B).await, unreadable());
    assert!(is_allowed(&preflight(&app, "/closed", B).await, B));
    assert!(!is_allowed(&preflight(&app, "/closed", A).await, A));

    let error = partners.insert("http://a.example").unwrap_err();
    assert_eq!(rejected(&error)[0].2, "cors::insecure-with-credentials");
    assert!(error.rejected()[0].problem().report().contains("the set is used here"));
}

#[test]
fn operators_treat_a_live_set_as_one_element() {
    let group = |rules: cors_actix::CorsRules| {
        let builder = Cors::builder().live_set("partners").origins([origin(B), set("partners")]);
        match builder.paths("/x", rules).build() {
            Ok(cors) => {
                let table = cors.table();
                let row = table.rows()[0].get(cors_core::Setting::Origins).unwrap();
                row.value().to_string()
            }
            Err(error) => error.problems()[0].code().to_string(),
        }
    };
    assert_eq!(group(rules().origins_add([A])), format!("{A}, {B}, live set partners"));
    assert_eq!(group(rules().origins_remove([set("partners")])), B);
    assert_eq!(group(rules().origins_remove([B])), "live set partners");
    assert_eq!(group(rules().origins_remove([A])), "cors::covered-by-pattern");
    assert_eq!(group(rules().origins_remove([origin(B), set("partners")])), "cors::nothing-left");
    assert_eq!(group(rules().origins_any()), "any");
    assert_eq!(group(rules().origins([set("partners")])), "live set partners");
    let with = set("partners").with_key("tenant");
    assert_eq!(group(rules().origins([with])), "cors::unexpected-set-key");
}

#[test]
fn inherited_credentials_do_not_apply_to_an_added_live_set() {
    let cors = Cors::builder()
        .live_set("partners")
        .origins([B])
        .credentials(true)
        .paths("/x", rules().origins_add([set("partners")]))
        .build();
    let codes = cors.unwrap_err();
    assert_eq!(codes.problems()[0].code().as_str(), "cors::inherited-credentials");
}

#[actix_web::test]
async fn only_listed_live_origins_send_credentials() {
    let cors = Cors::builder().live_set("trusted").origins_any().credentials([set("trusted")]);
    let cors = cors.build().unwrap();
    let app = serve!(cors);
    cors.live("trusted").unwrap().replace([A]).unwrap();
    let lines = get(&app, "/", A).await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines.contains(&"access-control-allow-credentials: true".to_owned()));
    assert_eq!(get(&app, "/", B).await, ["access-control-allow-origin: *", "vary: Origin"]);
}

#[actix_web::test]
async fn enforce_refuses_what_a_live_set_does_not_contain() {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]).enforce(true);
    let cors = cors.build().unwrap();
    let app = serve!(cors);
    let status = async || {
        let request = TestRequest::post().insert_header(("origin", A)).to_request();
        call_service(&app, request).await.status().as_u16()
    };
    assert_eq!(status().await, 403);
    cors.live("partners").unwrap().insert(A).unwrap();
    assert_eq!(status().await, 200);
}

#[test]
fn a_change_applies_to_all_workers_and_no_request_sees_half_of_it() {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]).build().unwrap();
    let partners = cors.live("partners").unwrap();
    partners.replace([A, B]).unwrap();
    let shared = cors.clone();
    let server = Server::start(3, move || {
        App::new().default_service(actix_web::web::to(HttpResponse::Ok)).wrap(shared.clone())
    });
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(server.address()).unwrap();
                    let mut number = 0;
                    while !stop.load(Ordering::Relaxed) {
                        // `B` is in the content before and after each change.
                        let reply = connection.send("GET", "/", &[("origin", B.as_bytes())]);
                        let reply = reply.unwrap();
                        assert_eq!(reply.header("access-control-allow-origin").as_deref(), Some(B));
                        number += 1;
                    }
                    number
                })
            })
            .collect();
        let begun = Instant::now();
        for round in 0.. {
            partners.replace(if round % 2 == 0 { [B, C] } else { [A, B] }).unwrap();
            let (present, absent) = if round % 2 == 0 { (C, A) } else { (A, C) };
            for _ in 0..4 {
                let of = |origin: &str| {
                    let headers = [("origin", origin.as_bytes())];
                    let reply = send(server.address(), Protocol::Http1, "GET", "/", &headers);
                    reply.header("access-control-allow-origin").is_some()
                };
                assert!(of(present) && !of(absent), "on a new connection, so on any worker");
            }
            if begun.elapsed().as_millis() > 500 {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(clients.into_iter().all(|client| client.join().unwrap() > 0));
    });
}

/// The same set gives the origin and the credentials of a response.
#[test]
fn no_response_has_the_origin_of_one_content_and_the_credentials_of_another() {
    let by = |parameter: &str| [set("tenants").with_key(parameter.to_owned())];
    let cors = Cors::builder()
        .live_set("partners")
        .keyed_set("tenants")
        .paths("/list", rules().origins([set("partners")]).credentials([set("partners")]))
        .paths(
            "/u/{one}/{other}",
            rules()
                .origins([set("tenants").with_key("one"), set("tenants").with_key("other")])
                .credentials(by("other")),
        )
        .build()
        .unwrap();
    let (partners, tenants) = (cors.live("partners").unwrap(), cors.keyed("tenants").unwrap());
    let shared = cors.clone();
    let server = Server::start(2, move || {
        App::new().default_service(actix_web::web::to(HttpResponse::Ok)).wrap(shared.clone())
    });
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = ["/list", "/u/one/other"]
            .into_iter()
            .map(|path| {
                let (stop, server) = (&stop, &server);
                scope.spawn(move || {
                    let mut connection = Connection::open(server.address()).unwrap();
                    let mut seen = [0, 0];
                    while !stop.load(Ordering::Relaxed) {
                        let reply =
                            connection.send("GET", path, &[("origin", A.as_bytes())]).unwrap();
                        let has = |name| reply.header(name).is_some();
                        let origin = has("access-control-allow-origin");
                        assert_eq!(origin, has("access-control-allow-credentials"), "{path}");
                        seen[usize::from(origin)] += 1;
                    }
                    seen
                })
            })
            .collect();
        let begun = Instant::now();
        while begun.elapsed().as_millis() < 700 {
            partners.replace([A]).unwrap();
            tenants.replace_all([("one", [A]), ("other", [A])]).unwrap();
            std::thread::yield_now();
            partners.replace([B]).unwrap();
            tenants.replace_all([("one", [B]), ("other", [B])]).unwrap();
            std::thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            let seen = client.join().unwrap();
            assert!(seen[0] > 0 && seen[1] > 0, "both contents: {seen:?}");
        }
    });
}

#[test]
fn a_live_set_is_shown_in_table_explanation_and_metrics() {
    let cors = partners();
    assert!(cors.table().to_string().contains("https://fixed.example, live set partners"));
    cors.live("partners").unwrap().replace([A]).unwrap();
    let explained = |origin: &str| {
        let request = cors_core::PageRequest::new(origin, "GET");
        cors.explain("/", &request)[0].to_string()
    };
    assert!(explained(A).contains("allowed  `https://a.example`"), "{}", explained(A));
    let refused = explained(B);
    assert!(refused.contains("add it to the live set `partners`, which has 1 origin"), "{refused}");
    let metrics = cors.metrics();
    for line in [
        "cors_live_set_origins{set=\"partners\"} 1",
        "cors_live_set_changes_total{set=\"partners\"} 1",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
    }
    assert!(metrics.contains("cors_live_set_age_seconds{set=\"partners\"} 0"), "{metrics}");
}
