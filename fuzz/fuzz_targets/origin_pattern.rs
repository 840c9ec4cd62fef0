//! Arbitrary bytes for the law `cors_fuzz::origin_pattern`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cors_fuzz::origin_pattern::check(data));
