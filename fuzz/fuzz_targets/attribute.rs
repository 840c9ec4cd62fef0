//! Arbitrary bytes for the law `cors_fuzz::attribute`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cors_fuzz::attribute::check(data));
