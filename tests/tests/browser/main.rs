//! Real browsers judge: a page can read what the policy allows, and nothing else. Each test runs in
//! Chromium, Firefox and WebKit.
//!
//! `quickstart` and `serve` look at the example servers as a reader would run them; `matrix` is
//! one application under many policies, with every kind of request that a page can send; `session` counts
//! the preflights of many requests; `inspector` uses the inspector as a person would, and attacks it;
//! `tenants` changes origins while pages are open, and most of it needs no browser.

mod inspector;
mod matrix;
mod quickstart;
mod serve;
mod session;
mod tenants;
