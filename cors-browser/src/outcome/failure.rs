//! Why a fetch fails: a code, the step of the standard, and a sentence.

use std::fmt;

/// Why a response is not shared with the page, by the "CORS check" of Fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorsCheckFailure {
    /// There is no `Access-Control-Allow-Origin` (step 2).
    NoAllowOrigin,
    /// It is `*`, which does not count with credentials (steps 3 and 4).
    WildcardWithCredentials,
    /// It is not the bytes of the request's origin (step 4). Several lines are one value here.
    OtherOrigin(String),
    /// `Access-Control-Allow-Credentials` is not `true`; `None` when missing (steps 6 to 8).
    CredentialsNotAllowed(Option<String>),
}

/// Why a fetch fails, in the order in which Fetch can notice.
///
/// ```
/// use cors_browser::{Browser, FetchRequest, WireRequest, WireResponse};
///
/// let mut server = |_: &WireRequest| {
///     WireResponse::new(204, &[("Access-Control-Allow-Origin", "https://app.example")])
/// };
/// let request = FetchRequest::to("DELETE", "https://api.example/orders/1");
/// let outcome = Browser::new().fetch(&mut server, "https://app.example", &request);
/// let failure = outcome.failure().unwrap();
/// assert_eq!(failure.code(), "method-not-allowed");
/// assert_eq!(failure.step(), "CORS-preflight fetch, step 7.5");
/// assert_eq!(
///     failure.to_string(),
///     "the response to the preflight does not allow the method `DELETE`: \
///      `Access-Control-Allow-Methods` does not name it"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// `Request` constructor: the URL has a user name or a password.
    CredentialsInUrl,
    /// `Request` constructor: a script cannot navigate with `fetch()`.
    NavigateMode,
    /// `Request` constructor: the cache mode `only-if-cached` is for the mode `same-origin`.
    OnlyIfCachedMode,
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
    /// `Request` constructor: `no-cors` mode can neither stream a body nor have a preflight.
    NoCorsPreflight,
    /// Main fetch: cross-origin in `same-origin` mode.
    SameOriginMode,
    /// Main fetch: `no-cors` mode has to follow redirects.
    NoCorsRedirectMode,
    /// CORS-preflight fetch, step 7: the CORS check failed on the preflight's response.
    PreflightOrigin(CorsCheckFailure),
    /// CORS-preflight fetch, step 7: the preflight's status is not an ok status.
    PreflightStatus(u16),
    /// CORS-preflight fetch, step 7.3: the named header of the response does not parse.
    PreflightSyntax(&'static str),
    /// CORS-preflight fetch, step 7.5: the method is not allowed.
    MethodNotAllowed(String),
    /// CORS-preflight fetch, steps 7.6 and 7.7: the header is not allowed; its name is lower-case.
    HeaderNotAllowed(String),
    /// HTTP-network-or-cache fetch: nothing is stored, and `only-if-cached` sends nothing.
    NotCached,
    /// HTTP-network fetch: there was no response.
    NoResponse,
    /// The engine takes a response with this status for a failed connection.
    RefusedStatus(u16),
    /// HTTP fetch, step 4.4: the CORS check failed on the response.
    ActualOrigin(CorsCheckFailure),
    /// HTTP fetch, step 6: the redirect mode is `error`.
    RedirectMode(u16),
    /// HTTP-redirect fetch: `Location` is no URL.
    RedirectLocation(String),
    /// HTTP-redirect fetch: `Location` has a scheme that is not one of HTTP.
    RedirectScheme(String),
    /// HTTP-redirect fetch: this was the 21st redirect.
    TooManyRedirects,
    /// HTTP-redirect fetch: `Location` has a user name or a password, and the request is CORS.
    RedirectCredentials,
    /// HTTP-redirect fetch: a stream cannot be sent a second time.
    RedirectStream,
}

impl CorsCheckFailure {
    /// A stable name: `no-allow-origin`, `wildcard-with-credentials`, `other-origin` or
    /// `credentials-not-allowed`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoAllowOrigin => "no-allow-origin",
            Self::WildcardWithCredentials => "wildcard-with-credentials",
            Self::OtherOrigin(_) => "other-origin",
            Self::CredentialsNotAllowed(_) => "credentials-not-allowed",
        }
    }
}

impl Failure {
    /// A stable name in lower case, with that of the CORS check after a colon:
    /// `preflight-origin: no-allow-origin`.
    #[must_use]
    pub fn code(&self) -> String {
        let code = match self {
            Self::CredentialsInUrl => "credentials-in-url",
            Self::NavigateMode => "navigate-mode",
            Self::OnlyIfCachedMode => "only-if-cached-mode",
            Self::InvalidMethod(_) => "invalid-method",
            Self::ForbiddenMethod(_) => "forbidden-method",
            Self::NoCorsMethod(_) => "no-cors-method",
            Self::InvalidHeader(_) => "invalid-header",
            Self::BodyNotAllowed => "body-not-allowed",
            Self::NoCorsPreflight => "no-cors-preflight",
            Self::SameOriginMode => "same-origin-mode",
            Self::NoCorsRedirectMode => "no-cors-redirect-mode",
            Self::PreflightOrigin(check) => return format!("preflight-origin: {}", check.code()),
            Self::PreflightStatus(_) => "preflight-status",
            Self::PreflightSyntax(_) => "preflight-syntax",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::HeaderNotAllowed(_) => "header-not-allowed",
            Self::NotCached => "not-cached",
            Self::NoResponse => "no-response",
            Self::RefusedStatus(_) => "refused-status",
            Self::ActualOrigin(check) => return format!("actual-origin: {}", check.code()),
            Self::RedirectMode(_) => "redirect-mode",
            Self::RedirectLocation(_) => "redirect-location",
            Self::RedirectScheme(_) => "redirect-scheme",
            Self::TooManyRedirects => "too-many-redirects",
            Self::RedirectCredentials => "redirect-credentials",
            Self::RedirectStream => "redirect-stream",
        };
        code.to_owned()
    }

    /// The algorithm of the standard, and where it is counted the step, at which the fetch fails.
    #[must_use]
    pub const fn step(&self) -> &'static str {
        match self {
            Self::CredentialsInUrl
            | Self::NavigateMode
            | Self::OnlyIfCachedMode
            | Self::InvalidMethod(_)
            | Self::ForbiddenMethod(_)
            | Self::NoCorsMethod(_)
            | Self::BodyNotAllowed
            | Self::NoCorsPreflight => "Request constructor",
            Self::InvalidHeader(_) => "Headers, validate",
            Self::SameOriginMode | Self::NoCorsRedirectMode => "main fetch, step 12",
            Self::PreflightOrigin(_) | Self::PreflightStatus(_) => "CORS-preflight fetch, step 7",
            Self::PreflightSyntax(_) => "CORS-preflight fetch, step 7.3",
            Self::MethodNotAllowed(_) => "CORS-preflight fetch, step 7.5",
            Self::HeaderNotAllowed(_) => "CORS-preflight fetch, steps 7.6 and 7.7",
            Self::NotCached => "HTTP-network-or-cache fetch",
            Self::NoResponse | Self::RefusedStatus(_) => "HTTP-network fetch",
            Self::ActualOrigin(_) => "HTTP fetch, step 4.4",
            Self::RedirectMode(_) => "HTTP fetch, step 6",
            Self::RedirectLocation(_)
            | Self::RedirectScheme(_)
            | Self::TooManyRedirects
            | Self::RedirectCredentials
            | Self::RedirectStream => "HTTP-redirect fetch",
        }
    }

    /// Whether the server decided it: it did not share a response or allow a request. Other
    /// failures are mistakes of the page, redirects, or no response.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::PreflightOrigin(_)
                | Self::PreflightStatus(_)
                | Self::PreflightSyntax(_)
                | Self::MethodNotAllowed(_)
                | Self::HeaderNotAllowed(_)
                | Self::ActualOrigin(_)
        )
    }
}

impl fmt::Display for CorsCheckFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAllowOrigin => f.write_str("it has no `Access-Control-Allow-Origin`"),
            Self::WildcardWithCredentials => f.write_str(
                "its `Access-Control-Allow-Origin` is `*`, which does not count with credentials",
            ),
            Self::OtherOrigin(value) => write!(
                f,
                "its `Access-Control-Allow-Origin` is `{value}`, which is not the origin of the \
                 request"
            ),
            Self::CredentialsNotAllowed(None) => f.write_str(
                "it has no `Access-Control-Allow-Credentials: true`, and the request has \
                 credentials",
            ),
            Self::CredentialsNotAllowed(Some(value)) => write!(
                f,
                "its `Access-Control-Allow-Credentials` is `{value}` and not `true`, and the \
                 request has credentials"
            ),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialsInUrl => {
                f.write_str("the URL has a user name or a password, which `fetch()` refuses")
            }
            Self::NavigateMode => f.write_str("`fetch()` refuses the mode `navigate`"),
            Self::OnlyIfCachedMode => {
                f.write_str("the cache mode `only-if-cached` needs the mode `same-origin`")
            }
            Self::InvalidMethod(method) => write!(f, "`{method}` is no method"),
            Self::ForbiddenMethod(method) => {
                write!(f, "no page may use the method `{method}`")
            }
            Self::NoCorsMethod(method) => write!(
                f,
                "the mode `no-cors` has no other methods than `GET`, `HEAD` and `POST`, and this \
                 is `{method}`"
            ),
            Self::InvalidHeader(name) => {
                write!(f, "the header `{name}` has a name or a value that is malformed")
            }
            Self::BodyNotAllowed => f.write_str("`GET` and `HEAD` have no body"),
            Self::NoCorsPreflight => f.write_str(
                "the mode `no-cors` has no preflight, which a stream and upload listeners need",
            ),
            Self::SameOriginMode => {
                f.write_str("the mode is `same-origin`, and the URL is of another origin")
            }
            Self::NoCorsRedirectMode => {
                f.write_str("the mode `no-cors` needs the redirect mode `follow`")
            }
            Self::PreflightOrigin(check) => {
                write!(f, "the response to the preflight is not shared: {check}")
            }
            Self::PreflightStatus(status) => write!(
                f,
                "the response to the preflight has the status {status}, which is not one of \
                 200 to 299"
            ),
            Self::PreflightSyntax(name) => {
                write!(f, "`{name}` in the response to the preflight is malformed")
            }
            Self::MethodNotAllowed(method) => write!(
                f,
                "the response to the preflight does not allow the method `{method}`: \
                 `Access-Control-Allow-Methods` does not name it"
            ),
            Self::HeaderNotAllowed(name) => write!(
                f,
                "the response to the preflight does not allow the header `{name}`: \
                 `Access-Control-Allow-Headers` does not name it"
            ),
            Self::NotCached => {
                f.write_str("nothing is cached, and the cache mode is `only-if-cached`")
            }
            Self::NoResponse => f.write_str("there was no response"),
            Self::RefusedStatus(status) => {
                write!(f, "the engine takes the status {status} for a failed connection")
            }
            Self::ActualOrigin(check) => write!(f, "the response is not shared: {check}"),
            Self::RedirectMode(status) => write!(
                f,
                "the response is a redirect with the status {status}, and the redirect mode is \
                 `error`"
            ),
            Self::RedirectLocation(location) => {
                write!(f, "the redirect leads to `{location}`, which is no URL")
            }
            Self::RedirectScheme(scheme) => {
                write!(f, "the redirect leads to a URL with the scheme `{scheme}`")
            }
            Self::TooManyRedirects => f.write_str("there were more than 20 redirects"),
            Self::RedirectCredentials => f.write_str(
                "the redirect leads to a URL with a user name or a password, which CORS forbids",
            ),
            Self::RedirectStream => {
                f.write_str("the body is a stream, which cannot be sent again to another URL")
            }
        }
    }
}

impl std::error::Error for CorsCheckFailure {}
impl std::error::Error for Failure {}
