//! What the compiler says about `#[cors(...)]`: one file a mistake, and a few
//! that compile.
//!
//! `TRYBUILD=overwrite cargo test -p cors-tests --test attribute` writes the
//! `.stderr` files anew; read the diff as a user would.

#[test]
fn mistakes_are_refused_where_they_are_written() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn what_the_documentation_promises_compiles() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
