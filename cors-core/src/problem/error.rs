//! The error that reports all problems of a configuration.

use core::fmt;
use std::collections::HashMap;

use super::code::Code;
use super::source::Source;
use super::{Problem, Severity};

/// All problems of a configuration, in the order in which they were written.
///
/// `Display` prints the full report: each problem as in [`Problem::report`], separated
/// by empty lines. `Debug` does so, too, so that an error which leaves `main`, or that
/// `unwrap` meets, can be read.
///
/// ```
/// use cors_core::{Config, Op, Rules, Setting, Source};
///
/// let here = Source::file("cors.toml", 2, 11);
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["*"], here.clone())
///     .list(Setting::Methods, Op::Set, ["get"], here);
/// let error = Config::new(rules).resolve().unwrap_err();
/// let codes: Vec<_> = error.problems().iter().map(|p| p.code().as_str()).collect();
/// assert_eq!(codes, ["cors::quoted-wildcard", "cors::method-case"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Problem>,
}

/// The most problems that a report shows; with more of them, the first ones usually
/// share the cause of the rest.
const SHOWN: usize = 100;

impl Error {
    /// The problems; never empty, and with at least one error.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns `Err` if `problems` contains an error. Duplicates are removed; if
    /// several routes have the same problem, their notes are collected.
    ///
    /// # Errors
    ///
    /// When at least one problem is an error. On `Ok`, the warnings are returned.
    pub fn check(problems: impl IntoIterator<Item = Problem>) -> Result<Vec<Problem>, Self> {
        let mut unique: Vec<Problem> = Vec::new();
        // There may be 100 000 mistakes, at different places or all at one, so
        // comparing every pair would take too long.
        let mut by_place: HashMap<(Code, Source, String), Vec<usize>> = HashMap::new();
        for problem in problems {
            let message = problem.message().to_owned();
            let place = (problem.code(), problem.source().clone(), message);
            let place = by_place.entry(place).or_default();
            match place.iter().find(|known| unique[**known].is_like(&problem)) {
                Some(known) => unique[*known].add_notes_of(problem),
                None => {
                    place.push(unique.len());
                    unique.push(problem);
                }
            }
        }
        if unique.iter().any(|problem| problem.severity() == Severity::Error) {
            return Err(Self { problems: unique });
        }
        Ok(unique)
    }
}

/// The report, on lines of its own.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem.into_error()] }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems: Vec<_> = self.problems.iter().collect();
        if problems.len() > SHOWN {
            problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity()));
        }
        for problem in problems.into_iter().take(SHOWN) {
            writeln!(f, "{}\n", problem.report())?;
        }
        let more = self.problems.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(f, "and {more} more problems\n")?;
        }
        let errors = self.problems.iter().filter(|p| p.severity() == Severity::Error).count();
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "{errors} error{plural} in the CORS configuration")
    }
}

impl std::error::Error for Error {}
