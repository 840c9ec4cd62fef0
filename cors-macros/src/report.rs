//! The places, constants and problems of one attribute, and the conversion of problems to
//! compiler errors.
//!
//! `cors-core` has no access to spans: each place gets a number, [`Source::token`], by
//! which the span of every problem is found, and the path of every constant.

use cors_core::{Code, Element, Problem, Source};
use proc_macro2::{Ident, Span, TokenStream};
use syn::Path;

use crate::location::Location;

/// The places, constants and problems of one attribute.
#[derive(Default)]
pub(crate) struct Report {
    spans: Vec<Span>,
    constants: Vec<(Source, Path)>,
    problems: Vec<Problem>,
    /// Whether some tokens could not be parsed, so that the arguments are incomplete.
    unread: bool,
    /// A help for all problems, shown after the last one.
    last_help: Option<String>,
}

/// Proof that a mistake was added to the [`Report`], so that the caller need not report
/// it.
///
/// Only [`Report::error`] and [`Report::refuse`] create one, so that no argument can be
/// ignored silently.
#[derive(Debug)]
pub(crate) struct Reported(());

impl Report {
    /// Assigns a number to a place.
    pub(crate) fn place(&mut self, span: Span) -> Source {
        let index = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.spans.push(span);
        Source::token(index)
    }

    /// An element for the constant at a place: its text is not known before run time.
    pub(crate) fn constant(&mut self, source: Source, path: Path) -> Element {
        self.constants.push((source.clone(), path));
        Element::constant(source)
    }

    /// The path of the constant at a place.
    pub(crate) fn path(&self, source: &Source) -> Option<&Path> {
        self.constants.iter().find(|(place, _)| place == source).map(|(_, path)| path)
    }

    /// The number of constants so far.
    pub(crate) const fn constants(&self) -> usize {
        self.constants.len()
    }

    /// The constants that are named relative to the module of the attribute, with their
    /// positions.
    pub(crate) fn relative_constants(&self) -> impl Iterator<Item = (usize, &Path)> {
        let paths = self.constants.iter().map(|(_, path)| path).enumerate();
        paths.filter(|(_, path)| is_relative(path))
    }

    /// Replaces the constants from position `first` on that are named relative to
    /// another module; `beside` returns what is defined in that module instead.
    pub(crate) fn rename_constants(&mut self, first: usize, beside: impl Fn(usize) -> Path) {
        for (index, (_, path)) in self.constants.iter_mut().skip(first).enumerate() {
            if is_relative(path) {
                *path = beside(index);
            }
        }
    }

    /// The span of a place; the whole attribute if the place has no number.
    pub(crate) fn span(&self, source: &Source) -> Span {
        self.numbered(source).unwrap_or_else(Span::call_site)
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Reports a syntax error.
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

    /// Reports tokens that are discarded.
    pub(crate) fn refuse(&mut self, problem: Problem) -> Reported {
        self.push(problem);
        self.unread = true;
        Reported(())
    }

    /// All problems, or `None` if some tokens could not be parsed.
    pub(crate) fn all_problems(&self) -> Option<&[Problem]> {
        (!self.unread).then_some(&self.problems)
    }

    /// Adds a help about all problems to the last message.
    pub(crate) fn help_at_last(&mut self, help: String) {
        self.last_help = Some(help);
    }

    /// Whether there are no problems.
    pub(crate) const fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// All problems as `compile_error!`s, in the order of the tokens; `None` if there
    /// are none.
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

    /// The message of a compiler error. On stable, code, help and notes cannot be set
    /// separately, so they are part of the text.
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

    /// The location of a place in the user's files.
    pub(crate) fn location(&self, source: &Source) -> Location {
        Location::of(self.span(source))
    }
}

/// Whether the meaning of a path depends on the module that it is written in.
fn is_relative(path: &Path) -> bool {
    let is_root = |name: &Ident| name == "crate" || name == "$crate";
    path.leading_colon.is_none() && path.segments.first().is_some_and(|it| !is_root(&it.ident))
}

#[cfg(test)]
impl Report {
    /// The codes of the problems, in the order of the tokens.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.source().token_index());
        problems.into_iter().map(|problem| problem.code().as_str()).collect()
    }

    /// The problems, in the order in which they were found.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The texts that rustc shows.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.problems.iter().map(|problem| self.text(problem)).collect()
    }
}
