//! Origins as browsers send them, the patterns that configuration allows, and matching
//! one with the other.
//!
//! There is one grammar. [`Origin`] is the serialisation that the [URL Standard] and
//! [RFC 6454 section 6.2] require browsers to send in the `Origin` header;
//! [`OriginPattern`] is the same grammar plus two wildcards, and [`OriginIssue`]
//! explains a string that is neither. [`OriginSet`] decides whether the origin of a
//! request is allowed. `host_pattern` contains the same grammar without a scheme, for
//! conditions on the host of a request. Whether a pattern may be combined with
//! credentials is decided in `merge`, from facts such as
//! [`OriginPattern::is_insecure`].
//!
//! May import: `expression`, `problem`, `setting`.
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
pub use self::issue::OriginIssue;
pub use self::pattern::OriginPattern;
pub use self::regex::{NamedHosts, OriginRegex, Unproven};
pub use self::serialized::Origin;
pub use self::set::OriginSet;
