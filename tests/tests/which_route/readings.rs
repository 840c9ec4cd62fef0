//! Paths that something inside reads otherwise than they were sent.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::Method;
use actix_web::middleware::{Condition, NormalizePath, TrailingSlash};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, delete, get, put, web};
use allocation_counter::measure;
use cors_actix::{Cors, cors};
use futures_util::FutureExt as _;

use crate::given::{BETA, EVIL, request};

fn enforced() -> Cors {
    let text = "[cors]\norigins = [\"https://app.example\"]\nenforce = true\n";
    Cors::try_from_toml_str(text).unwrap()
}

#[cors(origins = ["https://beta.example"])]
#[put("/items/")]
async fn with_slash() -> HttpResponse {
    HttpResponse::Ok().body("annotated")
}

#[cors(origins = ["https://beta.example"])]
#[put("/items")]
async fn without_slash() -> HttpResponse {
    HttpResponse::Ok().body("annotated")
}

#[cors(origins = ["https://beta.example"])]
#[put("//items")]
async fn with_two_slashes() -> HttpResponse {
    HttpResponse::Ok().body("annotated")
}

async fn plain() -> HttpResponse {
    HttpResponse::Ok().body("plain")
}

/// The handler that runs for a request of `beta`, if it is not refused, after its preflight was
/// allowed.
async fn put_from_beta(
    services: impl HttpServiceFactory + 'static,
    normalizes: Option<TrailingSlash>,
    path: &str,
) -> (bool, Option<String>) {
    let normalize = NormalizePath::new(normalizes.unwrap_or(TrailingSlash::Trim));
    let app = App::new()
        .service(services)
        .wrap(Condition::new(normalizes.is_some(), normalize))
        .wrap(enforced());
    let app = init_service(app).await;
    let asks =
        request("OPTIONS", path, BETA).insert_header(("access-control-request-method", "PUT"));
    let allowed = call_service(&app, asks.to_request()).await.status().is_success();
    let response = call_service(&app, request("PUT", path, BETA).to_request()).await;
    let ran = response.status().is_success();
    let body = read_body(response).await;
    (allowed, ran.then(|| String::from_utf8(body.to_vec()).unwrap()))
}

#[actix_web::test]
async fn no_preflight_is_allowed_for_a_route_that_a_normalised_path_does_not_reach() {
    let modes = [TrailingSlash::Trim, TrailingSlash::MergeOnly, TrailingSlash::Always];
    for in_scope in [false, true] {
        for mode in modes {
            for path in ["/items", "/items/", "//items", "//items/", "/items//"] {
                macro_rules! check {
                    ($annotated:expr, $plain:literal) => {
                        let pair = || ($annotated, web::resource($plain).to(plain));
                        let (path, outcome) = match in_scope {
                            true => {
                                let path = format!("/s{path}");
                                let services = web::scope("/s").service(pair());
                                (path.clone(), put_from_beta(services, Some(mode), &path).await)
                            }
                            false => {
                                (path.to_owned(), put_from_beta(pair(), Some(mode), path).await)
                            }
                        };
                        let (allowed, ran) = outcome;
                        let at =
                            format!("{mode:?} {path} {} {allowed} {ran:?}", stringify!($annotated));
                        // Of its origins, the plain resource has none in common with the route.
                        assert_ne!(ran.as_deref(), Some("plain"), "{at}");
                        // Not allowed where it would run. `enforce` decides alike, so a refusal
                        // of both is as it should be.
                        assert!(!allowed || ran.as_deref() == Some("annotated"), "{at}");
                    };
                }
                check!(with_slash, "/items");
                check!(without_slash, "/items/");
                check!(with_two_slashes, "/items");
            }
        }
    }
}

#[actix_web::test]
async fn a_route_whose_path_nothing_else_has_is_reached_in_every_reading_of_it() {
    for (mode, path) in [
        (None, "/items/"),
        (Some(TrailingSlash::Always), "/items/"),
        (Some(TrailingSlash::MergeOnly), "/items/"),
    ] {
        let ran = (true, Some("annotated".to_owned()));
        assert_eq!(put_from_beta(with_slash, mode, path).await, ran, "{mode:?}");
    }
    for mode in [None, Some(TrailingSlash::Trim), Some(TrailingSlash::MergeOnly)] {
        let ran = (true, Some("annotated".to_owned()));
        assert_eq!(put_from_beta(without_slash, mode, "/items").await, ran, "{mode:?}");
    }
}

/// actix matches scope by scope: the first takes `/g/x`, and nothing gives `/x` back.
#[actix_web::test]
async fn a_scope_whose_parameter_takes_a_slash_is_matched_as_actix_does() {
    #[cors(origins = ["https://beta.example"])]
    #[get("/raw")]
    async fn raw() -> HttpResponse {
        HttpResponse::Ok().body("raw")
    }
    #[cors(origins = ["https://beta.example"])]
    #[delete("/{id}/raw")]
    async fn delete_raw() -> HttpResponse {
        HttpResponse::Ok().body("deleted")
    }
    let scope = web::scope("/{project:[^/]+(/[^/]+)?}")
        .service(raw)
        .service(delete_raw)
        .default_service(web::to(|| async { HttpResponse::Ok().body("default") }));
    let app = init_service(App::new().service(scope).wrap(enforced())).await;
    let status = async |method: &str, path: &str| {
        let asked = match method.strip_prefix("OPTIONS ") {
            Some(method) => request("OPTIONS", path, BETA)
                .insert_header(("access-control-request-method", method)),
            None => request(method, path, BETA),
        };
        call_service(&app, asked.to_request()).await.status().as_u16()
    };
    assert_eq!(status("OPTIONS DELETE", "/g/x/raw").await, 403);
    assert_eq!(status("DELETE", "/g/x/raw").await, 403);
    assert_eq!(status("OPTIONS GET", "/g/x/raw").await, 204);
    assert_eq!(status("GET", "/g/x/raw").await, 200);
    assert_eq!(status("OPTIONS DELETE", "/g/x/7/raw").await, 204);
    assert_eq!(status("DELETE", "/g/x/7/raw").await, 200);
}

/// The allocations of one request and its response.
async fn cost<S, B>(app: &S, method: &Method, path: &str) -> (u64, u64)
where
    S: actix_web::dev::Service<
            actix_http::Request,
            Response = actix_web::dev::ServiceResponse<B>,
            Error = actix_web::Error,
        >,
{
    let mut counted = (0, 0);
    // The first ones fill pools.
    for _ in 0..3 {
        let request = TestRequest::with_uri(path)
            .method(method.clone())
            .insert_header(("origin", EVIL))
            .insert_header(("access-control-request-method", "PUT"));
        let request = request.to_request();
        let mut response = None;
        let count = measure(|| response = app.call(request).now_or_never());
        assert!(response.is_some_and(|response| response.is_ok()));
        counted = (count.count_total, count.bytes_total);
    }
    counted
}

#[actix_web::test]
async fn a_long_path_of_odd_spelling_costs_no_more_than_a_shorter_one() {
    let grouped = "[cors]\norigins = [\"https://app.example\"]\n\
                   [[cors.paths]]\nmatch = \"/a/**\"\noff = true\n";
    let odd = |length: usize| "/%252e%252e//.".repeat(length / 14);
    for enforces in ["", "[[cors.paths]]\nmatch = \"/b/**\"\nenforce = true\n"] {
        let cors = Cors::try_from_toml_str(&format!("{grouped}{enforces}")).unwrap();
        let services = || App::new().service(without_slash).service(with_slash);
        let app = init_service(services().wrap(cors)).await;
        let bare = init_service(services()).await;
        for method in [Method::OPTIONS, Method::GET] {
            let (count, bytes) = cost(&app, &method, &odd(4 << 10)).await;
            let (longer_count, longer_bytes) = cost(&app, &method, &odd(56 << 10)).await;
            let (bare_count, bare_bytes) = cost(&bare, &method, &odd(4 << 10)).await;
            let (bare_longer, bare_longer_bytes) = cost(&bare, &method, &odd(56 << 10)).await;
            let at = format!("{method} {enforces}: {count} ({bytes}) {longer_count}");
            let added = |with: u64, without: u64| with as i64 - without as i64;
            assert_eq!(added(longer_count, bare_longer), added(count, bare_count), "{at}");
            assert!(count < bare_count + 16, "{at}");
            // actix itself copies the path.
            let more = added(longer_bytes, bytes) - added(bare_longer_bytes, bare_bytes);
            assert!(more.abs() <= 1024, "{at}: {more} bytes more");
        }
    }
}

/// A `NormalizePath` inside may lead from a path without a slash to an annotated route with one,
/// for another method than the one that is asked for first.
#[actix_web::test]
async fn a_path_without_a_route_does_not_speak_for_one_that_a_slash_leads_to() {
    #[cors(off)]
    async fn purge() -> &'static str {
        "purge"
    }
    let cors = "[cors]\norigins = \"https://app.example\"\nmethods = [\"PUT\", \"DELETE\"]\n";
    let app = App::new()
        .service(cors_actix::resource("/a/{tail:.*}").delete(purge))
        .wrap(NormalizePath::new(TrailingSlash::Always))
        .wrap(Cors::try_from_toml_str(cors).unwrap());
    let app = init_service(app).await;
    let preflight = TestRequest::with_uri("/a")
        .method(Method::OPTIONS)
        .insert_header(("origin", "https://app.example"))
        .insert_header(("access-control-request-method", "PUT"));
    let response = call_service(&app, preflight.to_request()).await;
    assert_eq!(response.headers().get("access-control-allow-methods").unwrap(), "PUT");
}
