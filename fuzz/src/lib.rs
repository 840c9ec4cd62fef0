//! Laws of the cors crates for arbitrary bytes.
//!
//! Each target is one function that takes bytes and panics when a law is violated. libFuzzer
//! calls it from `fuzz_targets`; `tests/tests/corpus/seeds.rs` calls it with the committed seeds and
//! with random changes of them, so that every machine tries what a fuzzer once found.

pub mod attribute;
pub mod config_toml;
mod given;
pub mod merge;
mod message;
mod oracle;
pub mod origin_header;
pub mod origin_pattern;
pub mod request;
pub mod requested_headers;

// The source of the attribute: a proc-macro crate exports nothing else. Only where a place is in
// a file is another question outside of the compiler.
mod location;

#[path = "../../cors-macros/src/args/mod.rs"]
mod args;
#[path = "../../cors-macros/src/check.rs"]
mod check;
#[path = "../../cors-macros/src/corrections.rs"]
mod corrections;
#[path = "../../cors-macros/src/expand.rs"]
mod expand;
#[path = "../../cors-macros/src/attribute.rs"]
mod expansion;
#[path = "../../cors-macros/src/item/mod.rs"]
mod item;
#[path = "../../cors-macros/src/module_constants.rs"]
mod module_constants;
#[path = "../../cors-macros/src/report.rs"]
#[cfg_attr(test, expect(dead_code, reason = "its helpers for the tests of `cors-macros`"))]
mod report;

/// A function that panics when a law is violated.
pub type Check = fn(&[u8]);

/// Every target by its name, which is also that of its binary, its seeds and its dictionary.
pub const TARGETS: [(&str, Check); 7] = [
    ("attribute", attribute::check),
    ("config_toml", config_toml::check),
    ("merge", merge::check),
    ("origin_header", origin_header::check),
    ("origin_pattern", origin_pattern::check),
    ("request", request::check),
    ("requested_headers", requested_headers::check),
];
