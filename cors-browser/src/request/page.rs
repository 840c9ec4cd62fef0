//! The page that makes requests: its origin, its referrer policy, and the page around it.

use super::referrer::ReferrerPolicy;
use crate::syntax::site::{is_same_site, site_of};
use crate::syntax::url::Url;

/// A page, from which requests are made.
///
/// Text becomes a page where one is expected: a URL or an origin, `null` for a page with an opaque
/// origin.
///
/// ```
/// use cors_browser::{Page, ReferrerPolicy};
///
/// let page = Page::new("https://app.example/orders").referrer_policy(ReferrerPolicy::NoReferrer);
/// assert_eq!(page.origin(), "https://app.example");
/// assert_eq!(Page::new("data:text/html,hello").origin(), "null");
/// assert_eq!(Page::new("https://app.example").sandboxed().origin(), "null");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    origin: String,
    url: Option<Url>,
    referrer_policy: ReferrerPolicy,
    top: Option<String>,
}

impl Page {
    /// A page of this URL or origin, that is the top-level page of its tab.
    ///
    /// A scheme that is not one of the web's, such as `tauri://localhost`, makes an origin of its
    /// own; `data:`, `file:` and `null` make an opaque one.
    ///
    /// # Panics
    ///
    /// If the text is neither a URL nor `null`; see [`Page::parse`].
    #[must_use]
    #[track_caller]
    pub fn new(url: &str) -> Self {
        match Self::parse(url) {
            Some(page) => page,
            None => panic!("`{url}` is no URL: write `https://app.example`, or `null`"),
        }
    }

    /// Like [`Page::new`], and `None` for other text.
    ///
    /// ```
    /// assert_eq!(cors_browser::Page::parse("app.example"), None);
    /// ```
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        if url == "null" {
            return Some(Self::of("null".to_owned(), None));
        }
        let parsed = url::Url::parse(url).ok()?;
        let origin = match parsed.origin() {
            origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
            // Engines serialise the origins of extensions and applications in this way.
            url::Origin::Opaque(_) => match (parsed.scheme(), parsed.host_str()) {
                ("file" | "data" | "about" | "blob", _) | (_, None) => "null".to_owned(),
                (scheme, Some(host)) => {
                    let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
                    format!("{scheme}://{host}{port}")
                }
            },
        };
        Some(Self::of(origin, Url::parse(url)))
    }

    /// The page with another default for the `Referer` of its requests.
    #[must_use]
    pub fn referrer_policy(self, referrer_policy: ReferrerPolicy) -> Self {
        Self { referrer_policy, ..self }
    }

    /// The page in a frame of another one. Cookies are third-party cookies unless both pages are of
    /// the site that they belong to (RFC 6265bis, section 5.2).
    ///
    /// ```
    /// use cors_browser::{Browser, FetchRequest, Page, WireRequest, WireResponse};
    ///
    /// let request = FetchRequest::to("GET", "https://widget.example/");
    /// let mut server = |_: &WireRequest| WireResponse::new(200, &[]);
    /// let mut browser = Browser::new();
    /// browser.set_cookie(&request.url, "session=1; SameSite=Lax");
    /// let widget = Page::new("https://widget.example");
    /// for (page, is_sent) in [(widget.clone(), true), (widget.embedded_in("https://shop.example"), false)] {
    ///     let outcome = browser.fetch(&mut server, page, &request);
    ///     assert_eq!(outcome.actual().unwrap().request.header("cookie").is_some(), is_sent);
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If `top` is neither a URL nor `null`.
    #[must_use]
    #[track_caller]
    pub fn embedded_in(self, top: &str) -> Self {
        Self { top: Some(Self::new(top).origin), ..self }
    }

    /// The page in a sandboxed frame of its own site, without `allow-same-origin`: its origin is
    /// opaque.
    #[must_use]
    pub fn sandboxed(self) -> Self {
        let Self { origin, url, referrer_policy, top } = self;
        Self { top: top.or(Some(origin)), origin: "null".to_owned(), url, referrer_policy }
    }

    /// The serialised origin, `null` for an opaque one.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn default_referrer_policy(&self) -> ReferrerPolicy {
        self.referrer_policy
    }

    /// What the page sends as `Referer`, before a policy shortens it; `None` for an opaque origin.
    pub(crate) fn referrer(&self) -> Option<&Url> {
        self.url.as_ref().filter(|_| self.origin != "null")
    }

    /// RFC 6265bis, 5.2: the page and the one around it are of the site of this URL. What is not of
    /// the first party is of a third party.
    pub(crate) fn is_first_party(&self, url: &Url) -> bool {
        is_same_site(&self.origin, url) && self.is_top_of_site(url)
    }

    /// Whether the URL is of the site of the top-level page.
    pub(crate) fn is_top_of_site(&self, url: &Url) -> bool {
        is_same_site(self.top_origin(), url)
    }

    /// Fetch "network partition key": the site of the top-level page, and that of the page.
    pub(crate) fn partition(&self) -> String {
        let site = |origin| site_of(origin).unwrap_or_else(|| "null".to_owned());
        format!("{} {}", site(self.top_origin()), site(&self.origin))
    }

    /// The site of the top-level page.
    pub(crate) fn top_site(&self) -> Option<String> {
        site_of(self.top_origin())
    }

    fn top_origin(&self) -> &str {
        self.top.as_deref().unwrap_or(&self.origin)
    }

    fn of(origin: String, url: Option<Url>) -> Self {
        Self { origin, url, referrer_policy: ReferrerPolicy::default(), top: None }
    }
}

impl From<&str> for Page {
    /// As [`Page::new`], which panics for what is no URL.
    #[track_caller]
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<&String> for Page {
    /// As [`Page::new`], which panics for what is no URL.
    #[track_caller]
    fn from(url: &String) -> Self {
        Self::new(url)
    }
}

impl From<&Self> for Page {
    fn from(page: &Self) -> Self {
        page.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_a_page_is_serialised_as_browsers_do() {
        for (url, origin) in [
            ("https://app.example/a?b#c", Some("https://app.example")),
            ("HTTPS://App.Example:443", Some("https://app.example")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("chrome-extension://abcdef/page.html", Some("chrome-extension://abcdef")),
            ("tauri://localhost:1", Some("tauri://localhost:1")),
            ("file:///home/page.html", Some("null")),
            ("data:text/html,x", Some("null")),
            ("null", Some("null")),
            ("app.example", None),
            ("", None),
        ] {
            let page = Page::parse(url);
            assert_eq!(page.as_ref().map(Page::origin), origin, "{url}");
        }
    }

    #[test]
    fn a_frame_is_of_the_first_party_if_the_page_around_it_is() {
        let url = Url::parse("https://api.example").unwrap();
        for (page, first) in [
            (Page::new("https://api.example"), true),
            (Page::new("https://www.api.example"), true),
            (Page::new("https://other.example"), false),
            (Page::new("https://api.example").embedded_in("https://other.example"), false),
            (Page::new("https://other.example").embedded_in("https://api.example"), false),
            (Page::new("https://api.example").sandboxed(), false),
            (Page::new("null"), false),
        ] {
            assert_eq!(page.is_first_party(&url), first, "{page:?}");
        }
    }
}
