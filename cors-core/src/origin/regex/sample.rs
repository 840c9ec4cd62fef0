//! An example of an origin that an expression allows, for the error message.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::super::Origin;
use super::automaton::{Graph, Node};

/// Examples that are tried first if the expression allows any host.
const WHOLE: [&str; 7] = [
    "https://evil.example",
    "http://evil.example",
    "https://evil.com",
    "http://evil.com",
    "https://evil.example.",
    "https://[2001:db8::1]",
    "http://[2001:db8::1]",
];

/// Texts that an example should contain, the clearest first: another owner's host or
/// label, or at least a byte that was probably not intended.
const MARKERS: [&str; 10] =
    ["//evil", ".evil", "evil", "//not-", "//x", "//1", "-a", "-1", "1", ""];

/// Finds an origin of the graph that passes one of `nodes`, which are sorted, and
/// continues from there with `tail` to the end of its host.
///
/// Origins that are too long or contain an invalid IPv6 address are skipped.
pub(super) fn find(graph: &Graph, nodes: &[Node], tail: &str) -> Option<String> {
    let is_origin = |text: &str| Origin::parse(text.as_bytes()).is_some();
    let whole = || WHOLE.iter().find(|text| graph.contains(text)).map(|text| (*text).to_owned());
    let marked = || {
        MARKERS.iter().find_map(|marker| {
            let (mut text, node) =
                path(graph, marker, Graph::START, |node| nodes.binary_search(&node).is_ok())?;
            text.push_str(tail);
            let node = graph.walk(node, tail)?;
            let (end, _) = path(graph, "", node, |node| graph.accepts[node as usize])?;
            Some(text + &end).filter(|text| is_origin(text))
        })
    };
    if tail.is_empty() { whole().or_else(marked) } else { marked() }
}

/// The shortest path from `start` to a node for which `is_end` returns true, among
/// those whose bytes contain `marker`.
fn path(
    graph: &Graph,
    marker: &str,
    start: Node,
    is_end: impl Fn(Node) -> bool,
) -> Option<(String, Node)> {
    // The second part is the number of bytes of the marker that were just read; after
    // all of them it stays unchanged.
    let start = (start, 0);
    let mut known = HashMap::from([(start, (start, 0))]);
    let mut waiting = VecDeque::from([start]);
    while let Some((node, read)) = waiting.pop_front() {
        if read == marker.len() && is_end(node) {
            let mut text = Vec::new();
            let mut at = (node, read);
            while let Some((before, byte)) = known.get(&at).filter(|_| at != start) {
                text.push(*byte);
                at = *before;
            }
            return Some((text.into_iter().rev().map(char::from).collect(), node));
        }
        for (byte, next) in &graph.next[node as usize] {
            let next = (*next, after(marker.as_bytes(), read, *byte));
            if let Entry::Vacant(vacant) = known.entry(next) {
                vacant.insert(((node, read), *byte));
                waiting.push_back(next);
            }
        }
    }
    None
}

/// The number of bytes of the marker that are matched after `byte`, if `read` were
/// before.
fn after(marker: &[u8], read: usize, byte: u8) -> usize {
    if read == marker.len() {
        return read;
    }
    let text: Vec<u8> = marker[..read].iter().copied().chain([byte]).collect();
    (0..=text.len()).rev().find(|length| text.ends_with(&marker[..*length])).unwrap_or(0)
}
