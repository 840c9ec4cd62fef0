//! Whether one element of a list allows everything that another element allows.

use std::collections::HashSet;

use super::Mergeable;

/// Elements that may cover others.
pub(crate) struct Cover<'e, T> {
    elements: Vec<&'e T>,
    /// Most elements are in the list themselves, so an exact lookup comes first.
    same: HashSet<&'e T>,
}

impl<'e, T: Mergeable> Cover<'e, T> {
    pub(crate) fn of(elements: impl Iterator<Item = &'e T>) -> Self {
        let elements: Vec<_> = elements.collect();
        let same = elements.iter().copied().collect();
        Self { elements, same }
    }

    pub(crate) fn covers(&self, element: &T) -> bool {
        self.same.contains(element) || self.elements.iter().any(|known| known.covers(element))
    }
}
