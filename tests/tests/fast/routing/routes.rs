//! Annotated routes in real applications: which policy answers for which
//! request, in scopes, beside un-annotated routes, and where several
//! applications share a thread.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, delete, get, guard, put, route, routes, web};
use cors_actix::{Cors, cors};

const GLOBAL: &str = r#"
[cors]
origins = ["https://app.example"]
headers = ["content-type"]

[cors.policies.partner]
origins = ["https://partner.example"]

[[cors.paths]]
match = "/public/**"
origins = "any"
"#;

#[cors]
#[get("/orders")]
async fn list() -> impl Responder {
    "list"
}

#[cors(origins += ["https://beta.example"], headers += ["x-csrf-token"])]
#[put("/orders")]
async fn replace() -> impl Responder {
    "replace"
}

#[cors(off)]
#[delete("/orders")]
async fn drop_all() -> impl Responder {
    "drop"
}

#[cors(origins = ["https://one.example"])]
#[get("/items/{id}")]
async fn item() -> impl Responder {
    "item"
}

#[cors(origins = ["https://two.example"])]
#[put("/items/{id}")]
async fn put_item() -> impl Responder {
    "put item"
}

#[cors(policy = "partner")]
#[routes]
#[get("/both")]
#[post("/both")]
async fn both() -> impl Responder {
    "both"
}

#[cors(policy = "partner", methods = [PATCH, "PURGE"])]
#[route("/many", method = "GET", method = "PATCH", method = "PURGE")]
async fn many() -> impl Responder {
    "many"
}

/// The status and the sorted CORS headers of an answer.
type Answer = (u16, Vec<(String, String)>);

async fn answer<B: MessageBody + 'static>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> Answer {
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => error.error_response(),
    };
    let is_cors = |name: &str| name.starts_with("access-control-") || name == "vary";
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| is_cors(name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (response.status().as_u16(), headers)
}

fn preflight(path: &str, origin: &str, method: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", method))
}

fn actual(path: &str, origin: &str, method: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .insert_header(("origin", origin))
}

fn expected(status: u16, headers: &[(&str, &str)]) -> Answer {
    (status, headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
}

const PREFLIGHT_VARY: (&str, &str) =
    ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

fn refused() -> Answer {
    expected(403, &[PREFLIGHT_VARY])
}

fn allowed(origin: &str, method: &str) -> Answer {
    expected(
        204,
        &[
            ("access-control-allow-methods", method),
            ("access-control-allow-origin", origin),
            PREFLIGHT_VARY,
        ],
    )
}

fn readable(status: u16, origin: &str) -> Answer {
    expected(status, &[("access-control-allow-origin", origin), ("vary", "Origin")])
}

fn unreadable(status: u16) -> Answer {
    expected(status, &[("vary", "Origin")])
}

fn global() -> Cors {
    Cors::try_from_toml_str(GLOBAL).unwrap()
}

#[actix_web::test]
async fn each_method_of_a_path_has_the_policy_of_its_handler() {
    let app = App::new().service(list).service(replace).service(drop_all).wrap(global());
    let app = init_service(app).await;
    let (app_origin, beta) = ("https://app.example", "https://beta.example");

    assert_eq!(
        answer(&app, preflight("/orders", app_origin, "GET")).await,
        allowed(app_origin, "GET")
    );
    assert_eq!(answer(&app, preflight("/orders", beta, "GET")).await, refused());
    assert_eq!(answer(&app, preflight("/orders", beta, "PUT")).await, allowed(beta, "PUT"));
    assert_eq!(answer(&app, preflight("/orders", app_origin, "DELETE")).await, refused());

    assert_eq!(answer(&app, actual("/orders", beta, "GET")).await, unreadable(200));
    assert_eq!(answer(&app, actual("/orders", beta, "PUT")).await, readable(200, beta));
    assert_eq!(answer(&app, actual("/orders", app_origin, "DELETE")).await, expected(200, &[]));
}

#[actix_web::test]
async fn a_preflight_allows_nothing_for_other_methods_of_the_path() {
    let app = init_service(App::new().service(list).service(replace).wrap(global())).await;
    let request = preflight("/orders", "https://app.example", "PUT")
        .insert_header(("access-control-request-headers", "x-csrf-token"));
    let headers = [
        ("access-control-allow-headers", "x-csrf-token"),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-origin", "https://app.example"),
        PREFLIGHT_VARY,
    ];
    assert_eq!(answer(&app, request).await, expected(204, &headers));

    let request = preflight("/orders", "https://app.example", "GET")
        .insert_header(("access-control-request-headers", "x-csrf-token"));
    let headers = [
        ("access-control-allow-headers", "content-type"),
        ("access-control-allow-methods", "GET"),
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-max-age", "0"),
        PREFLIGHT_VARY,
    ];
    assert_eq!(
        answer(&app, request).await,
        expected(204, &headers),
        "refused, with what is allowed"
    );
}

#[actix_web::test]
async fn patterns_are_known_in_nested_and_dynamic_scopes() {
    let inner = web::scope("/{id}/v1").service(item).service(put_item);
    let app = App::new()
        .service(
            web::scope("/api/{id}").default_service(web::to(HttpResponse::Gone)).service(inner),
        )
        .service(item)
        .wrap(global());
    let app = init_service(app).await;
    let (one, two) = ("https://one.example", "https://two.example");
    for path in ["/api/acme/7/v1/items/3", "/api/a%20b/7/v1/items/x"] {
        assert_eq!(answer(&app, preflight(path, one, "GET")).await, allowed(one, "GET"), "{path}");
        assert_eq!(answer(&app, preflight(path, two, "GET")).await, refused(), "{path}");
        assert_eq!(answer(&app, preflight(path, two, "PUT")).await, allowed(two, "PUT"), "{path}");
        assert_eq!(answer(&app, actual(path, one, "GET")).await, readable(200, one), "{path}");
        assert_eq!(answer(&app, actual(path, one, "PUT")).await, unreadable(200), "{path}");
    }
    // The same handler, registered outside the scopes too.
    assert_eq!(answer(&app, preflight("/items/3", one, "GET")).await.0, 204);
    // A path that no route serves is under the global policy.
    let app_origin = "https://app.example";
    assert_eq!(answer(&app, actual("/api/acme/nowhere", one, "GET")).await, unreadable(410));
    assert_eq!(
        answer(&app, actual("/api/acme/nowhere", app_origin, "GET")).await,
        readable(410, app_origin)
    );
    assert_eq!(
        answer(&app, actual("/nowhere", app_origin, "GET")).await,
        readable(404, app_origin)
    );
}

#[actix_web::test]
async fn several_routes_of_one_handler_share_its_policy() {
    let app = init_service(App::new().service(both).service(many).wrap(global())).await;
    let partner = "https://partner.example";
    for method in ["GET", "POST"] {
        let headers = [
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-allow-origin", partner),
            PREFLIGHT_VARY,
        ];
        assert_eq!(
            answer(&app, preflight("/both", partner, method)).await,
            expected(204, &headers)
        );
        assert_eq!(answer(&app, actual("/both", partner, method)).await, readable(200, partner));
    }
    let headers = [
        ("access-control-allow-methods", "PATCH, PURGE"),
        ("access-control-allow-origin", partner),
        PREFLIGHT_VARY,
    ];
    for method in ["PATCH", "PURGE"] {
        assert_eq!(
            answer(&app, preflight("/many", partner, method)).await,
            expected(204, &headers)
        );
        assert_eq!(answer(&app, actual("/many", partner, method)).await, readable(200, partner));
    }
}

#[actix_web::test]
async fn an_unannotated_route_that_shadows_an_annotated_one_keeps_its_own_policy() {
    // `/items/{id}` is registered first and serves `/items/me` too.
    let app = App::new()
        .service(web::resource("/{kind}/me").route(web::get().to(|| async { "me" })))
        .service(item)
        .wrap(global());
    let app = init_service(app).await;
    let (app_origin, one) = ("https://app.example", "https://one.example");

    // What ran decides: the global policy, for the un-annotated handler.
    assert_eq!(
        answer(&app, actual("/items/me", app_origin, "GET")).await,
        readable(200, app_origin)
    );
    assert_eq!(answer(&app, actual("/items/me", one, "GET")).await, unreadable(200));
    // Before it ran, only what both policies allow is allowed: here no origin.
    assert_eq!(answer(&app, preflight("/items/me", app_origin, "GET")).await, refused());
    assert_eq!(answer(&app, preflight("/items/me", one, "GET")).await, refused());
    // Where nothing shadows it, the annotated route is certain.
    assert_eq!(answer(&app, preflight("/items/7", one, "GET")).await.0, 204);
}

#[actix_web::test]
async fn guards_select_the_handler_and_its_policy() {
    let app = App::new()
        .service(web::scope("/g").guard(guard::Header("x-tenant", "a")).service(item))
        .service(web::scope("/g").route("/items/{id}", web::get().to(|| async { "open" })))
        .wrap(global());
    let app = init_service(app).await;
    let (app_origin, one) = ("https://app.example", "https://one.example");
    let tenant = actual("/g/items/1", one, "GET").insert_header(("x-tenant", "a"));
    assert_eq!(answer(&app, tenant).await, readable(200, one));
    assert_eq!(answer(&app, actual("/g/items/1", app_origin, "GET")).await.0, 200);
    assert_eq!(answer(&app, actual("/g/items/1", one, "GET")).await, unreadable(200));
}

#[actix_web::test]
async fn path_groups_override_the_global_policy_and_routes_override_them() {
    #[cors(max_age = 60)]
    #[get("/feed")]
    async fn feed() -> impl Responder {
        "feed"
    }
    let app = App::new()
        .service(
            web::scope("/public")
                .service(feed)
                .route("/plain", web::get().to(|| async { "plain" })),
        )
        .service(web::scope("/private").service(feed))
        .service(web::scope("/{any}").service(feed))
        .wrap(global());
    let app = init_service(app).await;
    let unlisted = "https://unlisted.example";
    let any = [("access-control-allow-origin", "*")];
    assert_eq!(answer(&app, actual("/public/feed", unlisted, "GET")).await, expected(200, &any));
    assert_eq!(answer(&app, actual("/public/plain", unlisted, "GET")).await, expected(200, &any));
    assert_eq!(answer(&app, actual("/public/gone", unlisted, "GET")).await, expected(404, &any));
    assert_eq!(answer(&app, actual("/private/feed", unlisted, "GET")).await, unreadable(200));
    let (status, headers) = answer(&app, preflight("/public/feed", unlisted, "GET")).await;
    assert_eq!(status, 204);
    assert!(
        headers.contains(&("access-control-max-age".to_owned(), "60".to_owned())),
        "{headers:?}"
    );
    assert!(headers.contains(&("access-control-allow-origin".to_owned(), "*".to_owned())));
}

#[actix_web::test]
async fn two_applications_on_one_thread_keep_their_routes_apart() {
    let other = Cors::builder().origins(["https://other.example"]).build().unwrap();
    let first = init_service(App::new().service(list).wrap(global())).await;
    let second = init_service(App::new().service(list).wrap(other)).await;
    let (app_origin, other) = ("https://app.example", "https://other.example");
    for _ in 0..2 {
        assert_eq!(
            answer(&first, actual("/orders", app_origin, "GET")).await,
            readable(200, app_origin)
        );
        assert_eq!(answer(&second, actual("/orders", app_origin, "GET")).await, unreadable(200));
        assert_eq!(answer(&second, actual("/orders", other, "GET")).await, readable(200, other));
        assert_eq!(answer(&second, preflight("/orders", app_origin, "GET")).await, refused());
        assert_eq!(answer(&first, preflight("/orders", other, "GET")).await, refused());
    }
}

#[actix_web::test]
async fn two_applications_that_are_initialised_at_once_find_their_routes() {
    // Data that comes late lets the second application register in between.
    let late = || async {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
        Ok::<_, std::io::Error>(())
    };
    let other = Cors::builder().origins(["https://other.example"]).build().unwrap();
    let first = init_service(App::new().data_factory(late).service(drop_all).wrap(global()));
    let second = init_service(App::new().service(list).service(replace).wrap(other));
    let (first, second) = futures_util::future::join(first, second).await;
    let (app_origin, other) = ("https://app.example", "https://other.example");
    let beta = "https://beta.example";
    assert_eq!(answer(&first, preflight("/orders", app_origin, "DELETE")).await, refused());
    assert_eq!(answer(&second, preflight("/orders", beta, "PUT")).await.0, 204);
    assert_eq!(answer(&second, preflight("/orders", other, "GET")).await, allowed(other, "GET"));
    assert_eq!(answer(&first, actual("/orders", app_origin, "DELETE")).await, expected(200, &[]));
}

#[actix_web::test]
async fn routes_of_an_application_without_cors_are_not_used_by_the_next() {
    let bare = init_service(App::new().service(drop_all)).await;
    let app = init_service(
        App::new().route("/orders", web::delete().to(|| async { "mine" })).wrap(global()),
    )
    .await;
    let app_origin = "https://app.example";
    assert_eq!(
        answer(&app, actual("/orders", app_origin, "DELETE")).await,
        readable(200, app_origin)
    );
    assert_eq!(answer(&bare, actual("/orders", app_origin, "DELETE")).await, expected(200, &[]));
}
