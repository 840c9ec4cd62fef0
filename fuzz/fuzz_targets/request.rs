//! Arbitrary bytes for the law `cors_fuzz::request`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cors_fuzz::request::check(data));
