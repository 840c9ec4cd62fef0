//! The decision about a request, with the reason for a denial.
//!
//! A decision is a small `Copy` value that borrows nothing, so it stays available after
//! the request is moved into the service that handles it.

use core::fmt;

use crate::setting::Setting;

/// The decision of a policy about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A request outside of the CORS protocol: without `Origin`, or same-origin.
    NotCors,
    /// An actual cross-origin request.
    Actual(Verdict),
    /// A preflight request (Fetch, "CORS-preflight request").
    Preflight(Verdict),
    /// A preflight request from a public site to a server in a private network.
    PrivateNetworkPreflight(Verdict),
}

/// Whether the request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The request is allowed, with credentials if the policy allows them.
    Allowed,
    /// The request is allowed without credentials: the policy lists the origins that may
    /// send them, and this is none of them. Counted and logged as [`Verdict::Allowed`].
    AllowedWithoutCredentials,
    /// The request is denied, for this reason.
    Denied(Denial),
    /// A preflight of an origin that may not send credentials is denied, for this
    /// reason. Counted and logged as [`Verdict::Denied`].
    DeniedWithoutCredentials(Denial),
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
    /// CORS is `off` for the request.
    Off,
    /// The origin is not in the list.
    Origin,
    /// The origin is `null`, which any sandboxed page can send.
    NullOrigin,
    /// The request has more than one `Origin` header.
    DuplicatedOrigin,
    /// The requested method is not allowed, or is not a method.
    Method,
    /// A requested header is not allowed.
    Header,
    /// The list of requested headers is longer than any browser sends, or is malformed.
    HeaderList,
    /// A public site requests a server in a private network.
    PrivateNetwork,
    /// The origin is allowed, but not with the cookies that it sent: the browser refuses the
    /// response. No decision has this reason: see
    /// [`Policy::denies_credentials`](crate::Policy::denies_credentials).
    Credentials,
}

impl Denial {
    /// Every reason, in the order of the reference.
    pub const ALL: [Self; 9] = [
        Self::Off,
        Self::Origin,
        Self::NullOrigin,
        Self::DuplicatedOrigin,
        Self::Method,
        Self::Header,
        Self::HeaderList,
        Self::PrivateNetwork,
        Self::Credentials,
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
            Self::Credentials => "credentials-not-allowed",
        }
    }

    /// The setting that denies the request.
    #[must_use]
    pub const fn setting(self) -> Setting {
        match self {
            Self::Off | Self::Origin | Self::NullOrigin | Self::DuplicatedOrigin => {
                Setting::Origins
            }
            Self::Method => Setting::Methods,
            Self::Header | Self::HeaderList => Setting::Headers,
            Self::PrivateNetwork => Setting::PrivateNetwork,
            Self::Credentials => Setting::Credentials,
        }
    }

    /// Whether the origin itself is denied, so that the answer must not reveal more.
    #[must_use]
    pub const fn is_about_origin(self) -> bool {
        match self {
            Self::Off | Self::Origin | Self::NullOrigin | Self::DuplicatedOrigin => true,
            Self::Method
            | Self::Header
            | Self::HeaderList
            | Self::PrivateNetwork
            | Self::Credentials => false,
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "CORS is off for this request",
            Self::Origin => "the origin is not allowed",
            Self::NullOrigin => "the origin `null` is not allowed",
            Self::DuplicatedOrigin => "the request has more than one `Origin` header",
            Self::Method => "the requested method is not allowed",
            Self::Header => "a requested header is not allowed",
            Self::HeaderList => "the list of requested headers is too long or malformed",
            Self::PrivateNetwork => "requests from public sites are not allowed",
            Self::Credentials => "cookies are not allowed",
        })
    }
}

impl Verdict {
    /// The place of the verdict among those that a kind of request may have.
    const fn place(self, denials: &[Denial]) -> usize {
        match self {
            Self::Allowed | Self::AllowedWithoutCredentials => 0,
            Self::Denied(denial) | Self::DeniedWithoutCredentials(denial) => {
                let mut place = 0;
                while place < denials.len() && denials[place] as u8 != denial as u8 {
                    place += 1;
                }
                // No policy makes another decision.
                if place < denials.len() { 1 + place } else { 1 }
            }
        }
    }

    /// Whether the request is allowed, with or without credentials.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed | Self::AllowedWithoutCredentials)
    }

    /// The reason for the denial, if the request is denied.
    #[must_use]
    pub const fn denial(self) -> Option<Denial> {
        match self {
            Self::Allowed | Self::AllowedWithoutCredentials => None,
            Self::Denied(denial) | Self::DeniedWithoutCredentials(denial) => Some(denial),
        }
    }
}

impl Decision {
    /// Why a request that is no preflight may be refused.
    const ACTUAL: [Denial; 5] = [
        Denial::Off,
        Denial::Origin,
        Denial::NullOrigin,
        Denial::DuplicatedOrigin,
        Denial::Credentials,
    ];

    /// Why a preflight may be refused; the last reason is for one to a private network.
    const PREFLIGHT: [Denial; 8] = [
        Denial::Off,
        Denial::Origin,
        Denial::NullOrigin,
        Denial::DuplicatedOrigin,
        Denial::Method,
        Denial::Header,
        Denial::HeaderList,
        Denial::PrivateNetwork,
    ];

    /// Where the preflights begin in [`Decision::ALL`].
    const PREFLIGHTS: usize = 2 + Self::ACTUAL.len();

    /// Where the preflights to private networks begin.
    const PRIVATE: usize = Self::PREFLIGHTS + Self::PREFLIGHT.len();

    /// Every decision that is counted on its own, in the order of [`Decision::index`]. What
    /// cannot occur is left out.
    pub const ALL: [Self; Self::PRIVATE + 1 + Self::PREFLIGHT.len()] = {
        let allowed = Verdict::Allowed;
        let mut all = [Self::NotCors; Self::PRIVATE + 1 + Self::PREFLIGHT.len()];
        all[1] = Self::Actual(allowed);
        all[Self::PREFLIGHTS] = Self::Preflight(allowed);
        all[Self::PRIVATE] = Self::PrivateNetworkPreflight(allowed);
        let mut index = 0;
        while index < Self::PREFLIGHT.len() {
            let denied = Verdict::Denied(Self::PREFLIGHT[index]);
            if index < Self::ACTUAL.len() {
                all[2 + index] = Self::Actual(Verdict::Denied(Self::ACTUAL[index]));
            }
            if index + 1 < Self::PREFLIGHT.len() {
                all[Self::PREFLIGHTS + 1 + index] = Self::Preflight(denied);
            }
            all[Self::PRIVATE + 1 + index] = Self::PrivateNetworkPreflight(denied);
            index += 1;
        }
        all
    };

    /// The index of the decision in [`Decision::ALL`], for tables of counters.
    ///
    /// ```
    /// use cors_core::Decision;
    ///
    /// assert!(Decision::ALL.iter().enumerate().all(|(index, d)| d.index() == index));
    /// ```
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::NotCors => 0,
            Self::Actual(verdict) => 1 + verdict.place(&Self::ACTUAL),
            Self::Preflight(verdict) => {
                let [ordinary @ .., _private_network] = &Self::PREFLIGHT;
                Self::PREFLIGHTS + verdict.place(ordinary)
            }
            Self::PrivateNetworkPreflight(verdict) => {
                Self::PRIVATE + verdict.place(&Self::PREFLIGHT)
            }
        }
    }

    /// The kind of request as a stable identifier, for logs and metrics.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::NotCors => "not-cors",
            Self::Actual(_) => "actual",
            Self::Preflight(_) => "preflight",
            Self::PrivateNetworkPreflight(_) => "private-network-preflight",
        }
    }

    /// The outcome as a stable identifier: `allowed`, the code of the denial, or `none`
    /// if there is no verdict.
    #[must_use]
    pub const fn outcome(self) -> &'static str {
        match self.verdict() {
            None => "none",
            Some(Verdict::Allowed | Verdict::AllowedWithoutCredentials) => "allowed",
            Some(Verdict::Denied(denial) | Verdict::DeniedWithoutCredentials(denial)) => {
                denial.code()
            }
        }
    }

    /// The verdict, or `None` for a request outside of the CORS protocol.
    #[must_use]
    pub const fn verdict(self) -> Option<Verdict> {
        match self {
            Self::NotCors => None,
            Self::Actual(verdict)
            | Self::Preflight(verdict)
            | Self::PrivateNetworkPreflight(verdict) => Some(verdict),
        }
    }

    /// The reason for the denial, if the request was denied.
    #[must_use]
    pub const fn denial(self) -> Option<Denial> {
        match self.verdict() {
            Some(verdict) => verdict.denial(),
            None => None,
        }
    }

    /// Whether this is a preflight, which must not reach a handler.
    #[must_use]
    pub const fn is_preflight(self) -> bool {
        matches!(self, Self::Preflight(_) | Self::PrivateNetworkPreflight(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_outcome_match_the_reference() {
        let denied = Verdict::Denied(Denial::Method);
        for (decision, kind, outcome) in [
            (Decision::NotCors, "not-cors", "none"),
            (Decision::Actual(Verdict::Allowed), "actual", "allowed"),
            (Decision::Preflight(denied), "preflight", "method-not-allowed"),
            (
                Decision::PrivateNetworkPreflight(denied),
                "private-network-preflight",
                "method-not-allowed",
            ),
        ] {
            assert_eq!((decision.kind(), decision.outcome()), (kind, outcome));
        }
        for (index, decision) in Decision::ALL.iter().enumerate() {
            assert_eq!(decision.index(), index, "{decision:?}");
        }
    }

    #[test]
    fn what_cannot_occur_is_not_counted() {
        let mut all = Decision::ALL.to_vec();
        all.dedup();
        assert_eq!(all.len(), 24);
        for denial in Denial::ALL {
            for decision in [
                Decision::Actual(Verdict::Denied(denial)),
                Decision::Preflight(Verdict::Denied(denial)),
                Decision::PrivateNetworkPreflight(Verdict::Denied(denial)),
            ] {
                let counted = Decision::ALL[decision.index()];
                assert_eq!(counted.kind(), decision.kind());
                let others = matches!(counted.denial(), Some(Denial::Off)) && counted != decision;
                assert!(counted == decision || others, "{decision:?} is counted as {counted:?}");
            }
        }
    }

    #[test]
    fn what_may_not_send_credentials_is_counted_with_the_others() {
        for (mine, counted) in [
            (Verdict::AllowedWithoutCredentials, Verdict::Allowed),
            (Verdict::DeniedWithoutCredentials(Denial::Header), Verdict::Denied(Denial::Header)),
        ] {
            let [mine, counted] = [mine, counted].map(Decision::Preflight);
            assert_eq!(mine.index(), counted.index());
            assert_eq!(mine.outcome(), counted.outcome());
            assert_eq!(mine.denial(), counted.denial());
        }
    }
}
