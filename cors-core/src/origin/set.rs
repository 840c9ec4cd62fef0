//! The set of all origins that a policy allows, compiled for fast lookup. The cost of a
//! lookup depends on the value and on the number of regexes, not on the number of
//! patterns.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, Hash as _, Hasher as _};

use foldhash::fast::FixedState;

use super::exact::ExactOrigins;
use super::pattern::{OriginPattern, PortRule};
use super::regex::OriginRegex;
use super::serialized::Origin;

/// A set of origins, described by patterns and regexes.
///
/// ```
/// use cors_core::{OriginPattern, OriginSet};
///
/// let patterns = ["https://example.com", "https://*.example.com"].map(OriginPattern::parse);
/// let set = OriginSet::new(patterns.into_iter().flatten(), [], false);
/// assert!(set.contains(b"https://app.example.com"));
/// assert!(!set.contains(b"https://evilexample.com"));
/// assert!(!set.contains(b"null"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OriginSet {
    exact: ExactOrigins,
    /// The wildcard rules, by host without `*.`. Invariant: each list is sorted.
    // The keys come from configuration, so an attacker cannot cause hash collisions.
    wildcards: HashMap<Box<str>, Vec<WildcardRule>, FixedState>,
    /// The length of the longest key of `wildcards`.
    longest_base: usize,
    regexes: Vec<OriginRegex>,
    null: bool,
}

impl OriginSet {
    /// Compiles a set. `null` is whether it contains the opaque origin `null`.
    #[must_use]
    pub fn new(
        patterns: impl IntoIterator<Item = OriginPattern>,
        regexes: impl IntoIterator<Item = OriginRegex>,
        null: bool,
    ) -> Self {
        Self { null, ..Self::default() }.with(patterns, regexes)
    }

    /// This set, and more patterns and regexes.
    pub(crate) fn with(
        mut self,
        patterns: impl IntoIterator<Item = OriginPattern>,
        regexes: impl IntoIterator<Item = OriginRegex>,
    ) -> Self {
        for pattern in patterns {
            self.insert(&pattern);
        }
        for rules in self.wildcards.values_mut() {
            rules.sort_unstable();
            rules.dedup();
            rules.shrink_to_fit();
        }
        self.exact.shrink_to_fit();
        self.regexes.extend(regexes);
        self.regexes.sort_unstable();
        self.regexes.dedup();
        self
    }

    /// This set without some of its patterns and regexes.
    pub(crate) fn without(&self, patterns: &[OriginPattern], regexes: &[OriginRegex]) -> Self {
        let removed: HashSet<&[u8]> = patterns.iter().map(|it| it.as_str().as_bytes()).collect();
        let (kept, kept_regexes) = self.parts();
        let kept = kept.into_iter().filter(|it| !removed.contains(it.as_str().as_bytes()));
        let kept_regexes = kept_regexes.iter().filter(|it| !regexes.contains(it)).cloned();
        Self::new(kept, kept_regexes, self.null)
    }

    /// The patterns and the regexes of the set.
    pub(crate) fn parts(&self) -> (Vec<OriginPattern>, &[OriginRegex]) {
        let exact = self.exact.iter().filter_map(|text| std::str::from_utf8(text).ok());
        let wildcards = self.wildcards.iter();
        let wildcards = wildcards.flat_map(|(base, rules)| rules.iter().map(|r| r.pattern(base)));
        let mut patterns: Vec<_> = exact.filter_map(OriginPattern::parse_strictly).collect();
        patterns.extend(wildcards.filter_map(|text| OriginPattern::parse_strictly(&text)));
        (patterns, &self.regexes)
    }

    fn insert(&mut self, pattern: &OriginPattern) {
        if pattern.is_exact() {
            self.exact.insert(pattern.as_str());
            return;
        }
        self.longest_base = self.longest_base.max(pattern.host().len());
        self.wildcards.entry(pattern.host().into()).or_default().push(WildcardRule {
            subdomains: pattern.has_subdomains(),
            scheme: pattern.scheme().into(),
            port: pattern.port(),
        });
    }

    /// Whether the set contains the origin in an `Origin` header.
    ///
    /// A value that no browser sends is not in any set. Nothing is allocated, except by
    /// the `regex` crate when it first uses a regex.
    #[must_use]
    pub fn contains(&self, value: &[u8]) -> bool {
        // Stored texts have been parsed already, so a hit needs no parsing.
        if self.exact.contains(value) {
            return true;
        }
        if value == b"null" {
            return self.null;
        }
        if self.wildcards.is_empty() && self.regexes.is_empty() {
            return false;
        }
        Origin::parse(value).is_some_and(|origin| {
            self.matches_wildcard(&origin)
                || self.regexes.iter().any(|regex| regex.is_match(origin.as_str()))
        })
    }

    /// The number of distinct patterns and regexes of the set; `null` counts as one.
    #[must_use]
    pub fn len(&self) -> usize {
        let wildcards: usize = self.wildcards.values().map(Vec::len).sum();
        self.exact.len() + wildcards + self.regexes.len() + usize::from(self.null)
    }

    /// The distinct patterns and regexes of the set as they are written in `cors.toml`,
    /// sorted.
    ///
    /// ```
    /// use cors_core::{OriginPattern, OriginSet};
    ///
    /// let patterns = ["http://localhost:*", "https://*.example.com"].map(OriginPattern::parse);
    /// let set = OriginSet::new(patterns.into_iter().flatten(), [], true);
    /// assert_eq!(set.elements(), ["http://localhost:*", "https://*.example.com", "null"]);
    /// ```
    #[must_use]
    pub fn elements(&self) -> Vec<String> {
        let exact = self.exact.iter().map(|origin| String::from_utf8_lossy(origin).into_owned());
        let wildcards = self.wildcards.iter();
        let wildcards = wildcards.flat_map(|(base, rules)| rules.iter().map(|r| r.pattern(base)));
        let null = self.null.then(|| "null".to_owned());
        let mut patterns: Vec<_> = exact.chain(wildcards).chain(null).collect();
        patterns.sort_unstable();
        patterns.extend(self.regexes.iter().map(|regex| format!("regex({:?})", regex.to_string())));
        patterns
    }

    /// A number that equal sets have in common, and different ones hardly ever.
    pub(super) fn fingerprint(&self) -> u64 {
        let Self { exact, wildcards, longest_base: _, regexes, null } = self;
        let hash = |part: &dyn Fn(&mut <FixedState as BuildHasher>::Hasher)| {
            let mut hasher = FixedState::default().build_hasher();
            part(&mut hasher);
            hasher.finish()
        };
        // A sum, because the order in which patterns are stored does not matter.
        let exact = exact.iter().map(|text| hash(&|hasher| text.hash(hasher)));
        let wildcards = wildcards.iter().map(|entry| hash(&|hasher| entry.hash(hasher)));
        let regexes = regexes.iter().map(|regex| hash(&|hasher| regex.as_str().hash(hasher)));
        let parts = exact.chain(wildcards).chain(regexes);
        parts.fold(u64::from(*null), u64::wrapping_add)
    }

    /// Whether the set contains no origin.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { exact, wildcards, longest_base: _, regexes, null } = self;
        exact.len() == 0 && wildcards.is_empty() && regexes.is_empty() && !null
    }

    /// Whether some origin may be in both sets. It is not decided for regular
    /// expressions: they may match whatever the other set contains.
    pub(crate) fn may_share(&self, other: &Self) -> bool {
        let exact_in =
            |set: &Self, in_other: &Self| set.exact.iter().any(|origin| in_other.contains(origin));
        let wildcards = |set: &Self| -> Vec<OriginPattern> {
            let all = set.wildcards.iter();
            let all = all.flat_map(|(base, rules)| rules.iter().map(|r| r.pattern(base)));
            all.filter_map(|text| OriginPattern::parse(&text).ok()).collect()
        };
        let (mine, theirs) = (wildcards(self), wildcards(other));
        let overlap = |a: &OriginPattern, b: &OriginPattern| a.covers(b) || b.covers(a);
        self.null && other.null
            || !self.regexes.is_empty() && !other.is_empty()
            || !other.regexes.is_empty() && !self.is_empty()
            || exact_in(self, other)
            || exact_in(other, self)
            || mine.iter().any(|a| theirs.iter().any(|b| overlap(a, b)))
    }

    fn matches_wildcard(&self, origin: &Origin<'_>) -> bool {
        let host = origin.host();
        let below = host.match_indices('.').map(|(dot, _)| (&host[dot + 1..], true));
        [(host, false)]
            .into_iter()
            .chain(below)
            // This limits the work for a host with a hundred labels.
            .filter(|(base, _)| base.len() <= self.longest_base)
            .any(|(base, subdomains)| self.has_rule(base, subdomains, origin))
    }

    fn has_rule(&self, base: &str, subdomains: bool, origin: &Origin<'_>) -> bool {
        let Some(rules) = self.wildcards.get(base) else { return false };
        [PortRule::Any, PortRule::of(origin.port())].into_iter().any(|port| {
            let wanted = (subdomains, origin.scheme(), port);
            rules.binary_search_by(|rule| rule.key().cmp(&wanted)).is_ok()
        })
    }
}

/// The conditions of a wildcard pattern besides its host.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct WildcardRule {
    // Invariant: the fields are in the order of `key`, which the search uses.
    subdomains: bool,
    scheme: Box<str>,
    port: PortRule,
}

impl WildcardRule {
    /// The pattern that this rule was compiled from.
    fn pattern(&self, base: &str) -> String {
        let Self { subdomains, scheme, port } = self;
        let star = if *subdomains { "*." } else { "" };
        let port = match port {
            PortRule::Default => String::new(),
            PortRule::Number(port) => format!(":{port}"),
            PortRule::Any => ":*".to_owned(),
        };
        format!("{scheme}://{star}{base}{port}")
    }

    fn key(&self) -> (bool, &str, PortRule) {
        (self.subdomains, &self.scheme, self.port)
    }
}

impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only counts are shown: there may be 100 000 patterns, in no stable order.
        f.debug_struct("OriginSet")
            .field("exact", &self.exact.len())
            .field("wildcards", &self.wildcards.values().map(Vec::len).sum::<usize>())
            .field("regexes", &self.regexes)
            .field("null", &self.null)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_elements_are_counted_once() {
        let patterns = [
            "https://a.example",
            "https://b.example",
            "https://*.example",
            "https://*.example:*",
            "https://a.example",
            "https://*.example",
        ];
        let regexes = ["https://x", "https://y", "https://z", "https://y"];
        let set = OriginSet::new(
            patterns.iter().map(|text| OriginPattern::parse(text).unwrap()),
            regexes.iter().map(|text| OriginRegex::parse(text).unwrap()),
            true,
        );
        assert_eq!(set.len(), 2 + 2 + 3 + 1);
        assert_eq!(set.elements().len(), set.len());
        assert!(!set.is_empty());
        assert!(OriginSet::default().is_empty());
        assert!(!OriginSet::new([], [], true).is_empty());
    }
}
