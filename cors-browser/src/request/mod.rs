//! What a page asks its browser for, from the options of `fetch()` and the fields of a form to the
//! "request" of Fetch. After `construct` nothing about the request itself can fail any more.
//!
//! May import: `engine`, `modes`, `outcome`, `syntax`.

pub(crate) mod body;
pub(crate) mod construct;
pub(crate) mod fetch_request;
pub(crate) mod navigation;
pub(crate) mod page;
pub(crate) mod referrer;
