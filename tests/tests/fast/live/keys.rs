//! Keyed sets: the origins of a request are those of the key in its path.

use std::collections::BTreeMap;

use actix_web::dev::ServiceRequest;
use actix_web::middleware::{NormalizePath, TrailingSlash};
use actix_web::{Responder, get, put};
use cors_actix::{Cors, cors, resource, rules, set};

use super::*;

const TENANTS: &str = r#"
    [cors]
    [cors.sets]
    tenants = { live = true, keyed = true }
    [[cors.paths]]
    match = "/t/{tenant}/**"
    origins = { set = "tenants", key = "tenant" }
"#;

fn tenants() -> Cors {
    let cors = Cors::try_from_toml_str(TENANTS).unwrap();
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", [A]).unwrap();
    tenants.replace("umbra.example", [B, C]).unwrap();
    cors
}

#[actix_web::test]
async fn a_request_has_the_origins_of_its_key() {
    let cors = tenants();
    let app = serve!(cors);
    for (path, origin, expected) in [
        ("/t/acme", A, true),
        ("/t/acme/", A, true),
        ("/t/acme/orders/7", A, true),
        ("/t/acme/orders/a%2Fb", A, true),
        ("/t/%61cme/orders", A, true),
        ("/t/acme/orders", B, false),
        ("/t/umbra.example/orders", B, true),
        ("/t/umbra.example/orders", A, false),
        ("/t/ACME/orders", A, false),
        ("/t/unknown/orders", A, false),
        ("/t/", A, false),
        ("/t", A, false),
        ("/other/acme", A, false),
        // What may be read in another way has no certain key.
        ("//t/acme/orders", A, false),
        ("/t//acme/orders", A, false),
        ("/t/acme%2Forders", A, false),
        ("/t/acme%2F", A, false),
        ("/t/./acme/orders", A, false),
        ("/t/umbra.example/../acme/x", A, false),
        ("/t/umbra.example/../acme/x", B, false),
        ("/t/umbra.example/..%2Facme/x", A, false),
        ("/t/umbra.example/..%2Facme/x", B, false),
        ("/t/%2E%2E/acme", A, false),
        ("/t/acme%25/orders", A, false),
    ] {
        let found = is_allowed(&get(&app, path, origin).await, origin);
        assert_eq!(found, expected, "GET {path} from {origin}");
        let found = is_allowed(&preflight(&app, path, origin).await, origin);
        // The default methods do not include PUT, which is no matter of the origin.
        assert_eq!(found, expected, "preflight of {path} from {origin}");
    }
}

#[cors(origins = set("tenants", key = "tenant"))]
#[get("/orders/{id}")]
async fn order() -> impl Responder {
    "order"
}

#[cors(origins = set("tenants", key = "tenant"), credentials)]
#[put("/orders/{id}")]
async fn put_order() -> impl Responder {
    "saved"
}

async fn plain() -> impl Responder {
    "plain"
}

#[actix_web::test]
async fn the_key_may_be_a_parameter_of_a_scope_around_the_handler() {
    let cors = Cors::builder().keyed_set("tenants").build().unwrap();
    let by_tenant = || rules().origins([set("tenants").with_key("tenant")]);
    let app = init_service(
        App::new()
            .service(web::scope("/t/{tenant}").service(order).service(put_order))
            .service(resource("/r/{tenant}/x").cors(by_tenant()).get(plain))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(cors.clone()),
    )
    .await;
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", [A]).unwrap();
    tenants.replace("umbra", [B]).unwrap();
    for (path, origin, expected) in [
        ("/t/acme/orders/7", A, true),
        ("/t/acme/orders/7", B, false),
        ("/t/umbra/orders/7", B, true),
        ("/t/umbra/orders/7", A, false),
        ("/t/acme/orders/umbra", A, true),
        ("/r/acme/x", A, true),
        ("/r/umbra/x", A, false),
        // `NormalizePath` routes these: the key is that of the handler that ran.
        ("//t/acme/orders/7", A, true),
        ("/t//acme/orders/7", B, false),
        ("/t/acme/orders/7/", A, true),
    ] {
        let found = is_allowed(&get(&app, path, origin).await, origin);
        assert_eq!(found, expected, "GET {path} from {origin}");
    }
    // Before routing, it is not certain by which path the request will be routed.
    assert!(!is_allowed(&preflight(&app, "//t/acme/orders/7", A).await, A));
    let put = preflight(&app, "/t/acme/orders/7", A).await;
    assert!(put.contains(&"access-control-allow-credentials: true".to_owned()), "{put:?}");
    assert!(!is_allowed(&preflight(&app, "/t/umbra/orders/7", A).await, A));
    let error = tenants.insert("acme", "http://a.example").unwrap_err();
    assert_eq!(rejected(&error), [(0, "http://a.example", "cors::insecure-with-credentials")]);
    assert_eq!(error.rejected()[0].key(), Some("acme"));
}

#[test]
fn a_key_is_a_parameter_of_the_path() {
    let code = |text: &str| {
        let file = format!(
            "[cors]\n[cors.sets]\ntenants = {{ live = true, keyed = true }}\n[[cors.paths]]\n{text}\n"
        );
        Cors::try_from_toml_str(&file).map_or_else(
            |error| error.problems()[0].code().as_str().to_owned(),
            |_| "accepted".to_owned(),
        )
    };
    let group = |path: &str, key: &str| {
        code(&format!("match = \"{path}\"\norigins = {{ set = \"tenants\"{key} }}"))
    };
    assert_eq!(group("/t/{tenant}/**", ", key = \"tenant\""), "accepted");
    assert_eq!(group("/t/{tenant}/**", ", key = \"tenent\""), "cors::unknown-parameter");
    assert_eq!(group("/t/*/**", ", key = \"tenant\""), "cors::unknown-parameter");
    assert_eq!(group("/t/{tenant}/**", ""), "cors::missing-set-key");
    assert_eq!(group("/t/{tenant}/**", ", kye = \"tenant\""), "cors::wrong-type");
    let global = "[cors]\norigins = { set = \"tenants\", key = \"tenant\" }\n[cors.sets]\ntenants = { live = true, keyed = true }\n";
    let error = Cors::try_from_toml_str(global).unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::unknown-parameter");
    assert!(error.to_string().contains("the global rules have no path"), "{error}");
}

#[test]
fn a_text_that_is_no_segment_is_no_key() {
    let cors = tenants();
    let tenants = cors.keyed("tenants").unwrap();
    for key in ["", ".", "..", "a/b", "/", "50%", "a%2Fb", "\u{FFFD}"] {
        let error = tenants.replace(key, [A]).unwrap_err();
        assert_eq!(error.problem().unwrap().code().as_str(), "cors::bad-set-key", "{key}");
        assert_eq!(tenants.origins(key), None, "{key}");
    }
    for key in ["acme.example", "a b", "ä", "a+b", "...", "?", "A"] {
        tenants.replace(key, [A]).unwrap();
        assert_eq!(tenants.origins(key), Some(vec![A.to_owned()]), "{key}");
    }
}

#[actix_web::test]
async fn unusual_keys_are_compared_with_the_decoded_segment() {
    let cors = tenants();
    let app = serve!(cors);
    let keys = [("a b", "a%20b"), ("ä", "%C3%A4"), ("a+b", "a+b"), ("?", "%3F"), ("a:b", "a:b")];
    for (key, spelling) in keys {
        cors.keyed("tenants").unwrap().replace(key, [A]).unwrap();
        let path = format!("/t/{spelling}/x");
        assert_eq!(get(&app, &path, A).await, readable(A), "{path}");
    }
}

#[actix_web::test]
async fn a_key_that_is_removed_allows_nothing_any_more() {
    let cors = tenants();
    let app = serve!(cors);
    assert_eq!(get(&app, "/t/acme/x", A).await, readable(A));
    let tenants = cors.keyed("tenants").unwrap();
    tenants.remove("acme").unwrap();
    assert_eq!(get(&app, "/t/acme/x", A).await, unreadable());
    assert_eq!(get(&app, "/t/umbra.example/x", B).await, readable(B), "others stay");
    tenants.remove("acme").unwrap();
    tenants.remove_origins("acme", [A]).unwrap();
    assert_eq!(tenants.origins("acme"), None, "nothing is removed from what is not there");
    tenants.remove_origins("umbra.example", [B]).unwrap();
    assert_eq!(get(&app, "/t/umbra.example/x", B).await, unreadable());
    assert_eq!(get(&app, "/t/umbra.example/x", C).await, readable(C));
}

#[test]
fn all_keys_are_replaced_at_once_or_not_at_all() {
    let cors = tenants();
    let tenants = cors.keyed("tenants").unwrap();
    let rows = [("one", vec![A]), ("a/b", vec![B]), ("two", vec![C, "c.example"])];
    let error = tenants.replace_all(rows.clone()).unwrap_err();
    let found: Vec<_> =
        error.rejected().iter().map(|it| (it.key().unwrap(), it.index(), it.text())).collect();
    assert_eq!(found, [("a/b", None, "a/b"), ("two", Some(1), "c.example")]);
    assert_eq!(tenants.status().unwrap().keys(), Some(2), "unchanged");

    let left_out = tenants.replace_all_valid(BTreeMap::from(rows)).unwrap();
    assert_eq!(left_out.len(), 2);
    assert_eq!(tenants.origins("one"), Some(vec![A.to_owned()]));
    assert_eq!(tenants.origins("two"), Some(vec![C.to_owned()]));
    assert_eq!(tenants.origins("acme"), None);
}

#[actix_web::test]
async fn ten_thousand_unknown_keys_leave_no_trace() {
    let cors = tenants();
    let app = serve!(cors);
    for number in 0..10_000 {
        let request = TestRequest::get().uri(&format!("/t/unknown-{number}/x"));
        let request = request.insert_header(("origin", A)).to_request();
        let response = call_service(&app, request).await;
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
    let status = &cors.live_sets()[0];
    assert_eq!((status.keys(), status.origins(), status.changes()), (Some(2), 3, 2));
}

#[actix_web::test]
async fn a_refusal_names_the_set_and_the_key() {
    let cors = tenants();
    let _app = serve!(cors);
    let explained = |path: &str| {
        let request = cors_core::PageRequest::new("https://new.example", "GET");
        cors.explain(path, &request)[0].to_string()
    };
    for (path, expected) in [
        ("/t/acme/x", "add it to the live set `tenants`, key `acme`, which has 1 origin"),
        ("/t/unknown/x", "add it to the live set `tenants`, which has no key `unknown`"),
        ("/t/a%2Fb/x", "the key `{tenant}` is not certain for this path"),
    ] {
        let explained = explained(path);
        assert!(explained.contains(expected), "{path}\n{explained}");
        assert!(explained.contains("`origins` is live set tenants by {tenant}"), "{explained}");
    }
}

/// Rewrites `/alias/…` to `/t/acme/…` after the edge.
#[actix_web::test]
async fn a_path_that_is_rewritten_inside_has_no_certain_key() {
    let cors = tenants();
    let rewrite = |mut request: ServiceRequest, next: actix_web::middleware::Next<_>| {
        if request.path().starts_with("/t/umbra.example") {
            request.match_info_mut().get_mut().update(&"/t/acme/x".parse().unwrap());
        }
        next.call(request)
    };
    let app = App::new()
        .default_service(web::to(HttpResponse::Ok))
        .wrap(actix_web::middleware::from_fn(rewrite))
        .wrap(cors.clone());
    let app = init_service(app).await;
    assert!(is_allowed(&get(&app, "/t/acme/x", A).await, A));
    for origin in [A, B] {
        assert!(!is_allowed(&get(&app, "/t/umbra.example/x", origin).await, origin), "{origin}");
    }
}

/// What a worker remembers of a preflight is which policies apply, not what they decided.
#[actix_web::test]
async fn a_preflight_that_is_repeated_is_decided_anew() {
    let cors = Cors::try_from_toml_str(&format!("{TENANTS}methods = ['PUT']\n")).unwrap();
    let tenants = cors.keyed("tenants").unwrap();
    tenants.replace("acme", [A]).unwrap();
    let app = serve!(cors);
    for _ in 0..3 {
        assert!(is_allowed(&preflight(&app, "/t/acme/x", A).await, A));
        assert!(!is_allowed(&preflight(&app, "/t/acme/x", B).await, B));
        assert!(!is_allowed(&preflight(&app, "/t/umbra/x", A).await, A));
        assert!(!is_allowed(&preflight(&app, "//t/acme/x", A).await, A));
    }
    tenants.replace("acme", [B]).unwrap();
    for _ in 0..2 {
        assert!(!is_allowed(&preflight(&app, "/t/acme/x", A).await, A));
        assert!(is_allowed(&preflight(&app, "/t/acme/x", B).await, B));
    }
}
