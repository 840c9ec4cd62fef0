//! Why a string is not an origin pattern. An issue is made once, for a person
//! who configures: it says what is wrong and why it matters, and what to write
//! instead.

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
    /// Which mistake this is.
    #[must_use]
    pub fn kind(&self) -> OriginIssueKind {
        self.kind
    }

    /// The stable identifier of the rule, such as `cors::trailing-slash`.
    #[must_use]
    pub fn code(&self) -> Code {
        self.kind.code()
    }

    /// What is wrong and why it matters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The string to write instead, with everything corrected at once.
    ///
    /// It is always valid, and `None` if what was meant cannot be derived.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// Where in a regex the mistake is, as a byte offset.
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

/// Declares the kinds, their codes and the list of all of them together.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $code:ident,)+) => {
        /// The mistakes that are told apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum OriginIssueKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl OriginIssueKind {
            /// Every kind, for tables in documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The stable identifier of the rule.
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
    /// Nothing, or only white space.
    Empty = EMPTY_ORIGIN,
    /// `*` or `any` in quotes.
    QuotedWildcard = QUOTED_WILDCARD,
    /// `null`, the origin of sandboxed frames and local files.
    NullOrigin = NULL_ORIGIN,
    /// A list in one string.
    SeveralOrigins = SEVERAL_ORIGINS,
    /// White space around or inside an origin.
    Whitespace = WHITESPACE,
    /// No `scheme://`.
    MissingScheme = MISSING_SCHEME,
    /// Something before `://` which is not a scheme.
    BadScheme = BAD_SCHEME,
    /// `file://`, which browsers send as `null`.
    FileScheme = FILE_SCHEME,
    /// `user:password@`.
    UserInfo = USERINFO,
    /// An upper-case letter in the scheme or the host.
    UpperCase = UPPER_CASE,
    /// A host that is not in its `xn--` form.
    NonAscii = NON_ASCII,
    /// `*` anywhere but as `*.` before a domain or as `:*` at the end.
    MisplacedWildcard = MISPLACED_WILDCARD,
    /// `*.` before an IP address.
    WildcardIp = WILDCARD_IP,
    /// An IP address that is none, or not spelled as browsers do.
    BadIp = BAD_IP,
    /// A host that cannot be one.
    BadHost = BAD_HOST,
    /// A port that is not a number from 1 to 65535.
    BadPort = BAD_PORT,
    /// The default port of the scheme, spelled out.
    DefaultPort = DEFAULT_PORT,
    /// A slash at the end.
    TrailingSlash = TRAILING_SLASH,
    /// A path.
    Path = PATH,
    /// A query or a fragment.
    Query = QUERY,
    /// A regex that does not compile.
    BadRegex = BAD_REGEX,
    /// A regex that matches no origin that a browser sends.
    NeverMatches = NEVER_MATCHES,
}
