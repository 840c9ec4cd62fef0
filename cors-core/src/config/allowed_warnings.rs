//! `allow_warnings` as a person wrote it.

use crate::problem::Source;

/// One entry of `allow_warnings`, as written.
#[derive(Clone, Debug)]
pub(crate) struct AllowedWarning {
    pub(crate) code: String,
    /// The full pattern of the only route that it is about.
    pub(crate) path: Option<String>,
    pub(crate) source: Source,
}
