//! The cost of a list of origins: compiling, storing and looking one up.
//!
//! ```text
//! cargo bench -p cors-actix-core
//! ```

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use cors_core::{Config, Element, Op, OriginPattern, OriginSet, Rules, Setting, Source};

fn main() {
    println!("| origins | compiled in | bytes each | ns to find one | ns to find none |");
    println!("|---|---|---|---|---|");
    for count in [1, 100, 10_000, 100_000] {
        row(&format!("{count} exact"), &texts(count, "https://tenant"));
    }
    for count in [1, 10_000] {
        row(&format!("{count} with `*.`"), &texts(count, "https://*.tenant"));
    }
}

/// Origins such as `https://tenant-7.example`.
fn texts(count: usize, start: &str) -> Vec<String> {
    (0..count).map(|number| format!("{start}-{number}.example")).collect()
}

fn row(name: &str, texts: &[String]) {
    let start = Instant::now();
    let rules = rules(texts);
    let resolver = Config::new(rules).resolve().expect("valid origins");
    let compiled = start.elapsed();
    drop(resolver);

    let (bytes, set) = bytes_of_set(texts);
    let last = texts.last().expect("an origin").replace("*.", "app.");
    let found = time_to_look_up(&set, &last);
    let missed = time_to_look_up(&set, "https://evil.example");
    let each = bytes as f64 / texts.len() as f64;
    println!("| {name} | {compiled:.1?} | {each:.0} | {found:.0} | {missed:.0} |");
}

fn rules(texts: &[String]) -> Rules {
    let here = Source::caller();
    let elements: Vec<_> =
        texts.iter().map(|text| Element::plain(text.clone(), here.clone())).collect();
    Rules::new(here.clone()).list(Setting::Origins, Op::Set, elements, here)
}

/// The memory that stays allocated for a set.
fn bytes_of_set(texts: &[String]) -> (i64, OriginSet) {
    let mut set = OriginSet::default();
    let parsed = || texts.iter().map(|text| OriginPattern::parse(text).expect("an origin"));
    let allocated = measure(|| set = OriginSet::new(parsed(), [], false));
    (allocated.bytes_current, set)
}

/// The median of many batches, in nanoseconds.
fn time_to_look_up(set: &OriginSet, origin: &str) -> f64 {
    const BATCH: u32 = 1_000;
    let mut batches: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..BATCH {
                black_box(set.contains(black_box(origin.as_bytes())));
            }
            start.elapsed()
        })
        .collect();
    batches.sort_unstable();
    batches[batches.len() / 2].as_nanos() as f64 / f64::from(BATCH)
}
