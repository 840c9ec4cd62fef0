//! Rendering a problem with an excerpt of the text that it refers to.

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};
use core::ops::Range;

use super::source::Source;
use super::source_text::SourceText;
use super::{Problem, Severity, is_control, line};

/// The most lines between two places that are shown in one excerpt.
const NEAR: usize = 30;

/// The longest line, in bytes, that is shown: a longer one is generated text, and
/// showing it would hide the message.
const LONGEST_LINE: usize = 10_000;

/// Renders the problem with the lines that it refers to, if their text is available.
pub(crate) fn render(problem: &Problem) -> Option<String> {
    let level = match problem.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(clean(problem.message())).id(problem.code().as_str());
    let mut excerpts: Vec<Excerpt<'_>> = Vec::new();
    excerpts.extend(Excerpt::new(problem.source(), None));
    let mut remarks = Vec::new();
    for (text, source) in problem.notes() {
        match source.and_then(|source| Excerpt::new(source, Some(text))) {
            Some(label) => Excerpt::add(&mut excerpts, label),
            None => remarks.push(match source {
                Some(source) => format!("{text} ({source})"),
                None => text.to_owned(),
            }),
        }
    }
    if excerpts.is_empty() {
        return None;
    }
    let mut group = Group::with_title(title);
    if problem.source().shown().is_none() {
        group = group.element(Origin::path(clean(&problem.source().to_string())));
    }
    for excerpt in excerpts {
        group = group.element(excerpt.snippet());
    }
    for remark in remarks {
        group = group.element(Level::NOTE.message(clean(&remark)));
    }
    if let Some(help) = problem.help() {
        group = group.element(Level::HELP.message(clean(help)));
    }
    Some(without_controls(Renderer::plain().render(&[group])))
}

/// Consecutive lines of a text, with labels on parts of them.
struct Excerpt<'s> {
    text: &'s SourceText,
    /// The first and the last line, counted from 1.
    lines: (usize, usize),
    /// The labelled places; the one without a label is the place of the problem.
    marks: Vec<(Range<usize>, Option<&'s str>)>,
}

impl<'s> Excerpt<'s> {
    /// The excerpt with the line of one place.
    fn new(source: &'s Source, label: Option<&'s str>) -> Option<Self> {
        let (text, range) = source.shown()?;
        let (line, _) = text.position(range.start);
        let shown = text.line(line);
        if shown.len() > LONGEST_LINE {
            return None;
        }
        // Of a value with several lines, the first one is enough to recognise it.
        let range = range.start.min(shown.end)..range.end.clamp(shown.start, shown.end);
        Some(Self { text, lines: (line, line), marks: vec![(range, label)] })
    }

    /// Adds a place to a nearby excerpt, or as a new one.
    fn add(excerpts: &mut Vec<Self>, place: Self) {
        let near = |known: &Self| {
            let (first, last) = known.lines;
            let (line, _) = place.lines;
            let lines = (first.min(line), last.max(line));
            let text = known.text;
            *text == *place.text
                && lines.1 - lines.0 <= NEAR
                && text.line(lines.1).end - text.line(lines.0).start <= LONGEST_LINE
        };
        match excerpts.iter_mut().find(|known| near(known)) {
            Some(known) => {
                let (line, _) = place.lines;
                known.lines = (known.lines.0.min(line), known.lines.1.max(line));
                known.marks.extend(place.marks);
            }
            None => excerpts.push(place),
        }
    }

    fn snippet(self) -> Snippet<'s, Annotation<'s>> {
        let Self { text, lines: (first, last), marks } = self;
        let (start, end) = (text.line(first).start, text.line(last).end);
        let annotations = marks.into_iter().map(|(range, label)| {
            let span = range.start - start..range.end - start;
            match label {
                None => AnnotationKind::Primary.span(span),
                Some(label) => AnnotationKind::Context.span(span).label(clean(label)),
            }
        });
        Snippet::source(&text.as_str()[start..end])
            .line_start(first)
            .path(clean(text.name()))
            .annotations(annotations)
    }
}

/// Escapes the control characters that the renderer keeps. It replaces those of ASCII
/// and those that change the direction of text, but not the others, such as U+009B,
/// which begins a control sequence by itself.
fn without_controls(report: String) -> String {
    report.replace(|c: char| c != '\n' && is_control(c), "\u{fffd}")
}

/// Escapes control characters: reports are logged, and user input must neither control the
/// terminal nor look like another line.
fn clean(text: &str) -> String {
    normalize_untrusted_str(&line(text))
}
