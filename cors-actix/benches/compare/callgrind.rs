//! Instructions and allocations, counted by callgrind: the benchmark runs itself
//! under valgrind with one scenario, and only the batch of requests is counted.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::measure::BATCH;
use crate::table::Scenario;

/// The argument by which the benchmark knows that it runs under valgrind.
pub(crate) const CHILD: &str = "--count";

/// The functions of the system's allocator.
const ALLOCATING: [&str; 4] = ["malloc", "calloc", "realloc", "posix_memalign"];

/// Whether valgrind is installed.
pub(crate) static IS_AVAILABLE: LazyLock<bool> = LazyLock::new(|| {
    let version = Command::new("valgrind").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
});

/// The cost of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) instructions: i64,
    pub(crate) allocations: i64,
}

/// Counts one request; `None` without valgrind.
pub(crate) fn count(scenario: Scenario) -> Option<Cost> {
    if !*IS_AVAILABLE {
        return None;
    }
    let profile = std::env::temp_dir().join(format!("callgrind.{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no", "--collect-atstart=no"])
        .arg("--toggle-collect=*counted_by_callgrind*")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(std::env::current_exe().expect("the path of this program"))
        .arg(CHILD)
        .args(scenario.to_arguments())
        .stdin(Stdio::null())
        .output()
        .expect("valgrind to run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counted = std::fs::read_to_string(&profile).expect("a profile");
    std::fs::remove_file(&profile).expect("a profile to remove");

    let batch = i64::try_from(BATCH).expect("a small number");
    let instructions = number_after(&counted, "\ntotals: ").expect("what callgrind counted");
    assert!(instructions > 0, "callgrind did not find the function to count");
    Some(Cost {
        instructions: instructions / batch,
        // Calls are counted all the time, so those of the warm-up are among them.
        allocations: calls_of_allocator(&counted) / (2 * batch),
    })
}

fn number_after(text: &str, label: &str) -> Option<i64> {
    let (_, rest) = text.split_once(label)?;
    rest.lines().next()?.trim().parse().ok()
}

/// In a profile, `cfn=` names the called function, and `calls=` follows with the number of calls.
fn calls_of_allocator(profile: &str) -> i64 {
    let mut called = "";
    let mut calls = 0;
    for line in profile.lines() {
        if let Some(function) = line.strip_prefix("cfn=") {
            called = function;
        } else if let Some(times) = line.strip_prefix("calls=")
            && ALLOCATING.contains(&called)
        {
            let times = times.split(' ').next().and_then(|times| times.parse::<i64>().ok());
            calls += times.expect("a number of calls");
        }
    }
    calls
}

/// Inside valgrind: serves the scenario.
pub(crate) fn run(arguments: &[&str]) {
    Scenario::from_arguments(arguments).start().count();
}
