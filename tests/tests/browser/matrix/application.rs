//! The application under test: what is inside of `Cors`. The query of a request sets what it is to
//! answer, the last segment of its path what kind of thing.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorBadRequest, ErrorNotFound, InternalError};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, delete, get, post, put, rt, web,
};
use cors_actix::cors;

/// Whether a request went on to what `Cors` wraps.
pub(super) type Handled = Rc<Cell<bool>>;

/// The annotated handlers.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(list_orders)
        .service(replace_order)
        .service(remove_order)
        .service(transfer)
        .service(reindex)
        .service(publish)
        .service(upload);
}

/// First inside of `Cors`: notes that the request went on, and fails if the query requires it.
pub(super) async fn go_on(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(handled) = request.extensions().get::<Handled>() {
        handled.set(true);
    }
    match Wish::parse(request.request())?.error {
        Some(status) => Err(InternalError::new("asked for with ?error", status).into()),
        None => next.call(request).await,
    }
}

#[cors(origins = set("both"), expose += "x-total")]
#[get("/orders/{id}")]
async fn list_orders(request: HttpRequest) -> Result<HttpResponse, Error> {
    respond(&request)
}

#[cors(origins = set("page"), headers += "x-csrf-token", max_age = "10m")]
#[put("/orders/{id}")]
async fn replace_order(request: HttpRequest) -> Result<HttpResponse, Error> {
    respond(&request)
}

#[cors(origins = set("both"), max_age = "10m")]
#[delete("/orders/{id}")]
async fn remove_order(request: HttpRequest) -> Result<HttpResponse, Error> {
    respond(&request)
}

#[cors(origins = set("page"), credentials, enforce)]
#[post("/transfer")]
async fn transfer(request: HttpRequest) -> Result<HttpResponse, Error> {
    respond(&request)
}

#[cors(off)]
#[post("/listed/reindex")]
async fn reindex(request: HttpRequest) -> Result<HttpResponse, Error> {
    respond(&request)
}

#[cors(policy = "open")]
#[put("/listed/publish")]
async fn publish(request: HttpRequest) -> Result<HttpResponse, Error> {
    respond(&request)
}

/// An extractor that refuses: bodies of more than 1024 bytes are too large.
#[cors(origins = set("page"))]
#[post("/upload")]
async fn upload(request: HttpRequest, _: web::Bytes) -> Result<HttpResponse, Error> {
    respond(&request)
}

/// Every path that no annotated handler serves.
pub(super) async fn answer(
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    if request.path().ends_with("/socket") {
        let (response, mut session, _) = actix_ws::handle(&request, body)?;
        rt::spawn(async move { session.text("hello").await });
        return Ok(response);
    }
    respond(&request)
}

/// Answers what the query asks for, and nothing else: for preflights, for requests with `If-None-Match`, and
/// for others.
pub(super) async fn answer_as_written(request: HttpRequest) -> Result<HttpResponse, Error> {
    let wish = Wish::parse(&request)?;
    let headers = request.headers();
    let is_preflight = headers.contains_key("access-control-request-method");
    let (status, lines) = if is_preflight {
        (StatusCode::NO_CONTENT, wish.preflight)
    } else if headers.contains_key("if-none-match") {
        (StatusCode::NOT_MODIFIED, wish.not_modified)
    } else {
        let location = wish.location().map(|to| ("location".to_owned(), to));
        (wish.status, wish.headers.into_iter().chain(location).collect())
    };
    if let Some(handled) = request.extensions().get::<Handled>() {
        handled.set(!is_preflight);
    }
    let mut response = HttpResponse::build(status);
    for line in lines {
        response.append_header(line);
    }
    Ok(response.content_type("text/plain").body("handled"))
}

fn respond(request: &HttpRequest) -> Result<HttpResponse, Error> {
    let wish = Wish::parse(request)?;
    if wish.panic {
        // Like a panic, but without the message on stderr.
        resume_unwind(Box::new("asked for with ?panic"));
    }
    let mut response = HttpResponse::build(wish.status);
    response.insert_header(("x-total", "7")).insert_header(("x-secret", "1"));
    if let Some(location) = wish.location() {
        response.insert_header(("location", location));
    }
    for (name, value) in wish.headers {
        response.append_header((name, value));
    }
    let kind = request.path().rsplit('/').next().unwrap_or_default();
    let (content_type, body): (&str, &[u8]) = match kind {
        "image" => ("image/gif", IMAGE),
        "font" => ("font/woff2", b"not decoded"),
        "module" => ("text/javascript", b"export default 'ran';"),
        "script" => (
            "text/javascript",
            b"self.postMessage && typeof document === 'undefined' && self.postMessage('ran');",
        ),
        "style" => ("text/css", b"x-none { color: red }"),
        "events" => ("text/event-stream", b"data: hello\n\n"),
        "missing" => return Err(ErrorNotFound("nothing here")),
        _ => ("text/plain", b"handled"),
    };
    Ok(response.content_type(content_type).body(body))
}

/// One transparent pixel.
const IMAGE: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\
    !\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;";

/// The parameters of the query for the application.
#[derive(Default)]
pub(super) struct Wish {
    pub(super) case: Option<usize>,
    status: StatusCode,
    error: Option<StatusCode>,
    panic: bool,
    headers: Vec<(String, String)>,
    preflight: Vec<(String, String)>,
    not_modified: Vec<(String, String)>,
    redirects: Vec<String>,
}

impl Wish {
    pub(super) fn parse(request: &HttpRequest) -> Result<Self, Error> {
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string())?;
        let mut wish = Self::default();
        for (key, value) in query.into_inner() {
            let status = || value.parse::<StatusCode>().map_err(ErrorBadRequest);
            let line = || value.split_once(':').map(|(n, v)| (n.to_owned(), v.trim().to_owned()));
            match &*key {
                "case" => wish.case = value.parse().ok(),
                "status" => wish.status = status()?,
                "error" => wish.error = Some(status()?),
                "panic" => wish.panic = true,
                "header" => wish.headers.extend(line()),
                "preflight" => wish.preflight.extend(line()),
                "not-modified" => wish.not_modified.extend(line()),
                "redirect" => wish.redirects.push(value),
                _ => {}
            }
        }
        Ok(wish)
    }

    /// Where the first redirect leads; it takes the others along, and the status for them.
    fn location(&self) -> Option<String> {
        let (first, others) = self.redirects.split_first()?;
        let case = self.case.map(|case| ("case", case.to_string()));
        let status =
            Some(("status", self.status.as_u16().to_string())).filter(|_| !others.is_empty());
        let others = others.iter().map(|to| ("redirect", to.clone()));
        let query = case.into_iter().chain(status).chain(others);
        let query = query.map(|(key, value)| format!("{key}={}", escape(&value)));
        Some(format!("{first}?{}", query.collect::<Vec<_>>().join("&")))
    }
}

/// Percent-encodes a value of the query.
pub(super) fn escape(value: &str) -> String {
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    value
        .bytes()
        .map(|b| if is_plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
