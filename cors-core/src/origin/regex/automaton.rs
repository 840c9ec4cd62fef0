//! A regex as a deterministic automaton, and the origins that it matches as a finite
//! graph.
//!
//! The automaton is built by `regex-automata`, on which `regex` is based, from the
//! parsed expression. Only bytes that occur in origins are followed, and every step of
//! the automaton is also a step of the grammar ([`Position`]), so the paths through the
//! graph are exactly the origins that match the expression and that the grammar
//! accepts.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use foldhash::fast::FixedState;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};

use super::super::diagnose::misspelt_scheme;
use super::grammar::{ALPHABET, Position};

/// The most bytes that the states of one automaton may take. An origin has at most 326
/// bytes, so an expression that needs more was not written for origins.
const AUTOMATON_SIZE: usize = 1 << 20;

/// The most bytes that the expression may take before it is made deterministic.
const EXPRESSION_SIZE: usize = 1 << 18;

/// The most nodes of a graph.
const NODES: usize = 1 << 13;

/// The error for an expression that exceeds the limits, so that nothing can be proven.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLarge;

/// A deterministic automaton whose states are built when they are first visited.
pub(super) struct Automaton {
    dfa: DFA,
    cache: Cache,
}

impl Automaton {
    /// Builds the automaton of an expression that has to match a whole origin.
    pub(super) fn new(expression: &Hir) -> Result<Self, TooLarge> {
        let config = thompson::Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(EXPRESSION_SIZE));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(&narrow(expression))
            .map_err(|_| TooLarge)?;
        // `MatchKind::All` keeps every alternative, as a trailing `\z` would.
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(AUTOMATON_SIZE)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|_| TooLarge)?;
        let cache = dfa.create_cache();
        Ok(Self { dfa, cache })
    }

    fn start(&mut self) -> Result<LazyStateID, TooLarge> {
        let config = start::Config::new().anchored(Anchored::Yes);
        self.dfa.start_state(&mut self.cache, &config).map_err(|_| TooLarge)
    }

    /// The next state, or `None` if no match continues with this byte.
    fn next(&mut self, state: LazyStateID, byte: u8) -> Result<Option<LazyStateID>, TooLarge> {
        let next = self.dfa.next_state(&mut self.cache, state, byte).map_err(|_| TooLarge)?;
        match next.is_quit() {
            true => Err(TooLarge),
            false => Ok((!next.is_dead()).then_some(next)),
        }
    }

    fn accepts(&mut self, state: LazyStateID) -> Result<bool, TooLarge> {
        let end = self.dfa.next_eoi_state(&mut self.cache, state).map_err(|_| TooLarge)?;
        Ok(end.is_match())
    }
}

/// Removes what cannot occur in an origin, without changing which origins match: `\w`
/// becomes one small class instead of all letters of all scripts.
fn narrow(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => match literal.0.iter().all(|byte| ALPHABET.contains(byte)) {
            true => Hir::literal(literal.0.clone()),
            false => Hir::fail(),
        },
        HirKind::Class(class) => {
            let contains = |byte: u8| match class {
                Class::Unicode(class) => {
                    let c = char::from(byte);
                    class.iter().any(|range| (range.start()..=range.end()).contains(&c))
                }
                Class::Bytes(class) => {
                    class.iter().any(|range| (range.start()..=range.end()).contains(&byte))
                }
            };
            let bytes = ALPHABET.iter().filter(|byte| contains(**byte));
            let ranges = bytes.map(|byte| ClassBytesRange::new(*byte, *byte));
            Hir::class(Class::Bytes(ClassBytes::new(ranges)))
        }
        // No origin contains a line feed, and all bytes of an origin are ASCII.
        HirKind::Look(look) => Hir::look(match look {
            Look::Start | Look::StartLF | Look::StartCRLF => Look::Start,
            Look::End | Look::EndLF | Look::EndCRLF => Look::End,
            Look::WordAscii | Look::WordUnicode => Look::WordAscii,
            Look::WordAsciiNegate | Look::WordUnicodeNegate => Look::WordAsciiNegate,
            Look::WordStartAscii | Look::WordStartUnicode => Look::WordStartAscii,
            Look::WordEndAscii | Look::WordEndUnicode => Look::WordEndAscii,
            Look::WordStartHalfAscii | Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
            Look::WordEndHalfAscii | Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        }),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            min: repetition.min,
            max: repetition.max,
            greedy: repetition.greedy,
            sub: Box::new(narrow(&repetition.sub)),
        }),
        HirKind::Capture(capture) => narrow(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(narrow).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(narrow).collect()),
    }
}

/// The index of a node of a [`Graph`].
pub(super) type Node = u32;

/// All origins that an expression matches, as paths from the first node to an accepting
/// one.
pub(super) struct Graph {
    /// The position in the grammar of each node.
    pub(super) positions: Vec<Position>,
    /// The steps to other nodes, in the order of [`ALPHABET`]. Invariant: each of them
    /// leads to an accepting node.
    pub(super) next: Vec<Vec<(u8, Node)>>,
    /// The steps from other nodes. Invariant: the reverse of `next`.
    pub(super) previous: Vec<Vec<(u8, Node)>>,
    pub(super) accepts: Vec<bool>,
}

impl Graph {
    pub(super) const START: Node = 0;

    /// Builds the graph of every origin that `automaton` matches.
    pub(super) fn new(automaton: &mut Automaton) -> Result<Self, TooLarge> {
        let start = (automaton.start()?, Position::START);
        let mut nodes = vec![start];
        let mut known = HashMap::with_hasher(FixedState::default());
        known.insert(start, Self::START);
        let mut steps: Vec<Vec<(u8, Node)>> = Vec::new();
        while let Some((state, position)) = nodes.get(steps.len()).copied() {
            let mut found = Vec::new();
            for byte in ALPHABET {
                let Some(position) = position.next(*byte) else { continue };
                let Some(state) = automaton.next(state, *byte)? else { continue };
                let node = *known.entry((state, position)).or_insert_with(|| {
                    nodes.push((state, position));
                    // Less than `NODES` plus one row, as checked below.
                    (nodes.len() - 1) as Node
                });
                found.push((*byte, node));
            }
            if nodes.len() > NODES {
                return Err(TooLarge);
            }
            steps.push(found);
        }
        let accepts = |(state, position): &(LazyStateID, Position)| {
            Ok(position.accepts() && automaton.accepts(*state)?)
        };
        let accepts = nodes.iter().map(accepts).collect::<Result<Vec<bool>, TooLarge>>()?;
        let positions = nodes.into_iter().map(|(_, position)| position).collect();
        Ok(Self::trimmed(positions, steps, accepts))
    }

    /// Removes the steps that lead to no accepting node.
    fn trimmed(
        positions: Vec<Position>,
        mut next: Vec<Vec<(u8, Node)>>,
        accepts: Vec<bool>,
    ) -> Self {
        let mut useful = accepts.clone();
        let mut found: Vec<Node> =
            (0..).zip(&accepts).filter_map(|(n, is)| is.then_some(n)).collect();
        let reversed = reverse(&next);
        while let Some(node) = found.pop() {
            for (_, before) in &reversed[node as usize] {
                if !std::mem::replace(&mut useful[*before as usize], true) {
                    found.push(*before);
                }
            }
        }
        for steps in &mut next {
            steps.retain(|(_, node)| useful[*node as usize]);
        }
        let previous = reverse(&next);
        Self { positions, next, previous, accepts }
    }

    /// Whether the graph contains no origin.
    pub(super) fn is_empty(&self) -> bool {
        self.next[Self::START as usize].is_empty()
    }

    /// Whether the schemes of all origins are misspellings of `http` or `https`.
    pub(super) fn has_only_misspelt_schemes(&self) -> bool {
        const LONGEST: usize = "https".len() + 2;
        let mut waiting = vec![(String::new(), Self::START)];
        while let Some((scheme, node)) = waiting.pop() {
            for (byte, next) in &self.next[node as usize] {
                let misspelt = || misspelt_scheme(&scheme).is_some();
                match byte {
                    b':' if misspelt() => {}
                    b':' => return false,
                    _ if scheme.len() == LONGEST || waiting.len() > NODES => return false,
                    _ => waiting.push((format!("{scheme}{}", char::from(*byte)), *next)),
                }
            }
        }
        true
    }

    /// The node that reading `text` from `node` leads to.
    pub(super) fn walk(&self, node: Node, text: &str) -> Option<Node> {
        let step = |node: Node, byte: u8| {
            self.next[node as usize].iter().find(|(step, _)| *step == byte).map(|(_, next)| *next)
        };
        text.bytes().try_fold(node, step)
    }

    /// Whether `text` is an origin of the graph.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.walk(Self::START, text).is_some_and(|node| self.accepts[node as usize])
    }

    /// Whether a host may end at a node, followed by a port or by nothing.
    pub(super) fn ends_host(&self, node: Node) -> bool {
        let at = node as usize;
        self.positions[at].ends_host()
            && (self.accepts[at] || self.next[at].iter().any(|(byte, _)| *byte == b':'))
    }
}

fn reverse(steps: &[Vec<(u8, Node)>]) -> Vec<Vec<(u8, Node)>> {
    let mut reversed = vec![Vec::new(); steps.len()];
    for (from, steps) in (0..).zip(steps) {
        for (byte, to) in steps {
            reversed[*to as usize].push((*byte, from));
        }
    }
    reversed
}

/// The shortest origin that `one` matches and `other` does not, among those that
/// `is_origin` accepts.
pub(super) fn difference(
    one: &mut Automaton,
    other: &mut Automaton,
    is_origin: impl Fn(&str) -> bool,
) -> Result<Option<String>, TooLarge> {
    type Both = (LazyStateID, Option<LazyStateID>, Position);
    let start: Both = (one.start()?, Some(other.start()?), Position::START);
    let mut known = HashMap::with_hasher(FixedState::default());
    known.insert(start, (start, 0));
    let mut waiting = VecDeque::from([start]);
    while let Some(node) = waiting.pop_front() {
        let (state, beside, position) = node;
        let matched_by_other = match beside {
            Some(beside) => other.accepts(beside)?,
            None => false,
        };
        if position.accepts() && one.accepts(state)? && !matched_by_other {
            let mut text = Vec::new();
            let mut at = node;
            while let Some((before, byte)) = known.get(&at).filter(|_| at != start) {
                text.push(*byte);
                at = *before;
            }
            let text: String = text.into_iter().rev().map(char::from).collect();
            if is_origin(&text) {
                return Ok(Some(text));
            }
        }
        for byte in ALPHABET {
            let Some(position) = position.next(*byte) else { continue };
            let Some(state) = one.next(state, *byte)? else { continue };
            let beside = match beside {
                Some(beside) => other.next(beside, *byte)?,
                None => None,
            };
            let next = (state, beside, position);
            if let Entry::Vacant(vacant) = known.entry(next) {
                vacant.insert((node, *byte));
                waiting.push_back(next);
            }
        }
        if known.len() > NODES {
            return Err(TooLarge);
        }
    }
    Ok(None)
}
