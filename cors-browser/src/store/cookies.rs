//! Cookies, by the storage model and the retrieval algorithm of RFC 6265bis, sections 5.7 and 5.8.
//!
//! Not modelled: what scripts read and write (`document.cookie`, `HttpOnly`), limits of number, and
//! `Partitioned`.

use std::net::IpAddr;
use std::time::SystemTime;

use super::Stores;
use super::set_cookie::{Expiry, SameSite, SetCookie};
use crate::engine::{Engine, ThirdPartyCookies};
use crate::request::construct::{Purpose, Request};
use crate::request::page::Page;
use crate::syntax::headers::HeaderLines;
use crate::syntax::site::{is_public_suffix, is_same_site};
use crate::syntax::url::Url;

/// Chromium sends a cookie that is `Lax` by default with a top-level `POST` of another site, if it
/// is not older than this: "Lax-allowing-unsafe" of RFC 6265bis, section 5.6.7.2.
const LAX_ALLOWING_UNSAFE: u64 = 120;

/// The cookies of a browser.
#[derive(Debug, Default)]
pub(crate) struct CookieStore {
    /// In the order of their creation.
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    is_host_only: bool,
    path: String,
    is_secure: bool,
    same_site: Option<SameSite>,
    expires_at: Option<u64>,
    created_at: u64,
    partition: Option<String>,
}

/// The request that cookies are sent with or come from.
#[derive(Debug)]
pub(crate) struct Context {
    engine: Engine,
    url: Url,
    relation: Relation,
    third_party: Option<ThirdPartyCookies>,
    top_site: Option<String>,
    is_top_of_site: bool,
    now: u64,
    started: SystemTime,
}

/// How the page is related to the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    SameSite,
    /// Another site, whose link or form loads a top-level document.
    TopLevel {
        is_safe: bool,
    },
    CrossSite,
}

impl Relation {
    fn top_level(method: &str) -> Self {
        Self::TopLevel { is_safe: matches!(method, "GET" | "HEAD") }
    }
}

impl Context {
    pub(crate) fn of(request: &Request, stores: &Stores) -> Self {
        let Request { page, method, purpose, .. } = request;
        let url = request.url();
        let is_top_level = *purpose == Purpose::Document;
        let ignores_frames = stores.engine.ignores_frames_for_same_site();
        let is_first_party =
            if ignores_frames { page.is_top_of_site(url) } else { page.is_first_party(url) };
        // The pages around the one that opens a tab are not around what is loaded there.
        let relation = match is_top_level {
            true if ignores_frames && !page.is_top_of_site(url) => Relation::top_level(method),
            true if is_same_site(page.origin(), url) => Relation::SameSite,
            true => Relation::top_level(method),
            false if is_first_party => Relation::SameSite,
            false => Relation::CrossSite,
        };
        // What loads a top-level document is of the first party, whatever caused it.
        let is_third_party = !is_top_level && !is_first_party;
        Self {
            engine: stores.engine,
            url: url.clone(),
            relation,
            third_party: is_third_party.then_some(stores.third_party_cookies),
            top_site: page.top_site(),
            is_top_of_site: page.is_top_of_site(url),
            now: stores.now,
            started: stores.started,
        }
    }

    /// The context of a visit to the URL itself.
    pub(crate) fn own(url: &Url, stores: &Stores) -> Self {
        Self {
            engine: stores.engine,
            url: url.clone(),
            relation: Relation::SameSite,
            third_party: None,
            top_site: Page::new(&url.origin()).top_site(),
            is_top_of_site: true,
            now: stores.now,
            started: stores.started,
        }
    }

    fn partition(&self) -> Option<String> {
        match self.third_party {
            Some(ThirdPartyCookies::Partitioned) => {
                Some(self.top_site.clone().unwrap_or_else(|| "null".to_owned()))
            }
            _ => None,
        }
    }

    fn is_blocked(&self) -> bool {
        self.third_party == Some(ThirdPartyCookies::Blocked)
    }

    /// Storage Access Headers, the status "inactive": the page could ask for its cookies.
    pub(crate) fn has_inactive_storage_access(&self) -> bool {
        let is_limited = self.third_party.is_some_and(|it| it != ThirdPartyCookies::Allowed);
        is_limited && self.is_top_of_site
    }

    // The seconds of this browser's clock.
    fn expires_at(&self, expiry: Expiry) -> Option<u64> {
        match expiry {
            Expiry::Session => None,
            Expiry::Seconds(seconds) => Some(self.now.saturating_add(seconds)),
            Expiry::At(date) => {
                Some(date.duration_since(self.started).map_or(0, |after| after.as_secs()))
            }
        }
    }
}

impl CookieStore {
    /// Section 5.7: all `Set-Cookie` lines of a response.
    pub(crate) fn store(&mut self, context: &Context, headers: &HeaderLines) {
        let lines = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let parse = |line: &String| match context.engine.takes_a_lone_value_for_a_name() {
            true => SetCookie::parse(&with_name(line)),
            false => SetCookie::parse(line),
        };
        for cookie in lines.filter_map(|(_, line)| accept(context, parse(line)?)) {
            self.insert(cookie, context.now);
        }
    }

    /// Section 5.8: the value of `Cookie`, or `None` for none.
    pub(crate) fn header(&self, context: &Context) -> Option<String> {
        let mut cookies: Vec<_> =
            self.cookies.iter().filter(|cookie| cookie.is_sent(context)).collect();
        // The sort is stable: of equal paths the older cookie comes first.
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pair = |cookie: &&Cookie| match &*cookie.name {
            "" => cookie.value.clone(),
            name => format!("{name}={}", cookie.value),
        };
        let pairs: Vec<_> = cookies.iter().map(pair).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(crate) fn clear(&mut self) {
        self.cookies.clear();
    }

    fn insert(&mut self, cookie: Cookie, now: u64) {
        let old = self.cookies.iter().position(|old| {
            (&old.name, &old.domain, old.is_host_only, &old.path, &old.partition)
                == (
                    &cookie.name,
                    &cookie.domain,
                    cookie.is_host_only,
                    &cookie.path,
                    &cookie.partition,
                )
        });
        match (old, cookie.expires_at.is_some_and(|at| at <= now)) {
            (Some(index), true) => {
                self.cookies.remove(index);
            }
            (None, true) => {}
            // The time of creation stays that of the cookie that is replaced.
            (Some(index), false) => {
                let created_at = self.cookies[index].created_at;
                self.cookies[index] = Cookie { created_at, ..cookie };
            }
            (None, false) => self.cookies.push(cookie),
        }
    }
}

// `a; Secure` becomes `a=; Secure`.
fn with_name(line: &str) -> String {
    let (pair, attributes) = line.split_at(line.find(';').unwrap_or(line.len()));
    let equals = if pair.contains('=') { "" } else { "=" };
    format!("{pair}{equals}{attributes}")
}

// Section 5.7, from step 7 on: `None` for a cookie that is ignored.
fn accept(context: &Context, cookie: SetCookie) -> Option<Cookie> {
    let SetCookie { name, value, domain, path, secure, same_site, expiry } = cookie;
    let Context { engine, url, relation, .. } = context;
    if context.is_blocked() {
        return None;
    }
    let host = url.host();
    let domain = match domain {
        Some(domain) if is_public_suffix(&domain) && domain != host => return None,
        Some(domain) if is_public_suffix(&domain) => None,
        Some(domain) if !domain_matches(host, &domain) => return None,
        domain => domain,
    };
    let is_over_secure = is_secure(*engine, url);
    if secure && !is_over_secure {
        return None;
    }
    let effective = same_site.unwrap_or(default_same_site(*engine));
    if effective != SameSite::None && *relation == Relation::CrossSite {
        return None;
    }
    if same_site == Some(SameSite::None) && !secure && engine.requires_secure_with_none() {
        return None;
    }
    let path = path.unwrap_or_else(|| default_path(url.path()));
    let prefix = name.to_ascii_lowercase();
    let is_host_only = domain.is_none();
    let breaks_promise = (prefix.starts_with("__secure-") && !secure)
        || (prefix.starts_with("__host-") && !(secure && is_host_only && path == "/"));
    if breaks_promise && engine.checks_cookie_prefixes() {
        return None;
    }
    Some(Cookie {
        name,
        value,
        domain: domain.unwrap_or_else(|| host.to_owned()),
        is_host_only,
        path,
        is_secure: secure,
        same_site,
        expires_at: context.expires_at(expiry),
        created_at: context.now,
        partition: context.partition(),
    })
}

impl Cookie {
    fn is_sent(&self, context: &Context) -> bool {
        let Context { engine, url, now, .. } = context;
        let host_matches = match self.is_host_only {
            true => url.host() == self.domain,
            false => domain_matches(url.host(), &self.domain),
        };
        host_matches
            && path_matches(url.path(), &self.path)
            && (!self.is_secure || is_secure(*engine, url))
            && self.expires_at.is_none_or(|at| *now < at)
            && !context.is_blocked()
            && self.partition == context.partition()
            && self.is_allowed_by_same_site(context)
    }

    // Section 5.8.3, step 1.
    fn is_allowed_by_same_site(&self, context: &Context) -> bool {
        let Context { engine, relation, now, .. } = context;
        let same_site = self.same_site.unwrap_or(default_same_site(*engine));
        match (same_site, relation) {
            (SameSite::None, _) | (_, Relation::SameSite) => true,
            (SameSite::Lax, Relation::TopLevel { is_safe: true }) => true,
            (SameSite::Lax, Relation::TopLevel { is_safe: false }) => {
                self.same_site.is_none()
                    && engine.allows_unsafe_with_default()
                    && now.saturating_sub(self.created_at) < LAX_ALLOWING_UNSAFE
            }
            (SameSite::Strict, _) | (SameSite::Lax, Relation::CrossSite) => false,
        }
    }
}

fn default_same_site(engine: Engine) -> SameSite {
    if engine.defaults_to_lax() { SameSite::Lax } else { SameSite::None }
}

fn is_secure(engine: Engine, url: &Url) -> bool {
    url.scheme() == "https" || (engine.trusts_loopback() && url.is_loopback())
}

// Section 5.1.3.
fn domain_matches(host: &str, domain: &str) -> bool {
    let is_name = || !host.starts_with('[') && host.parse::<IpAddr>().is_err();
    host == domain
        || (host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) && is_name())
}

// Section 5.1.4.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'))
}
