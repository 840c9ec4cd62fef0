//! The check against the committed baseline: it fails where a request costs more
//! than five per cent more instructions than it did, or allocates more often.
//!
//! Compilers differ, so the baseline names the one that it was made with, and
//! nothing is checked with another.

use std::fmt::Write as _;
use std::process::{Command, ExitCode};

use crate::callgrind::{self, Cost};
use crate::contender::Contender;
use crate::request::Ask;
use crate::table::{SMALL, Scenario, in_scope};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/compare/baseline.txt");

/// More than this many per cent above the baseline is a regression.
const TOLERANCE: i64 = 5;

/// Compares with the baseline.
pub(crate) fn check() -> ExitCode {
    if !*callgrind::IS_AVAILABLE {
        println!("SKIPPED: instructions are not checked, because valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    let baseline = std::fs::read_to_string(PATH).expect("the baseline");
    let mut lines = baseline.lines();
    let (made_with, compiler) = (lines.next().unwrap_or_default(), compiler());
    if made_with != compiler {
        println!("SKIPPED: the baseline was made with `{made_with}`, and this is `{compiler}`");
        return ExitCode::SUCCESS;
    }
    let known: Vec<&str> = lines.collect();
    let mut failed = known.len() != scenarios().count();
    for scenario in scenarios() {
        let name = name(scenario);
        let Cost { instructions, allocations } = added(scenario);
        let before = known.iter().find_map(|line| parse(line, &name));
        let verdict = match before {
            None => "not in the baseline",
            Some(before) if instructions * 100 > before.instructions * (100 + TOLERANCE) => "MORE",
            Some(before) if allocations > before.allocations => "MORE ALLOCATIONS",
            Some(_) => "ok",
        };
        failed |= verdict != "ok";
        println!("{name}: {instructions} {allocations}, before {before:?}: {verdict}");
    }
    match failed {
        false => ExitCode::SUCCESS,
        true => {
            println!("if that is meant: cargo bench -p cors-actix --bench compare -- --update");
            ExitCode::FAILURE
        }
    }
}

/// Writes the baseline anew.
pub(crate) fn update() {
    assert!(*callgrind::IS_AVAILABLE, "a baseline needs valgrind");
    let mut text = compiler();
    for scenario in scenarios() {
        let Cost { instructions, allocations } = added(scenario);
        let _ = write!(text, "\n{}: {instructions} {allocations}", name(scenario));
    }
    std::fs::write(PATH, text + "\n").expect("to write the baseline");
}

fn scenarios() -> impl Iterator<Item = Scenario> {
    let contenders = [Contender::Global, Contender::Routes];
    let small = |contender| Ask::ALL[..6].iter().map(move |ask| (contender, *ask, SMALL));
    let scoped = |contender| Ask::ALL[..4].iter().map(move |ask| (contender, *ask, in_scope(50)));
    let scenario = |(contender, ask, size)| Scenario { contender, ask, size };
    let all = contenders.into_iter().flat_map(small);
    all.chain(contenders.into_iter().flat_map(scoped)).map(scenario)
}

fn name(Scenario { contender, ask, size }: Scenario) -> String {
    let place = if size.routes == 1 { "" } else { "50 routes in a scope, " };
    format!("{}, {place}{}", contender.name(), ask.name())
}

/// The cost beyond the bare service; the whole cost where the edge answers itself.
fn added(scenario: Scenario) -> Cost {
    let cost = callgrind::count(scenario).expect("valgrind, which was there");
    if scenario.ask.is_preflight() {
        return cost;
    }
    let bare = Scenario { contender: scenario.contender.bare(), ..scenario };
    let bare = callgrind::count(bare).expect("valgrind, which was there");
    Cost {
        instructions: cost.instructions - bare.instructions,
        allocations: cost.allocations - bare.allocations,
    }
}

fn parse(line: &str, name: &str) -> Option<Cost> {
    let (instructions, allocations) =
        line.strip_prefix(name)?.strip_prefix(": ")?.split_once(' ')?;
    Some(Cost { instructions: instructions.parse().ok()?, allocations: allocations.parse().ok()? })
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output().expect("rustc");
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    format!("{version} {}-{}", std::env::consts::ARCH, std::env::consts::OS)
}
