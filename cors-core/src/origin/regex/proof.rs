//! The proof that an expression allows only named hosts.
//!
//! [`Graph`] contains every origin that an expression matches. For each kind of scheme,
//! the hosts are read backwards, label by label, from every node where a host may end.
//! At each step the possible preceding labels are listed:
//!
//! * If there are few of them, the proof continues with each. A label at the start of
//!   the host completes one named host.
//! * If there are many, or if the same nodes occur again so that labels repeat without
//!   end, the labels read so far are a literal suffix of all remaining hosts. A dot
//!   precedes the suffix, and everything below it is treated like the pattern
//!   `*.suffix`. An empty suffix, or the end of an IP address, names no domain: the
//!   expression is not proven.
//!
//! There may be [`MAX_HOSTS`] hosts by name. Hosts of which the domain is read are not
//! counted if there are no more than [`MAX_DOMAINS`] domains.
//!
//! Why this is sound: the graph accepts every origin that [`Origin::parse`] accepts and
//! that the expression matches. Reading backwards follows *all* steps that lead to the
//! current nodes, from all nodes where a host may end, so each origin is in one of the
//! branches. A branch ends with a named host, with a suffix after a dot, or as
//! unproven. Exceeding a limit counts as "many".

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::FixedState;

use super::super::{Origin, host};
use super::automaton::{Graph, Node};
use super::grammar::{Position, Scheme};
use super::sample;

/// The most hosts that an expression may name one by one.
pub(super) const MAX_HOSTS: usize = 1_000;

/// The most domains below which an expression may allow every host.
pub(super) const MAX_DOMAINS: usize = 100;

/// The number of labels that are listed in any case.
const FEW_LABELS: usize = 100;

/// The most steps of a proof. An IPv4 address takes four of them.
const MAX_STEPS: usize = 8 * MAX_HOSTS;

/// Hosts that an expression allows, as proven from its parsed form: one host, or all
/// hosts below a domain. Ports are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedHosts {
    scheme: Scheme,
    host: Box<str>,
    below: bool,
    sample: Option<Box<str>>,
}

impl NamedHosts {
    /// The host, or the domain that the hosts are below.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the hosts are those below the domain, without the domain itself.
    #[must_use]
    pub fn has_subdomains(&self) -> bool {
        self.below
    }

    /// Whether `origin` is on one of these hosts, with a scheme that the expression
    /// allows for them: `http`, `https`, or any other.
    #[must_use]
    pub fn contains(&self, origin: &Origin<'_>) -> bool {
        Scheme::of(origin.scheme()) == self.scheme
            && match self.below {
                false => origin.host() == &*self.host,
                true => origin.host().strip_suffix(&*self.host).is_some_and(|l| l.ends_with('.')),
            }
    }

    /// Whether anyone on the network can impersonate these hosts, as in
    /// [`OriginPattern::is_insecure`](crate::OriginPattern::is_insecure).
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.scheme == Scheme::Http && !host::is_loopback(&self.host)
    }

    /// Whether anyone can register such a host, as in
    /// [`OriginPattern::subdomains_of_public_suffix`](crate::OriginPattern::subdomains_of_public_suffix).
    #[must_use]
    pub fn subdomains_of_public_suffix(&self) -> bool {
        self.below && host::is_public_suffix(&self.host)
    }

    /// An origin below a public suffix that the expression allows.
    #[must_use]
    pub fn sample(&self) -> Option<&str> {
        self.sample.as_deref()
    }
}

/// The error for an expression that is not limited to named hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unproven {
    sample: Option<Box<str>>,
    too_large: bool,
}

impl Unproven {
    pub(super) const TOO_LARGE: Self = Self { sample: None, too_large: true };

    /// An origin that the expression allows, probably by mistake.
    #[must_use]
    pub fn sample(&self) -> Option<&str> {
        self.sample.as_deref()
    }

    /// Whether the expression is too large for a proof.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }
}

/// Proves which hosts the origins of the graph are on.
pub(super) fn prove(graph: &Graph) -> Result<Vec<NamedHosts>, Unproven> {
    let mut proof = Proof {
        graph,
        named: Vec::new(),
        hosts: 0,
        inside: 0,
        domains: HashSet::new(),
        steps: 0,
        many: HashSet::default(),
    };
    for scheme in Scheme::ALL {
        let ends = |is: fn(Position) -> bool| -> Vec<Node> {
            let nodes = (0..).zip(&graph.positions);
            nodes
                .filter(|(_, at)| at.scheme() == Some(scheme) && is(**at))
                .filter_map(|(node, _)| graph.ends_host(node).then_some(node))
                .collect()
        };
        let plain = ends(|at| matches!(at, Position::Label(..)));
        let dotted = ends(|at| matches!(at, Position::Dot(..)));
        let dotted = proof.before(&dotted, |byte| byte == b'.');
        for (nodes, tail) in [(plain, ""), (dotted, ".")] {
            if !nodes.is_empty() {
                proof.read(
                    &mut Suffix { scheme, tail, labels: Vec::new() },
                    nodes,
                    &mut Vec::new(),
                )?;
            }
        }
        proof.name_ipv6(scheme, &ends(|at| matches!(at, Position::Ipv6End(_))))?;
    }
    let below = proof.named.iter().filter(|named| named.below);
    let mut domains: HashSet<&str> =
        below.map(|named| host::registrable_domain(&named.host)).collect();
    if proof.hosts + proof.inside > MAX_HOSTS {
        domains.extend(proof.domains.iter().map(|domain| &**domain));
    }
    match domains.len() > MAX_DOMAINS {
        true => Err(proof.too_many()),
        false => Ok(proof.named),
    }
}

struct Proof<'g> {
    graph: &'g Graph,
    named: Vec<NamedHosts>,
    /// The number of hosts that were named one by one, without those below a domain
    /// that is already named.
    hosts: usize,
    /// How many hosts were named one by one below such a domain.
    inside: usize,
    /// The registrable domains of those.
    domains: HashSet<Box<str>>,
    steps: usize,
    /// Nodes that are known to have many preceding labels.
    many: HashSet<Vec<Node>, FixedState>,
}

/// The part of a host that was read, from its end.
struct Suffix {
    scheme: Scheme,
    /// The trailing dot of the host, if any.
    tail: &'static str,
    /// The labels, the last one first.
    labels: Vec<String>,
}

impl Suffix {
    fn host(&self) -> String {
        let labels: Vec<&str> = self.labels.iter().rev().map(String::as_str).collect();
        format!("{}{}", labels.join("."), self.tail)
    }

    fn is_address(&self) -> bool {
        let last = self.labels.first();
        self.scheme.has_ipv4()
            && last.is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Whether `host`, which was read, is below a public suffix, so that everything
    /// below it belongs to one owner.
    fn names_domain(&self, host: &str) -> bool {
        !self.labels.is_empty()
            && !self.is_address()
            && host::is_known(host)
            && !host::is_public_suffix(host)
    }
}

/// The possible continuations before a label.
#[derive(Default)]
struct Continuations {
    starts_host: bool,
    nodes: Vec<Node>,
}

impl Proof<'_> {
    /// Reads the labels before the suffix; `nodes` are where a label ends, and `path`
    /// contains those of the labels read so far.
    fn read(
        &mut self,
        suffix: &mut Suffix,
        nodes: Vec<Node>,
        path: &mut Vec<Vec<Node>>,
    ) -> Result<(), Unproven> {
        self.steps += 1;
        let labels = match path.contains(&nodes) || self.steps > MAX_STEPS {
            true => None,
            false => self.labels(&nodes, suffix),
        };
        let Some(labels) = labels else { return self.name_below(suffix, &nodes) };
        let counts = !suffix.names_domain(&suffix.host());
        if !counts && labels.values().any(|before| before.starts_host) {
            self.domains.insert(host::registrable_domain(&suffix.host()).into());
        }
        path.push(nodes);
        for (label, before) in labels {
            suffix.labels.push(label);
            if before.starts_host {
                self.name(suffix.scheme, suffix.host().into(), false, None);
                match counts {
                    true => self.hosts += 1,
                    false => self.inside += 1,
                }
                if self.hosts > MAX_HOSTS {
                    return Err(self.too_many());
                }
            }
            if !before.nodes.is_empty() {
                self.read(suffix, before.nodes, path)?;
            }
            suffix.labels.pop();
        }
        path.pop();
        Ok(())
    }

    /// The labels that end at these nodes, or `None` if there are many.
    fn labels(
        &mut self,
        nodes: &[Node],
        suffix: &Suffix,
    ) -> Option<BTreeMap<String, Continuations>> {
        if self.many.contains(nodes) {
            return None;
        }
        // Below a domain that is already named, hosts need not be listed.
        let most = match suffix.names_domain(&suffix.host()) {
            true => FEW_LABELS,
            false => FEW_LABELS.max(MAX_HOSTS.saturating_sub(self.hosts)),
        };
        let labels = self.list_labels(nodes, most);
        if labels.is_none() {
            self.many.insert(nodes.to_vec());
        }
        labels
    }

    fn list_labels(&self, nodes: &[Node], most: usize) -> Option<BTreeMap<String, Continuations>> {
        let mut labels: BTreeMap<String, Continuations> = BTreeMap::new();
        // Each partial label leads to at least one label, so many of these imply many
        // labels.
        let mut beginnings = vec![(String::new(), nodes.to_vec())];
        for _ in 0..=host::MAX_LABEL {
            let mut longer = Vec::new();
            for (read, nodes) in beginnings {
                for (byte, nodes) in self.by_byte(&nodes) {
                    let label = format!("{}{read}", char::from(byte));
                    let starts_host = |node: &Node| {
                        matches!(self.graph.positions[*node as usize], Position::HostStart(_))
                    };
                    let before = Continuations {
                        starts_host: nodes.iter().any(starts_host),
                        nodes: self.before(&nodes, |byte| byte == b'.'),
                    };
                    if before.starts_host || !before.nodes.is_empty() {
                        labels.insert(label.clone(), before);
                    }
                    longer.push((label, nodes));
                    if longer.len() > most || labels.len() > most {
                        return None;
                    }
                }
            }
            if longer.is_empty() {
                return Some(labels);
            }
            beginnings = longer;
        }
        None
    }

    /// The nodes that precede by one byte of a label, grouped by that byte.
    fn by_byte(&self, nodes: &[Node]) -> BTreeMap<u8, Vec<Node>> {
        let mut found: BTreeMap<u8, Vec<Node>> = BTreeMap::new();
        let steps = nodes.iter().flat_map(|node| &self.graph.previous[*node as usize]);
        for (byte, node) in steps.filter(|(byte, _)| host::is_label_byte(*byte)) {
            found.entry(*byte).or_default().push(*node);
        }
        found.values_mut().for_each(sort);
        found
    }

    /// The nodes that precede by one byte for which `is` returns true.
    fn before(&self, nodes: &[Node], is: fn(u8) -> bool) -> Vec<Node> {
        let steps = nodes.iter().flat_map(|node| &self.graph.previous[*node as usize]);
        let mut found = steps.filter(|(byte, _)| is(*byte)).map(|(_, node)| *node).collect();
        sort(&mut found);
        found
    }

    fn name(&mut self, scheme: Scheme, host: Box<str>, below: bool, sample: Option<Box<str>>) {
        self.named.push(NamedHosts { scheme, host, below, sample });
    }

    /// Names all hosts below a suffix, if the suffix identifies an owner.
    fn name_below(&mut self, suffix: &Suffix, nodes: &[Node]) -> Result<(), Unproven> {
        let host = suffix.host();
        if suffix.names_domain(&host) {
            self.name(suffix.scheme, host.into(), true, None);
            return Ok(());
        }
        let tail = match suffix.labels.is_empty() {
            true => host.clone(),
            false => format!(".{host}"),
        };
        let unproven = self.unproven(nodes, &tail);
        // `.*example\.com` lacks a dot. That `danger_allow_public_suffixes` is set,
        // for another origin perhaps, does not mean that this is intended. Names such as
        // `[a-z]+-team\.vercel\.app` are given by the owner of the suffix.
        let lacks_dot = || !host::is_private_suffix(&host) && !self.is_label_free(nodes);
        if suffix.labels.is_empty() || suffix.is_address() || !host::is_known(&host) || lacks_dot()
        {
            return Err(unproven);
        }
        self.name(suffix.scheme, host.into(), true, unproven.sample);
        Ok(())
    }

    /// The error for an expression that names too many hosts.
    fn too_many(&self) -> Unproven {
        let ends: Vec<Node> =
            (0..).zip(&self.graph.accepts).filter_map(|(n, a)| a.then_some(n)).collect();
        self.unproven(&ends, "")
    }

    fn unproven(&self, nodes: &[Node], tail: &str) -> Unproven {
        Unproven { sample: sample::find(self.graph, nodes, tail).map(Into::into), too_large: false }
    }

    /// Whether no part of the labels that end at these nodes is fixed, whatever is
    /// before them: of the texts of one length that consist of the letters in these labels
    /// (or of the digits, if there is no letter), all or none are such labels.
    fn is_label_free(&self, ends: &[Node]) -> bool {
        let (mut used, mut starts) = (BTreeSet::new(), Vec::new());
        let mut inside: HashSet<Node, FixedState> = ends.iter().copied().collect();
        let mut waiting = ends.to_vec();
        while let Some(node) = waiting.pop() {
            for (byte, before) in &self.graph.previous[node as usize] {
                if !host::is_label_byte(*byte) {
                    continue;
                }
                used.insert(*byte);
                if !inside.insert(*before) {
                    continue;
                }
                match self.graph.positions[*before as usize] {
                    Position::HostStart(_) | Position::Dot(..) => starts.push(*before),
                    _ => waiting.push(*before),
                }
            }
        }
        let has_letters = used.iter().any(u8::is_ascii_lowercase);
        used.retain(|byte| match has_letters {
            true => byte.is_ascii_lowercase(),
            false => byte.is_ascii_digit(),
        });
        let is_free = |start: Node| {
            // Where all texts of one length lead to.
            let (mut nodes, mut is_some_label) = (vec![start], false);
            for _ in 0..=host::MAX_LABEL {
                let labels = nodes.iter().filter(|node| ends.contains(node)).count();
                if labels != 0 && labels != nodes.len() {
                    return false;
                }
                is_some_label |= labels != 0;
                let steps = nodes.iter().flat_map(|node| &self.graph.next[*node as usize]);
                let is_inside =
                    |step: &&(u8, Node)| used.contains(&step.0) && inside.contains(&step.1);
                let mut longer: Vec<Node> = steps.filter(is_inside).map(|step| step.1).collect();
                if longer.is_empty() {
                    break;
                }
                if longer.len() != nodes.len() * used.len() {
                    return false;
                }
                sort(&mut longer);
                nodes = longer;
            }
            is_some_label
        };
        starts.into_iter().all(is_free)
    }

    /// Names the IPv6 addresses that end at these nodes, one by one.
    fn name_ipv6(&mut self, scheme: Scheme, ends: &[Node]) -> Result<(), Unproven> {
        let mut texts = Vec::new();
        if !ends.is_empty() {
            texts.push((String::new(), ends.to_vec()));
        }
        while let Some((read, nodes)) = texts.pop() {
            let mut by_byte: BTreeMap<u8, Vec<Node>> = BTreeMap::new();
            for (byte, node) in nodes.iter().flat_map(|node| &self.graph.previous[*node as usize]) {
                by_byte.entry(*byte).or_default().push(*node);
            }
            for (byte, mut nodes) in by_byte {
                sort(&mut nodes);
                let text = format!("{}{read}", char::from(byte));
                match byte {
                    b'[' if host::is_serialized("https", &text) => {
                        self.name(scheme, text.into(), false, None);
                        self.hosts += 1;
                    }
                    b'[' => {}
                    _ => texts.push((text, nodes)),
                }
            }
            self.steps += 1;
            let is_long = read.len() > "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]".len();
            if is_long || self.steps > MAX_STEPS || self.hosts > MAX_HOSTS {
                return Err(self.unproven(ends, ""));
            }
        }
        Ok(())
    }
}

fn sort(nodes: &mut Vec<Node>) {
    nodes.sort_unstable();
    nodes.dedup();
}
