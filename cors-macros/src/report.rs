//! The places and problems of one attribute, and how they become compiler errors.
//!
//! `cors-core` knows no spans: each place gets a number, [`Source::token`], and
//! every problem, ours or the core's, leads back to its span through the number.

use cors_core::{Code, Problem, Source};
use proc_macro2::{Span, TokenStream};

use crate::location::Location;

/// What is known about the attribute besides its meaning.
#[derive(Default)]
pub(crate) struct Report {
    spans: Vec<Span>,
    problems: Vec<Problem>,
    /// Whether some tokens could not be read, so that nobody knows all of what
    /// was to be said.
    unread: bool,
    /// What else is to be said to the user, after everything that is wrong.
    last_help: Option<String>,
}

/// Proof that a mistake is in the [`Report`]: who gets it has nothing to add.
///
/// Only [`Report::error`] makes one, so that nothing an attribute says can be
/// dropped in silence.
#[derive(Debug)]
pub(crate) struct Reported(());

impl Report {
    /// Numbers a place.
    pub(crate) fn place(&mut self, span: Span) -> Source {
        let index = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.spans.push(span);
        Source::token(index)
    }

    /// The place that was given this number; the whole attribute if none was.
    pub(crate) fn span(&self, source: &Source) -> Span {
        self.numbered(source).unwrap_or_else(Span::call_site)
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Reports a mistake in the tokens themselves.
    pub(crate) fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Reported {
        let source = self.place(span);
        self.refuse(Problem::error(code, &source, message).with_help(help))
    }

    /// Reports tokens of which nothing is kept.
    pub(crate) fn refuse(&mut self, problem: Problem) -> Reported {
        self.push(problem);
        self.unread = true;
        Reported(())
    }

    /// What is wrong, or `None` when some tokens could not even be read.
    pub(crate) fn all_problems(&self) -> Option<&[Problem]> {
        (!self.unread).then_some(&self.problems)
    }

    /// Ends the last message with a help that is about all of them.
    pub(crate) fn help_at_last(&mut self, help: String) {
        self.last_help = Some(help);
    }

    /// Whether nothing is wrong.
    pub(crate) const fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Every problem as a `compile_error!`, in the order of the tokens, or
    /// `None` when there are none.
    pub(crate) fn compile_errors(&self) -> Option<TokenStream> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.source().token_index());
        let last = problems.len().saturating_sub(1);
        problems
            .into_iter()
            .enumerate()
            .map(|(index, problem)| {
                let mut text = self.text(problem);
                if let (Some(help), true) = (&self.last_help, index == last) {
                    text.push_str(&format!("\nhelp: {help}"));
                }
                syn::Error::new(self.span(problem.source()), text)
            })
            .reduce(|mut all, next| {
                all.combine(next);
                all
            })
            .map(|all| all.to_compile_error())
    }

    /// The message of a compiler error: the lines that rustc cannot be asked
    /// for on stable (code, help, notes) are part of the text.
    fn text(&self, problem: &Problem) -> String {
        let mut text = format!("{} [{}]", problem.message(), problem.code());
        if let Some(help) = problem.help() {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        for (note, source) in problem.notes() {
            text.push_str("\nnote: ");
            text.push_str(note);
            if let Some(span) = source.and_then(|source| self.numbered(source)) {
                let Location { line, .. } = Location::of(span);
                text.push_str(&format!(" (line {line})"));
            }
        }
        text
    }

    fn numbered(&self, source: &Source) -> Option<Span> {
        let index = usize::try_from(source.token_index()?).ok()?;
        self.spans.get(index).copied()
    }

    /// Where a place is in the user's files.
    pub(crate) fn location(&self, source: &Source) -> Location {
        Location::of(self.span(source))
    }
}

#[cfg(test)]
impl Report {
    /// The codes of the problems in the order of the tokens, each with the
    /// index of its place.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.source().token_index());
        problems.into_iter().map(|problem| problem.code().as_str()).collect()
    }

    /// The texts as rustc gets them.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.problems.iter().map(|problem| self.text(problem)).collect()
    }
}
