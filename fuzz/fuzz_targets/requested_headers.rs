//! Arbitrary bytes for the law `cors_fuzz::requested_headers`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cors_fuzz::requested_headers::check(data));
