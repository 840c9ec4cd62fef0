//! "HTTP fetch": the preflight if no cached one covers the request, the request, and the CORS check
//! of its response.

use super::cors_check::cors_check;
use super::{FetchParams, InternalResponse};
use crate::outcome::failure::Failure;
use crate::request::construct::{Request, Tainting};
use crate::wire::{WireRequest, WireResponse};

impl<N: AsyncFnMut(&WireRequest) -> WireResponse> FetchParams<'_, N> {
    pub(super) async fn http_fetch(
        &mut self,
        request: &Request,
        make_cors_preflight: bool,
    ) -> Result<InternalResponse, Failure> {
        // Step 4.1.
        if make_cors_preflight && !self.is_covered_by_cache(request) {
            if request.engine.drops_insufficient_preflights() {
                self.stores.preflights.clear(request);
            }
            self.preflight(request).await?;
        }
        // Step 4.3.
        let fetched = self.network_or_cache(request).await?;
        // Step 4.4. What comes from the HTTP cache is checked, too.
        if request.tainting == Tainting::Cors {
            let headers = &fetched.response.headers;
            cors_check(request.origin(), request.includes_credentials(), headers)
                .map_err(Failure::ActualOrigin)?;
        }
        Ok(fetched)
    }

    // The conditions of step 4.1, negated.
    fn is_covered_by_cache(&self, request: &Request) -> bool {
        if request.engine.ignores_preflight_cache(request.cache) {
            return false;
        }
        let (cache, now) = (&self.stores.preflights, self.stores.now);
        let needs_method = request.needs_preflight_for_method();
        let method_is_covered = !needs_method || cache.allows_method(request, &request.method, now);
        method_is_covered
            && request
                .unsafe_names()
                .iter()
                .all(|name| cache.allows_header_name(request, name, now))
    }
}
