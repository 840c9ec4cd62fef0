//! `cors_actix::test`: pages and assertions for applications under test. An assertion is worth as
//! much as the mistakes that it finds, so most of these tests make one and expect it to fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod pages;
mod policies;
mod preflights;
