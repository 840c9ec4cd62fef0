//! A request of actix-web, as the policy engine sees it.

use actix_web::dev::RequestHead;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{Request, RequestField};

/// `Access-Control-Request-Private-Network`.
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// `Sec-Fetch-Site`.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The whole head of a request.
pub(crate) struct Head<'h>(pub(crate) &'h RequestHead);

impl Head<'_> {
    /// The method that is to be judged: the one that a preflight asks about, or
    /// the request's own.
    pub(crate) fn intended_method(&self) -> &[u8] {
        match self.is_preflight() {
            true => self.lines(RequestField::RequestMethod).next().unwrap_or_default(),
            false => self.method(),
        }
    }
}

impl Request for Head<'_> {
    fn method(&self) -> &[u8] {
        self.0.method.as_str().as_bytes()
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let Self(head) = self;
        // HTTP/2 has an authority in the place of `Host`; where both came and
        // differ, there are two (RFC 9113, section 8.3.1).
        let authority = match field {
            RequestField::Host => {
                head.uri.authority().map(|authority| authority.as_str().as_bytes())
            }
            _ => None,
        };
        let lines = head.headers.get_all(name(field)).map(HeaderValue::as_bytes);
        authority.into_iter().chain(lines.filter(move |line| Some(*line) != authority))
    }
}

/// What is kept of a request while the service inside handles it.
pub(crate) struct Kept {
    pub(crate) method: Method,
    pub(crate) origin: KeptOrigin,
}

/// The `Origin` lines of a request.
pub(crate) enum KeptOrigin {
    None,
    One(HeaderValue),
    Several,
}

impl Kept {
    pub(crate) fn of(head: &RequestHead) -> Self {
        let mut lines = head.headers.get_all(header::ORIGIN);
        let origin = match (lines.next(), lines.next()) {
            (None, _) => KeptOrigin::None,
            (Some(origin), None) => KeptOrigin::One(origin.clone()),
            (Some(_), Some(_)) => KeptOrigin::Several,
        };
        Self { method: head.method.clone(), origin }
    }

    /// The value to echo.
    pub(crate) const fn origin(&self) -> Option<&HeaderValue> {
        match &self.origin {
            KeptOrigin::One(origin) => Some(origin),
            KeptOrigin::None | KeptOrigin::Several => None,
        }
    }
}

/// Only ever asked about requests that are no preflights.
impl Request for Kept {
    fn method(&self) -> &[u8] {
        self.method.as_str().as_bytes()
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let lines: [Option<&[u8]>; 2] = match (field, &self.origin) {
            (RequestField::Origin, KeptOrigin::One(origin)) => [Some(origin.as_bytes()), None],
            (RequestField::Origin, KeptOrigin::Several) => [Some(b""), Some(b"")],
            _ => [None, None],
        };
        lines.into_iter().flatten()
    }
}

const fn name(field: RequestField) -> HeaderName {
    match field {
        RequestField::RequestMethod => header::ACCESS_CONTROL_REQUEST_METHOD,
        RequestField::RequestHeaders => header::ACCESS_CONTROL_REQUEST_HEADERS,
        RequestField::RequestPrivateNetwork => REQUEST_PRIVATE_NETWORK,
        RequestField::SecFetchSite => SEC_FETCH_SITE,
        RequestField::Host => header::HOST,
        _ => header::ORIGIN,
    }
}
