//! How Fetch, URL and HTML read the parts of a request and of a response: URLs and sites, header
//! lists, methods, and the names that belong to the browser. Nothing here has a state.
//!
//! May import: `engine`.

pub(crate) mod forbidden;
pub(crate) mod headers;
pub(crate) mod method;
pub(crate) mod safelist;
pub(crate) mod site;
pub(crate) mod url;
