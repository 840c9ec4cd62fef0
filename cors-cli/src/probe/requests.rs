//! The requests that are sent: those of the page, and those of other origins.
//!
//! Nothing but preflights, `GET` and `HEAD` is sent unless `--send` allows it: a probe must not
//! delete an order.

use std::time::Duration;

use cors_browser::{Browser, FetchRequest, Mode, Outcome, Page, WireRequest, WireResponse};

use super::transport::Client;
use super::unreachable::Unreachable;
use crate::page::PageRequest;

/// Sends requests as a browser does.
pub(super) struct Prober<'p> {
    pub(super) client: &'p Client,
    pub(super) request: &'p PageRequest,
    pub(super) may_send: bool,
    pub(super) timeout: Duration,
}

/// What came of one request of a page.
#[derive(Debug)]
pub(super) struct RequestOutcome {
    pub(super) outcome: Outcome,
    /// For each exchange the protocol; `None` where nothing was received.
    pub(super) protocols: Vec<Option<&'static str>>,
    /// Whether the request itself was not sent after its preflight.
    pub(super) is_withheld: bool,
    pub(super) unreachable: Option<Unreachable>,
}

impl Prober<'_> {
    /// The request of the page, with its preflight and redirects.
    pub(super) async fn page(&self) -> RequestOutcome {
        self.fetch(self.request.page.clone(), &self.request.fetch, usize::MAX).await
    }

    /// The first response to a page of another origin with the same request: to its preflight, if
    /// it needs one. `None` without a response.
    pub(super) async fn first_response(&self, origin: &str) -> Option<WireResponse> {
        let page = Page::parse(origin)?;
        first(self.fetch(page, &self.request.fetch, 1).await)
    }

    /// The response to a plain `GET` of a page of this origin.
    pub(super) async fn plain_response(&self, origin: &str) -> Option<WireResponse> {
        let page = Page::parse(origin)?;
        let get = FetchRequest::new("GET", self.request.fetch.url.clone())
            .credentials(self.request.fetch.credentials);
        first(self.fetch(page, &get, 1).await)
    }

    /// The response to a request without `Origin`, as of an image or a link.
    pub(super) async fn response_without_origin(&self) -> Option<WireResponse> {
        let get = FetchRequest::new("GET", self.request.fetch.url.clone()).mode(Mode::NoCors);
        first(self.fetch(self.request.page.clone(), &get, 1).await)
    }

    /// Sends at most `most` requests.
    async fn fetch(&self, page: Page, request: &FetchRequest, most: usize) -> RequestOutcome {
        let mut browser = Browser::new();
        self.request.prepare(&mut browser);
        let deadline = tokio::time::Instant::now() + self.timeout;
        let (mut protocols, mut unreachable, mut is_withheld) = (Vec::new(), None, false);
        let send = async |wire: &WireRequest| {
            if protocols.len() >= most {
                return WireResponse::none();
            }
            if !self.may_send && !wire.is_preflight() && !matches!(&*wire.method, "GET" | "HEAD") {
                is_withheld = true;
                protocols.push(None);
                return withheld(wire);
            }
            let sent = tokio::time::timeout_at(deadline, self.client.send(wire)).await;
            match sent.unwrap_or_else(|_| Err(Unreachable::Timeout(self.client.phase.get()))) {
                Ok(received) => {
                    protocols.push(Some(received.protocol));
                    received.response
                }
                Err(error) => {
                    protocols.push(None);
                    unreachable = Some(error);
                    WireResponse::none()
                }
            }
        };
        let outcome = browser.fetch_async(send, page, request).await;
        RequestOutcome { outcome, protocols, is_withheld, unreachable }
    }
}

/// The response in the place of one to a request that is not sent: the page may read it.
fn withheld(wire: &WireRequest) -> WireResponse {
    let origin = wire.header("origin").unwrap_or_default();
    let shared =
        [("Access-Control-Allow-Origin", &*origin), ("Access-Control-Allow-Credentials", "true")];
    WireResponse::new(200, &shared)
}

fn first(seen: RequestOutcome) -> Option<WireResponse> {
    let is_received = seen.protocols.first().is_some_and(Option::is_some);
    seen.outcome.exchanges.into_iter().next().filter(|_| is_received).map(|it| it.response)
}
