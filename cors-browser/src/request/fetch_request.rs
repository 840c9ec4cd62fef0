//! A request as a script writes it.

use super::body::Body;
use super::referrer::ReferrerPolicy;
use crate::modes::{CacheMode, Credentials, Destination, Mode, Redirect};
use crate::syntax::headers::HeaderLines;
use crate::syntax::url::Url;

/// A request of a page, with the options of `fetch()`.
///
/// A mistake in it fails as in a browser: [`Browser::fetch`] returns the [`Failure`].
///
/// ```
/// use cors_browser::{Body, Credentials, FetchRequest, Url};
///
/// let url = Url::parse("https://api.example/orders").unwrap();
/// let request = FetchRequest::new("PUT", url)
///     .header("Content-Type", "application/json")
///     .body(Body::text("{}"))
///     .credentials(Credentials::Include);
/// assert_eq!(request.method, "PUT");
/// ```
///
/// [`Browser::fetch`]: crate::Browser::fetch
/// [`Failure`]: crate::Failure
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchRequest {
    /// The target.
    pub url: Url,
    /// The method as the page writes it.
    pub method: String,
    /// The headers as the page writes them.
    pub headers: HeaderLines,
    /// The credentials mode.
    pub credentials: Credentials,
    /// The mode.
    pub mode: Mode,
    /// The redirect mode.
    pub redirect: Redirect,
    /// The cache mode.
    pub cache: CacheMode,
    /// The referrer policy, if it is not the page's.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// The body.
    pub body: Option<Body>,
    /// Whether an `XMLHttpRequest` has listeners on its `upload`, which force a preflight.
    pub upload_listener: bool,
    /// What the response is for, where it is not `fetch()` that makes the request.
    pub destination: Destination,
}

impl FetchRequest {
    /// A request as `fetch(url, { method })` makes it.
    #[must_use]
    pub fn new(method: &str, url: Url) -> Self {
        Self {
            url,
            method: method.to_owned(),
            headers: Vec::new(),
            credentials: Credentials::default(),
            mode: Mode::default(),
            redirect: Redirect::default(),
            cache: CacheMode::default(),
            referrer_policy: None,
            body: None,
            upload_listener: false,
            destination: Destination::Empty,
        }
    }

    /// A request for a URL as text.
    ///
    /// # Panics
    ///
    /// If the text is no URL of HTTP.
    ///
    /// ```
    /// use cors_browser::FetchRequest;
    ///
    /// assert_eq!(FetchRequest::to("get", "https://api.example").url.target(), "/");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn to(method: &str, url: &str) -> Self {
        match Url::parse(url) {
            Some(url) => Self::new(method, url),
            None => panic!("`{url}` is no URL of HTTP: write `https://api.example/path`"),
        }
    }

    /// The request with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The request with this credentials mode.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// The request in this mode.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The request with this redirect mode.
    ///
    /// A redirect from a foreign origin to another one makes the origin `null` (Fetch,
    /// "redirect-tainted origin"):
    ///
    /// ```
    /// use cors_browser::{Browser, FetchRequest, Redirect, ResponseKind, WireRequest, WireResponse};
    ///
    /// let mut server = |request: &WireRequest| match request.url.host() {
    ///     "api.example" => WireResponse::new(302, &[
    ///         ("Access-Control-Allow-Origin", "*"),
    ///         ("Location", "https://cdn.example/"),
    ///     ]),
    ///     _ => {
    ///         assert_eq!(request.header("origin").as_deref(), Some("null"));
    ///         WireResponse::new(200, &[("Access-Control-Allow-Origin", "https://app.example")])
    ///     }
    /// };
    /// let mut browser = Browser::new();
    /// let request = FetchRequest::to("GET", "https://api.example/");
    /// let outcome = browser.fetch(&mut server, "https://app.example", &request);
    /// assert_eq!(outcome.failure().unwrap().code(), "actual-origin: other-origin");
    ///
    /// let manual = request.redirect(Redirect::Manual);
    /// let outcome = browser.fetch(&mut server, "https://app.example", &manual);
    /// assert_eq!(outcome.result.unwrap().kind, ResponseKind::OpaqueRedirect);
    /// ```
    #[must_use]
    pub fn redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    /// The request with this cache mode.
    #[must_use]
    pub fn cache(self, cache: CacheMode) -> Self {
        Self { cache, ..self }
    }

    /// The request with a referrer policy of its own.
    ///
    /// It also decides about `Origin`, where the mode is not `cors` and the method is neither `GET`
    /// nor `HEAD` (Fetch, "append a request `Origin` header", step 4.1):
    ///
    /// ```
    /// use cors_browser::{Browser, FetchRequest, Mode, ReferrerPolicy, WireRequest, WireResponse};
    ///
    /// let mut server = |_: &WireRequest| WireResponse::new(200, &[]);
    /// let post = FetchRequest::to("POST", "https://api.example/").mode(Mode::NoCors);
    /// let post = post.referrer_policy(ReferrerPolicy::NoReferrer);
    /// let outcome = Browser::new().fetch(&mut server, "https://app.example", &post);
    /// let sent = &outcome.actual().unwrap().request;
    /// assert_eq!((sent.header("origin").as_deref(), sent.header("referer")), (Some("null"), None));
    /// ```
    #[must_use]
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        Self { referrer_policy: Some(policy), ..self }
    }

    /// The request of an element or a worker. Set the mode and the credentials mode as HTML does: an
    /// image without `crossorigin` is `no-cors` with credentials, with it `cors`.
    ///
    /// ```
    /// use cors_browser::{Browser, Credentials, Destination, FetchRequest, Mode};
    /// use cors_browser::{WireRequest, WireResponse};
    ///
    /// let mut server = |request: &WireRequest| {
    ///     assert_eq!(request.header("sec-fetch-dest").as_deref(), Some("image"));
    ///     WireResponse::new(200, &[])
    /// };
    /// let image = FetchRequest::to("GET", "https://api.example/image")
    ///     .destination(Destination::Image)
    ///     .mode(Mode::NoCors)
    ///     .credentials(Credentials::Include);
    /// let outcome = Browser::new().fetch(&mut server, "https://app.example", &image);
    /// assert!(!outcome.is_readable(), "it is shown, and taints a canvas");
    /// ```
    #[must_use]
    pub fn destination(self, destination: Destination) -> Self {
        Self { destination, ..self }
    }

    /// The request with a body.
    #[must_use]
    pub fn body(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The request of an `XMLHttpRequest` that has listeners on its `upload`: it has a preflight
    /// whatever else it is (Fetch, "use-CORS-preflight flag").
    ///
    /// ```
    /// use cors_browser::{Body, Browser, FetchRequest, WireRequest, WireResponse};
    ///
    /// let mut server = |_: &WireRequest| {
    ///     WireResponse::new(200, &[("Access-Control-Allow-Origin", "*")])
    /// };
    /// let post = FetchRequest::to("POST", "https://api.example/").body(Body::text("a"));
    /// for (request, has_preflight) in [(post.clone(), false), (post.upload_listener(), true)] {
    ///     let outcome = Browser::new().fetch(&mut server, "https://app.example", &request);
    ///     assert_eq!(outcome.preflight().is_some(), has_preflight);
    /// }
    /// ```
    #[must_use]
    pub fn upload_listener(self) -> Self {
        Self { upload_listener: true, ..self }
    }
}

impl From<&str> for FetchRequest {
    /// `fetch(url)`.
    ///
    /// # Panics
    ///
    /// As [`FetchRequest::to`].
    #[track_caller]
    fn from(url: &str) -> Self {
        Self::to("GET", url)
    }
}
