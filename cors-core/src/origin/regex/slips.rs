//! Mistakes in the text of an expression: dots that were probably meant to be `\.`, and
//! unnecessary anchors. Each is found by comparing what the expression matches with
//! what it would match after the correction.

use regex_syntax::ast::{self, AssertionKind, Ast, RepetitionKind, RepetitionRange};

use super::super::Origin;
use super::automaton::{Automaton, TooLarge, difference};
use crate::expression;

/// A `.` that was probably meant to be `\.`.
#[derive(Clone, Debug)]
pub(super) struct UnescapedDot {
    /// The byte offset of the dot.
    pub(super) offset: usize,
    /// An origin that the expression allows only because of it.
    pub(super) sample: Option<Box<str>>,
}

/// What a dot may match without being reported: a dot, and what separates the parts
/// of an origin. `https.//a` allows no other origin than `https://a`.
const SEPARATOR: &str = r"[.:/\[\]]";

/// The first dot that allows an origin because it matches another character than a
/// dot. A dot that is repeated without a bound (`.*`, `.+`) is meant.
///
/// The dots before it are restricted as well: in `www.a|www.a`, each of the two dots
/// allows what the other one does.
pub(super) fn unescaped_dot(source: &str) -> Option<UnescapedDot> {
    let dots = places(source).dots;
    dots.iter().enumerate().find_map(|(index, &offset)| {
        let compare = || -> Result<Option<String>, TooLarge> {
            let mut restricted = source.to_owned();
            dots[..=index].iter().rev().for_each(|at| restricted.replace_range(at..=at, SEPARATOR));
            difference(&mut automaton(source)?, &mut automaton(&restricted)?, is_origin)
        };
        match compare() {
            Ok(sample) => Some(UnescapedDot { offset, sample: Some(sample?.into()) }),
            // If the comparison is not possible, the expression may allow anything.
            Err(TooLarge) => Some(UnescapedDot { offset, sample: None }),
        }
    })
}

/// The expression with `\.` for each dot that is not repeated without a bound.
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
    Automaton::new(&expression::parse(source).map_err(|_| TooLarge)?)
}

/// The positions of the dots and anchors of an expression.
#[derive(Default)]
struct Places {
    dots: Vec<usize>,
    anchors: Vec<std::ops::Range<usize>>,
}

fn places(source: &str) -> Places {
    match ast::parse::Parser::new().parse(source) {
        Ok(parsed) => match ast::visit(&parsed, SlipCollector::default()) {
            Ok(places) => places,
            Err(never) => match never {},
        },
        Err(_) => Places::default(),
    }
}

#[derive(Default)]
struct SlipCollector {
    places: Places,
    /// The dots that are repeated without a bound.
    repeated: Vec<usize>,
}

/// The dots of an expression that is repeated, each of which is then repeated: those
/// of `(.)` and `(a|.)`, and none of `a.`.
fn dots_alone(ast: &Ast, found: &mut Vec<usize>) {
    match ast {
        Ast::Dot(span) => found.push(span.start.offset),
        Ast::Group(group) => dots_alone(&group.ast, found),
        Ast::Repetition(repetition) => dots_alone(&repetition.ast, found),
        Ast::Alternation(any) => any.asts.iter().for_each(|ast| dots_alone(ast, found)),
        _ => {}
    }
}

fn is_unbounded(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => true,
        RepetitionKind::Range(range) => matches!(range, RepetitionRange::AtLeast(_)),
        RepetitionKind::ZeroOrOne => false,
    }
}

impl ast::Visitor for SlipCollector {
    type Output = Places;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Places, Self::Err> {
        Ok(self.places)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        let range = |span: &ast::Span| span.start.offset..span.end.offset;
        match ast {
            Ast::Repetition(repetition) if is_unbounded(&repetition.op.kind) => {
                dots_alone(&repetition.ast, &mut self.repeated);
            }
            Ast::Dot(span) if !self.repeated.contains(&span.start.offset) => {
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
