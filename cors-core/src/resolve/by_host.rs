//! Values that depend on the class of hosts.

use super::host_class::HostClass;

/// A value for each class of hosts.
///
/// Most values are equal for all classes; only classes with a different value are
/// listed.
///
/// ```
/// use cors_core::{Config, HostClass, Rules, Source};
///
/// let here = Source::caller();
/// let rules = || Rules::new(here.clone());
/// let open = rules().host("t1.example.com", here.clone()).origins_any(here.clone());
/// let resolver = Config::new(rules()).group("/**", open, here.clone()).resolve()?;
/// let t1 = resolver.host_class(b"t1.example.com").unwrap_or_default();
/// let differing: Vec<_> = resolver.fallback().differing().map(|(host, _)| host).collect();
/// assert_eq!(differing, [t1]);
/// assert!(resolver.fallback().get(t1).inside().next().is_some());
/// assert!(resolver.fallback().get(HostClass::OTHER).inside().next().is_none());
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ByHost<T> {
    pub(crate) other: T,
    /// Invariant: sorted by class, without [`HostClass::OTHER`].
    pub(crate) differing: Vec<(HostClass, T)>,
}

impl<T> ByHost<T> {
    /// Creates a value that is equal for all classes of hosts.
    #[must_use]
    pub const fn everywhere(value: T) -> Self {
        Self { other: value, differing: Vec::new() }
    }

    /// The value for a class of hosts.
    #[must_use]
    pub fn get(&self, host: HostClass) -> &T {
        if self.differing.is_empty() {
            return &self.other;
        }
        match self.differing.binary_search_by_key(&host, |(class, _)| *class) {
            Ok(index) => &self.differing[index].1,
            Err(_) => &self.other,
        }
    }

    /// The value for all classes that are not listed as differing.
    #[must_use]
    pub const fn other(&self) -> &T {
        &self.other
    }

    /// The classes whose value differs from that of [`HostClass::OTHER`], in order.
    pub fn differing(&self) -> impl Iterator<Item = (HostClass, &T)> {
        self.differing.iter().map(|(class, value)| (*class, value))
    }

    /// All values, the one for [`HostClass::OTHER`] first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.other).chain(self.differing.iter().map(|(_, value)| value))
    }

    /// Applies `turn` to each value.
    #[must_use]
    pub fn map<U>(&self, mut turn: impl FnMut(&T) -> U) -> ByHost<U> {
        ByHost {
            other: turn(&self.other),
            differing: self.differing.iter().map(|(class, value)| (*class, turn(value))).collect(),
        }
    }
}
