//! Origins: what a browser sends, what a configuration may say, and whether
//! the one is allowed by the other.
//!
//! There is one grammar. [`Origin`] is the serialisation that the [URL
//! Standard] and [RFC 6454 section 6.2] make a browser send in the `Origin`
//! field; [`OriginPattern`] is the same grammar plus two wildcards, with
//! [`OriginIssue`] to explain a string that is neither. [`OriginSet`] answers
//! for a request. Whether a pattern may be combined with credentials is decided
//! elsewhere, from facts such as [`OriginPattern::is_insecure`].
//!
//! [URL Standard]: https://url.spec.whatwg.org/#origin
//! [RFC 6454 section 6.2]: https://www.rfc-editor.org/rfc/rfc6454#section-6.2

mod diagnose;
mod diagnose_host;
mod exact;
mod help;
mod host;
mod issue;
mod pattern;
mod regex;
mod set;
mod shared;
mod value;

pub use self::issue::{OriginIssue, OriginIssueKind};
pub use self::pattern::OriginPattern;
pub use self::regex::{NamedHosts, OriginRegex, Unproven};
pub use self::set::OriginSet;
pub(crate) use self::shared::SharedSets;
pub use self::value::Origin;
