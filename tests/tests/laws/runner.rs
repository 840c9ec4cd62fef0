//! Tries a law on random cases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::env;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

/// Tries a law on so many cases, times `LAWS_TIMES`.
pub(crate) fn hold<S: Strategy>(
    least: u32,
    strategy: &S,
    law: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seed = number("LAWS_SEED");
    println!("LAWS_SEED={seed}");
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(); 4].concat());
    let config = ProptestConfig {
        cases: cases(least),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(strategy, law) {
        panic!("{error}");
    }
}

/// How many cases a law is tried on, if it is `least` without `LAWS_TIMES`.
pub(crate) fn cases(least: u32) -> u32 {
    least.saturating_mul(u32::try_from(number("LAWS_TIMES")).unwrap())
}

fn number(name: &str) -> u64 {
    env::var(name).map_or(1, |value| value.parse().unwrap())
}
