//! Arbitrary bytes for the law `cors_fuzz::merge`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cors_fuzz::merge::check(data));
