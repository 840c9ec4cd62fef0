//! Regular expressions by trying everything: literals, classes, groups, `|`, `*`, `+`, `?`.

/// How much is tried before the question is given up.
const STEPS: usize = 20_000;

/// Whether an expression matches the whole text; `None` for an expression with more than this
/// knows of, and where the answer takes too long.
pub(crate) fn matches_all(expression: &str, text: &str) -> Option<bool> {
    let mut parser = Parser { rest: expression.chars().collect() };
    let node = parser.alternatives().filter(|_| parser.rest.is_empty())?;
    let text: Vec<char> = text.chars().collect();
    let mut steps = 0;
    let found = step(&[&node], &text, &mut steps);
    (steps < STEPS).then_some(found)
}

enum Node {
    /// One character out of these ranges, or any that is not.
    One {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        many: bool,
    },
}

/// Whether the text is what `nodes` match one after the other.
fn step(nodes: &[&Node], text: &[char], steps: &mut usize) -> bool {
    *steps += 1;
    if *steps >= STEPS {
        return false;
    }
    let Some((first, rest)) = nodes.split_first() else { return text.is_empty() };
    let and_rest = |more: &[&Node], text: &[char], steps: &mut usize| {
        step(&[more, rest].concat(), text, steps)
    };
    match first {
        Node::One { ranges, negated } => text.split_first().is_some_and(|(one, after)| {
            let listed = ranges.iter().any(|(from, to)| (from..=to).contains(&one));
            listed != *negated && step(rest, after, steps)
        }),
        Node::Sequence(nodes) => and_rest(&nodes.iter().collect::<Vec<_>>(), text, steps),
        Node::Either(nodes) => nodes.iter().any(|node| and_rest(&[node], text, steps)),
        Node::Repeat { node, least: 1, many } => {
            let more = Node::Repeat { node: copy(node), least: 0, many: *many };
            and_rest(&[&**node, &more], text, steps)
        }
        Node::Repeat { node, many, .. } => {
            // Of what matches nothing, another round would match nothing, too.
            let again = (1..=text.len()).any(|taken| {
                step(&[node], &text[..taken], steps)
                    && if *many {
                        step(nodes, &text[taken..], steps)
                    } else {
                        step(rest, &text[taken..], steps)
                    }
            });
            again || step(rest, text, steps)
        }
    }
}

fn copy(node: &Node) -> Box<Node> {
    Box::new(match node {
        Node::One { ranges, negated } => Node::One { ranges: ranges.clone(), negated: *negated },
        Node::Sequence(nodes) => Node::Sequence(nodes.iter().map(|node| *copy(node)).collect()),
        Node::Either(nodes) => Node::Either(nodes.iter().map(|node| *copy(node)).collect()),
        Node::Repeat { node, least, many } => {
            Node::Repeat { node: copy(node), least: *least, many: *many }
        }
    })
}

struct Parser {
    rest: Vec<char>,
}

impl Parser {
    fn next_is(&mut self, wanted: char) -> bool {
        let is_next = self.rest.first() == Some(&wanted);
        if is_next {
            self.rest.remove(0);
        }
        is_next
    }

    fn alternatives(&mut self) -> Option<Node> {
        let mut either = vec![self.sequence()?];
        while self.next_is('|') {
            either.push(self.sequence()?);
        }
        Some(Node::Either(either))
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        while !matches!(self.rest.first(), None | Some('|' | ')')) {
            nodes.push(self.repeated()?);
        }
        Some(Node::Sequence(nodes))
    }

    fn repeated(&mut self) -> Option<Node> {
        let node = Box::new(self.one()?);
        let repeat = match self.rest.first() {
            Some('*') => Node::Repeat { node, least: 0, many: true },
            Some('+') => Node::Repeat { node, least: 1, many: true },
            Some('?') => Node::Repeat { node, least: 0, many: false },
            _ => return Some(*node),
        };
        self.rest.remove(0);
        // Lazy, or repeated once more: both are more than this knows of.
        (!matches!(self.rest.first(), Some('*' | '+' | '?'))).then_some(repeat)
    }

    fn one(&mut self) -> Option<Node> {
        let one = |ranges, negated| Some(Node::One { ranges, negated });
        let next = *self.rest.first()?;
        self.rest.remove(0);
        match next {
            '(' => {
                if self.rest.first() == Some(&'?') {
                    return None;
                }
                let node = self.alternatives()?;
                self.next_is(')').then_some(node)
            }
            '.' => one(vec![('\n', '\n')], true),
            '\\' => match self.rest.first() {
                Some(c @ ('.' | '-' | '/' | '[' | ']' | '*' | '+' | '?')) => {
                    let c = *c;
                    self.rest.remove(0);
                    one(vec![(c, c)], false)
                }
                _ => None,
            },
            '[' => {
                let negated = self.next_is('^');
                let mut ranges = Vec::new();
                loop {
                    let from = *self.rest.first()?;
                    self.rest.remove(0);
                    match from {
                        ']' if !ranges.is_empty() => return one(ranges, negated),
                        'a'..='z' | '0'..='9' | '.' | '_' => {}
                        '-' if self.rest.first() == Some(&']') => {}
                        _ => return None,
                    }
                    match self.rest[..] {
                        ['-', to @ ('a'..='z' | '0'..='9'), ..] if from != '-' && from <= to => {
                            self.rest.drain(..2);
                            ranges.push((from, to));
                        }
                        ['-', after, ..] if after != ']' => return None,
                        _ => ranges.push((from, from)),
                    }
                }
            }
            'a'..='z' | '0'..='9' | ':' | '/' | '-' | '_' => one(vec![(next, next)], false),
            _ => None,
        }
    }
}
