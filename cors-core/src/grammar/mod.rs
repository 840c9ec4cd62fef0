//! The grammar of all list elements except origins: methods, header names, durations,
//! and path group patterns.
//!
//! Each value is parsed once, here, and passed on as its own type. Rules about several
//! values together belong to `merge`.
//!
//! May import: `expression`, `problem`, `setting`.

mod foreign_path;
mod header_name;
mod known;
pub(crate) mod max_age;
mod method;
mod path_pattern;

pub use self::foreign_path::spell_path_segment;
pub use self::header_name::HeaderName;
pub(crate) use self::known::{meant_header, meant_method};
pub use self::max_age::{DEFAULT_MAX_AGE, MaxAgeValue};
pub use self::method::Method;
pub(crate) use self::method::{is_token_byte, join};
pub(crate) use self::path_pattern::{PathPattern, PatternIndex, segment_in_route};
pub use self::path_pattern::{is_in_group, pairs_of_groups, routed_path};
