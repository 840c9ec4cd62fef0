//! What passes between the browser and a server: one request, one response, header lines in
//! order. How the two reach each other is left to the implementor of [`Network`].

use crate::syntax::headers::{HeaderLines, get};
use crate::syntax::url::Url;

/// The servers, as the browser reaches them.
///
/// A closure is one. Where the transport is asynchronous, use [`Browser::fetch_async`], which takes
/// an `async` closure.
///
/// ```
/// use cors_browser::{Network, WireRequest, WireResponse};
///
/// struct Teapots;
///
/// impl Network for Teapots {
///     fn send(&mut self, _: &WireRequest) -> WireResponse {
///         WireResponse::new(418, &[])
///     }
/// }
///
/// let mut browser = cors_browser::Browser::new();
/// let outcome = browser.fetch(&mut Teapots, "https://app.example", &"https://api.example/".into());
/// assert!(!outcome.is_readable());
/// ```
///
/// [`Browser::fetch_async`]: crate::Browser::fetch_async
pub trait Network {
    /// Carries one request to its server and the response back.
    ///
    /// The response is [`WireResponse::none`] where no server answers.
    fn send(&mut self, request: &WireRequest) -> WireResponse;
}

impl<F: FnMut(&WireRequest) -> WireResponse> Network for F {
    fn send(&mut self, request: &WireRequest) -> WireResponse {
        self(request)
    }
}

/// A request as it leaves the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WireRequest {
    /// The method, in the case in which it is sent.
    pub method: String,
    /// The URL, which names the server; the request line has its [`Url::target`].
    pub url: Url,
    /// The header lines, in order, `Host` included.
    pub headers: HeaderLines,
    /// The body, empty if there is none.
    pub body: Vec<u8>,
}

/// A response as it reaches the browser.
///
/// Header values are text: each byte of a value is the character of that number, as Fetch's
/// "isomorphic decode" makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireResponse {
    /// The status code; 0 if there was no response.
    pub status: u16,
    /// The header lines, in order; a name may repeat.
    pub headers: HeaderLines,
    /// The body.
    pub body: Vec<u8>,
}

impl WireRequest {
    /// A request as no page makes it, to send it past the browser: without a body.
    #[must_use]
    pub fn new(method: &str, url: Url, headers: HeaderLines) -> Self {
        Self { method: method.to_owned(), url, headers, body: Vec::new() }
    }

    /// Path and query, as they are in the request line.
    #[must_use]
    pub fn target(&self) -> &str {
        self.url.target()
    }

    /// The value of a header, its lines joined with `, `; `None` when there is no such line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        get(&self.headers, name)
    }

    /// Whether it is a CORS preflight: `OPTIONS` with `Access-Control-Request-Method`.
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.header("access-control-request-method").is_some()
    }
}

impl WireResponse {
    /// A response from literals, with an empty body.
    ///
    /// ```
    /// use cors_browser::WireResponse;
    ///
    /// let response = WireResponse::new(200, &[("Vary", "Origin"), ("vary", "Accept")]);
    /// assert_eq!(response.header("VARY").as_deref(), Some("Origin, Accept"));
    /// ```
    #[must_use]
    pub fn new(status: u16, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
        Self { status, headers, body: Vec::new() }
    }

    /// No response: the connection was refused, or closed too early.
    #[must_use]
    pub fn none() -> Self {
        Self::new(0, &[])
    }

    /// The value of a header, its lines joined with `, `; `None` when there is no such line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        get(&self.headers, name)
    }

    /// Whether the status is what Fetch calls an "ok status".
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..=299).contains(&self.status)
    }
}
