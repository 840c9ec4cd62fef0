//! Whatever a help about a builder proposes is pasted where the problem is: it compiles, the
//! problem is gone, and there is no other one.
//!
//! The mistakes are those of the corpus and of the newcomers, as calls of the builder.
//! `cases.rs` has each as code, and once more with each proposal in the place of the problem.
//! `BUILDER=overwrite cargo test -p cors-tests --test fast builder_pasting` writes it: run it
//! twice, since proposals are only known once the mistakes were compiled.

#[allow(warnings, clippy::all, clippy::pedantic, clippy::unwrap_used, reason = "generated code")]
#[rustfmt::skip]
mod cases;
#[path = "../../../../cors-core/tests/configuration/pasting/proposals.rs"]
mod proposals;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use cors_actix::CorsBuilder;
use cors_actix::core::Problem;

use self::proposals::{Proposal, proposals};

/// A mistake, and what is wrong with it.
type Mistake = (&'static str, fn() -> CorsBuilder);

/// A mistake with a proposal in the place of the problem.
type Pasted = (&'static str, &'static str, fn() -> CorsBuilder);

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fast/builder_pasting/cases.rs");

#[test]
fn proposals_about_builders_compile_and_are_accepted() {
    let text = std::fs::read_to_string(FILE).unwrap();
    if std::env::var_os("BUILDER").is_some_and(|value| value == "overwrite") {
        std::fs::write(FILE, write::cases(&text)).unwrap();
        return;
    }
    let mistakes: BTreeMap<_, _> = cases::MISTAKES.iter().copied().collect();
    let mut tried = BTreeSet::new();
    let mut failed = Vec::new();
    for (name, proposal, after) in cases::PASTED {
        let before = problems(mistakes[name]);
        let after = problems(*after);
        let same = |one: &Problem, other: &Problem| {
            (one.code(), one.message()) == (other.code(), other.message())
        };
        let proposes = |it: &&Problem| proposed(it).any(|it| it.text == *proposal);
        let Some(problem) = before.iter().find(proposes) else {
            failed.push(format!("{name}: nothing proposes `{proposal}` any more"));
            continue;
        };
        let count = |all: &[Problem]| all.iter().filter(|it| same(problem, it)).count();
        let added: Vec<_> =
            after.iter().filter(|it| !before.iter().any(|known| same(it, known))).collect();
        if count(&after) >= count(&before) || !added.is_empty() {
            failed.push(format!("{name}: `{proposal}` for\n{problem}\nleads to {added:?}"));
        }
        tried.insert((*name, *proposal));
    }
    // Every proposal is tried.
    for (name, mistake) in &mistakes {
        for problem in problems(*mistake) {
            for Proposal { text, .. } in proposed(&problem) {
                let is_tried = tried.contains(&(*name, text.as_str()));
                if !is_tried && !write::LEFT_OUT.contains(&text.as_str()) {
                    failed.push(format!("{name}: `{text}` is not in `cases.rs`"));
                }
            }
        }
    }
    println!("{} proposals about builders pasted, {} failed", tried.len(), failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(tried.len() >= 150, "only {}", tried.len());
}

fn problems(builder: fn() -> CorsBuilder) -> Vec<Problem> {
    match builder().config().resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}

fn proposed(problem: &Problem) -> impl Iterator<Item = Proposal> + use<> {
    proposals(problem.help().unwrap_or_default()).into_iter()
}
