//! Requests and responses, between the types of actix-web and those of the core.
//!
//! It decides which header of a request answers which question of the core, and
//! how an answer becomes header lines. Which policy answers is decided
//! elsewhere.
//!
//! May import: nothing.

mod request;
pub(crate) mod response;

pub(crate) use request::{Head, RequestSnapshot};
pub(crate) use response::{HeaderLines, PreparedPolicy, RefusedByEnforce};
