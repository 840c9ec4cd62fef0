//! The grammar of everything in a list that is no origin: methods, header
//! names, durations, and the patterns of path groups.
//!
//! Each is parsed once, here, and passed on as its own type. What several of
//! them mean together is left to merging.
//!
//! May import: `problem`, `setting`.

mod foreign_path;
mod header_name;
pub(crate) mod max_age;
mod method;
mod path_pattern;

pub use self::foreign_path::spell_path_segment;
pub use self::header_name::HeaderName;
pub use self::max_age::MaxAgeValue;
pub use self::method::Method;
pub(crate) use self::method::{is_token_byte, join};
pub(crate) use self::path_pattern::PathPattern;
