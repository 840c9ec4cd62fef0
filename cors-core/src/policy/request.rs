//! The view of a request that a decision needs.

use crate::origin::Origin;

/// The request headers that the CORS protocol uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestField {
    /// `Origin`.
    Origin,
    /// `Access-Control-Request-Method`.
    RequestMethod,
    /// `Access-Control-Request-Headers`.
    RequestHeaders,
    /// `Access-Control-Request-Private-Network`.
    RequestPrivateNetwork,
    /// `Sec-Fetch-Site`.
    SecFetchSite,
    /// `Sec-Fetch-Mode`.
    SecFetchMode,
    /// `Cookie`.
    Cookie,
    /// `Host`, or the `:authority` of HTTP/2.
    Host,
}

impl RequestField {
    /// The name of the field in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::RequestMethod => "access-control-request-method",
            Self::RequestHeaders => "access-control-request-headers",
            Self::RequestPrivateNetwork => "access-control-request-private-network",
            Self::SecFetchSite => "sec-fetch-site",
            Self::SecFetchMode => "sec-fetch-mode",
            Self::Cookie => "cookie",
            Self::Host => "host",
        }
    }
}

/// A request, as seen by a policy.
///
/// An adapter implements this on a view of its own request type. Lines are passed
/// unchanged, so that duplicate and malformed ones are handled here.
///
/// ```
/// use cors_core::{Request, RequestField};
///
/// struct Get;
///
/// impl Request for Get {
///     fn method(&self) -> &[u8] {
///         b"GET"
///     }
///
///     fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
///         let origin: Option<&[u8]> = (field == RequestField::Origin).then_some(b"https://app.example");
///         origin.into_iter()
///     }
/// }
///
/// assert_eq!(Get.only(RequestField::Origin), Ok(Some(&b"https://app.example"[..])));
/// ```
pub trait Request {
    /// The request method.
    fn method(&self) -> &[u8];

    /// The values of all lines of a field, in order, without surrounding white space.
    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]>;

    /// A segment of the path as it is routed, decoded, counted from 0: the key of a keyed set
    /// ([`Policy::key_segments`](crate::Policy::key_segments)).
    ///
    /// # Security
    ///
    /// `None` if the segment is not certain: if the path has another spelling, or
    /// may be routed in another way, in which the segment has another text. A keyed set then
    /// contains no origin.
    fn segment(&self, _index: usize) -> Option<&str> {
        None
    }

    /// Whether this is a preflight request: `OPTIONS` with an `Origin` and an
    /// `Access-Control-Request-Method` (Fetch, "CORS-preflight request").
    fn is_preflight(&self) -> bool {
        self.method() == b"OPTIONS"
            && self.lines(RequestField::Origin).next().is_some()
            && self.lines(RequestField::RequestMethod).next().is_some()
    }

    /// Whether a request with an `Origin` is same-origin.
    ///
    /// Same-origin requests are recognised by `Sec-Fetch-Site` (W3C Fetch Metadata).
    /// Browsers omit it on plain http; then the origin's host is compared with `Host`,
    /// but not its scheme, because TLS may end at a proxy.
    fn is_same_origin(&self) -> bool {
        match self.only(RequestField::SecFetchSite) {
            Ok(Some(site)) => matches!(site, b"same-origin" | b"none"),
            Err(_) => false,
            Ok(None) => {
                let (Ok(Some(origin)), Ok(Some(host))) =
                    (self.only(RequestField::Origin), self.only(RequestField::Host))
                else {
                    return false;
                };
                Origin::parse(origin).is_some_and(|origin| origin.same_host(host))
            }
        }
    }

    /// Whether a page of another origin sent this with cookies, by `fetch` or
    /// `XMLHttpRequest`, as far as the browser reports it (W3C Fetch Metadata). A preflight has no
    /// cookies (Fetch "CORS-preflight fetch"): one that has is no browser's.
    fn sends_cookies(&self) -> bool {
        self.lines(RequestField::Cookie).next().is_some()
            && !self.is_preflight()
            && self.only(RequestField::SecFetchMode) == Ok(Some(b"cors"))
            && matches!(
                self.only(RequestField::SecFetchSite),
                Ok(Some(b"cross-site" | b"same-site"))
            )
    }

    /// The value of a field that may occur at most once.
    ///
    /// # Errors
    ///
    /// When there is more than one line: no browser sends that, and if one were chosen,
    /// a proxy and this server might choose differently.
    #[inline]
    fn only(&self, field: RequestField) -> Result<Option<&[u8]>, DuplicateField> {
        let mut lines = self.lines(field);
        let first = lines.next();
        if lines.next().is_some() { Err(DuplicateField) } else { Ok(first) }
    }
}

/// The error for a field that may occur at most once but occurred several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateField;
