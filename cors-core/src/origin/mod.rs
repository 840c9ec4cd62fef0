//! Origins: what a browser sends, what a configuration may say, and whether
//! the one is allowed by the other.
//!
//! There is one grammar. [`Origin`] is the serialisation that the [URL
//! Standard] and [RFC 6454 section 6.2] make a browser send in the `Origin`
//! field; [`OriginPattern`] is the same grammar plus two wildcards, with
//! [`OriginIssue`] to explain a string that is neither. [`OriginSet`] answers
//! for a request. `host_pattern` holds the same grammar without a scheme, for
//! conditions about the host of a request. Whether a pattern may be combined with credentials is decided
//! elsewhere, from facts such as [`OriginPattern::is_insecure`].
//!
//! May import: `problem`, for the code of an issue.
//!
//! [URL Standard]: https://url.spec.whatwg.org/#origin
//! [RFC 6454 section 6.2]: https://www.rfc-editor.org/rfc/rfc6454#section-6.2

mod diagnose;
mod exact;
mod host;
mod host_pattern;
mod interner;
mod issue;
mod pattern;
mod regex;
mod serialized;
mod set;

pub(crate) use self::host_pattern::{HostPattern, RequestHost};
pub(crate) use self::interner::SharedSets;
pub use self::issue::{OriginIssue, OriginIssueKind};
pub use self::pattern::OriginPattern;
pub use self::regex::{NamedHosts, OriginRegex, Unproven};
pub use self::serialized::Origin;
pub use self::set::OriginSet;
