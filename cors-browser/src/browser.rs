//! The browser: its engine, its stores, and the two ways in which a page makes it send something.

use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use crate::engine::{Engine, ThirdPartyCookies};
use crate::fetch::fetch;
use crate::outcome::Outcome;
use crate::request::construct::Request;
use crate::request::fetch_request::FetchRequest;
use crate::request::navigation::Navigation;
use crate::request::page::Page;
use crate::store::Stores;
use crate::store::cookies::Context;
use crate::syntax::url::Url;
use crate::wire::{Network, WireRequest, WireResponse};

/// A browser with caches, cookies, and a clock that does not move until it is advanced.
///
/// ```
/// use cors_browser::{Browser, FetchRequest, WireRequest, WireResponse};
///
/// // A server that allows one origin, and `PUT`.
/// let mut server = |request: &WireRequest| {
///     let allowed = [
///         ("Access-Control-Allow-Origin", "https://app.example"),
///         ("Access-Control-Allow-Methods", "PUT"),
///         ("Access-Control-Max-Age", "60"),
///     ];
///     WireResponse::new(if request.is_preflight() { 204 } else { 200 }, &allowed)
/// };
/// let mut browser = Browser::new();
/// let put = FetchRequest::to("PUT", "https://api.example/orders/1");
///
/// let outcome = browser.fetch(&mut server, "https://app.example", &put);
/// assert!(outcome.is_readable() && outcome.preflight().is_some());
///
/// let outcome = browser.fetch(&mut server, "https://app.example", &put);
/// assert!(outcome.is_readable() && outcome.preflight().is_none(), "the preflight is cached");
///
/// browser.advance(60);
/// let outcome = browser.fetch(&mut server, "https://app.example", &put);
/// assert!(outcome.preflight().is_some(), "until its `Access-Control-Max-Age` is over");
///
/// let outcome = browser.fetch(&mut server, "https://other.example", &put);
/// assert_eq!(outcome.failure().unwrap().code(), "preflight-origin: other-origin");
/// ```
#[derive(Debug)]
pub struct Browser {
    stores: Stores,
}

impl Browser {
    /// A browser that follows the standards to the letter.
    #[must_use]
    pub fn new() -> Self {
        Self::with_engine(Engine::Standard)
    }

    /// A browser that does what this engine does.
    ///
    /// ```
    /// use cors_browser::{Browser, Engine};
    ///
    /// assert_eq!(Browser::with_engine(Engine::Firefox).engine(), Engine::Firefox);
    /// assert_eq!(Browser::new().engine(), Engine::Standard);
    /// ```
    #[must_use]
    pub fn with_engine(engine: Engine) -> Self {
        Self { stores: Stores::new(engine) }
    }

    /// The browser with another limit in seconds on `Access-Control-Max-Age` than its engine's; 0
    /// turns the preflight cache off.
    #[must_use]
    pub fn with_max_age_limit(mut self, seconds: u64) -> Self {
        self.stores.max_age_limit = seconds;
        self
    }

    /// The browser with another treatment of third-party cookies than its engine's.
    ///
    /// ```
    /// use cors_browser::{Browser, Credentials, FetchRequest, ThirdPartyCookies};
    /// use cors_browser::{WireRequest, WireResponse};
    ///
    /// let request = FetchRequest::to("GET", "https://api.example/").credentials(Credentials::Include);
    /// let mut server = |_: &WireRequest| WireResponse::new(200, &[]);
    /// for (policy, cookie) in [
    ///     (ThirdPartyCookies::Allowed, Some("session=1".to_owned())),
    ///     (ThirdPartyCookies::Blocked, None),
    /// ] {
    ///     let mut browser = Browser::new().with_third_party_cookies(policy);
    ///     browser.set_cookie(&request.url, "session=1; Secure; SameSite=None");
    ///     let outcome = browser.fetch(&mut server, "https://app.example", &request);
    ///     assert_eq!(outcome.actual().unwrap().request.header("cookie"), cookie);
    /// }
    /// ```
    #[must_use]
    pub fn with_third_party_cookies(mut self, policy: ThirdPartyCookies) -> Self {
        self.stores.third_party_cookies = policy;
        self
    }

    /// The browser without an HTTP cache, as some are in a private window or under automation.
    ///
    /// ```
    /// use cors_browser::{Browser, FetchRequest, WireRequest, WireResponse};
    ///
    /// let mut requests = 0;
    /// let mut server = |_: &WireRequest| {
    ///     requests += 1;
    ///     WireResponse::new(200, &[("Cache-Control", "max-age=60")])
    /// };
    /// let image = FetchRequest::to("GET", "https://app.example/image");
    /// let mut browser = Browser::new().without_http_cache();
    /// for _ in 0..2 {
    ///     browser.fetch(&mut server, "https://app.example", &image);
    /// }
    /// assert_eq!(requests, 2);
    /// ```
    #[must_use]
    pub fn without_http_cache(mut self) -> Self {
        self.stores.http_cache.is_off = true;
        self
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.stores.engine
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: u64) {
        self.stores.now = self.stores.now.saturating_add(seconds);
    }

    /// What happens when a page calls `fetch()`, or sends an `XMLHttpRequest`.
    ///
    /// Nothing that a server answers makes it panic.
    ///
    /// # Panics
    ///
    /// If `page` is text that is no page, see [`Page::new`]; and where `network` panics.
    #[track_caller]
    pub fn fetch(
        &mut self,
        network: &mut dyn Network,
        page: impl Into<Page>,
        request: &FetchRequest,
    ) -> Outcome {
        let page = page.into();
        now(self.fetch_async(async |wire: &WireRequest| network.send(wire), page, request))
    }

    /// [`Browser::fetch`] with a transport that is asynchronous, such as a service under
    /// `actix_web::test::init_service`, or a client of HTTP.
    ///
    /// ```
    /// # fn main() { cors_browser_doc(async_example()) }
    /// # fn cors_browser_doc(f: impl Future<Output = ()>) {
    /// #     let mut f = std::pin::pin!(f);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(f.as_mut().poll(&mut context).is_ready());
    /// # }
    /// use cors_browser::{Browser, FetchRequest, WireRequest, WireResponse};
    ///
    /// async fn send(request: &WireRequest) -> WireResponse {
    ///     WireResponse::new(200, &[("Access-Control-Allow-Origin", "*")])
    /// }
    ///
    /// # async fn async_example() {
    /// let outcome = Browser::new()
    ///     .fetch_async(
    ///         async |request: &WireRequest| send(request).await,
    ///         "https://app.example",
    ///         &FetchRequest::to("GET", "https://api.example/"),
    ///     )
    ///     .await;
    /// assert!(outcome.is_readable());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Browser::fetch`].
    pub async fn fetch_async(
        &mut self,
        network: impl AsyncFnMut(&WireRequest) -> WireResponse,
        page: impl Into<Page>,
        request: &FetchRequest,
    ) -> Outcome {
        match Request::construct(self.engine(), page.into(), request) {
            Ok(request) => fetch(&mut self.stores, network, request).await,
            Err(failure) => Outcome { exchanges: Vec::new(), result: Err(failure) },
        }
    }

    /// What happens when a page follows a link or submits a form.
    ///
    /// The document is readable where it is of the page's own origin.
    ///
    /// # Panics
    ///
    /// As [`Browser::fetch`].
    #[track_caller]
    pub fn navigate(
        &mut self,
        network: &mut dyn Network,
        page: impl Into<Page>,
        navigation: &Navigation,
    ) -> Outcome {
        let page = page.into();
        now(self.navigate_async(async |wire: &WireRequest| network.send(wire), page, navigation))
    }

    /// [`Browser::navigate`] with a transport that is asynchronous.
    ///
    /// # Panics
    ///
    /// As [`Browser::fetch`].
    pub async fn navigate_async(
        &mut self,
        network: impl AsyncFnMut(&WireRequest) -> WireResponse,
        page: impl Into<Page>,
        navigation: &Navigation,
    ) -> Outcome {
        let request = Request::navigate(self.engine(), page.into(), navigation);
        fetch(&mut self.stores, network, request).await
    }

    /// Stores a cookie as if the user had visited the URL and its response had this `Set-Cookie`.
    ///
    /// ```
    /// use cors_browser::{Browser, Url};
    ///
    /// let url = Url::parse("https://api.example/").unwrap();
    /// let mut browser = Browser::new();
    /// browser.set_cookie(&url, "session=1; Secure; SameSite=None");
    /// assert_eq!(browser.cookies(&url).as_deref(), Some("session=1"));
    /// ```
    pub fn set_cookie(&mut self, url: &Url, set_cookie: &str) {
        let context = Context::own(url, &self.stores);
        let line = ("Set-Cookie".to_owned(), set_cookie.to_owned());
        self.stores.cookies.store(&context, &vec![line]);
    }

    /// The value of `Cookie` that a page of this URL sends to it, if any.
    #[must_use]
    pub fn cookies(&self, url: &Url) -> Option<String> {
        self.stores.cookies.header(&Context::own(url, &self.stores))
    }

    /// Forgets all cookies.
    pub fn clear_cookies(&mut self) {
        self.stores.cookies.clear();
    }

    /// Forgets all responses of the HTTP cache. Cached preflights stay.
    ///
    /// A response that was stored without CORS headers, for a request that needs none, blocks a page
    /// that does:
    ///
    /// ```
    /// use cors_browser::{Browser, FetchRequest, Mode, WireRequest, WireResponse};
    ///
    /// let mut server = |request: &WireRequest| match request.header("origin") {
    ///     None => WireResponse::new(200, &[("Cache-Control", "max-age=60")]),
    ///     // `Vary: Origin` is missing above.
    ///     Some(_) => WireResponse::new(200, &[("Access-Control-Allow-Origin", "*")]),
    /// };
    /// let image = FetchRequest::to("GET", "https://api.example/image").mode(Mode::NoCors);
    /// let mut browser = Browser::new();
    /// browser.fetch(&mut server, "https://app.example", &image);
    ///
    /// let fetch = image.mode(Mode::Cors);
    /// let outcome = browser.fetch(&mut server, "https://app.example", &fetch);
    /// assert_eq!(outcome.failure().unwrap().code(), "actual-origin: no-allow-origin");
    ///
    /// browser.clear_http_cache();
    /// let outcome = browser.fetch(&mut server, "https://app.example", &fetch);
    /// assert!(outcome.is_readable());
    /// ```
    pub fn clear_http_cache(&mut self) {
        self.stores.http_cache.clear();
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

// Runs a future that waits for nothing but a `Network`, which returns at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = TaskContext::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
