//! The error for a string that is not an origin pattern: what is wrong, why it matters,
//! and what to write instead.

use std::error::Error;
use std::fmt;

use super::diagnose::help;
use crate::problem::Code;

/// Why a string is not an origin pattern or regex, and what to write instead.
///
/// ```
/// use cors_core::OriginPattern;
///
/// let issue = OriginPattern::parse("https://*example.com").unwrap_err();
/// assert_eq!(issue.code().as_str(), "cors::misplaced-wildcard");
/// assert_eq!(
///     issue.message(),
///     "`https://*example.com` would match `https://evilexample.com`, which anyone can register",
/// );
/// assert_eq!(issue.help(), "write `https://*.example.com`");
/// assert_eq!(issue.suggestion(), Some("https://*.example.com"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginIssue {
    kind: OriginIssueKind,
    message: Box<str>,
    help: Box<str>,
    suggestion: Option<Box<str>>,
    offset: Option<usize>,
}

impl OriginIssue {
    /// The kind of mistake.
    #[must_use]
    pub fn kind(&self) -> OriginIssueKind {
        self.kind
    }

    /// The stable identifier of the problem, such as `cors::trailing-slash`.
    #[must_use]
    pub fn code(&self) -> Code {
        self.kind.code()
    }

    /// The message: what is wrong and why it matters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The help: what to write instead.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The string to write instead, with all mistakes corrected at once.
    ///
    /// It is always valid, and `None` if the intention is unclear.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// The byte offset of the mistake in a regex.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    pub(super) fn new(kind: OriginIssueKind, message: String, suggestion: Option<String>) -> Self {
        let help = help(kind, suggestion.as_deref()).into();
        let suggestion = suggestion.map(Into::into);
        Self { kind, message: message.into(), help, suggestion, offset: None }
    }

    pub(super) fn with_help(mut self, help: String) -> Self {
        self.help = help.into();
        self
    }

    pub(super) fn at(mut self, offset: Option<usize>) -> Self {
        self.offset = offset;
        self
    }
}

impl fmt::Display for OriginIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for OriginIssue {}

/// Declares the kinds, their codes and the list of all kinds together.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $code:ident,)+) => {
        /// The kinds of mistakes in an origin.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum OriginIssueKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl OriginIssueKind {
            /// Every kind, for tables in documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The stable identifier of the problem.
            #[must_use]
            pub const fn code(self) -> Code {
                match self {
                    $(Self::$kind => Code::$code,)+
                }
            }
        }
    };
}

kinds! {
    /// An empty string, or only white space.
    Empty = EMPTY_ORIGIN,
    /// `*` or `any` in quotes.
    QuotedWildcard = QUOTED_WILDCARD,
    /// `null`, the origin of sandboxed frames and local files.
    NullOrigin = NULL_ORIGIN,
    /// Several origins in one string.
    SeveralOrigins = SEVERAL_ORIGINS,
    /// White space around or inside an origin.
    Whitespace = WHITESPACE,
    /// An origin without `scheme://`.
    MissingScheme = MISSING_SCHEME,
    /// An invalid scheme before `://`.
    BadScheme = BAD_SCHEME,
    /// The scheme `file`, for which browsers send `null`.
    FileScheme = FILE_SCHEME,
    /// A user name or password: `user:password@`.
    UserInfo = USERINFO,
    /// An upper-case letter in the scheme or the host.
    UpperCase = UPPER_CASE,
    /// A host that is not in its `xn--` form.
    NonAscii = NON_ASCII,
    /// `*` anywhere except as `*.` before a domain or as `:*` at the end.
    MisplacedWildcard = MISPLACED_WILDCARD,
    /// `*.` before an IP address.
    WildcardIp = WILDCARD_IP,
    /// An invalid IP address, or one that is not spelled as browsers do.
    BadIp = BAD_IP,
    /// An invalid host.
    BadHost = BAD_HOST,
    /// A port that is not a number from 1 to 65535.
    BadPort = BAD_PORT,
    /// The default port of the scheme.
    DefaultPort = DEFAULT_PORT,
    /// A slash at the end.
    TrailingSlash = TRAILING_SLASH,
    /// A path after the host and port.
    Path = PATH,
    /// A query or a fragment.
    Query = QUERY,
    /// A regex that does not compile.
    BadRegex = BAD_REGEX,
    /// A regex that matches no origin that a browser sends.
    NeverMatches = NEVER_MATCHES,
}
