//! The seeds of the fuzz targets, and random changes of them, on every machine: what a fuzzer once
//! found stays found. The laws themselves are in `fuzz/src`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use cors_fuzz::{Check, TARGETS};

/// How many changed seeds each target is tried with.
const CHANGES: usize = 2_000;

/// A change may double an input; the laws of the fuzzer are for small ones.
const LONGEST: usize = 16_384;

#[test]
fn every_seed_satisfies_the_laws() {
    for (target, check) in TARGETS {
        for (name, seed) in seeds(target) {
            keeps_the_laws(target, check, &seed, &name);
        }
    }
}

#[test]
fn mutations_of_seeds_satisfy_the_laws() {
    for (target, check) in TARGETS {
        let seeds = seeds(target);
        let words = dictionary(target);
        let mut random = Random(7);
        for _ in 0..CHANGES {
            let (name, seed) = &seeds[random.below(seeds.len())];
            let (_, other) = &seeds[random.below(seeds.len())];
            let input = random.change(seed, other, &words);
            keeps_the_laws(target, check, &input, &format!("{name}, changed"));
        }
    }
}

#[test]
fn every_target_has_seeds_a_dictionary_and_a_binary_and_there_are_no_others() {
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (directory, extension) in [("seeds", ""), ("dictionaries", "dict"), ("fuzz_targets", "rs")]
    {
        let mut found: Vec<_> = files(&fuzz(directory))
            .into_iter()
            .map(|path| {
                assert_eq!(path.extension().unwrap_or_default(), extension, "{}", path.display());
                path.file_stem().unwrap().to_str().unwrap().to_owned()
            })
            .collect();
        found.sort();
        assert_eq!(found, names, "{directory}");
    }
    assert!(names.iter().all(|target| !seeds(target).is_empty()));
}

#[test]
fn seeds_are_small() {
    let all = TARGETS.iter().flat_map(|(target, _)| seeds(target));
    let bytes: usize = all.map(|(_, seed)| seed.len()).sum();
    assert!(bytes < 300_000, "{bytes} bytes");
}

fn keeps_the_laws(target: &str, check: Check, input: &[u8], name: &str) {
    if catch_unwind(AssertUnwindSafe(|| check(input))).is_err() {
        panic!("{target}: {name}: b\"{}\"", input.escape_ascii());
    }
}

/// The seeds of a target by name, always in the same order.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let seed = |path: PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
    };
    files(&fuzz("seeds").join(target)).into_iter().map(seed).collect()
}

/// The words of a dictionary (libFuzzer, "Dictionaries"): in quotes, with `\"`, `\\` and `\xAB`.
fn dictionary(target: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(fuzz("dictionaries").join(format!("{target}.dict"))).unwrap();
    let words = text.lines().filter(|line| !line.starts_with('#'));
    words.map(|line| unescape(line.strip_prefix('"').unwrap().strip_suffix('"').unwrap())).collect()
}

fn unescape(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word;
    while let Some((first, _)) = rest.as_bytes().split_first() {
        let (byte, length) = match rest.strip_prefix('\\') {
            Some(escaped) if escaped.starts_with('x') => {
                (u8::from_str_radix(&escaped[1..3], 16).unwrap(), 4)
            }
            Some(escaped) => (escaped.as_bytes()[0], 2),
            None => (*first, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

fn fuzz(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(directory)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Numerical Recipes' linear congruential generator: the same run everywhere.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit
    }

    /// The seed after one to four changes.
    fn change(&mut self, seed: &[u8], other: &[u8], words: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(input.len() + 1);
            let end = (at + self.below(16)).min(input.len());
            match self.below(7) {
                0 if at < input.len() => input[at] ^= 1 << self.below(8),
                1 if at < input.len() => input[at] = b"\n ,:*.\"[]{}()=-"[self.below(15)],
                2 => drop(input.drain(at..end)),
                3 => drop(input.splice(at..at, input[at..end].to_vec())),
                4 => input = [&input[..at], &other[self.below(other.len() + 1)..]].concat(),
                5 => drop(input.splice(at..end, words[self.below(words.len())].clone())),
                _ => drop(input.splice(at..at, words[self.below(words.len())].clone())),
            }
        }
        input.truncate(LONGEST);
        input
    }
}
