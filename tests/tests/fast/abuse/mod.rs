//! Requests that no honest client sends, as bytes over a real socket: nothing is allowed that the
//! policy does not allow, nothing of them is echoed, and they cost no more than others.
//!
//! They go beyond those of `tests/corpus/adversarial.toml`: requests that no HTTP library sends,
//! spellings of paths and hosts, and the memory that is kept after many of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod floods;
mod lines;
mod lists;
mod own_pages;
mod paths;
mod site;
