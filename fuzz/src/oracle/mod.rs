//! The standards, implemented again and as plainly as possible.
//!
//! Nothing here is shared with the code that it judges: it works on whole texts, allocates
//! freely and takes its time.

pub(crate) mod fetch;
pub(crate) mod header_list;
pub(crate) mod merge;
pub(crate) mod origin;
pub(crate) mod regex;
