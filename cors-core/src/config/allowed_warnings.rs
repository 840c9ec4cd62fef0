//! `allow_warnings` as written by the user.

use crate::problem::Source;

/// One entry of `allow_warnings`, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedWarning {
    pub(crate) code: String,
    /// The full pattern of the only route that the entry applies to.
    pub(crate) path: Option<String>,
    pub(crate) source: Source,
}
