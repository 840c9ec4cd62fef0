//! A request as a script writes it.

use super::body::Body;
use super::referrer::ReferrerPolicy;
use crate::modes::{CacheMode, Credentials, Mode, Redirect};
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
    #[must_use]
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        Self { referrer_policy: Some(policy), ..self }
    }

    /// The request with a body.
    #[must_use]
    pub fn body(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The request of an `XMLHttpRequest` that has listeners on its `upload`: it has a preflight
    /// whatever else it is.
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
