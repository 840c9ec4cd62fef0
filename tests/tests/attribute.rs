//! What the compiler says about `#[cors(...)]`: one file a mistake.
//!
//! Their counterparts in `ui/pass`, which compile, are tests of their own.
//!
//! `TRYBUILD=overwrite cargo test -p cors-tests --test attribute` writes the
//! `.stderr` files anew; read the diff as a user would.

#[test]
fn mistakes_are_refused_where_they_are_written() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}
