//! Tests of `docs/migrating.md`: its code is compiled and run here, its files are accepted and
//! tested by requests, and where it describes other responses of actix-cors, both are compared.

#![expect(clippy::expect_used, reason = "who panics here fails a test")]

mod after;
mod apps;
mod authenticate;
mod before;
mod blocks;
mod differences;
mod express;
mod methods;
pub(crate) mod page;
mod pairs;
mod spring;
mod tables;
