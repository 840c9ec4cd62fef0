//! Classes of hosts: hosts of one class satisfy the same conditions.
//!
//! There are infinitely many hosts but finitely many conditions, so policies are
//! compiled for each class. A request needs one lookup of its host, and one for each of
//! its last labels.

use std::collections::{BTreeSet, HashMap};

use crate::merge::HostCondition;
use crate::origin::{HostPattern, RequestHost};

/// A class of hosts that satisfy the same conditions, so that the same policies apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostClass(u32);

impl HostClass {
    /// The class of hosts that satisfy no condition.
    pub const OTHER: Self = Self(0);
}

/// The classes that the host of a request may belong to: one, or all if the host is
/// ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HostClasses {
    first: u32,
    last: u32,
}

impl HostClasses {
    /// Creates a value with exactly one class.
    #[must_use]
    pub const fn one(class: HostClass) -> Self {
        Self { first: class.0, last: class.0 }
    }

    /// The class, or `None` if the host is ambiguous.
    #[must_use]
    pub const fn only(self) -> Option<HostClass> {
        if self.first == self.last { Some(HostClass(self.first)) } else { None }
    }

    /// All possible classes; there is at least one.
    pub fn iter(self) -> impl Iterator<Item = HostClass> {
        (self.first..=self.last).map(HostClass)
    }
}

/// A table to find the class of a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostTable {
    /// Every pattern, with the classes whose hosts it matches.
    members: HashMap<HostPattern, Vec<HostClass>>,
    exact: HashMap<Box<str>, Ports>,
    /// The subdomain patterns, by the name after `*.`.
    subdomains: HashMap<Box<str>, Ports>,
    /// The most labels of a key of `subdomains`.
    most_labels: usize,
    /// The names of all classes except the first.
    names: Vec<String>,
}

/// The classes of one name, or of all names below it, by port.
#[derive(Clone, Debug)]
struct Ports {
    any_other: HostClass,
    /// Invariant: sorted by port.
    listed: Vec<(u16, HostClass)>,
}

impl HostTable {
    /// Adds patterns. This may change the numbers of the classes.
    pub(crate) fn with<'p>(&self, more: impl IntoIterator<Item = &'p HostPattern>) -> Self {
        let mut patterns: BTreeSet<_> = self.members.keys().cloned().collect();
        patterns.extend(more.into_iter().cloned());
        if patterns.len() == self.members.len() {
            return self.clone();
        }
        TableBuilder::new(&patterns).build()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The class of the value of a `Host` field, if it is a host as browsers spell it.
    pub(crate) fn class(&self, host: &[u8]) -> Option<HostClass> {
        let host = RequestHost::parse(host)?;
        let ports = self.exact.get(host.name()).or_else(|| self.below(host.name()));
        Some(ports.map_or(HostClass::OTHER, |ports| ports.get(host.port())))
    }

    /// The narrowest `*.` pattern that a name is below.
    ///
    /// The number of lookups is limited by the labels of the patterns, not by those
    /// that a request sends.
    fn below(&self, name: &str) -> Option<&Ports> {
        let bases = name.rmatch_indices('.').map(|(dot, _)| &name[dot + 1..]);
        let found = bases.take(self.most_labels).filter_map(|base| self.subdomains.get(base));
        found.last()
    }

    /// Every class.
    pub(crate) fn every(&self) -> HostClasses {
        let last = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        HostClasses { first: HostClass::OTHER.0, last }
    }

    /// The name of a class, such as `*.example.com`.
    pub(crate) fn name(&self, class: HostClass) -> Option<&str> {
        let index = usize::try_from(class.0.checked_sub(1)?).ok()?;
        self.names.get(index).map(String::as_str)
    }

    /// The classes whose hosts satisfy a condition, in order.
    pub(crate) fn classes_of(&self, condition: &HostCondition) -> BTreeSet<HostClass> {
        let members = condition.patterns.iter().filter_map(|pattern| self.members.get(pattern));
        members.flatten().copied().collect()
    }

    /// Whether the table contains all patterns of a condition.
    pub(crate) fn knows(&self, condition: &HostCondition) -> bool {
        condition.patterns.iter().all(|pattern| self.members.contains_key(pattern))
    }

    /// Whether the hosts of a class satisfy a condition.
    pub(crate) fn satisfies(&self, class: HostClass, condition: &HostCondition) -> bool {
        let members = |pattern| self.members.get(pattern).map_or(&[][..], Vec::as_slice);
        condition.patterns.iter().any(|pattern| members(pattern).binary_search(&class).is_ok())
    }
}

impl Ports {
    fn get(&self, port: Option<u16>) -> HostClass {
        let listed = port.and_then(|port| {
            let index = self.listed.binary_search_by_key(&port, |(port, _)| *port).ok()?;
            Some(self.listed[index].1)
        });
        listed.unwrap_or(self.any_other)
    }
}

/// Assigns numbers to the classes: one for each distinct set of patterns that a host
/// can match.
struct TableBuilder<'p> {
    /// The patterns by name, separately for one host and for subdomains.
    exact: HashMap<&'p str, Vec<&'p HostPattern>>,
    subdomains: HashMap<&'p str, Vec<&'p HostPattern>>,
    table: HostTable,
    by_patterns: HashMap<Vec<&'p HostPattern>, HostClass>,
}

impl<'p> TableBuilder<'p> {
    fn new(patterns: &'p BTreeSet<HostPattern>) -> Self {
        let (mut exact, mut subdomains): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) =
            Default::default();
        for pattern in patterns {
            let by_name = if pattern.has_subdomains() { &mut subdomains } else { &mut exact };
            by_name.entry(pattern.name()).or_default().push(pattern);
        }
        let members = patterns.iter().map(|pattern| (pattern.clone(), Vec::new())).collect();
        let table = HostTable { members, ..HostTable::default() };
        Self { exact, subdomains, table, by_patterns: HashMap::new() }
    }

    fn build(mut self) -> HostTable {
        // Sorted, so that the numbers of classes are equal in every process; wide
        // patterns first, so that a class is named after the widest one.
        let labels = |name: &str| name.split('.').count();
        let mut bases: Vec<_> = self.subdomains.keys().copied().collect();
        bases.sort_unstable_by_key(|base| (labels(base), *base));
        let mut names: Vec<_> = self.exact.keys().copied().collect();
        names.sort_unstable();
        self.table.most_labels = bases.iter().map(|base| labels(base)).max().unwrap_or(0);
        for base in bases {
            let matching = self.around(base, self.subdomains.get(base));
            let ports = self.ports(&format!("*.{base}"), &matching);
            self.table.subdomains.insert(base.into(), ports);
        }
        for name in names {
            let matching = self.around(name, self.exact.get(name));
            let ports = self.ports(name, &matching);
            self.table.exact.insert(name.into(), ports);
        }
        self.table
    }

    /// The patterns for a name itself, and those for subdomains of its parents.
    fn around(&self, name: &str, own: Option<&Vec<&'p HostPattern>>) -> Vec<&'p HostPattern> {
        let bases = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
        let wider = bases.filter_map(|base| self.subdomains.get(base));
        own.into_iter().chain(wider).flatten().copied().collect()
    }

    fn ports(&mut self, name: &str, matching: &[&'p HostPattern]) -> Ports {
        let on = |port: Option<u16>| -> Vec<&'p HostPattern> {
            let is_on =
                |pattern: &&&HostPattern| pattern.port().is_none() || pattern.port() == port;
            matching.iter().filter(is_on).copied().collect()
        };
        let any_other = self.class(name, on(None));
        let ports: BTreeSet<u16> = matching.iter().filter_map(|pattern| pattern.port()).collect();
        let class = |port: u16| (port, self.class(&format!("{name}:{port}"), on(Some(port))));
        Ports { any_other, listed: ports.into_iter().map(class).collect() }
    }

    fn class(&mut self, name: &str, mut patterns: Vec<&'p HostPattern>) -> HostClass {
        if patterns.is_empty() {
            return HostClass::OTHER;
        }
        patterns.sort_unstable();
        if let Some(known) = self.by_patterns.get(&patterns) {
            return *known;
        }
        self.table.names.push(name.to_owned());
        let class = HostClass(u32::try_from(self.table.names.len()).unwrap_or(u32::MAX));
        for pattern in &patterns {
            if let Some(classes) = self.table.members.get_mut(*pattern) {
                // Invariant: sorted, because the numbers increase.
                classes.push(class);
            }
        }
        self.by_patterns.insert(patterns, class);
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    fn table(patterns: &[&str]) -> HostTable {
        let patterns: Vec<_> = patterns
            .iter()
            .map(|text| HostPattern::parse(text, &Source::BASELINE).unwrap())
            .collect();
        HostTable::default().with(&patterns)
    }

    /// The name of the class of a host, `other`, or `none` if it is not certain.
    fn named<'t>(table: &'t HostTable, host: &str) -> &'t str {
        match table.class(host.as_bytes()) {
            Some(class) => table.name(class).unwrap_or("other"),
            None => "none",
        }
    }

    #[test]
    fn a_host_belongs_to_the_class_of_the_narrowest_pattern() {
        let table = table(&[
            "t1.example.com",
            "t1.example.com:8080",
            "*.example.com",
            "*.eu.example.com:8081",
            "a.eu.example.com",
            "only.example:8080",
        ]);
        for (host, class) in [
            ("t1.example.com", "t1.example.com"),
            ("t1.example.com:9", "t1.example.com"),
            ("t1.example.com:8080", "t1.example.com:8080"),
            ("T1.example.com", "none"),
            ("t1.example.com.", "none"),
            ("t2.example.com", "*.example.com"),
            ("x.t1.example.com", "*.example.com"),
            ("b.eu.example.com", "*.example.com"),
            ("b.eu.example.com:8081", "*.eu.example.com:8081"),
            ("a.eu.example.com", "a.eu.example.com"),
            ("a.eu.example.com:8081", "a.eu.example.com:8081"),
            ("eu.example.com:8081", "*.example.com"),
            ("only.example", "other"),
            ("only.example:8080", "only.example:8080"),
            ("example.com", "other"),
            ("evilexample.com", "other"),
            ("com", "other"),
            ("x/y", "none"),
        ] {
            assert_eq!(named(&table, host), class, "{host}");
        }
    }

    #[test]
    fn a_class_satisfies_the_same_conditions_as_its_hosts() {
        let texts =
            ["a.b", "a.b:81", "*.b", "*.a.b", "*.a.b:81", "*.a.b:82", "b", "b:82", "x.a.b:81"];
        let table = table(&texts);
        let satisfies = |pattern: &HostPattern, host: &str, port: Option<u16>| {
            let below = host.strip_suffix(pattern.name()).is_some_and(|rest| rest.ends_with('.'));
            let name = if pattern.has_subdomains() { below } else { host == pattern.name() };
            name && (pattern.port().is_none() || pattern.port() == port)
        };
        for host in ["a.b", "b", "x.a.b", "y.x.a.b", "y.a.b", "c.b", "c", "xa.b", "a.b.c"] {
            for port in [None, Some(81), Some(82), Some(83)] {
                let sent = port.map_or(host.to_owned(), |port| format!("{host}:{port}"));
                let class = table.class(sent.as_bytes()).unwrap();
                for text in texts {
                    let pattern = HostPattern::parse(text, &Source::BASELINE).unwrap();
                    let expected = satisfies(&pattern, host, port);
                    let members = &table.members[&pattern];
                    assert_eq!(members.contains(&class), expected, "{text} on {sent}");
                }
            }
        }
    }

    #[test]
    fn ten_thousand_hosts_have_ten_thousand_classes() {
        let patterns: Vec<_> = (0..10_000)
            .map(|n| HostPattern::parse(&format!("t{n}.example.com"), &Source::BASELINE).unwrap())
            .collect();
        let table = HostTable::default().with(&patterns);
        assert_eq!(table.every().iter().count(), 10_001);
        assert_eq!(named(&table, "t77.example.com"), "t77.example.com");
        let deep = format!("{}t77.example.com", "a.".repeat(100));
        assert_eq!(named(&table, &deep), "other");
    }
}
