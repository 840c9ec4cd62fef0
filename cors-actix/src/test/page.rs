//! A page that makes requests of the application under test.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use cors_browser::{Browser, Engine, FetchRequest, Navigation, Page, WireRequest, WireResponse};

use super::explanation;
use super::outcome::TestOutcome;
use super::transport::send;
use crate::api::Cors;

/// Where the application is, for the page: a host that no page of a test has.
const APPLICATION: &str = "https://localhost:8080";

/// A page of an origin, in a browser of its own.
///
/// The browser keeps cookies, cached preflights and cached responses from one request to the
/// next, and its clock does not move until it is advanced.
///
/// ```
/// use actix_web::test::init_service;
/// use actix_web::{App, HttpResponse, web};
/// use cors_actix::Cors;
/// use cors_actix::test::{Credentials, TestPage};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example.com"]).build()?;
/// let route = web::get().to(HttpResponse::Ok);
/// let app = init_service(App::new().route("/orders", route).wrap(cors)).await;
///
/// let mut page = TestPage::new("https://app.example.com");
/// let get = page.request("GET", "/orders");
/// page.fetch(&app, &get).await.assert_readable();
///
/// // The policy does not set `credentials`.
/// let with_cookies = get.credentials(Credentials::Include);
/// let outcome = page.fetch(&app, &with_cookies).await;
/// assert_eq!(outcome.assert_blocked().code(), "actual-origin: credentials-not-allowed");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestPage {
    page: Page,
    browser: Browser,
    application: String,
    cors: Option<Cors>,
}

impl TestPage {
    /// A page of this origin or URL, in a browser that follows the standards to the letter.
    ///
    /// # Panics
    ///
    /// If the text is neither a URL nor `null`.
    #[must_use]
    #[track_caller]
    pub fn new(page: impl Into<Page>) -> Self {
        Self {
            page: page.into(),
            browser: Browser::new(),
            application: APPLICATION.to_owned(),
            cors: None,
        }
    }

    /// The page in a browser of this engine; cookies that were set before are lost.
    #[must_use]
    pub fn engine(self, engine: Engine) -> Self {
        Self { browser: Browser::with_engine(engine), ..self }
    }

    /// The page, for an application that is at this origin and not at `https://localhost:8080`:
    /// for guards on the host, virtual hosts, and cookies.
    #[must_use]
    pub fn application_at(self, origin: &str) -> Self {
        Self { application: origin.trim_end_matches('/').to_owned(), ..self }
    }

    /// The page, whose outcomes show the policy of the path when an assertion fails.
    #[must_use]
    pub fn explained_by(self, cors: &Cors) -> Self {
        Self { cors: Some(cors.clone()), ..self }
    }

    /// The browser: its cookies and its clock.
    ///
    /// ```
    /// use cors_actix::test::TestPage;
    ///
    /// let mut page = TestPage::new("https://app.example.com");
    /// page.browser().advance(600);
    /// ```
    pub fn browser(&mut self) -> &mut Browser {
        &mut self.browser
    }

    /// A request of a path of the application, as `fetch(url, { method })` makes it.
    ///
    /// # Panics
    ///
    /// If `path` does not begin with `/`.
    ///
    /// ```
    /// use cors_actix::test::TestPage;
    ///
    /// let page = TestPage::new("https://app.example.com");
    /// assert_eq!(page.request("GET", "/orders?all").url.target(), "/orders?all");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn request(&self, method: &str, path: &str) -> FetchRequest {
        FetchRequest::to(method, &self.url(path))
    }

    /// The URL of a path of the application, for a [`Navigation`].
    ///
    /// # Panics
    ///
    /// If `path` does not begin with `/`.
    #[must_use]
    #[track_caller]
    pub fn url(&self, path: &str) -> String {
        assert!(path.starts_with('/'), "`{path}` is no path: it has to begin with `/`");
        format!("{}{path}", self.application)
    }

    /// What happens when the page calls `fetch()`, with an application of
    /// `actix_web::test::init_service`. It answers for all hosts, also those that redirects lead to.
    pub async fn fetch<S, B>(&mut self, app: &S, request: &FetchRequest) -> TestOutcome
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        self.fetch_with(async |wire: &WireRequest| send(app, wire).await, request).await
    }

    /// What happens when the page calls `fetch()`, with a transport of your own: a client of HTTP
    /// and a server that is running.
    ///
    /// ```
    /// use cors_actix::test::TestPage;
    /// use cors_actix::test::browser::{WireRequest, WireResponse};
    ///
    /// # #[actix_web::main]
    /// # async fn main() {
    /// // In the place of a client: a server that shares everything.
    /// let client = async |request: &WireRequest| {
    ///     assert_eq!(request.url.to_string(), "https://localhost:8080/orders");
    ///     WireResponse::new(200, &[("Access-Control-Allow-Origin", "*")])
    /// };
    /// let mut page = TestPage::new("https://app.example.com");
    /// let get = page.request("GET", "/orders");
    /// page.fetch_with(client, &get).await.assert_readable();
    /// # }
    /// ```
    pub async fn fetch_with(
        &mut self,
        transport: impl AsyncFnMut(&WireRequest) -> WireResponse,
        request: &FetchRequest,
    ) -> TestOutcome {
        let outcome = self.browser.fetch_async(transport, &self.page, request).await;
        let what = format!("{} {}", request.method, request.url);
        self.explained(what, outcome)
    }

    /// What happens when the page follows a link or submits a form.
    ///
    /// ```
    /// use actix_web::test::init_service;
    /// use actix_web::{App, HttpResponse, web};
    /// use cors_actix::Cors;
    /// use cors_actix::test::browser::{Enctype, Navigation};
    /// use cors_actix::test::TestPage;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let cors = Cors::builder().origins(["https://app.example.com"]).enforce(true).build()?;
    /// let route = web::post().to(HttpResponse::Ok);
    /// let app = init_service(App::new().route("/transfer", route).wrap(cors)).await;
    ///
    /// // No preflight keeps a form from being sent, so the policy has to: `enforce`.
    /// let mut page = TestPage::new("https://other.example");
    /// let form = Navigation::post(&page.url("/transfer"), Enctype::UrlEncoded, &[("to", "me")]);
    /// let outcome = page.navigate(&app, &form).await;
    /// assert_eq!(outcome.actual().unwrap().response.status, 403);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn navigate<S, B>(&mut self, app: &S, navigation: &Navigation) -> TestOutcome
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let transport = async |wire: &WireRequest| send(app, wire).await;
        let outcome = self.browser.navigate_async(transport, &self.page, navigation).await;
        let method = if navigation.body.is_some() { "POST" } else { "GET" };
        self.explained(format!("{method} {}", navigation.url), outcome)
    }

    fn explained(&self, request: String, outcome: cors_browser::Outcome) -> TestOutcome {
        let policies = self.cors.as_ref().and_then(|cors| {
            let sent = &outcome.exchanges.last()?.request;
            Some(explanation::policies(cors, self.page.origin(), sent))
        });
        TestOutcome::new(self.page.origin(), request, outcome, policies.unwrap_or_default())
    }
}
