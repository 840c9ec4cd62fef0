//! Arbitrary bytes for the law `cors_fuzz::config_toml`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cors_fuzz::config_toml::check(data));
