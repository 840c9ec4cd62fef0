//! Values that depend on the group of paths.

/// The index of the `[[cors.paths]]` group that a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupIndex(pub(crate) usize);

/// A value for each of several groups, and one for paths outside of them.
///
/// A route such as `/api/{tenant}/users` may serve paths of several groups, so
/// its policy depends on the path.
#[derive(Clone, Debug)]
pub struct ByGroup<T> {
    pub(crate) outside: T,
    /// Invariant: the most specific group first, which is the one with the lowest index.
    pub(crate) inside: Vec<(GroupIndex, T)>,
}

impl<T> ByGroup<T> {
    /// The value in a group, or outside of all groups.
    #[must_use]
    pub fn get(&self, group: Option<GroupIndex>) -> &T {
        let Some(group) = group else { return &self.outside };
        match self.inside.binary_search_by_key(&group.0, |(index, _)| index.0) {
            Ok(found) => &self.inside[found].1,
            Err(_) => &self.outside,
        }
    }

    /// All values, the one outside of all groups first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.outside).chain(self.inside.iter().map(|(_, inside)| inside))
    }

    /// The value in each group, the most specific one first.
    pub fn inside(&self) -> impl Iterator<Item = (GroupIndex, &T)> {
        self.inside.iter().map(|(group, inside)| (*group, inside))
    }

    /// The value outside of all groups.
    pub const fn outside(&self) -> &T {
        &self.outside
    }

    /// Applies `turn` to each value.
    #[must_use]
    pub fn map<U>(&self, mut turn: impl FnMut(&T) -> U) -> ByGroup<U> {
        ByGroup {
            outside: turn(&self.outside),
            inside: self.inside.iter().map(|(index, inside)| (*index, turn(inside))).collect(),
        }
    }
}
