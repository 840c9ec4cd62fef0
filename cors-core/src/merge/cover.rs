//! What a list of elements covers: whatever one of them allows.

use std::collections::HashSet;

use super::Mergeable;

/// Elements that others may be covered by.
pub(crate) struct Cover<'e, T> {
    elements: Vec<&'e T>,
    /// Most of a long list is covered by itself.
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
