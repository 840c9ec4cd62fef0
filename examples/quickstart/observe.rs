//! What the API answered and why, for the page: a script cannot see a response that the browser
//! blocked.
//!
//! The page reads this from the server that it comes from, so it needs no CORS. It is not an example
//! of a policy.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    Error, Responder,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName},
    middleware::Next,
    web,
};
use cors_actix::{Cors, core::PageRequest};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How many responses, and how many arrivals, are kept.
const KEPT: usize = 200;

/// What happened to the latest requests of the page, by the query string that the page adds to each.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    arrivals: VecDeque<String>,
    exchanges: VecDeque<Exchange>,
}

/// A request, and the response as it left the API.
#[derive(Clone, Default, Serialize)]
struct Exchange {
    #[serde(skip)]
    query: String,
    #[serde(skip)]
    asked: Asked,
    method: String,
    status: u16,
    /// `Access-Control-*` and `Vary`.
    headers: Vec<(String, String)>,
}

/// What the browser asked for, of which CORS decides.
#[derive(Clone, Default)]
struct Asked {
    origin: String,
    method: String,
    path: String,
    headers: String,
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(entries: &mut VecDeque<T>, entry: T) {
    if entries.len() == KEPT {
        entries.pop_front();
    }
    entries.push_back(entry);
}

/// Inside of `Cors`: notes each request that reaches the application.
pub(crate) async fn note_arrival(
    journal: web::Data<Journal>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    push(&mut journal.entries().arrivals, request.query_string().to_owned());
    next.call(request).await
}

/// Outside of `Cors`: notes each response as it is sent.
pub(crate) async fn note_response(
    journal: web::Data<Journal>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // Not those of the inspector.
    if !request.query_string().starts_with("request=") {
        return next.call(request).await;
    }
    let mut exchange = Exchange::of(&request);
    let result = next.call(request).await;
    match &result {
        Ok(response) => exchange.answer(response.status().as_u16(), response.headers()),
        // actix-web makes a response of it later.
        Err(error) => {
            let response = error.error_response();
            exchange.answer(response.status().as_u16(), response.headers());
        }
    }
    push(&mut journal.entries().exchanges, exchange);
    result
}

impl Exchange {
    fn of(request: &ServiceRequest) -> Self {
        let line = |name: HeaderName| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let method = request.method().to_string();
        let requested = line(header::ACCESS_CONTROL_REQUEST_METHOD);
        let asked = Asked {
            origin: line(header::ORIGIN),
            method: if requested.is_empty() { method.clone() } else { requested },
            path: request.path().to_owned(),
            headers: line(header::ACCESS_CONTROL_REQUEST_HEADERS),
        };
        Self { query: request.query_string().to_owned(), asked, method, ..Self::default() }
    }

    fn answer(&mut self, status: u16, headers: &HeaderMap) {
        let lines = headers.iter().filter(|(name, _)| {
            name.as_str().starts_with("access-control-") || *name == header::VARY
        });
        let text =
            |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.headers = lines.map(|(name, value)| (name.to_string(), text(value))).collect();
        self.headers.sort();
        self.status = status;
    }
}

/// The request that the page asks about.
#[derive(Deserialize)]
pub(crate) struct Question {
    request: String,
    /// Whether it was sent with cookies: the preflight does not show it.
    cookies: bool,
}

/// Whether a request reached the application, what was answered, and why.
pub(crate) async fn explain(
    question: web::Query<Question>,
    journal: web::Data<Journal>,
    cors: web::Data<Cors>,
) -> impl Responder {
    let query = format!("request={}", question.request);
    let entries = journal.entries();
    let arrived = entries.arrivals.contains(&query);
    let of_request = entries.exchanges.iter().filter(|exchange| exchange.query == query);
    let exchanges: Vec<_> = of_request.cloned().collect();
    drop(entries);
    // A preflight shows more than the request itself.
    let policies = exchanges.first().map(|Exchange { asked, .. }| {
        let request = PageRequest::new(&asked.origin, &asked.method).cookies(question.cookies);
        let names = asked.headers.split(',').filter(|name| !name.is_empty());
        cors.explain(&asked.path, &names.fold(request, PageRequest::header))
    });
    web::Json(json!({ "arrived": arrived, "exchanges": exchanges, "policies": policies }))
}

/// The effective policies.
pub(crate) async fn table(cors: web::Data<Cors>) -> impl Responder {
    web::Json(cors.table())
}
