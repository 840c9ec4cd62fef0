//! The value that identifies the route of a response is private to the process.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue};
use actix_web::test::init_service;
use actix_web::{App, HttpRequest, HttpResponse, get, web};
use cors_actix::cors;
use cors_tests::script::Act::{Call, CopyAppend, Keep, RaiseResponse, Reset, Spawn};
use cors_tests::script::Script;

use crate::given::*;

#[cors(policy = "open")]
#[get("/socket")]
async fn socket() -> HttpResponse {
    HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS).finish()
}

/// Returns the headers of the request, as one that passes on what an upstream server sent.
#[cors(off)]
#[get("/mirror")]
async fn mirror(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok().finish();
    for (name, value) in request.headers() {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

async fn plain_mirror(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok().finish();
    for (name, value) in request.headers() {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

fn more(app: &mut web::ServiceConfig) {
    app.configure(routes)
        .service(socket)
        .service(mirror)
        .route("/plain-mirror", web::to(plain_mirror));
}

const PATHS: [&str; 9] = [
    "/open",
    "/shut",
    "/narrow",
    "/plain",
    "/internal/item",
    "/wrapped",
    "/socket",
    "/nowhere",
    "/report",
];

#[actix_web::test]
async fn no_response_to_anything_but_a_preflight_has_a_max_age() {
    let assert_none = |headers: &HeaderMap, at: &str| {
        assert!(!headers.contains_key(ACCESS_CONTROL_MAX_AGE), "{at}: {headers:?}");
    };
    let repeats: &[_] = &[Call, Keep, Reset, Call, CopyAppend];
    for acts in [&[][..], &[Spawn], &[Call, RaiseResponse], repeats] {
        for variant in VARIANTS.map(Some).into_iter().chain([None]) {
            let app = App::new().configure(more).wrap(Script::new(acts));
            let cors = variant.unwrap_or(Variant::Listed).cors();
            let condition = actix_web::middleware::Condition::new(variant.is_some(), cors);
            let app = init_service(app.wrap(condition)).await;
            for path in PATHS {
                for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                    for fails in [false, true] {
                        let asked = request(method, path, BETA);
                        let asked =
                            if fails { asked.insert_header(("x-fail", "1")) } else { asked };
                        let at = format!("{method} {path} {acts:?} {variant:?} {fails}");
                        match app.call(asked.to_request()).await {
                            Ok(response) => assert_none(response.headers(), &at),
                            Err(error) => assert_none(error.error_response().headers(), &at),
                        }
                    }
                }
            }
        }
    }
}

use actix_web::dev::Service as _;

/// A client, or an upstream server whose headers a handler returns, cannot send a value that is
/// taken for a route.
#[actix_web::test]
async fn values_from_clients_and_upstreams_are_not_taken_for_routes() {
    let zeros = "0".repeat(48);
    let guesses = ["", "600", "0", "*", &zeros, "00000000000000000000000000000000", "\u{7f}"];
    for variant in VARIANTS {
        let app = init_service(App::new().configure(more).wrap(variant.cors())).await;
        for guess in guesses {
            let Ok(value) = HeaderValue::from_str(guess) else { continue };
            for (name, path) in [
                ("shut", "/mirror"),
                ("plain", "/plain-mirror"),
                ("shut", "/shut"),
                ("open", "/open"),
            ] {
                for origin in ORIGINS {
                    let asked = request("GET", path, origin)
                        .append_header((ACCESS_CONTROL_MAX_AGE, value.clone()))
                        .append_header((ACCESS_CONTROL_MAX_AGE, value.clone()));
                    let seen = see(&app, variant, origin, asked.to_request()).await;
                    let allowed = variant.allows(name, path, origin);
                    assert_eq!(seen.readable, allowed, "{guess:?} {path} {variant:?} {origin}");
                }
            }
        }
    }
}

/// Whatever a handler that has answered a page knows of earlier responses, it is nothing that
/// a later one can be made of: the line is not among what a page is sent.
#[actix_web::test]
async fn a_page_is_sent_nothing_that_names_a_route() {
    let app = init_service(App::new().configure(more).wrap(Variant::Listed.cors())).await;
    for path in PATHS {
        let response = app.call(request("GET", path, APP).to_request()).await.unwrap();
        for (name, value) in response.headers() {
            let is_hexadecimal = value.as_bytes().iter().all(u8::is_ascii_hexdigit);
            assert!(!is_hexadecimal || value.len() < 16, "{path}: {name}");
        }
    }
}
