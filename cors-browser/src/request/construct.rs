//! From what a page asks for to the request that Fetch works on: the `Request` constructor, the
//! guards of `Headers`, and for documents "create navigation params by fetching" of HTML. After this
//! step the method is normalised and headers that the page may not set are gone.

use super::body::Body;
use super::fetch_request::FetchRequest;
use super::navigation::{Navigation, Target};
use super::page::Page;
use super::referrer::ReferrerPolicy;
use crate::engine::Engine;
use crate::modes::{CacheMode, Credentials, Destination, Mode, Redirect};
use crate::outcome::failure::Failure;
use crate::syntax::forbidden::is_forbidden_request_header;
use crate::syntax::headers::{HeaderLines, append, contains, get, is_token};
use crate::syntax::method;
use crate::syntax::safelist::{is_no_cors_safelisted, unsafe_names};
use crate::syntax::url::Url;

/// Fetch "request".
// Invariant: the method is normalised, header names are tokens, values are trimmed, and there is a
// URL.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) engine: Engine,
    pub(crate) page: Page,
    pub(crate) urls: Vec<Url>,
    pub(crate) method: String,
    pub(crate) headers: HeaderLines,
    pub(crate) credentials: Credentials,
    pub(crate) mode: Mode,
    pub(crate) redirect: Redirect,
    pub(crate) cache: CacheMode,
    /// Before the policy shortens it.
    pub(crate) referrer: Option<Url>,
    pub(crate) referrer_policy: ReferrerPolicy,
    pub(crate) body: Option<Body>,
    pub(crate) use_cors_preflight: bool,
    pub(crate) purpose: Purpose,
    pub(crate) tainting: Tainting,
    /// Unsafe names that redirects dropped and that one engine asks for all the same.
    pub(crate) dropped: Vec<String>,
    /// Whether there was a preflight before the last redirect.
    pub(crate) had_preflight: bool,
}

/// What the response is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A subresource of the page.
    Subresource(Destination),
    /// A top-level document.
    Document,
    /// The document of a frame.
    Frame,
}

/// Fetch "response tainting".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tainting {
    /// All URLs so far are of the page's own origin, or a document is loaded.
    Basic,
    /// Cross-origin, to be shared by the server.
    Cors,
    /// Cross-origin in `no-cors` mode.
    Opaque,
}

impl Request {
    /// `new Request()` and the first steps of "fetch".
    pub(crate) fn construct(
        engine: Engine,
        page: Page,
        fetch: &FetchRequest,
    ) -> Result<Self, Failure> {
        let FetchRequest {
            url,
            method,
            headers,
            credentials,
            mode,
            redirect,
            cache,
            referrer_policy,
            body,
            upload_listener,
            destination,
        } = fetch;
        if url.has_credentials() {
            return Err(Failure::CredentialsInUrl);
        }
        if *mode == Mode::Navigate {
            return Err(Failure::NavigateMode);
        }
        if *cache == CacheMode::OnlyIfCached && *mode != Mode::SameOrigin {
            return Err(Failure::OnlyIfCachedMode);
        }
        if !is_token(method) {
            return Err(Failure::InvalidMethod(method.clone()));
        }
        if method::is_forbidden(method) {
            return Err(Failure::ForbiddenMethod(method.clone()));
        }
        let method = method::normalize(method);
        if *mode == Mode::NoCors && !method::is_safelisted(&method) {
            return Err(Failure::NoCorsMethod(method));
        }
        let mut headers = fill(headers, *mode)?;
        if body.is_some() && matches!(&*method, "GET" | "HEAD") {
            return Err(Failure::BodyNotAllowed);
        }
        let use_cors_preflight =
            *upload_listener || body.as_ref().is_some_and(|body| body.is_stream);
        if use_cors_preflight && *mode == Mode::NoCors {
            return Err(Failure::NoCorsPreflight);
        }
        // "extract" a body: its type is the `Content-Type`, unless there is one.
        let content_type = body.as_ref().and_then(Body::content_type);
        if let Some(content_type) = content_type.filter(|_| !contains(&headers, "content-type")) {
            append(&mut headers, "Content-Type", content_type);
        }
        // "fetch": the default `Accept`, before main fetch looks for unsafe headers.
        if !contains(&headers, "accept") {
            append(&mut headers, "Accept", "*/*");
        }
        let referrer_policy = referrer_policy.unwrap_or(page.default_referrer_policy());
        Ok(Self {
            engine,
            referrer: page.referrer().cloned(),
            page,
            urls: vec![url.clone()],
            method,
            headers,
            credentials: *credentials,
            mode: *mode,
            redirect: *redirect,
            cache: *cache,
            referrer_policy,
            body: body.clone(),
            use_cors_preflight,
            purpose: Purpose::Subresource(*destination),
            tainting: Tainting::Basic,
            dropped: Vec::new(),
            had_preflight: false,
        })
    }

    /// HTML "create navigation params by fetching".
    pub(crate) fn navigate(engine: Engine, page: Page, navigation: &Navigation) -> Self {
        let Navigation { url, body, target, referrer_policy } = navigation;
        let mut headers = Vec::new();
        append(&mut headers, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        if let Some(content_type) = body.as_ref().and_then(Body::content_type) {
            append(&mut headers, "Content-Type", content_type);
        }
        let referrer_policy = referrer_policy.unwrap_or(page.default_referrer_policy());
        Self {
            engine,
            referrer: page.referrer().cloned(),
            page,
            urls: vec![url.clone()],
            method: if body.is_some() { "POST" } else { "GET" }.to_owned(),
            headers,
            credentials: Credentials::Include,
            mode: Mode::Navigate,
            // HTML follows redirects itself, by the steps that Fetch has for it.
            redirect: Redirect::Follow,
            cache: CacheMode::Default,
            referrer_policy,
            body: body.clone(),
            use_cors_preflight: false,
            purpose: match target {
                Target::TopLevel => Purpose::Document,
                Target::Frame => Purpose::Frame,
            },
            tainting: Tainting::Basic,
            dropped: Vec::new(),
            had_preflight: false,
        }
    }

    /// Fetch "current URL".
    pub(crate) fn url(&self) -> &Url {
        &self.urls[self.urls.len() - 1]
    }

    /// Fetch "serializing a request origin".
    pub(crate) fn origin(&self) -> &str {
        if self.has_redirect_tainted_origin() { "null" } else { self.page.origin() }
    }

    /// Fetch "redirect-tainted origin": a redirect led from an origin that is not the page's to
    /// another one.
    pub(crate) fn has_redirect_tainted_origin(&self) -> bool {
        self.urls.windows(2).any(|pair| {
            let (from, to) = (pair[0].origin(), pair[1].origin());
            from != to && from != self.page.origin()
        })
    }

    /// Whether the target is "same origin" with the page; an opaque origin never is.
    pub(crate) fn is_same_origin(&self) -> bool {
        self.url().origin() == self.page.origin()
    }

    /// Whether the credentials mode is "include", which is what CORS makes a difference of.
    pub(crate) fn includes_credentials(&self) -> bool {
        self.credentials == Credentials::Include
    }

    /// Fetch "HTTP-network-or-cache fetch", step 8.16: a page that sends conditions of its own gets
    /// what the server answers.
    pub(crate) fn cache_mode(&self) -> CacheMode {
        let conditions =
            ["if-modified-since", "if-none-match", "if-unmodified-since", "if-match", "if-range"];
        let is_conditional = conditions.iter().any(|name| contains(&self.headers, name));
        match self.cache {
            CacheMode::Default if is_conditional => CacheMode::NoStore,
            mode => mode,
        }
    }

    /// Fetch "network partition key". A document that replaces the page is of its own site.
    pub(crate) fn partition(&self) -> String {
        match self.purpose {
            Purpose::Document => Page::new(&self.url().origin()).partition(),
            Purpose::Frame | Purpose::Subresource(_) => self.page.partition(),
        }
    }

    /// Fetch "determine the HTTP cache partition".
    pub(crate) fn http_cache_partition(&self) -> String {
        let mut partition = self.partition();
        if self.engine.separates_responses_by_credentials() && !self.sends_cookies() {
            partition += " without credentials";
        }
        partition
    }

    /// Fetch "HTTP-network-or-cache fetch": whether cookies go along.
    pub(crate) fn sends_cookies(&self) -> bool {
        match self.credentials {
            Credentials::Include => true,
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }

    /// Fetch "main fetch": whether a cross-origin request needs a preflight.
    pub(crate) fn needs_preflight(&self) -> bool {
        // `fetch()` and `XMLHttpRequest` always set the unsafe-request flag.
        self.needs_preflight_for_method() || !self.unsafe_names().is_empty()
    }

    /// Whether there is a preflight also without unsafe names.
    pub(crate) fn needs_preflight_for_method(&self) -> bool {
        self.use_cors_preflight
            || !method::is_safelisted(&self.method)
            || (self.had_preflight && self.engine.repeats_preflights_after_redirects())
    }

    /// Fetch "CORS-unsafe request-header names" of the header list.
    pub(crate) fn unsafe_names(&self) -> Vec<String> {
        let mut names = unsafe_names(&self.headers, self.engine);
        if self.engine.preflights_dropped_names() {
            names.extend(self.dropped.iter().cloned());
            names.sort_unstable();
            names.dedup();
        }
        names
    }
}

// Fetch `Headers` "fill" with guard "request", or "request-no-cors" in that mode.
fn fill(headers: &[(String, String)], mode: Mode) -> Result<HeaderLines, Failure> {
    let mut list = Vec::new();
    for (name, value) in headers {
        // "normalize".
        let value = value.trim_matches(['\t', '\n', '\r', ' ']);
        // "validate".
        if !is_token(name) || value.contains(['\0', '\n', '\r']) {
            return Err(Failure::InvalidHeader(name.clone()));
        }
        let kept = match mode {
            // "append", step 3: the value is judged together with those already there.
            Mode::NoCors => {
                let combined = get(&list, name).map(|earlier| format!("{earlier}, {value}"));
                is_no_cors_safelisted(name, combined.as_deref().unwrap_or(value))
            }
            Mode::Cors | Mode::SameOrigin | Mode::Navigate => {
                !is_forbidden_request_header(name, value)
            }
        };
        if kept {
            append(&mut list, name, value);
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str) -> FetchRequest {
        FetchRequest::new(method, Url::parse("https://api.example/x").unwrap())
    }

    fn construct(fetch: &FetchRequest) -> Result<Request, Failure> {
        Request::construct(Engine::Standard, Page::new("https://page.example"), fetch)
    }

    fn failure(request: &FetchRequest) -> Option<Failure> {
        construct(request).err()
    }

    #[test]
    fn the_constructor_refuses_what_the_standard_refuses() {
        let with_body = |method| request(method).body(Body::bytes("a"));
        let streaming = request("POST").body(Body::stream("a"));
        let cases = [
            (request("put"), None),
            (request("TRACE"), Some(Failure::ForbiddenMethod("TRACE".into()))),
            (request("connect"), Some(Failure::ForbiddenMethod("connect".into()))),
            (request(""), Some(Failure::InvalidMethod(String::new()))),
            (request("G ET"), Some(Failure::InvalidMethod("G ET".into()))),
            (request("put").mode(Mode::NoCors), Some(Failure::NoCorsMethod("PUT".into()))),
            (request("post").mode(Mode::NoCors), None),
            (with_body("get"), Some(Failure::BodyNotAllowed)),
            (with_body("OPTIONS"), None),
            (streaming.clone(), None),
            (streaming.mode(Mode::NoCors), Some(Failure::NoCorsPreflight)),
            (request("GET").header("a b", ""), Some(Failure::InvalidHeader("a b".into()))),
            (request("GET").header("a", "b\r\nc: d"), Some(Failure::InvalidHeader("a".into()))),
            (request("GET").header("a", "\r\nb\t "), None),
            (FetchRequest::to("GET", "https://u:p@api.example"), Some(Failure::CredentialsInUrl)),
            (request("GET").mode(Mode::Navigate), Some(Failure::NavigateMode)),
            (request("GET").cache(CacheMode::OnlyIfCached), Some(Failure::OnlyIfCachedMode)),
            (request("GET").cache(CacheMode::OnlyIfCached).mode(Mode::SameOrigin), None),
        ];
        for (request, expected) in cases {
            assert_eq!(failure(&request), expected, "{request:?}");
        }
    }

    #[test]
    fn headers_the_page_may_not_set_are_dropped() {
        let fetch = request("POST")
            .header("Origin", "https://bank.example")
            .header("Content-Type", " application/json ")
            .header("X-A", "1")
            .header("x-a", "2");
        let headers = construct(&fetch).unwrap().headers;
        let expected =
            [("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2"), ("Accept", "*/*")];
        assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));

        let no_cors = fetch.header("content-type", "text/plain").mode(Mode::NoCors);
        let headers = construct(&no_cors).unwrap().headers;
        let expected = [("content-type", "text/plain"), ("Accept", "*/*")];
        assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn repeated_no_cors_headers_are_judged_together() {
        let half = "a".repeat(64);
        let fetch = request("GET").header("Accept", &half).header("accept", &half);
        let accepts = |mode| {
            let fetch = fetch.clone().mode(mode);
            construct(&fetch).unwrap().headers.len()
        };
        assert_eq!((accepts(Mode::Cors), accepts(Mode::NoCors)), (2, 1));
    }

    #[test]
    fn safelisted_requests_need_no_preflight() {
        let upload = request("POST").upload_listener();
        let cases = [
            (request("get"), false),
            (request("POST").header("content-type", "text/plain"), false),
            (request("POST").header("content-type", "application/json"), true),
            (request("GET").header("cookie", "a=1"), false),
            (request("GET").header("authorization", "x"), true),
            (request("PUT"), true),
            (request("OPTIONS"), true),
            (request("GET").credentials(Credentials::Include), false),
            (upload, true),
        ];
        for (fetch, expected) in cases {
            let request = construct(&fetch).unwrap();
            assert_eq!(request.needs_preflight(), expected, "{fetch:?}");
        }
    }
}
