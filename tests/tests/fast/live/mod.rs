//! Origins that change while the server runs: live sets, keyed sets and feeds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attempts;
mod content;
mod feeds;
mod keys;
mod reloads;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpResponse, web};
use cors_actix::LiveError;

const A: &str = "https://a.example";
const B: &str = "https://b.example";
const C: &str = "https://c.example";

/// The CORS headers of the response to a `GET`, as `name: value`.
async fn get<S, B>(app: &S, path: &str, origin: &str) -> Vec<String>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let request = TestRequest::get().uri(path).insert_header(("origin", origin));
    cors_headers(&call_service(app, request.to_request()).await)
}

/// The CORS headers of the response to the preflight of a `PUT`.
async fn preflight<S, B>(app: &S, path: &str, origin: &str) -> Vec<String>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let request = TestRequest::with_uri(path)
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", "PUT"));
    cors_headers(&call_service(app, request.to_request()).await)
}

fn cors_headers<B>(response: &ServiceResponse<B>) -> Vec<String> {
    let headers = response.headers().iter();
    let mut lines: Vec<_> = headers
        .filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == "vary")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

/// The headers of a response that pages of `origin` may read.
fn readable(origin: &str) -> Vec<String> {
    vec![format!("access-control-allow-origin: {origin}"), "vary: Origin".to_owned()]
}

/// The headers of a response that no page may read, under a policy that depends on the origin.
fn unreadable() -> Vec<String> {
    vec!["vary: Origin".to_owned()]
}

fn is_allowed(headers: &[String], origin: &str) -> bool {
    headers.contains(&format!("access-control-allow-origin: {origin}"))
}

/// Index, text and code of each origin that was not accepted.
fn rejected(error: &LiveError) -> Vec<(usize, &str, &str)> {
    let rejected = error.rejected().iter();
    rejected.map(|it| (it.index().unwrap(), it.text(), it.problem().code().as_str())).collect()
}

/// Initialises an application that answers every path.
macro_rules! serve {
    ($cors:expr) => {
        init_service(App::new().default_service(web::to(HttpResponse::Ok)).wrap($cors.clone()))
            .await
    };
}
use serve;
