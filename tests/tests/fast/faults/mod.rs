//! Failures around the edge: handlers that panic, clients that leave, middleware that raises,
//! swaps, repeats and withholds. The response that is seen is under the policy of the route that
//! ran, and so is the next one on the same thread.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod connections;
mod dropped;
mod given;
mod middleware;
