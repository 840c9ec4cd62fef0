//! The peer of another framework: `CorsLayer` of tower-http around an axum router, and the
//! same router without it.
//!
//! axum is built on `http` 1 and actix-web on `http` 0.2, so the requests are made anew from
//! those that the other applications get.

use std::cell::RefCell;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::response::IntoResponse;
use axum::routing;
use futures_util::FutureExt as _;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_service::Service as _;

use crate::request::{Ask, Template, allowed_headers};
use crate::routes;

/// A router with one route, and the request to it.
pub(crate) struct Application {
    router: RefCell<Router>,
    method: Method,
    uri: Uri,
    lines: Vec<(HeaderName, HeaderValue)>,
}

impl Application {
    /// Without CORS.
    pub(crate) fn bare(ask: Ask) -> Self {
        let path = routes::path(0);
        let route = routing::get(page).put(page);
        let template = Template::new(ask, &path);
        let lines = template.lines().map(|(name, value)| {
            // A slice of a shared buffer, as in the original.
            let value = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(value.as_bytes()));
            (name.as_str().parse().expect("a name"), value.expect("a header value"))
        });
        Self {
            router: RefCell::new(Router::new().route(&path, route)),
            method: template.method().as_str().parse().expect("a method"),
            uri: path.parse().expect("a path"),
            lines: lines.collect(),
        }
    }

    /// With the policy of the other libraries.
    pub(crate) fn with_cors(ask: Ask, origins: impl Iterator<Item = String>) -> Self {
        let origins = origins.map(|origin| origin.parse().expect("an origin"));
        let headers = allowed_headers(ask).into_iter().map(|name| name.parse().expect("a name"));
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::PUT])
            .allow_headers(headers.collect::<Vec<HeaderName>>())
            .max_age(std::time::Duration::from_secs(600));
        let Self { router, method, uri, lines } = Self::bare(ask);
        Self { router: RefCell::new(router.into_inner().layer(cors)), method, uri, lines }
    }

    pub(crate) fn request(&self) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        for (name, value) in &self.lines {
            request.headers_mut().append(name.clone(), value.clone());
        }
        request
    }

    /// Takes a request and drops the response.
    pub(crate) fn serve(&self, request: Request) {
        let response = self.router.borrow_mut().call(request);
        let response = response.now_or_never().expect("an answer at once");
        assert!(response.is_ok_and(|response| response.status().is_success()));
    }
}

async fn page() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok")
}
