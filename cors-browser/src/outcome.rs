//! What a fetch came to: what went over the wire, and what the page got to see or why not.

use super::cors_check::CorsCheckFailure;
use super::headers::HeaderLines;
use super::wire::Exchange;

/// The course and the result of one `fetch()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The preflight, if one was sent.
    pub preflight: Option<Exchange>,
    /// The actual request, if it was sent; the server has acted on it even if `result` fails.
    pub actual: Option<Exchange>,
    /// What the page's promise settles to.
    pub result: Result<Response, Failure>,
}

/// A response as JavaScript sees it, a "filtered response" of Fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Which of the filters applied.
    pub tainting: Tainting,
    /// The status; 0 when opaque.
    pub status: u16,
    /// The readable headers: lower-case, sorted, lines combined; none when opaque.
    pub headers: HeaderLines,
}

/// Fetch "response tainting".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tainting {
    /// The target is of the page's own origin; CORS plays no part.
    Basic,
    /// Cross-origin, and shared by the server.
    Cors,
    /// Cross-origin in `no-cors` mode: sent, but not readable.
    Opaque,
}

/// Why a fetch fails, in the order in which Fetch can notice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// `Request` constructor: the method is not a token.
    InvalidMethod(String),
    /// `Request` constructor: `CONNECT`, `TRACE` or `TRACK`.
    ForbiddenMethod(String),
    /// `Request` constructor: `no-cors` mode allows CORS-safelisted methods only.
    NoCorsMethod(String),
    /// `Headers` "validate": the name or the value is malformed.
    InvalidHeader(String),
    /// `Request` constructor: `GET` and `HEAD` have no body.
    BodyNotAllowed,
    /// `Request` constructor: `no-cors` mode cannot stream a body.
    NoCorsPreflight,
    /// Main fetch: cross-origin in `same-origin` mode.
    SameOriginMode,
    /// CORS-preflight fetch, step 7: the CORS check failed on the preflight's response.
    PreflightOrigin(CorsCheckFailure),
    /// CORS-preflight fetch, step 7: the preflight's status is not an ok status.
    PreflightStatus(u16),
    /// CORS-preflight fetch, step 7.3: the named header of the response does not parse.
    PreflightSyntax(&'static str),
    /// CORS-preflight fetch, step 7.5.
    MethodNotAllowed(String),
    /// CORS-preflight fetch, steps 7.6 and 7.7; the name is lower-case.
    HeaderNotAllowed(String),
    /// HTTP fetch, step 4.4: the CORS check failed on the actual response.
    ActualOrigin(CorsCheckFailure),
    /// The actual response is a redirect, which the model does not follow.
    RedirectNotModelled(u16),
}

impl Outcome {
    /// Whether the page can read the response: it was shared and is not opaque.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.result.as_ref().is_ok_and(|response| response.tainting != Tainting::Opaque)
    }

    /// The reason of the failure, if it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.result.as_ref().err()
    }
}
