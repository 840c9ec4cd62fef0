//! The error that reports all problems of a configuration.

use core::fmt;
use std::collections::HashMap;

use super::code::Code;
use super::source::Source;
use super::{Problem, Severity};

/// Everything that is wrong with a configuration, in the order it was written.
///
/// Displays as the full report: each problem as in [`Problem::report`], with an
/// empty line between.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Problem>,
}

/// A report shows no more problems than these: who has more of them reads the
/// first, and mends what is the matter with all.
const SHOWN: usize = 100;

impl Error {
    /// What is wrong; never empty, and holding at least one error.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// `Err` when `problems` holds an error, each problem kept once: of one that
    /// several routes have in common, the remarks are collected.
    ///
    /// # Errors
    ///
    /// When one of the problems is more than a warning. On `Ok` the warnings
    /// are what is left.
    pub fn check(problems: impl IntoIterator<Item = Problem>) -> Result<Vec<Problem>, Self> {
        let mut unique: Vec<Problem> = Vec::new();
        // There may be a hundred thousand mistakes, each at its own place
        // or all of them at one.
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
