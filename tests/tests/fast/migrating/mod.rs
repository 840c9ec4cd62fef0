//! What `docs/migrating.md` says is true: its code is compiled and run here, its files are
//! accepted and judged by requests, and where it says that actix-cors answers differently, both
//! have been asked.

#![expect(clippy::expect_used, reason = "who panics here fails a test")]

mod after;
mod apps;
mod authenticate;
mod before;
mod blocks;
mod differences;
mod express;
mod methods;
mod page;
mod pairs;
mod spring;
