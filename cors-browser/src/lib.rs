//! A model of what a browser does with `fetch()` across origins, used to judge servers.
//!
//! It is written from the WHATWG Fetch standard alone and knows nothing of the library under
//! test, so that the two can disagree; every branch names the algorithm it implements. A test
//! hands a [`Browser`] a [`Network`] (the server) and reads in the [`Outcome`] what a page would
//! have got, or judges one recorded exchange with [`cors_check`] and [`preflight_check`].
//!
//! Not modelled: following redirects, the HTTP cache, mixed content, CSP, CORP, `Referer`,
//! HTTP authentication entries, `SameSite` cookies, service workers and network partitions.

mod cache;
mod cors_check;
mod exposed;
mod fetch;
mod forbidden;
mod headers;
mod method;
mod outcome;
mod preflight;
mod request;
mod safelist;
mod send;
mod site;
#[cfg(test)]
mod tests;
mod url;
mod wire;

pub use cors_check::{CorsCheckFailure, cors_check};
pub use fetch::{Browser, CHROMIUM_MAX_AGE};
pub use headers::HeaderLines;
pub use outcome::{Failure, Outcome, Response, Tainting};
pub use preflight::{DEFAULT_MAX_AGE, preflight_check};
pub use request::{Credentials, FetchRequest, Mode};
pub use url::Url;
pub use wire::{Exchange, Network, WireRequest, WireResponse};
