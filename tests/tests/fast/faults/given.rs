//! Three routes with different policies, and how to recognise which of the policies was applied.

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpResponse, get, put, web};
use cors_actix::{Cors, cors};

/// Allowed everywhere.
pub(crate) const APP: &str = "https://app.example";

/// Allowed by `open` only.
pub(crate) const BETA: &str = "https://beta.example";

/// The names of all routes that were not annotated end in `plain`.
pub(crate) const PLAIN: &str = "/plain";
pub(crate) const OPEN: &str = "/open";
pub(crate) const SHUT: &str = "/shut";

pub(crate) fn policy() -> Cors {
    Cors::try_from_toml_str("[cors]\norigins = \"https://app.example\"\nexpose = \"etag\"\n")
        .unwrap()
}

#[cors(origins += "https://beta.example")]
#[get("/open")]
pub(crate) async fn open() -> HttpResponse {
    HttpResponse::Ok().body("open")
}

#[cors(off)]
#[get("/shut")]
pub(crate) async fn shut() -> HttpResponse {
    HttpResponse::Ok().body("shut")
}

#[cors(origins += "https://beta.example")]
#[put("/open")]
pub(crate) async fn waits() -> HttpResponse {
    for _ in 0..3 {
        actix_web::rt::task::yield_now().await;
    }
    HttpResponse::Ok().body("waited")
}

#[get("/plain")]
pub(crate) async fn plain() -> HttpResponse {
    HttpResponse::Ok().body("plain")
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(open).service(shut).service(waits).service(plain);
}

pub(crate) fn request(method: Method, path: &str, origin: &str) -> TestRequest {
    TestRequest::with_uri(path).method(method).insert_header((header::ORIGIN, origin))
}

pub(crate) fn get_from(path: &str, origin: &str) -> actix_http::Request {
    request(Method::GET, path, origin).to_request()
}

/// The status, and whether the origin can read the response; the whole set of headers is checked.
pub(crate) fn seen<B>(response: &HttpResponse<B>, origin: &str) -> (u16, bool) {
    let mut cors: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == header::VARY)
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    cors.sort_unstable();
    let readable = [
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "etag"),
        ("vary", "Origin"),
    ];
    let is_readable = match &*cors {
        [] | [("vary", "Origin")] => false,
        cors if cors == readable => true,
        _ => panic!("no policy sends this: {cors:?}"),
    };
    (response.status().as_u16(), is_readable)
}

/// The status and readability of the response that actix would send, also where the application
/// raises an error.
pub(crate) async fn answer<S, B>(app: &S, request: actix_http::Request, origin: &str) -> (u16, bool)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
{
    match app.call(request).await {
        Ok(response) => seen(response.response(), origin),
        Err(error) => seen(&error.error_response(), origin),
    }
}

/// Every route is under its own policy: whatever was before has left nothing behind.
pub(crate) async fn assert_in_order<S, B>(app: &S, after: &str)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
{
    for (path, app_reads, beta_reads) in
        [(PLAIN, true, false), (OPEN, true, true), (SHUT, false, false), ("/nowhere", true, false)]
    {
        let status = if path == "/nowhere" { 404 } else { 200 };
        for (origin, reads) in [(APP, app_reads), (BETA, beta_reads)] {
            let got = answer(app, get_from(path, origin), origin).await;
            assert_eq!(got, (status, reads), "{path} from {origin} after {after}");
        }
    }
}
