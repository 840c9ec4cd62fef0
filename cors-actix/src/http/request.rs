//! A request of actix-web, as the policy engine sees it.

use std::slice;

use actix_web::dev::{RequestHead, Url};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use cors_core::{DuplicateField, HostClasses, Request, RequestField};

/// `Access-Control-Request-Private-Network`.
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// `Sec-Fetch-Site`.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// `Sec-Fetch-Mode`.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The whole head of a request.
pub(crate) struct Head<'h> {
    head: &'h RequestHead,
    // Read for every request; a look-up in the map would cost more than the rest.
    origin: &'h [HeaderValue],
    /// Looked up for `OPTIONS` only; it is not needed for other methods.
    requested_method: &'h [HeaderValue],
}

impl<'h> Head<'h> {
    pub(crate) fn of(head: &'h RequestHead) -> Self {
        let lines = |name| head.headers.get_all(name).as_slice();
        let requested_method = match head.method {
            Method::OPTIONS => lines(&header::ACCESS_CONTROL_REQUEST_METHOD),
            _ => &[],
        };
        Self { head, origin: lines(&header::ORIGIN), requested_method }
    }

    /// The method that is judged: the one that a preflight requests, or the
    /// request's own.
    pub(crate) fn intended_method(&self) -> &'h [u8] {
        match self.requested_method.first() {
            Some(requested) if self.is_preflight() => requested.as_bytes(),
            _ => self.head.method.as_str().as_bytes(),
        }
    }

    /// The value to echo.
    pub(crate) fn origin(&self) -> Option<&'h HeaderValue> {
        self.origin.first()
    }

    /// The value to echo.
    pub(crate) fn requested_method(&self) -> Option<&'h HeaderValue> {
        self.requested_method.first()
    }

    /// Every line; a browser sends one.
    pub(crate) fn requested_methods(&self) -> slice::Iter<'h, HeaderValue> {
        self.requested_method.iter()
    }

    pub(crate) fn requested_headers(&self) -> slice::Iter<'h, HeaderValue> {
        self.head.headers.get_all(&header::ACCESS_CONTROL_REQUEST_HEADERS)
    }

    /// The host that decides whether the request is same-origin, because browsers send no
    /// `Sec-Fetch-Site` on plain http.
    pub(crate) fn host_in_place_of_site(&self) -> Option<&[u8]> {
        let has_site = !self.values(RequestField::SecFetchSite).is_empty();
        let is_origin = |origin: &[u8]| cors_core::Origin::parse(origin).is_some();
        let origin = self.only(RequestField::Origin).ok().flatten();
        if has_site || !origin.is_some_and(is_origin) {
            return None;
        }
        self.only(RequestField::Host).ok().flatten()
    }

    #[inline]
    fn values(&self, field: RequestField) -> &'h [HeaderValue] {
        let name = match field {
            RequestField::Origin => return self.origin,
            RequestField::RequestMethod => return self.requested_method,
            RequestField::RequestHeaders => return self.requested_headers().as_slice(),
            RequestField::RequestPrivateNetwork => &REQUEST_PRIVATE_NETWORK,
            RequestField::SecFetchSite => &SEC_FETCH_SITE,
            RequestField::SecFetchMode => &SEC_FETCH_MODE,
            RequestField::Cookie => &header::COOKIE,
            _ => &header::HOST,
        };
        self.head.headers.get_all(name).as_slice()
    }
}

impl Request for Head<'_> {
    fn method(&self) -> &[u8] {
        self.head.method.as_str().as_bytes()
    }

    #[inline]
    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        // HTTP/2 has an authority in the place of `Host`; where both came and
        // differ, there are two (RFC 9113, section 8.3.1).
        let authority = match field {
            RequestField::Host => self.head.uri.authority().map(|host| host.as_str().as_bytes()),
            _ => None,
        };
        let lines = self.values(field).iter().map(HeaderValue::as_bytes);
        authority.into_iter().chain(lines.filter(move |line| Some(*line) != authority))
    }

    fn is_preflight(&self) -> bool {
        !self.requested_method.is_empty() && !self.origin.is_empty()
    }
}

/// The `Origin` lines of a request, kept while the service inside handles it.
pub(crate) enum OriginLines {
    None,
    One(HeaderValue),
    Several,
}

impl OriginLines {
    pub(crate) fn of(head: &Head<'_>) -> Self {
        match head.origin {
            [] => Self::None,
            [origin] => Self::One(origin.clone()),
            _ => Self::Several,
        }
    }

    /// The value to echo.
    pub(crate) const fn value(&self) -> Option<&HeaderValue> {
        match self {
            Self::One(origin) => Some(origin),
            Self::None | Self::Several => None,
        }
    }
}

/// The parts of a request that are kept while the service inside handles it. An error has
/// no reference to its request, and actix needs to be the only owner of that.
pub(crate) struct RequestSnapshot {
    pub(crate) origin: OriginLines,
    /// Whether it is same-origin; computed only where a policy enforces.
    pub(crate) is_own: bool,
    pub(crate) method: Method,
    /// The classes of hosts that the request may be for.
    pub(crate) hosts: HostClasses,
    path: Option<PathAndQuery>,
}

impl RequestSnapshot {
    /// Keeps the path that is routed: a middleware outside may have put it in the
    /// place of the one in the head.
    pub(crate) fn of(head: &Head<'_>, hosts: HostClasses, routed: &Url, enforces: bool) -> Self {
        Self {
            origin: OriginLines::of(head),
            is_own: enforces && head.is_same_origin(),
            method: head.head.method.clone(),
            hosts,
            path: routed.uri().path_and_query().cloned(),
        }
    }

    /// Whether a request still has the path, the query and the method that it had.
    pub(crate) fn is_unchanged(&self, routed: &Url, method: &Method) -> bool {
        self.method == *method && self.path.as_ref() == routed.uri().path_and_query()
    }

    pub(crate) fn url(&self) -> Url {
        Url::new(self.path.clone().map(Uri::from).unwrap_or_default())
    }
}

/// A snapshot is never of a preflight: those are answered when they come in.
impl Request for RequestSnapshot {
    fn method(&self) -> &[u8] {
        self.method.as_str().as_bytes()
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let lines = match self.only(field) {
            Ok(line) => [line, None],
            Err(DuplicateField) => [Some(&b""[..]), Some(&b""[..])],
        };
        lines.into_iter().flatten()
    }

    fn is_preflight(&self) -> bool {
        false
    }

    fn only(&self, field: RequestField) -> Result<Option<&[u8]>, DuplicateField> {
        match (field, &self.origin) {
            (RequestField::Origin, OriginLines::One(origin)) => Ok(Some(origin.as_bytes())),
            (RequestField::Origin, OriginLines::Several) => Err(DuplicateField),
            _ => Ok(None),
        }
    }

    fn is_same_origin(&self) -> bool {
        self.is_own
    }
}
