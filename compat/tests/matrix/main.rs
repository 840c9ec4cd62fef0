//! Other crates for actix-web, each in a small application with `#[cors]`: the crate is used as its
//! own documentation shows, with handlers that have a route attribute and handlers of a
//! `cors_actix::resource`, and with `Cors` as the outermost middleware.
//!
//! A module tests one crate: preflights, ordinary requests, and what the crate itself refuses.

mod exchange;
mod versions;

mod files;
mod garde;
mod governor;
mod grants;
mod httpauth;
mod identity;
mod lab;
mod multipart;
mod paperclip;
mod prom;
mod session;
mod tracing;
mod utoipa;
mod utoipa_actix_web;
mod validator;
mod ws;
