//! The command as its users run it: the executable, its output and its exit status.
//!
//! The servers that `probe` asks are of other libraries. Those that are not there are skipped with
//! a line of output; `REQUIRE_SERVERS=1` makes that an error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod check;
mod command;
mod diff;
mod documentation;
mod explain;
mod output;
mod probe;
mod servers;
