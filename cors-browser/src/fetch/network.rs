//! "HTTP-network-or-cache fetch" and "HTTP-network fetch": what the HTTP cache answers, what is sent,
//! and what is stored of the response. Preflights do not pass here: nothing of them is
//! cached but their permissions, and they have no cookies.

use super::added::wire_request;
use super::{FetchParams, InternalResponse};
use crate::modes::CacheMode;
use crate::outcome::failure::Failure;
use crate::request::construct::Request;
use crate::store::cookies::Context;
use crate::store::http_cache::Hit;
use crate::syntax::headers::{append, contains};
use crate::wire::{WireRequest, WireResponse};

impl<N: AsyncFnMut(&WireRequest) -> WireResponse> FetchParams<'_, N> {
    pub(super) async fn network_or_cache(
        &mut self,
        request: &Request,
    ) -> Result<InternalResponse, Failure> {
        let mut wire = wire_request(request);
        // Step 8.21.
        let context = Context::of(request, self.stores);
        if request.sends_cookies()
            && let Some(cookies) = self.stores.cookies.header(&context)
        {
            append(&mut wire.headers, "Cookie", &cookies);
        }
        if request.sends_cookies()
            && context.has_inactive_storage_access()
            && request.engine.sends_origin_for_storage_access()
            && !contains(&wire.headers, "origin")
        {
            append(&mut wire.headers, "Origin", request.origin());
        }
        let mode = request.cache_mode();
        let now = self.stores.now;
        let key = request.http_cache_partition();
        let hit = match mode {
            CacheMode::NoStore | CacheMode::Reload => None,
            _ => self.stores.http_cache.find(&key, &wire, now),
        };
        let mut revalidated = None;
        match (mode, hit) {
            (CacheMode::ForceCache | CacheMode::OnlyIfCached, Some(hit)) => {
                return Ok(InternalResponse { response: hit.response, is_cached: true });
            }
            (CacheMode::OnlyIfCached, None) => return Err(Failure::NotCached),
            (CacheMode::Default, Some(hit)) if hit.is_fresh => {
                return Ok(InternalResponse { response: hit.response, is_cached: true });
            }
            (_, Some(hit)) => {
                hit.make_conditional(&mut wire);
                revalidated = Some(hit);
            }
            (_, None) => {}
        }
        let sent = wire.clone();
        let response = self.send(wire, false).await;
        if response.status == 0 {
            return Err(Failure::NoResponse);
        }
        if request.engine.refuses_status(response.status) {
            return Err(Failure::RefusedStatus(response.status));
        }
        // "HTTP-network fetch": the browser stores cookies whether or not the page may read the
        // response.
        if request.sends_cookies() {
            self.stores.cookies.store(&context, &response.headers);
        }
        if let Some(Hit { index, .. }) = revalidated.filter(|_| response.status == 304) {
            let response = self.stores.http_cache.freshen(index, &response, now);
            return Ok(InternalResponse { response, is_cached: true });
        }
        if mode != CacheMode::NoStore {
            self.stores.http_cache.store(&key, &sent, &response, now);
        }
        Ok(InternalResponse { response, is_cached: false })
    }
}
