//! What a browser does with a request of a page to a server of another origin, by the [Fetch]
//! standard: a model for tests of servers.
//!
//! A page on an origin makes a request. The browser decides whether it is sent, whether a preflight
//! comes first, which headers and cookies go along, and whether the page may read the response. The
//! server is yours: a closure, an application under test, or a real one.
//!
//! ```
//! use cors_browser::{Browser, Credentials, FetchRequest, WireRequest, WireResponse};
//!
//! // The server under test: it forgot `Access-Control-Allow-Credentials`.
//! let mut server = |request: &WireRequest| {
//!     let origin = request.header("origin").unwrap_or_default();
//!     WireResponse::new(200, &[("Access-Control-Allow-Origin", &origin)])
//! };
//!
//! let mut browser = Browser::new();
//! let request = FetchRequest::to("GET", "https://api.example/orders");
//! let outcome = browser.fetch(&mut server, "https://app.example", &request);
//! assert!(outcome.is_readable(), "{outcome}");
//!
//! let request = request.credentials(Credentials::Include);
//! let outcome = browser.fetch(&mut server, "https://app.example", &request);
//! assert_eq!(
//!     outcome.to_string(),
//!     "GET https://api.example/orders: 200\n\
//!      blocked: the response is not shared: it has no `Access-Control-Allow-Credentials: true`, \
//!      and the request has credentials (HTTP fetch, step 4.4)"
//! );
//! assert!(outcome.actual().is_some(), "the server has handled it all the same");
//! ```
//!
//! The model knows nothing of the server that it judges, and shares no code with `cors-actix`:
//! each branch names the algorithm of the standard that it implements.
//!
//! | what | with |
//! |---|---|
//! | `fetch()` and `XMLHttpRequest`: modes, credentials, bodies, streams, upload listeners | [`FetchRequest`], [`Browser::fetch`] |
//! | images, scripts, fonts, style sheets, workers | [`FetchRequest::destination`] |
//! | links and forms | [`Navigation`], [`Browser::navigate`] |
//! | pages in frames, sandboxed pages, referrer policies | [`Page`], [`ReferrerPolicy`] |
//! | redirects, and the origin `null` that they lead to | [`Redirect`], [`Outcome::exchanges`] |
//! | cached preflights, the HTTP cache, and time | [`CacheMode`], [`Browser::advance`] |
//! | cookies: `Domain`, `Path`, `Secure`, `SameSite`, third parties | [`Browser::set_cookie`], [`ThirdPartyCookies`] |
//! | what Chromium, Firefox and WebKit do otherwise than Fetch | [`Engine`] |
//! | one recorded response | [`cors_check`], [`preflight_check`] |
//!
//! Not modelled: mixed content, Content Security Policy, `Cross-Origin-Resource-Policy`, HTTP
//! authentication, service workers, WebSocket, and private or local networks, where Chromium asks
//! its user before a page of the internet reaches them.
//!
//! [Fetch]: https://fetch.spec.whatwg.org/

mod browser;
mod engine;
mod fetch;
mod modes;
mod outcome;
mod request;
mod store;
mod syntax;
mod wire;

pub use browser::Browser;
pub use engine::{Engine, ThirdPartyCookies};
pub use fetch::cors_check::cors_check;
pub use fetch::preflight::preflight_check;
pub use modes::{CacheMode, Credentials, Destination, Mode, Redirect};
pub use outcome::failure::{CorsCheckFailure, Failure};
pub use outcome::{Exchange, Outcome, Response, ResponseKind};
pub use request::body::{Body, Enctype};
pub use request::fetch_request::FetchRequest;
pub use request::navigation::{Navigation, Target};
pub use request::page::Page;
pub use request::referrer::ReferrerPolicy;
pub use syntax::headers::HeaderLines;
pub use syntax::url::Url;
pub use wire::{Network, WireRequest, WireResponse};

/// Compiles the example of the crate page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
