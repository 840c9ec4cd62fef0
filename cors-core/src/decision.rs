//! What was decided about a request, and why.
//!
//! A decision is a small `Copy` value that borrows nothing: it survives the
//! request being moved into the service that handles it.

use core::fmt;

/// What the policy makes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Not part of the CORS protocol: no `Origin`, or from the server's own pages.
    NotCors,
    /// A cross-origin request to be handled.
    Actual(Verdict),
    /// A question whether a request may be sent (Fetch, "CORS-preflight request").
    Preflight(Verdict),
    /// The same question, from a public site to a server in a private network.
    PrivateNetworkPreflight(Verdict),
}

/// Whether the origin may do what it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not, and why.
    Denied(Denial),
}

/// Why a request is denied.
///
/// ```
/// use cors_core::Denial;
///
/// assert_eq!(Denial::Origin.code(), "origin-not-allowed");
/// assert_eq!(Denial::Header.to_string(), "a requested header is not allowed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Denial {
    /// CORS is `off` here.
    Off,
    /// The origin is in no list.
    Origin,
    /// The origin is `null`, which any sandboxed page can take on.
    NullOrigin,
    /// There is more than one `Origin` line.
    DuplicatedOrigin,
    /// The requested method is not allowed, or not a method.
    Method,
    /// A requested header is not allowed.
    Header,
    /// The list of requested headers is longer than any browser's, or not a list of names.
    HeaderList,
    /// A public site asks for a server in a private network.
    PrivateNetwork,
}

impl Denial {
    /// Every reason, in the order of the reference.
    pub const ALL: [Self; 8] = [
        Self::Off,
        Self::Origin,
        Self::NullOrigin,
        Self::DuplicatedOrigin,
        Self::Method,
        Self::Header,
        Self::HeaderList,
        Self::PrivateNetwork,
    ];

    /// The stable reason code, for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Origin => "origin-not-allowed",
            Self::NullOrigin => "null-origin",
            Self::DuplicatedOrigin => "duplicated-origin",
            Self::Method => "method-not-allowed",
            Self::Header => "header-not-allowed",
            Self::HeaderList => "bad-header-list",
            Self::PrivateNetwork => "private-network-not-allowed",
        }
    }

    /// Whether the origin itself is refused, so that it learns nothing more.
    #[must_use]
    pub const fn is_about_origin(self) -> bool {
        match self {
            Self::Off | Self::Origin | Self::NullOrigin | Self::DuplicatedOrigin => true,
            Self::Method | Self::Header | Self::HeaderList | Self::PrivateNetwork => false,
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "CORS is off here",
            Self::Origin => "the origin is not allowed",
            Self::NullOrigin => "the origin `null` is not allowed",
            Self::DuplicatedOrigin => "there is more than one `Origin` line",
            Self::Method => "the requested method is not allowed",
            Self::Header => "a requested header is not allowed",
            Self::HeaderList => "the list of requested headers is too long or malformed",
            Self::PrivateNetwork => "requests from public sites are not allowed",
        })
    }
}

impl Decision {
    /// The verdict, where there was something to judge.
    #[must_use]
    pub const fn verdict(self) -> Option<Verdict> {
        match self {
            Self::NotCors => None,
            Self::Actual(verdict)
            | Self::Preflight(verdict)
            | Self::PrivateNetworkPreflight(verdict) => Some(verdict),
        }
    }

    /// Why it was denied, if it was.
    #[must_use]
    pub const fn denial(self) -> Option<Denial> {
        match self.verdict() {
            Some(Verdict::Denied(denial)) => Some(denial),
            _ => None,
        }
    }

    /// Whether this is a preflight, which no handler should see.
    #[must_use]
    pub const fn is_preflight(self) -> bool {
        matches!(self, Self::Preflight(_) | Self::PrivateNetworkPreflight(_))
    }
}
