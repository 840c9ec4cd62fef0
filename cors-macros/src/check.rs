//! Checking the arguments with `cors-core` at compile time.
//!
//! The problems are those that are found at startup, as far as literals allow. Problems
//! that only merging can find, and the values of constants, are checked at startup.

use cors_core::{Problem, Rules, Severity, check_attribute, check_module};

use crate::args::Args;
use crate::report::Report;

/// Checks the arguments on a handler that serves the methods `serves`, `None` for one that
/// is registered for its methods elsewhere.
pub(crate) fn handler(args: &Args, serves: Option<&[&str]>, report: &mut Report) {
    check(args, serves, check_attribute, report);
}

/// Checks the arguments on a module whose handlers together serve the methods `serves`, if
/// those of all are known.
pub(crate) fn module(args: &Args, serves: Option<&[&str]>, report: &mut Report) {
    check(args, serves, check_module, report);
}

/// A check of cors-core: of the rules, those of the modules around them, and the methods.
type Check = fn(&Rules, &[Rules], Option<&[&str]>) -> Vec<Problem>;

fn check(args: &Args, serves: Option<&[&str]>, check: Check, report: &mut Report) {
    // Layers that a handler only inherits were checked where they were written.
    let Some(own) = &args.own else { return };
    for problem in check(own, &args.modules, serves) {
        // A macro cannot emit warnings on stable; startup logs the same warning.
        if problem.severity() == Severity::Error {
            report.push(problem);
        }
    }
}
