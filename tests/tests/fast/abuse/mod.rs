//! Requests that no honest client sends, as bytes over a real socket: nothing is granted that the
//! policy does not say, nothing of theirs comes back, and they cost no more than honest ones.
//!
//! What the corpus says in `tests/corpus/adversarial.toml` is what this goes beyond: what no HTTP
//! library would send, spellings of paths and hosts, and what is kept after many of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod floods;
mod lines;
mod lists;
mod own_pages;
mod paths;
mod site;
