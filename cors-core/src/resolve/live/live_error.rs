//! What was not accepted into a live set, and why.

use std::fmt;

use super::unknown;
use crate::problem::{Error, Problem, Source};

/// An origin, or a key, that was not accepted into a live set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedOrigin {
    key: Option<String>,
    index: Option<usize>,
    text: String,
    problem: Problem,
}

impl RejectedOrigin {
    /// An origin at a place in the list that was given.
    pub(super) fn origin(key: Option<&str>, index: usize, text: String, problem: Problem) -> Self {
        Self { key: key.map(str::to_owned), index: Some(index), text, problem }
    }

    /// A key that cannot be one.
    pub(super) fn of_key(key: &str, problem: Problem) -> Self {
        Self { key: Some(key.to_owned()), index: None, text: key.to_owned(), problem }
    }

    /// The key in whose list the origin is.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The place of the origin in the list that was given, counted from 0; `None` if the key
    /// itself is not accepted.
    #[must_use]
    pub const fn index(&self) -> Option<usize> {
        self.index
    }

    /// The origin as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it is not accepted, and what to write instead.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl RejectedOrigin {
    /// The key and the place in its list.
    fn place(&self) -> String {
        let key = self.key.as_deref().map(str::escape_debug);
        match (key, self.index) {
            (Some(key), Some(index)) => format!("key `{key}`, element {index}"),
            (Some(key), None) => format!("key `{key}`"),
            (None, index) => format!("element {}", index.unwrap_or_default()),
        }
    }
}

impl fmt::Display for RejectedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, index, text, problem } = self;
        f.write_str(&self.place())?;
        if index.is_some() {
            write!(f, ", `{}`", text.escape_debug())?;
        }
        write!(f, ": {} [{}]", problem.message(), problem.code())?;
        match problem.help() {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Why a live set was not changed: nothing of it was.
#[derive(Clone, PartialEq, Eq)]
pub struct LiveError {
    set: String,
    /// What is wrong with the change as a whole.
    problem: Option<Box<Problem>>,
    rejected: Vec<RejectedOrigin>,
}

impl LiveError {
    /// The name of the set.
    #[must_use]
    pub fn set(&self) -> &str {
        &self.set
    }

    /// The origins that are not accepted; empty if there is no such set, or if it has keys and
    /// the change is for one without, or the other way round.
    #[must_use]
    pub fn rejected(&self) -> &[RejectedOrigin] {
        &self.rejected
    }

    /// The problem of the set, or of the first origin that is not accepted.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        let first = || self.rejected.first().map(|rejected| &rejected.problem);
        self.problem.as_deref().or_else(first)
    }

    /// The error for a set of a configuration that could not be read.
    #[must_use]
    pub fn without_configuration(set: &str, error: &Error) -> Self {
        let problem = error.problems().first().cloned().map(Box::new);
        Self { set: set.to_owned(), problem, rejected: Vec::new() }
    }

    pub(super) fn of_origins(set: &str, rejected: Vec<RejectedOrigin>) -> Self {
        Self { set: set.to_owned(), problem: None, rejected }
    }

    pub(super) fn of_set(set: &str, problem: Problem) -> Self {
        Self { set: set.to_owned(), problem: Some(Box::new(problem)), rejected: Vec::new() }
    }
}

/// The most rejected origins that a message shows.
pub(super) const SHOWN: usize = 20;

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, problem, rejected } = self;
        if let Some(problem) = problem {
            write!(f, "{} [{}]", problem.message(), problem.code())?;
            return problem.help().map_or(Ok(()), |help| write!(f, "; {help}"));
        }
        write!(f, "the live set `{set}` was not changed")?;
        rejected.iter().take(SHOWN).try_for_each(|rejected| write!(f, "\n  {rejected}"))?;
        match rejected.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl fmt::Debug for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LiveError {}

impl From<LiveError> for Error {
    fn from(error: LiveError) -> Self {
        let LiveError { set, problem, rejected } = error;
        let of_origins = rejected.into_iter().map(|rejected| {
            let place = rejected.place();
            rejected.problem.with_note(format!("{place} of the live set `{set}`"))
        });
        let problems = problem.map(|problem| *problem).into_iter().chain(of_origins);
        match Self::check(problems) {
            Err(error) => error,
            // There is always an error among them.
            Ok(_) => Self::from(unknown(&set, &[], &Source::BASELINE)),
        }
    }
}
