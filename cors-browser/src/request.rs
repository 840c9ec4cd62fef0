//! From what a page passes to `fetch()` to the request that Fetch works on: the `Request`
//! constructor and the guards of `Headers`. After this step the method is normalised, headers
//! the page may not set are gone, and nothing about the request itself can fail any more.

use super::forbidden::is_forbidden_request_header;
use super::headers::{HeaderLines, append, contains, get, is_token};
use super::method;
use super::outcome::Failure;
use super::safelist::{is_no_cors_safelisted, unsafe_names};
use super::url::Url;

/// A request of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// The target.
    pub url: Url,
    /// The method as the page writes it.
    pub method: String,
    /// The headers as the page writes them.
    pub headers: HeaderLines,
    /// The credentials mode.
    pub credentials: Credentials,
    /// The mode.
    pub mode: Mode,
    /// Whether there is a body. It has no type of its own: name the `Content-Type`, if any.
    pub body: bool,
    /// Fetch's use-CORS-preflight flag, set by upload listeners and by streams as bodies.
    pub force_preflight: bool,
    /// Whether the browser has a cookie for the target.
    pub cookies: bool,
}

/// Fetch "credentials mode".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Never.
    Omit,
    /// For the page's own origin only, the default of `fetch()`.
    SameOrigin,
    /// Always, like `withCredentials` of `XMLHttpRequest`.
    Include,
}

/// Fetch "mode", as far as a page can choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The default of `fetch()`.
    Cors,
    /// Send what a form could send, and read nothing.
    NoCors,
    /// Fail when the target is of another origin.
    SameOrigin,
}

impl FetchRequest {
    /// A request as `fetch(url, { method })` makes it.
    #[must_use]
    pub fn new(method: &str, url: Url) -> Self {
        Self {
            url,
            method: method.to_owned(),
            headers: Vec::new(),
            credentials: Credentials::SameOrigin,
            mode: Mode::Cors,
            body: false,
            force_preflight: false,
            cookies: false,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with other credentials.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// The same in another mode.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }
}

/// Fetch "request", with the origin of the page that makes it.
// Invariant: the method is normalised, header names are tokens and values are trimmed.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) origin: String,
    pub(super) url: Url,
    pub(super) method: String,
    pub(super) headers: HeaderLines,
    pub(super) credentials: Credentials,
    pub(super) mode: Mode,
    pub(super) body: bool,
    pub(super) use_cors_preflight: bool,
    pub(super) cookies: bool,
}

impl Request {
    /// `new Request()` and the first steps of "fetch".
    pub(super) fn construct(origin: &str, fetch: &FetchRequest) -> Result<Self, Failure> {
        let FetchRequest {
            url,
            method,
            headers,
            credentials,
            mode,
            body,
            force_preflight,
            cookies,
        } = fetch;
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
        if *body && matches!(&*method, "GET" | "HEAD") {
            return Err(Failure::BodyNotAllowed);
        }
        if *force_preflight && *mode == Mode::NoCors {
            return Err(Failure::NoCorsPreflight);
        }
        // "fetch": the default `Accept`, before main fetch looks for unsafe headers.
        if !contains(&headers, "accept") {
            append(&mut headers, "Accept", "*/*");
        }
        Ok(Self {
            origin: origin.to_owned(),
            url: url.clone(),
            method,
            headers,
            credentials: *credentials,
            mode: *mode,
            body: *body,
            use_cors_preflight: *force_preflight,
            cookies: *cookies,
        })
    }

    /// Whether the target is "same origin" with the page; an opaque origin never is.
    pub(super) fn is_same_origin(&self) -> bool {
        self.url.origin() == self.origin
    }

    /// Whether the credentials mode is "include", which is what CORS makes a difference of.
    pub(super) fn includes_credentials(&self) -> bool {
        self.credentials == Credentials::Include
    }

    /// Fetch "main fetch", step 12: whether a cross-origin request needs a preflight.
    pub(super) fn needs_preflight(&self) -> bool {
        // `fetch()` and `XMLHttpRequest` always set the unsafe-request flag.
        self.use_cors_preflight
            || !method::is_safelisted(&self.method)
            || !unsafe_names(&self.headers).is_empty()
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
            Mode::Cors | Mode::SameOrigin => !is_forbidden_request_header(name, value),
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

    fn failure(request: &FetchRequest) -> Option<Failure> {
        Request::construct("https://page.example", request).err()
    }

    #[test]
    fn the_constructor_refuses_what_the_standard_refuses() {
        let with_body = |method| FetchRequest { body: true, ..request(method) };
        let streaming = FetchRequest { force_preflight: true, ..with_body("POST") };
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
        let headers = Request::construct("https://page.example", &fetch).unwrap().headers;
        let expected =
            [("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2"), ("Accept", "*/*")];
        assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));

        let no_cors = fetch.header("content-type", "text/plain").mode(Mode::NoCors);
        let headers = Request::construct("https://page.example", &no_cors).unwrap().headers;
        let expected = [("content-type", "text/plain"), ("Accept", "*/*")];
        assert_eq!(headers, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn repeated_no_cors_headers_are_judged_together() {
        let half = "a".repeat(64);
        let fetch = request("GET").header("Accept", &half).header("accept", &half);
        let accepts = |mode| {
            let fetch = fetch.clone().mode(mode);
            Request::construct("https://page.example", &fetch).unwrap().headers.len()
        };
        assert_eq!((accepts(Mode::Cors), accepts(Mode::NoCors)), (2, 1));
    }

    #[test]
    fn safelisted_requests_need_no_preflight() {
        let upload = FetchRequest { force_preflight: true, ..request("POST") };
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
            let request = Request::construct("https://page.example", &fetch).unwrap();
            assert_eq!(request.needs_preflight(), expected, "{fetch:?}");
        }
    }
}
