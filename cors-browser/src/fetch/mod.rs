//! The algorithms of Fetch, a file for each, from the top: "main fetch" (`main_fetch`), "HTTP fetch"
//! (`http_fetch`), "CORS-preflight fetch" (`preflight`), "HTTP-redirect fetch" (`redirect`),
//! "HTTP-network-or-cache fetch" (`network`) with the headers that the browser adds (`added`), the
//! "CORS check" (`cors_check`), and the filters of responses (`filter`).
//!
//! May import: `engine`, `modes`, `outcome`, `request`, `store`, `syntax`, `wire`.

mod added;
pub(crate) mod cors_check;
mod filter;
mod http_fetch;
mod main_fetch;
mod network;
pub(crate) mod preflight;
mod redirect;

use crate::outcome::{Exchange, Outcome};
use crate::request::construct::Request;
use crate::store::Stores;
use crate::syntax::headers::without_empty_lines;
use crate::wire::{WireRequest, WireResponse};

/// Fetch "fetch", of a request that is complete.
pub(crate) async fn fetch<N>(stores: &mut Stores, network: N, request: Request) -> Outcome
where
    N: AsyncFnMut(&WireRequest) -> WireResponse,
{
    let mut fetching = FetchParams { stores, network, exchanges: Vec::new() };
    let result = fetching.main_fetch(request).await;
    Outcome { exchanges: fetching.exchanges, result }
}

/// A fetch that is under way, Fetch "fetch params".
struct FetchParams<'s, N> {
    stores: &'s mut Stores,
    network: N,
    exchanges: Vec<Exchange>,
}

/// A response that is not filtered yet.
#[derive(Clone, Debug)]
struct InternalResponse {
    response: WireResponse,
    is_cached: bool,
}

impl<N: AsyncFnMut(&WireRequest) -> WireResponse> FetchParams<'_, N> {
    /// The one place at which anything leaves the browser.
    async fn send(&mut self, request: WireRequest, is_preflight: bool) -> WireResponse {
        let mut response = (self.network)(&request).await;
        let exchange = Exchange { request, response: response.clone(), is_preflight };
        self.exchanges.push(exchange);
        if self.stores.engine.leaves_out_empty_lines() {
            response.headers = without_empty_lines(response.headers);
        }
        response
    }
}
