//! The browser itself: "main fetch" and "HTTP fetch" of Fetch, which decide whether a request is
//! made at all, whether it is preceded by a preflight, and whether the page may read the answer.

use super::cache::PreflightCache;
use super::cors_check::cors_check;
use super::exposed::filter;
use super::method;
use super::outcome::{Failure, Outcome, Response, Tainting};
use super::preflight::{judge, preflight_request};
use super::request::{FetchRequest, Mode, Request};
use super::safelist::unsafe_names;
use super::send::wire_request;
use super::wire::{Exchange, Network, WireResponse};

/// The longest time in seconds for which Chromium caches a preflight.
pub const CHROMIUM_MAX_AGE: u64 = 7200;

/// A browser with a preflight cache and a clock that does not move until it is advanced.
#[derive(Debug)]
pub struct Browser {
    cache: PreflightCache,
    now: u64,
    max_age_limit: u64,
    public_suffixes: Vec<String>,
}

impl Browser {
    /// A browser that caches preflights as long as Chromium does.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cache: PreflightCache::default(),
            now: 0,
            max_age_limit: CHROMIUM_MAX_AGE,
            public_suffixes: Vec::new(),
        }
    }

    /// The same with another limit on `Access-Control-Max-Age`; 0 turns the cache off.
    #[must_use]
    pub fn with_max_age_limit(self, seconds: u64) -> Self {
        Self { max_age_limit: seconds, ..self }
    }

    /// The same with public suffixes of several labels, such as `co.uk`, for `Sec-Fetch-Site`.
    #[must_use]
    pub fn with_public_suffixes(self, suffixes: &[&str]) -> Self {
        Self { public_suffixes: suffixes.iter().map(|s| (*s).to_owned()).collect(), ..self }
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    /// What happens when a page of `page_origin` calls `fetch()`.
    ///
    /// `page_origin` is a serialised origin, `null` for an opaque one.
    pub fn fetch(
        &mut self,
        network: &mut dyn Network,
        page_origin: &str,
        request: &FetchRequest,
    ) -> Outcome {
        let mut trace = Trace { network, preflight: None, actual: None };
        let result = Request::construct(page_origin, request)
            .and_then(|request| self.main_fetch(&mut trace, &request));
        Outcome { preflight: trace.preflight, actual: trace.actual, result }
    }

    // Fetch "main fetch", steps 12 and 14.
    fn main_fetch(
        &mut self,
        trace: &mut Trace<'_>,
        request: &Request,
    ) -> Result<Response, Failure> {
        let (tainting, make_cors_preflight) = match request.mode {
            _ if request.is_same_origin() => (Tainting::Basic, false),
            Mode::SameOrigin => return Err(Failure::SameOriginMode),
            Mode::NoCors => (Tainting::Opaque, false),
            Mode::Cors => (Tainting::Cors, request.needs_preflight()),
        };
        let response = self.http_fetch(trace, request, tainting, make_cors_preflight);
        // A response that fails the check clears the cache: the next request has a preflight.
        if make_cors_preflight && response.is_err() {
            self.cache.clear(request);
        }
        Ok(filter(tainting, request.includes_credentials(), &response?))
    }

    // Fetch "HTTP fetch".
    fn http_fetch(
        &mut self,
        trace: &mut Trace<'_>,
        request: &Request,
        tainting: Tainting,
        make_cors_preflight: bool,
    ) -> Result<WireResponse, Failure> {
        // Step 4.1.
        if make_cors_preflight && !self.is_covered_by_cache(request) {
            let preflight = preflight_request(request);
            let wire = wire_request(&preflight, Tainting::Cors, &self.public_suffixes);
            let response = trace.network.send(&wire);
            trace.preflight = Some(Exchange { request: wire, response: response.clone() });
            let mut permission = judge(request, &response)?;
            // "CORS-preflight fetch", step 7.10.
            permission.max_age = permission.max_age.min(self.max_age_limit);
            self.cache.store(request, &permission, self.now);
        }
        // Step 4.3.
        let wire = wire_request(request, tainting, &self.public_suffixes);
        let response = trace.network.send(&wire);
        trace.actual = Some(Exchange { request: wire, response: response.clone() });
        // Step 4.4.
        if tainting == Tainting::Cors {
            cors_check(&request.origin, request.includes_credentials(), &response.headers)
                .map_err(Failure::ActualOrigin)?;
        }
        // Step 6. "HTTP-redirect fetch" takes a redirect without a location for a response.
        if matches!(response.status, 301 | 302 | 303 | 307 | 308)
            && response.header("location").is_some()
        {
            return Err(Failure::RedirectNotModelled(response.status));
        }
        Ok(response)
    }

    // "HTTP fetch", the conditions of step 4.1, negated.
    fn is_covered_by_cache(&self, request: &Request) -> bool {
        let needs_method = !method::is_safelisted(&request.method) || request.use_cors_preflight;
        let method_is_covered =
            !needs_method || self.cache.allows_method(request, &request.method, self.now);
        method_is_covered
            && unsafe_names(&request.headers)
                .iter()
                .all(|name| self.cache.allows_header_name(request, name, self.now))
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

// The server, and a record of what was sent to it.
struct Trace<'a> {
    network: &'a mut dyn Network,
    preflight: Option<Exchange>,
    actual: Option<Exchange>,
}
