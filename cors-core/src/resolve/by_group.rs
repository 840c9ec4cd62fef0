//! What holds in each group of paths that is told apart.

/// Which `[[cors.paths]]` group a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupIndex(pub(crate) usize);

/// What holds inside the groups that are told apart, and outside all of them.
///
/// A route such as `/api/{tenant}/users` may serve paths of several groups, so
/// its policy depends on the path.
#[derive(Clone, Debug)]
pub struct ByGroup<T> {
    pub(crate) outside: T,
    /// Invariant: the most specific group first.
    pub(crate) inside: Vec<(GroupIndex, T)>,
}

impl<T> ByGroup<T> {
    /// What holds in a group, or outside all of them.
    #[must_use]
    pub fn get(&self, group: Option<GroupIndex>) -> &T {
        let inside = self.inside.iter().find(|(index, _)| Some(*index) == group);
        inside.map_or(&self.outside, |(_, inside)| inside)
    }

    /// All of them, outside first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.outside).chain(self.inside.iter().map(|(_, inside)| inside))
    }

    /// What holds in each group, the most specific one first.
    pub fn inside(&self) -> impl Iterator<Item = (GroupIndex, &T)> {
        self.inside.iter().map(|(group, inside)| (*group, inside))
    }

    /// What holds outside all groups.
    pub const fn outside(&self) -> &T {
        &self.outside
    }

    /// The same by group, each turned into something else.
    #[must_use]
    pub fn map<U>(&self, mut turn: impl FnMut(&T) -> U) -> ByGroup<U> {
        ByGroup {
            outside: turn(&self.outside),
            inside: self.inside.iter().map(|(index, inside)| (*index, turn(inside))).collect(),
        }
    }
}
