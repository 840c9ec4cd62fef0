//! Mistakes in the text of an expression: dots that were probably meant to be `\.`, and
//! unnecessary anchors. Each is found by comparing what the expression matches with
//! what it would match after the correction.

use regex_syntax::ast::{self, AssertionKind, Ast};
use regex_syntax::hir::Hir;

use super::super::Origin;
use super::automaton::{Automaton, TooLarge, difference};

/// A `.` that was probably meant to be `\.`.
#[derive(Clone, Debug)]
pub(super) struct UnescapedDot {
    /// The byte offset of the dot.
    pub(super) offset: usize,
    /// An origin that the expression allows only because of it.
    pub(super) sample: Option<Box<str>>,
}

/// Finds the first dot at a position where an origin may contain a dot, and where other
/// characters allow other origins. A repeated dot (`.*`) is considered intended.
pub(super) fn unescaped_dot(source: &str) -> Option<UnescapedDot> {
    places(source).dots.into_iter().find_map(|offset| {
        let with = |text: &str| {
            let (before, after) = (&source[..offset], &source[offset + 1..]);
            automaton(&format!("{before}{text}{after}"))
        };
        let compare = || -> Result<Option<String>, TooLarge> {
            let (mut any, mut literal) = (automaton(source)?, with(r"\.")?);
            let mut none = with(r"[^\x00-\u{10FFFF}]")?;
            if difference(&mut literal, &mut none, is_origin)?.is_none() {
                return Ok(None);
            }
            difference(&mut any, &mut literal, is_origin)
        };
        match compare() {
            Ok(sample) => Some(UnescapedDot { offset, sample: Some(sample?.into()) }),
            // If the comparison is not possible, the expression may allow anything.
            Err(TooLarge) => Some(UnescapedDot { offset, sample: None }),
        }
    })
}

/// Replaces each dot that is not repeated with `\.`.
pub(super) fn with_escaped_dots(source: &str) -> String {
    let mut text = source.to_owned();
    places(source).dots.iter().rev().for_each(|offset| text.insert(*offset, '\\'));
    text
}

/// Removes the anchors, if that does not change which origins match.
pub(super) fn without_anchors(source: &str) -> Option<String> {
    let anchors = places(source).anchors;
    if anchors.is_empty() {
        return None;
    }
    let mut bare = source.to_owned();
    anchors.iter().rev().for_each(|range| bare.replace_range(range.clone(), ""));
    let compare = || difference(&mut automaton(&bare)?, &mut automaton(source)?, is_origin);
    compare().is_ok_and(|difference| difference.is_none()).then_some(bare)
}

fn is_origin(text: &str) -> bool {
    Origin::parse(text.as_bytes()).is_some()
}

fn automaton(source: &str) -> Result<Automaton, TooLarge> {
    let parsed: Hir = regex_syntax::parse(source).map_err(|_| TooLarge)?;
    Automaton::new(&parsed)
}

/// The positions of the dots and anchors of an expression.
#[derive(Default)]
struct Places {
    dots: Vec<usize>,
    anchors: Vec<std::ops::Range<usize>>,
}

fn places(source: &str) -> Places {
    match ast::parse::Parser::new().parse(source) {
        Ok(parsed) => match ast::visit(&parsed, Collect::default()) {
            Ok(places) => places,
            Err(never) => match never {},
        },
        Err(_) => Places::default(),
    }
}

#[derive(Default)]
struct Collect {
    places: Places,
    repeated: Option<usize>,
}

impl ast::Visitor for Collect {
    type Output = Places;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Places, Self::Err> {
        Ok(self.places)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        let range = |span: &ast::Span| span.start.offset..span.end.offset;
        match ast {
            Ast::Repetition(repetition) => {
                self.repeated = Some(repetition.ast.span().start.offset);
            }
            Ast::Dot(span) if self.repeated != Some(span.start.offset) => {
                self.places.dots.push(span.start.offset);
            }
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText => self.places.anchors.push(range(&assertion.span)),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }
}
