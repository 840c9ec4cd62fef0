//! From a configuration and the rules of a route to compiled policies.
//!
//! Merging and checking happen here, once, at startup: what a request needs is
//! looked up. Two levels of one configuration can be merged with what a route's
//! attributes say: the global rules and the one group that its path belongs to.
//!
//! May import every other room, save `read`.

mod allowed_warnings;
mod attribute;
mod by_group;
mod configuration;
mod global;
mod route;

pub use self::attribute::{check_attribute, check_module};
pub use self::by_group::{ByGroup, GroupIndex};
pub use self::route::Route;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::allowed_warnings::AllowedCode;
use crate::ceiling::CheckedLimits;
use crate::config::Profile;
use crate::grammar::PathPattern;
use crate::merge::{Layer, Sets};
use crate::origin::SharedSets;
use crate::policy::Policy;
use crate::problem::Problem;

/// A checked configuration, ready to compile the policies of routes.
#[derive(Clone, Debug)]
pub struct Resolver {
    pub(crate) global_layer: Layer,
    pub(crate) policies: BTreeMap<String, Layer>,
    pub(crate) sets: Sets,
    /// Invariant: the most specific pattern first.
    pub(crate) groups: Vec<Group>,
    pub(crate) limits: Vec<CheckedLimits>,
    pub(crate) fallback: ByGroup<Arc<Policy>>,
    /// What the policies of routes share.
    pub(crate) origin_sets: SharedSets,
    pub(crate) preflight_status: u16,
    pub(crate) profile: Option<Profile>,
    pub(crate) allowed_codes: Vec<AllowedCode>,
    pub(crate) warnings: Vec<Problem>,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) pattern: PathPattern,
    pub(crate) layer: Layer,
}

impl Resolver {
    /// The policy of paths outside every group.
    #[must_use]
    pub const fn global(&self) -> &Arc<Policy> {
        &self.fallback.outside
    }

    /// The policy of a path that no annotated route serves.
    #[must_use]
    pub fn for_path(&self, path: &str) -> &Arc<Policy> {
        self.fallback.get(self.group_of(path))
    }

    /// The policies of everything that is not annotated.
    #[must_use]
    pub const fn fallback(&self) -> &ByGroup<Arc<Policy>> {
        &self.fallback
    }

    /// Whether some paths have rules of their own.
    #[must_use]
    pub const fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The group that a path belongs to: the most specific one that matches.
    #[must_use]
    pub fn group_of(&self, path: &str) -> Option<GroupIndex> {
        self.groups.iter().position(|group| group.pattern.matches(path)).map(GroupIndex)
    }

    /// The groups that the paths of a route pattern may belong to, `None` for paths
    /// outside of every group.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let rules = || Rules::new(here.clone());
    /// let config = Config::new(rules()).group("/api/admin/**", rules(), here.clone());
    /// let resolver = config.resolve()?;
    /// let admin = resolver.group_of("/api/admin/users");
    /// assert_eq!(resolver.groups_of_pattern("/api/{part}/users"), [admin, None]);
    /// assert_eq!(resolver.groups_of_pattern("/api/admin/{id}"), [admin]);
    /// assert_eq!(resolver.groups_of_pattern("/login"), [None]);
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn groups_of_pattern(&self, pattern: &str) -> Vec<Option<GroupIndex>> {
        let mut groups = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            if group.pattern.may_contain(pattern) {
                groups.push(Some(GroupIndex(index)));
                if group.pattern.contains_all(pattern) {
                    return groups;
                }
            }
        }
        groups.push(None);
        groups
    }

    /// The pattern of a group, as it was written.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let rules = || Rules::new(here.clone());
    /// let resolver = Config::new(rules()).group("/api/**", rules(), here.clone()).resolve()?;
    /// let group = resolver.group_of("/api/orders").and_then(|group| resolver.group_pattern(group));
    /// assert_eq!(group.as_deref(), Some("/api/**"));
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn group_pattern(&self, group: GroupIndex) -> Option<String> {
        Some(self.groups.get(group.0)?.pattern.to_string())
    }

    /// The status of a successful preflight.
    #[must_use]
    pub const fn preflight_status(&self) -> u16 {
        self.preflight_status
    }

    /// The profile that is in force: the one that was chosen, or production where
    /// profiles differ and none was.
    #[must_use]
    pub const fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// What is suspicious in the configuration.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Rules, Source};

    #[test]
    fn there_are_groups_where_one_was_added() {
        let here = Source::caller();
        let rules = || Rules::new(here.clone());
        assert!(!Config::new(rules()).resolve().unwrap().has_groups());
        let config = Config::new(rules()).group("/x", rules(), here.clone());
        assert!(config.resolve().unwrap().has_groups());
    }
}
