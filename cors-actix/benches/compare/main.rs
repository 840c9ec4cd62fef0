//! The cost of CORS, side by side: a bare service, one that writes the headers
//! by hand, actix-cors, and cors-actix, in one process and for the same requests. Beside them stands tower-http on
//! axum, which is compared with axum alone.
//!
//! ```text
//! cargo bench -p cors-actix                 the whole table
//! cargo bench -p cors-actix -- origins      the rows of one group
//! cargo bench -p cors-actix -- startup      the cost of starting
//! cargo bench -p cors-actix -- scale        many groups, keys and origins, with their bounds
//! cargo bench -p cors-actix -- --check      compares instructions with the baseline
//! cargo bench -p cors-actix -- --update     writes the baseline anew
//! ```
//!
//! Instructions are counted by callgrind, where valgrind is installed, and repeat
//! from run to run. Times are the median of many batches and are shown as a ratio
//! to the bare service of the same run: they cannot be compared with another run.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

mod baseline;
mod callgrind;
mod contender;
mod idle;
mod measure;
mod request;
mod routes;
mod scale;
mod startup;
mod table;
mod tower;

use std::process::ExitCode;

use crate::table::GROUPS;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`, and `cargo test --benches` runs without it.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [callgrind::CHILD, ref scenario @ ..] => callgrind::run(scenario),
        ["--check"] => return baseline::check(),
        ["scale"] => return scale::check(),
        ["--update"] => baseline::update(),
        [] => {
            GROUPS.iter().for_each(table::print);
            startup::print();
            return scale::check();
        }
        ["startup"] => startup::print(),
        [name] => GROUPS.iter().filter(|group| group.name == name).for_each(table::print),
        _ => panic!("unknown arguments: {arguments:?}"),
    }
    ExitCode::SUCCESS
}
