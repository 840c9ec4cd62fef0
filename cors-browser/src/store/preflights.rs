//! The "CORS-preflight cache" of Fetch: what servers agreed to, one entry per method or header
//! name, each with its own age. Time is a number of seconds that the browser passes in.

use crate::engine::CachedWildcard;
use crate::request::construct::Request;
use crate::syntax::safelist::is_non_wildcard;
use crate::syntax::url::Url;

/// What the response to a preflight allows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) methods: Vec<String>,
    pub(crate) header_names: Vec<String>,
    pub(crate) max_age: u64,
}

/// The entries; those that have expired are still in the list but match nothing.
#[derive(Debug, Default)]
pub(crate) struct PreflightCache {
    entries: Vec<CachedPermission>,
}

#[derive(Debug)]
struct CachedPermission {
    partition: String,
    origin: String,
    url: Url,
    credentials: bool,
    what: PermissionKind,
    stored_at: u64,
    max_age: u64,
}

// `*` is kept as it is: the two matches below give it its meaning.
#[derive(Debug)]
enum PermissionKind {
    Method(String),
    HeaderName(String),
}

impl PreflightCache {
    /// "method cache entry match".
    pub(crate) fn allows_method(&self, request: &Request, method: &str, now: u64) -> bool {
        self.entries.iter().any(|entry| entry.matches_method(request, method, now))
    }

    /// "header-name cache entry match".
    pub(crate) fn allows_header_name(&self, request: &Request, name: &str, now: u64) -> bool {
        self.entries.iter().any(|entry| entry.matches_header_name(request, name, now))
    }

    /// "CORS-preflight fetch", steps 7.12 to 7.15.
    pub(crate) fn store(&mut self, request: &Request, permission: &Permission, now: u64) {
        let Permission { methods, header_names, max_age } = permission;
        // A later element can match the entry that an earlier one has just made, so that all
        // old entries are renewed before new ones are created.
        for method in methods {
            self.renew(*max_age, |entry| entry.matches_method(request, method, now));
        }
        for method in methods {
            if !self.allows_method(request, method, now) {
                self.create(request, PermissionKind::Method(method.clone()), *max_age, now);
            }
        }
        for name in header_names {
            self.renew(*max_age, |entry| entry.matches_header_name(request, name, now));
        }
        for name in header_names {
            if !self.allows_header_name(request, name, now) {
                self.create(request, PermissionKind::HeaderName(name.clone()), *max_age, now);
            }
        }
    }

    /// "clear cache entries": whatever the credentials.
    pub(crate) fn clear(&mut self, request: &Request) {
        self.entries.retain(|entry| !entry.is_of(request));
    }

    // To the letter: the max-age changes, the time of storing does not.
    fn renew(&mut self, max_age: u64, matches: impl Fn(&CachedPermission) -> bool) {
        for entry in self.entries.iter_mut().filter(|entry| matches(entry)) {
            entry.max_age = max_age;
        }
    }

    // "create a new cache entry".
    fn create(&mut self, request: &Request, what: PermissionKind, max_age: u64, now: u64) {
        self.entries.push(CachedPermission {
            partition: request.partition(),
            origin: request.origin().to_owned(),
            url: request.url().clone(),
            credentials: request.includes_credentials(),
            what,
            stored_at: now,
            max_age,
        });
    }
}

impl CachedPermission {
    // "cache entry match", of which an entry that had to be removed by now is no part.
    fn matches(&self, request: &Request, now: u64) -> bool {
        let include = request.includes_credentials();
        let credentials_match = match request.engine.separates_credentials() {
            true => self.credentials == include,
            false => self.credentials || !include,
        };
        now.saturating_sub(self.stored_at) < self.max_age
            && self.is_of(request)
            && credentials_match
    }

    fn is_of(&self, request: &Request) -> bool {
        self.origin == request.origin()
            && self.url == *request.url()
            && self.partition == request.partition()
    }

    fn matches_method(&self, request: &Request, method: &str, now: u64) -> bool {
        let PermissionKind::Method(known) = &self.what else { return false };
        let is_wildcard =
            known == "*" && request.engine.cached_wildcard() != CachedWildcard::Unused;
        (known == method || is_wildcard) && self.matches(request, now)
    }

    fn matches_header_name(&self, request: &Request, name: &str, now: u64) -> bool {
        let PermissionKind::HeaderName(known) = &self.what else { return false };
        let wildcard_covers = match request.engine.cached_wildcard() {
            CachedWildcard::AsInFetch => !is_non_wildcard(name),
            CachedWildcard::Unused => false,
            CachedWildcard::CoversAll => true,
        };
        (known.eq_ignore_ascii_case(name) || (known == "*" && wildcard_covers))
            && self.matches(request, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::modes::Credentials;
    use crate::request::fetch_request::FetchRequest;

    fn request(url: &str, credentials: Credentials) -> Request {
        let fetch = FetchRequest::to("PUT", url).credentials(credentials);
        Request::construct(Engine::Standard, "https://page.example".into(), &fetch).unwrap()
    }

    fn permission(methods: &[&str], header_names: &[&str], max_age: u64) -> Permission {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Permission { methods: owned(methods), header_names: owned(header_names), max_age }
    }

    #[test]
    fn an_entry_is_for_one_origin_one_url_and_its_credentials() {
        let url = "https://api.example/x?y";
        for (stored, asked, expected) in [
            (Credentials::Omit, Credentials::Omit, true),
            (Credentials::Omit, Credentials::SameOrigin, true),
            (Credentials::Omit, Credentials::Include, false),
            (Credentials::Include, Credentials::Include, true),
            (Credentials::Include, Credentials::Omit, true),
        ] {
            let mut cache = PreflightCache::default();
            cache.store(&request(url, stored), &permission(&["PUT"], &[], 5), 0);
            let asked = request(url, asked);
            assert_eq!(cache.allows_method(&asked, "PUT", 0), expected, "{stored:?} {asked:?}");
            let elsewhere = request("https://api.example/x?z", asked.credentials);
            assert!(!cache.allows_method(&elsewhere, "PUT", 0));
            let other_page = Request { page: "https://other.example".into(), ..asked };
            assert!(!cache.allows_method(&other_page, "PUT", 0));
        }
    }

    #[test]
    fn wildcards_match_all_but_authorization() {
        let request = request("https://api.example/", Credentials::Omit);
        let mut cache = PreflightCache::default();
        cache.store(&request, &permission(&["*"], &["*"], 5), 0);
        assert!(cache.allows_method(&request, "anything", 4));
        assert!(cache.allows_header_name(&request, "x-a", 4));
        assert!(!cache.allows_header_name(&request, "Authorization", 4));
        cache.store(&request, &permission(&[], &["authorization"], 5), 0);
        assert!(cache.allows_header_name(&request, "Authorization", 4));
    }

    #[test]
    fn entries_end_with_their_max_age_and_zero_is_never() {
        let request = request("https://api.example/", Credentials::Omit);
        let mut cache = PreflightCache::default();
        cache.store(&request, &permission(&["PUT"], &["x-a"], 10), 100);
        assert!(cache.allows_method(&request, "PUT", 109));
        assert!(!cache.allows_method(&request, "PUT", 110));
        cache.store(&request, &permission(&["PATCH"], &[], 0), 100);
        assert!(!cache.allows_method(&request, "PATCH", 100));
        // An answer with max-age 0 also ends what it finds.
        cache.store(&request, &permission(&["PUT"], &[], 0), 105);
        assert!(!cache.allows_method(&request, "PUT", 105));
        assert!(cache.allows_header_name(&request, "X-A", 105));
    }

    #[test]
    fn renewing_does_not_move_the_time_of_storing() {
        let request = request("https://api.example/", Credentials::Omit);
        let mut cache = PreflightCache::default();
        cache.store(&request, &permission(&["PUT"], &[], 10), 0);
        cache.store(&request, &permission(&["PUT", "PATCH"], &[], 10), 5);
        assert!(!cache.allows_method(&request, "PUT", 10));
        assert!(cache.allows_method(&request, "PATCH", 14));
    }

    #[test]
    fn clearing_takes_every_entry_of_the_url() {
        let (omit, include) = (Credentials::Omit, Credentials::Include);
        let mut cache = PreflightCache::default();
        for credentials in [omit, include] {
            let stored = request("https://api.example/", credentials);
            cache.store(&stored, &permission(&["PUT"], &["x-a"], 10), 0);
        }
        cache.store(&request("https://api.example/b", omit), &permission(&["PUT"], &[], 10), 0);
        cache.clear(&request("https://api.example/", omit));
        assert_eq!(cache.entries.len(), 1);
    }
}
