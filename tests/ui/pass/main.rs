//! What compiles, as modules of one program. Without a harness, because rustc drops the lint
//! `missing_docs` where there is one.

/// As a dependency that was renamed in `Cargo.toml` would be.
extern crate cors_actix as renamed;

/// Declares the modules, which are public so that lints look at them, and runs the `main` of each.
macro_rules! programs {
    ($($program:ident)+) => {
        $(pub mod $program;)+

        fn main() {
            $($program::main();)+
        }
    };
}

programs! {
    beside_forbidden_lints
    beside_other_attributes
    beside_utoipa_and_tracing
    constants
    every_route_attribute
    every_setting
    live_sets
    module_constants
    modules
    re_exported_adapter
    resources
}
