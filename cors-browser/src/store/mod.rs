//! What a browser keeps between requests: permissions of preflights, responses, and cookies. Time is
//! a number of seconds since the browser was made.
//!
//! May import: `engine`, `request`, `syntax`, `wire`.

pub(crate) mod cookies;
pub(crate) mod http_cache;
pub(crate) mod preflights;
pub(crate) mod set_cookie;

use std::time::SystemTime;

use cookies::CookieStore;
use http_cache::HttpCache;
use preflights::PreflightCache;

use crate::engine::{Engine, ThirdPartyCookies};

/// The stores, and the clock.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) engine: Engine,
    pub(crate) now: u64,
    /// The date at which the clock was 0.
    pub(crate) started: SystemTime,
    pub(crate) max_age_limit: u64,
    pub(crate) third_party_cookies: ThirdPartyCookies,
    pub(crate) preflights: PreflightCache,
    pub(crate) http_cache: HttpCache,
    pub(crate) cookies: CookieStore,
}

impl Stores {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            now: 0,
            started: SystemTime::now(),
            max_age_limit: engine.max_age_limit().unwrap_or(u64::MAX),
            third_party_cookies: engine.third_party_cookies(),
            preflights: PreflightCache::default(),
            http_cache: HttpCache::default(),
            cookies: CookieStore::default(),
        }
    }
}
