//! Links and forms: how a page makes its browser load a document of another origin. There is no
//! preflight, and CORS decides about nothing; the server has `Origin`, `Sec-Fetch-Site` and
//! `SameSite` to recognise a foreign form by.

use super::body::{Body, Enctype};
use super::referrer::ReferrerPolicy;
use crate::syntax::url::Url;

/// A link that is followed or a form that is submitted.
///
/// ```
/// use cors_browser::{Browser, Enctype, Navigation, WireRequest, WireResponse};
///
/// let mut server = |request: &WireRequest| {
///     assert_eq!(request.header("origin").as_deref(), Some("https://other.example"));
///     assert_eq!(request.header("content-type").as_deref(), Some("text/plain"));
///     WireResponse::new(200, &[])
/// };
/// let form = Navigation::post("https://bank.example/transfer", Enctype::TextPlain, &[("to", "me")]);
/// let outcome = Browser::new().navigate(&mut server, "https://other.example", &form);
/// assert!(!outcome.is_readable(), "the request was handled, and the page reads nothing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Navigation {
    /// The target.
    pub url: Url,
    /// The fields of a form that posts, encoded; `None` for `GET`.
    pub body: Option<Body>,
    /// What the document is loaded into.
    pub target: Target,
    /// The referrer policy, if it is not the page's: the attribute `referrerpolicy` of a link, or
    /// that of `rel=noreferrer`.
    pub referrer_policy: Option<ReferrerPolicy>,
}

/// What a document is loaded into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// The tab, or a new one: cookies with `SameSite=Lax` are sent with `GET`.
    #[default]
    TopLevel,
    /// A frame of the page.
    Frame,
}

impl Navigation {
    /// A link, or a form with `method=get` whose fields are in the query.
    ///
    /// # Panics
    ///
    /// If the text is no URL of HTTP.
    #[must_use]
    #[track_caller]
    pub fn get(url: &str) -> Self {
        match Url::parse(url) {
            Some(url) => Self { url, body: None, target: Target::TopLevel, referrer_policy: None },
            None => panic!("`{url}` is no URL of HTTP: write `https://api.example/path`"),
        }
    }

    /// A form with `method=post`.
    ///
    /// # Panics
    ///
    /// If the text is no URL of HTTP.
    #[must_use]
    #[track_caller]
    pub fn post(url: &str, enctype: Enctype, fields: &[(&str, &str)]) -> Self {
        Self { body: Some(Body::form(enctype, fields)), ..Self::get(url) }
    }

    /// The navigation in a frame of the page.
    ///
    /// A document in a frame is readable where it is of the page's own origin, by the same-origin
    /// policy of HTML:
    ///
    /// ```
    /// use cors_browser::{Browser, Navigation, WireRequest, WireResponse};
    ///
    /// let mut server = |_: &WireRequest| {
    ///     WireResponse::new(200, &[("Access-Control-Allow-Origin", "*")])
    /// };
    /// for (page, is_readable) in [("https://api.example", true), ("https://app.example", false)] {
    ///     let frame = Navigation::get("https://api.example/").in_frame();
    ///     let outcome = Browser::new().navigate(&mut server, page, &frame);
    ///     assert_eq!(outcome.is_readable(), is_readable);
    /// }
    /// ```
    #[must_use]
    pub fn in_frame(self) -> Self {
        Self { target: Target::Frame, ..self }
    }

    /// The navigation with a referrer policy of its own.
    #[must_use]
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        Self { referrer_policy: Some(policy), ..self }
    }
}
