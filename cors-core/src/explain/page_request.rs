//! A request that a page is about to send.

use crate::policy::{Request, RequestField};

/// What a page asks for, as its author writes it: to be explained or tested without a
/// browser.
///
/// As a [`Request`] it is the preflight for that, so that origin, method and headers are
/// judged, and the cookies too.
///
/// ```
/// use cors_core::{Config, Denial, Op, PageRequest, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, ["https://app.example"], here);
/// let resolver = Config::new(rules).resolve()?;
///
/// let request = PageRequest::new("https://app.example", "GET").header("x-trace").cookies(true);
/// let explanation = resolver.global().explain(&request);
/// let denials: Vec<_> = explanation.steps().iter().filter_map(|step| step.denial()).collect();
/// assert_eq!(denials, [Denial::Header, Denial::Credentials]);
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PageRequest {
    origin: String,
    method: String,
    headers: String,
    host: Option<String>,
    path: String,
    sends_cookies: bool,
}

impl PageRequest {
    /// A request of a page of this origin, such as `https://app.example`. The method is
    /// compared as it is, in its case.
    pub fn new(origin: impl Into<String>, method: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            method: method.into(),
            headers: String::new(),
            host: None,
            path: String::new(),
            sends_cookies: false,
        }
    }

    /// Adds a header that the page sets. Headers that need no permission, such as `accept`,
    /// are not to be added.
    pub fn header(mut self, name: &str) -> Self {
        if !self.headers.is_empty() {
            self.headers.push(',');
        }
        self.headers.push_str(name);
        self
    }

    /// Sets whether cookies are sent: `credentials: "include"`.
    pub fn cookies(self, sends_cookies: bool) -> Self {
        Self { sends_cookies, ..self }
    }

    /// Sets the host that the request is for, where rules depend on it.
    pub fn host(self, host: impl Into<String>) -> Self {
        Self { host: Some(host.into()), ..self }
    }

    /// Sets the path that the request is for, where a policy depends on a key in it. It is
    /// taken as it is, decoded; a path with empty segments, dots or a `%` has no certain key.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// The method that the page asks for.
    #[must_use]
    pub fn requested_method(&self) -> &str {
        &self.method
    }
}

impl Request for PageRequest {
    fn method(&self) -> &[u8] {
        b"OPTIONS"
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let line = match field {
            RequestField::Origin => Some(&*self.origin),
            RequestField::RequestMethod => Some(&*self.method),
            RequestField::RequestHeaders => Some(&*self.headers).filter(|list| !list.is_empty()),
            RequestField::Host => self.host.as_deref(),
            _ => None,
        };
        line.into_iter().map(str::as_bytes)
    }

    fn segment(&self, index: usize) -> Option<&str> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        let inner = path.strip_suffix('/').unwrap_or(path);
        let is_odd = |segment: &str| matches!(segment, "" | "." | "..") || segment.contains('%');
        match inner.split('/').any(is_odd) {
            true => None,
            false => inner.split('/').nth(index),
        }
    }

    fn sends_cookies(&self) -> bool {
        self.sends_cookies
    }
}
