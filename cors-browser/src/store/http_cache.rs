//! The HTTP cache (RFC 9111), as far as CORS depends on it: a response that was stored for one
//! request is checked for another. Entries are found by the partition of the page, the URL, and the
//! request headers that `Vary` names.
//!
//! Not modelled: partial responses, `stale-while-revalidate`, and limits of size.

use crate::syntax::headers::{HeaderLines, append, contains, get};
use crate::syntax::url::Url;
use crate::wire::{WireRequest, WireResponse};

/// Responses, newest last.
#[derive(Debug, Default)]
pub(crate) struct HttpCache {
    entries: Vec<CachedResponse>,
    pub(crate) is_off: bool,
}

#[derive(Debug)]
struct CachedResponse {
    partition: String,
    url: Url,
    // The request headers that `Vary` names, with their values then.
    selecting: Vec<(String, Option<String>)>,
    response: WireResponse,
    stored_at: u64,
}

/// A stored response that fits a request.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) index: usize,
    pub(crate) response: WireResponse,
    pub(crate) is_fresh: bool,
}

impl HttpCache {
    /// RFC 9111, section 4: the stored response for this request, if there is one.
    pub(crate) fn find(&self, partition: &str, request: &WireRequest, now: u64) -> Option<Hit> {
        if request.method != "GET" || contains(&request.headers, "range") {
            return None;
        }
        let fits = |entry: &CachedResponse| entry.is_for(partition, request);
        let index = self.entries.iter().rposition(fits)?;
        let CachedResponse { response, stored_at, .. } = &self.entries[index];
        let resident = now.saturating_sub(*stored_at);
        let age = seconds(&response.headers, "age").unwrap_or(0).saturating_add(resident);
        let is_fresh = !has_directive(&response.headers, "no-cache")
            && age < freshness_lifetime(&response.headers);
        Some(Hit { index, response: response.clone(), is_fresh })
    }

    /// RFC 9111, section 3, and section 4.4 for unsafe methods.
    pub(crate) fn store(
        &mut self,
        partition: &str,
        request: &WireRequest,
        response: &WireResponse,
        now: u64,
    ) {
        if self.is_off {
            return;
        }
        if !matches!(&*request.method, "GET" | "HEAD" | "OPTIONS" | "TRACE") {
            if (200..400).contains(&response.status) {
                self.entries.retain(|entry| entry.url != request.url);
            }
            return;
        }
        let headers = &response.headers;
        let vary = names_in_vary(headers);
        let is_explicit = freshness_lifetime(headers) > 0;
        let has_validator = contains(headers, "etag") || contains(headers, "last-modified");
        let is_cacheable = matches!(response.status, 200 | 203 | 204 | 300 | 301 | 308 | 404 | 410)
            || (is_explicit && response.status != 206 && response.status >= 200);
        if request.method != "GET"
            || contains(&request.headers, "range")
            || !is_cacheable
            || !(is_explicit || has_validator)
            || has_directive(headers, "no-store")
            || vary.iter().any(|name| name == "*")
        {
            return;
        }
        self.entries.retain(|entry| !entry.is_for(partition, request));
        let value = |name: String| {
            let value = get(&request.headers, &name);
            (name, value)
        };
        self.entries.push(CachedResponse {
            partition: partition.to_owned(),
            url: request.url.clone(),
            selecting: vary.into_iter().map(value).collect(),
            response: response.clone(),
            stored_at: now,
        });
    }

    /// RFC 9111, section 4.3.4: a 304 replaces the headers that it has and leaves the others, those
    /// of CORS like any.
    pub(crate) fn freshen(
        &mut self,
        index: usize,
        not_modified: &WireResponse,
        now: u64,
    ) -> WireResponse {
        let CachedResponse { response, stored_at, .. } = &mut self.entries[index];
        let is_kept = |name: &str| {
            ["content-encoding", "content-type", "content-range", "content-length"]
                .iter()
                .any(|kept| kept.eq_ignore_ascii_case(name))
        };
        let replaces = |name: &str| contains(&not_modified.headers, name) && !is_kept(name);
        response.headers.retain(|(name, _)| !replaces(name));
        let new = not_modified.headers.iter().filter(|(name, _)| !is_kept(name));
        response.headers.extend(new.cloned());
        *stored_at = now;
        response.clone()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

impl CachedResponse {
    fn is_for(&self, partition: &str, request: &WireRequest) -> bool {
        self.partition == partition
            && self.url == request.url
            && self.selecting.iter().all(|(name, value)| get(&request.headers, name) == *value)
    }
}

impl Hit {
    /// RFC 9111, section 4.3.1; without a validator the request goes out as it is.
    pub(crate) fn make_conditional(&self, request: &mut WireRequest) {
        for (validator, condition) in
            [("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")]
        {
            if let Some(value) = get(&self.response.headers, validator) {
                append(&mut request.headers, condition, &value);
            }
        }
    }
}

// RFC 9111, section 4.2.1, and the usual heuristic of section 4.2.2: a tenth of the age that
// `Last-Modified` shows.
fn freshness_lifetime(headers: &HeaderLines) -> u64 {
    if let Some(seconds) = directive(headers, "max-age") {
        return seconds.parse().unwrap_or(0);
    }
    let date = |name| get(headers, name).and_then(|text| httpdate::parse_http_date(&text).ok());
    let between = |from, to: Option<std::time::SystemTime>| {
        let from: Option<std::time::SystemTime> = from;
        to?.duration_since(from?).ok().map(|it| it.as_secs())
    };
    if contains(headers, "expires") {
        return between(date("date"), date("expires")).unwrap_or(0);
    }
    between(date("last-modified"), date("date")).unwrap_or(0) / 10
}

fn seconds(headers: &HeaderLines, name: &str) -> Option<u64> {
    get(headers, name)?.parse().ok()
}

fn has_directive(headers: &HeaderLines, name: &str) -> bool {
    directive(headers, name).is_some()
}

// The value of a directive of `Cache-Control`, empty if it has none.
fn directive(headers: &HeaderLines, name: &str) -> Option<String> {
    let value = get(headers, "cache-control")?;
    value.split(',').map(str::trim).find_map(|directive| {
        let (key, value) = directive.split_once('=').unwrap_or((directive, ""));
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn names_in_vary(headers: &HeaderLines) -> Vec<String> {
    let value = get(headers, "vary").unwrap_or_default();
    let names = value.split(',').map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_is_explicit_or_a_tenth_of_the_age() {
        let date = ("Date", "Tue, 15 Nov 1994 08:12:31 GMT");
        let cases: [(&[(&str, &str)], u64); 8] = [
            (&[], 0),
            (&[("Cache-Control", "private, Max-Age=60")], 60),
            (&[("Cache-Control", "max-age=x")], 0),
            (&[date, ("Expires", "Tue, 15 Nov 1994 08:13:31 GMT")], 60),
            (&[date, ("Expires", "0")], 0),
            (&[("Expires", "Tue, 15 Nov 1994 08:13:31 GMT")], 0),
            (&[date, ("Last-Modified", "Tue, 15 Nov 1994 08:02:31 GMT")], 60),
            (&[date, ("Last-Modified", "Tue, 15 Nov 1994 09:02:31 GMT")], 0),
        ];
        for (headers, expected) in cases {
            let headers = WireResponse::new(200, headers).headers;
            assert_eq!(freshness_lifetime(&headers), expected, "{headers:?}");
        }
    }
}
