//! The policy of a response is that of the route that produced it, whatever middleware
//! inside `Cors` does with requests, responses and errors. Every handler tells its name
//! and the path that it was routed by, and the policy is compared with these.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod early;
mod given;
mod nested;
mod readings;
mod scripts;
mod wire;
