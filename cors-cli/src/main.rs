//! The command `cors`: checks and explains a `cors.toml`, compares two of them, asks a server what
//! a browser would ask, and prints the schema of the file for editors.
//!
//! Each subcommand is a module; `args` has their options and what `--help` shows, `input` reads
//! files, and `output` writes text, JSON and annotations. What a policy is and what it allows is
//! decided by cors-core and cors-actix, and what a browser does by cors-browser.

mod args;
mod check;
mod diff;
mod explain;
mod input;
mod output;
mod page;
mod probe;
mod schema;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use output::Status;

fn main() -> ExitCode {
    let Arguments { command, output } = Arguments::parse();
    let done = match command {
        Command::Check(options) => check::run(&options, &output),
        Command::Explain(options) => explain::run(&options, &output),
        Command::Diff(options) => diff::run(&options, &output),
        Command::Probe(options) => probe::run(&options, &output),
        Command::Schema => schema::run(),
    };
    match done {
        Ok(status) => status.into(),
        Err(error) => {
            eprintln!("cors: the output cannot be written: {error}");
            Status::Unusable.into()
        }
    }
}
