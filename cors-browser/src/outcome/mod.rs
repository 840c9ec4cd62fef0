//! What a fetch came to: what went over the wire, and what the page got to see or why not.
//!
//! May import: `syntax`, `wire`.

pub(crate) mod failure;

use std::fmt;

use failure::Failure;

use crate::syntax::headers::{HeaderLines, get};
use crate::syntax::url::Url;
use crate::wire::{WireRequest, WireResponse};

/// The course and the result of one request of a page.
///
/// `Display` shows both, one line for each request:
///
/// ```
/// use cors_browser::{Browser, FetchRequest, WireRequest, WireResponse};
///
/// let mut server = |_: &WireRequest| WireResponse::new(404, &[]);
/// let request = FetchRequest::to("PUT", "https://api.example/orders");
/// let outcome = Browser::new().fetch(&mut server, "https://app.example", &request);
/// assert_eq!(
///     outcome.to_string(),
///     "preflight for PUT https://api.example/orders: 404\n\
///      blocked: the response to the preflight is not shared: it has no \
///      `Access-Control-Allow-Origin` (CORS-preflight fetch, step 7)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What was sent, in order, and what came back. What the HTTP cache answered is not here.
    pub exchanges: Vec<Exchange>,
    /// What the page's promise settles to.
    pub result: Result<Response, Failure>,
}

/// One request and the response to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// What the browser sent.
    pub request: WireRequest,
    /// What the server answered.
    pub response: WireResponse,
    /// Whether it is a CORS preflight.
    pub is_preflight: bool,
}

/// A response as the page sees it, a "filtered response" of Fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The filter that applied.
    pub kind: ResponseKind,
    /// The status; 0 when opaque.
    pub status: u16,
    /// The readable headers: lower-case, sorted, lines combined; none when opaque.
    pub headers: HeaderLines,
    /// The body; empty when opaque, but for a redirect without a location in [`Engine::WebKit`], whose
    /// body the page can read.
    ///
    /// [`Engine::WebKit`]: crate::Engine::WebKit
    pub body: Vec<u8>,
    /// The URL that answered, after redirects; for an opaque response the page does not see it.
    pub url: Url,
    /// Whether it comes from the HTTP cache, revalidated or not.
    pub is_cached: bool,
}

/// The type of a response, as the page sees it in `response.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseKind {
    /// The target is of the page's own origin; CORS plays no part.
    Basic,
    /// Cross-origin, and shared by the server.
    Cors,
    /// Cross-origin in `no-cors` mode, or a document of another origin: not readable.
    Opaque,
    /// A redirect in the redirect mode `manual`: status and headers are not readable, see
    /// [`Response::body`].
    OpaqueRedirect,
}

impl Outcome {
    /// Whether the page can read the response: it was shared and is not opaque.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.response().is_some()
    }

    /// The response, if the page can read it.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        let is_readable = |response: &&Response| {
            matches!(response.kind, ResponseKind::Basic | ResponseKind::Cors)
        };
        self.result.as_ref().ok().filter(is_readable)
    }

    /// The reason of the failure, if it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.result.as_ref().err()
    }

    /// The first preflight, if one was sent.
    #[must_use]
    pub fn preflight(&self) -> Option<&Exchange> {
        self.exchanges.iter().find(|exchange| exchange.is_preflight)
    }

    /// The last request that is no preflight, if one was sent. Its server has handled it, even if
    /// the page cannot read the response.
    ///
    /// ```
    /// use cors_browser::{Browser, FetchRequest, WireRequest, WireResponse};
    ///
    /// let mut server = |_: &WireRequest| WireResponse::new(200, &[]);
    /// let post = FetchRequest::to("POST", "https://api.example/transfer");
    /// let outcome = Browser::new().fetch(&mut server, "https://other.example", &post);
    /// assert!(!outcome.is_readable() && outcome.actual().is_some());
    /// ```
    #[must_use]
    pub fn actual(&self) -> Option<&Exchange> {
        self.exchanges.iter().rfind(|exchange| !exchange.is_preflight)
    }
}

impl Response {
    /// The value of a header that the page can read.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        get(&self.headers, name)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exchange in &self.exchanges {
            writeln!(f, "{exchange}")?;
        }
        match &self.result {
            Ok(response) => match response.kind {
                ResponseKind::Basic | ResponseKind::Cors => {
                    let cached = if response.is_cached { ", from the HTTP cache" } else { "" };
                    write!(f, "readable: {}{cached}", response.status)
                }
                ResponseKind::Opaque => f.write_str("sent, and not readable by the page"),
                ResponseKind::OpaqueRedirect => f.write_str("a redirect that was not followed"),
            },
            Err(failure) => write!(f, "blocked: {failure} ({})", failure.step()),
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, response, is_preflight } = self;
        if *is_preflight {
            let method = request.header("access-control-request-method").unwrap_or_default();
            write!(f, "preflight for {method} {}", request.url)?;
            if let Some(names) = request.header("access-control-request-headers") {
                write!(f, " with {names}")?;
            }
        } else {
            write!(f, "{} {}", request.method, request.url)?;
        }
        match response.status {
            0 => f.write_str(": no response"),
            status => write!(f, ": {status}"),
        }
    }
}
