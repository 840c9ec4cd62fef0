//! Requests of a page to an application, and what the page may read of the responses.

use actix_http::Request;
use actix_web::Error;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use cors_actix::{Cors, CorsBuilder, rules};

/// The origin that the global policy allows.
pub(crate) const APP: &str = "https://app.example.com";

/// The origin that the policies of handlers allow in addition.
pub(crate) const BETA: &str = "https://beta.example.com";

/// An origin that no policy allows.
pub(crate) const EVIL: &str = "https://evil.example";

/// The global policy of every application.
pub(crate) fn policy() -> Cors {
    global().build().unwrap()
}

/// The same, with a group of paths that allows [`BETA`] in addition: for what has no attribute.
pub(crate) fn policy_with_group(paths: &str) -> Cors {
    let group = rules().origins_add([BETA]).credentials(true).methods(["GET", "POST", "PUT"]);
    global().paths(paths, group).build().unwrap()
}

fn global() -> CorsBuilder {
    Cors::builder().origins([APP]).headers(["content-type", "authorization"]).credentials(true)
}

/// Anything that answers requests: an application of `init_service`.
pub(crate) trait Application<B>:
    Service<Request, Response = ServiceResponse<B>, Error = Error>
{
}

impl<S, B> Application<B> for S where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>
{
}

/// A response as a server sends it.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Sends a request, and makes a response of an `Err`, as a server does.
pub(crate) async fn send<B: MessageBody + 'static>(
    app: &impl Application<B>,
    request: TestRequest,
) -> Response {
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body()).await.ok().unwrap_or_default();
    Response { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// The preflight of a request with a JSON body.
pub(crate) fn preflight(origin: &str, method: &str, path: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(Method::OPTIONS)
        .insert_header((header::ORIGIN, origin))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, method))
        .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type"))
}

/// Asserts that the method of the path is allowed for [`BETA`], by the policy of a handler, and for
/// no unknown origin.
pub(crate) async fn check_preflights<B: MessageBody + 'static>(
    app: &impl Application<B>,
    method: &str,
    path: &str,
) {
    let allowed = send(app, preflight(BETA, method, path)).await;
    assert_eq!(allowed.status, 204, "{method} {path}: {allowed:?}");
    allowed.assert_readable_by(BETA);
    for (header, expected) in [("methods", method), ("headers", "content-type")] {
        let list = allowed.header(&format!("access-control-allow-{header}"));
        assert!(list.split(", ").any(|allowed| allowed == expected), "{method} {path}: {list}");
    }

    let disallowed = send(app, preflight(EVIL, method, path)).await;
    assert_eq!(disallowed.status, 403, "{method} {path}: {disallowed:?}");
    disallowed.assert_unreadable();
}

/// Asserts that a request has this status, and that [`BETA`] may read that and no unknown origin.
/// Returns the response for [`BETA`].
pub(crate) async fn check<B: MessageBody + 'static>(
    app: &impl Application<B>,
    status: u16,
    request: impl Fn() -> TestRequest,
) -> Response {
    let disallowed = send(app, request().insert_header((header::ORIGIN, EVIL))).await;
    assert_eq!(disallowed.status, status, "{disallowed:?}");
    disallowed.assert_unreadable();

    let allowed = send(app, request().insert_header((header::ORIGIN, BETA))).await;
    assert_eq!(allowed.status, status, "{allowed:?}");
    allowed.assert_readable_by(BETA);
    allowed
}

impl Response {
    /// The value of a header; empty without one.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that a page of this origin may read it, with credentials.
    pub(crate) fn assert_readable_by(&self, origin: &str) {
        assert_eq!(self.header("access-control-allow-origin"), origin, "{self:?}");
        assert_eq!(self.header("access-control-allow-credentials"), "true", "{self:?}");
        assert_eq!(self.headers.get_all("access-control-allow-origin").count(), 1, "{self:?}");
        assert!(self.varies_by_origin(), "{self:?}");
    }

    /// Asserts that it has no header of CORS.
    pub(crate) fn assert_unreadable(&self) {
        let mut names = self.headers.keys().map(header::HeaderName::as_str);
        assert!(!names.any(|name| name.starts_with("access-control-")), "{self:?}");
        assert!(self.varies_by_origin(), "{self:?}");
    }

    fn varies_by_origin(&self) -> bool {
        self.headers.get_all(header::VARY).any(|value| {
            let mut names = value.to_str().unwrap().split(',');
            names.any(|name| name.trim().eq_ignore_ascii_case("origin"))
        })
    }
}
