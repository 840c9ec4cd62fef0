//! Which path of the inspector is what, and the headers of all its responses.

use actix_web::http::header::{self, ContentType};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::access::{Access, AccessError};
use super::json::{ExplainedRequest, Status, Table};
use crate::process::ProcessState;
use crate::registration::carried::Producer;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Nothing but what the page is made of; no page may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// How long a query may be.
const LONGEST_QUERY: usize = 8 * 1024;

/// The response of an inspector that is not served in this profile: like that of any path that
/// is not registered.
pub(super) fn not_served() -> HttpResponse {
    HttpResponse::NotFound().finish()
}

/// The response to a request for the inspector or something below it.
pub(super) fn answer(
    process: &ProcessState,
    access: &Access,
    request: &HttpRequest,
) -> HttpResponse {
    let mut response = match *request.method() {
        Method::GET => get(process, access, request),
        _ => text(
            head(StatusCode::METHOD_NOT_ALLOWED).insert_header((header::ALLOW, "GET")),
            "the inspector answers GET only\n",
        ),
    };
    Producer::Inspector.attach(&mut response.extensions_mut());
    response
}

fn get(process: &ProcessState, access: &Access, request: &HttpRequest) -> HttpResponse {
    let tail = request.match_info().get("tail").unwrap_or_default().trim_end_matches('/');
    // The page refers to these by a query, which leads back to it with any prefix, and with a
    // slash at the end or without.
    let file = request.query_string();
    let is_page = tail.is_empty() && !matches!(file, "page.css" | "page.js");
    match access.check(request, is_page) {
        Ok(()) => {}
        Err(AccessError::Host) => {
            return text(
                &mut head(StatusCode::FORBIDDEN),
                "the inspector is not served under this host name, because any site can make its name \
                 resolve to this server\nhelp: open it at `localhost`, or add the name: \
                 `cors.inspector(…).allow_host(\"…\")`\n",
            );
        }
        Err(AccessError::OtherOrigin) => {
            return text(
                &mut head(StatusCode::FORBIDDEN),
                "the inspector is not served to pages of other origins\n",
            );
        }
    }
    if file.len() > LONGEST_QUERY {
        return text(&mut head(StatusCode::URI_TOO_LONG), "the query is longer than 8 KiB\n");
    }
    match (tail, file) {
        ("", "page.css") => typed("text/css; charset=utf-8", STYLE),
        ("", "page.js") => typed("text/javascript; charset=utf-8", SCRIPT),
        ("", _) => head(StatusCode::OK)
            .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
            .content_type(ContentType::html())
            .body(PAGE),
        ("table.json", _) => json(&Table::of(process)),
        ("status.json", query) => json(&Status::of(process, query)),
        ("explain.json", query) => match ExplainedRequest::of(process, query) {
            Ok(explained) => json(&explained),
            Err(message) => text(&mut head(StatusCode::BAD_REQUEST), &message),
        },
        _ => text(&mut head(StatusCode::NOT_FOUND), "the inspector has no such path\n"),
    }
}

/// A response with the headers of all: not to be kept, guessed about, framed, or embedded by
/// pages of other origins.
fn head(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header(("cross-origin-opener-policy", "same-origin"));
    response
}

fn typed(kind: &'static str, body: &'static str) -> HttpResponse {
    head(StatusCode::OK).content_type(kind).body(body)
}

fn text(response: &mut HttpResponseBuilder, body: &str) -> HttpResponse {
    response.content_type(ContentType::plaintext()).body(body.to_owned())
}

fn json(data: &impl Serialize) -> HttpResponse {
    head(StatusCode::OK).json(data)
}
