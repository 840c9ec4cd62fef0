//! Compiling policies from a configuration and the rules of routes.
//!
//! Merging and checking happen once, at startup; a request only needs lookups. The
//! rules of a route can be merged with two levels of the configuration: the global
//! rules, and the one group that its path belongs to.
//!
//! May import: `ceiling`, `config`, `grammar`, `live`, `merge`, `origin`, `policy`, `problem`,
//! `setting`.

mod allowed_codes;
mod attribute;
mod by_group;
mod by_host;
mod configuration;
mod global;
mod host_class;
mod live;
mod route;
mod without_origins;

pub use self::attribute::{check_attribute, check_module};
pub use self::by_group::{ByGroup, GroupIndex};
pub use self::by_host::ByHost;
pub use self::host_class::{HostClass, HostClasses};
pub use self::live::{LiveChange, LiveError, RejectedOrigin};
pub use self::route::{Route, RouteOnHost};

use std::collections::BTreeMap;
use std::sync::Arc;

use self::allowed_codes::AllowedCode;
use self::host_class::HostTable;
use self::live::LiveRequirements;
use crate::ceiling::CheckedLimits;
use crate::grammar::{PathPattern, PatternIndex};
use crate::merge::{Layer, Sets};
use crate::origin::SharedSets;
use crate::policy::{Policy, Request, RequestField};
use crate::problem::{Problem, Source};

/// A checked configuration that compiles the policies of routes.
#[derive(Clone, Debug)]
pub struct Resolver {
    pub(crate) global_layer: Layer,
    pub(crate) policies: BTreeMap<String, Layer>,
    pub(crate) sets: Sets,
    /// Where the policies use live sets.
    pub(crate) live_requirements: LiveRequirements,
    /// Invariant: the most specific pattern first.
    pub(crate) groups: Vec<Group>,
    /// The groups by their patterns.
    pub(crate) by_path: PatternIndex,
    pub(crate) limits: Vec<CheckedLimits>,
    /// The classes of hosts that the conditions distinguish.
    pub(crate) hosts: HostTable,
    /// The indices of the groups that apply to each class of hosts, in order.
    pub(crate) groups_on: ByHost<Vec<usize>>,
    pub(crate) fallback: ByHost<ByGroup<Arc<Policy>>>,
    /// The origin sets that the policies of routes share.
    pub(crate) origin_sets: SharedSets,
    pub(crate) preflight_status: u16,
    pub(crate) profile: Option<String>,
    /// The place of `loopback = true`.
    pub(crate) loopback: Option<Source>,
    /// The place of `enabled = false`.
    pub(crate) disabled: Option<Source>,
    pub(crate) allowed_codes: Vec<AllowedCode>,
    pub(crate) warnings: Vec<Problem>,
    /// This configuration, with the rules of `[cors.report_only]` over the global ones.
    pub(crate) report_only: Option<Arc<Self>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) pattern: PathPattern,
    pub(crate) layer: Layer,
}

impl Group {
    /// The precedence of a group: the path is compared first; for equal paths, a group
    /// with a `host` condition takes precedence over one without.
    fn specificity(&self) -> ((usize, bool, usize), bool) {
        (self.pattern.specificity(), self.layer.host.is_some())
    }

    /// Whether some request matches both groups, and neither is more specific.
    fn is_ambiguous_with(&self, other: &Self) -> bool {
        let hosts_overlap = || match (&self.layer.host, &other.layer.host) {
            (Some(mine), Some(theirs)) => mine.overlaps(theirs),
            _ => true,
        };
        self.specificity() == other.specificity()
            && self.pattern.overlaps(&other.pattern)
            && hosts_overlap()
    }
}

impl Resolver {
    /// The policy of paths outside every group.
    #[must_use]
    pub const fn global(&self) -> &Arc<Policy> {
        // No condition applies to the global rules, so they are equal for all hosts.
        &self.fallback.other.outside
    }

    /// The policy of a path that no annotated route serves, on a host that no `host`
    /// condition matches.
    #[must_use]
    pub fn for_path(&self, path: &str) -> &Arc<Policy> {
        self.for_path_on(path, HostClass::OTHER)
    }

    /// The policy of a path that no annotated route serves, on a host of the given
    /// class.
    #[must_use]
    pub fn for_path_on(&self, path: &str, host: HostClass) -> &Arc<Policy> {
        self.fallback.get(host).get(self.group_of(path, host))
    }

    /// The configuration that is only reported on: see [`Config::report_only`](crate::Config::report_only).
    #[must_use]
    pub const fn report_only(&self) -> Option<&Arc<Self>> {
        self.report_only.as_ref()
    }

    /// The policies of all paths that no annotated route serves.
    #[must_use]
    pub const fn fallback(&self) -> &ByHost<ByGroup<Arc<Policy>>> {
        &self.fallback
    }

    /// The named policies in the order of their names, each as it applies by itself: a group
    /// or route that is based on one may add rules.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let open = Rules::new(here.clone()).origins_any(here.clone());
    /// let resolver = Config::new(Rules::new(here)).named_policy("open", open).resolve()?;
    /// let (name, policy) = resolver.named_policies().next().unwrap();
    /// assert_eq!(name, "open");
    /// assert_eq!(policy.effective(Setting::Origins).value().to_string(), "any");
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    pub fn named_policies(&self) -> impl Iterator<Item = (&str, Policy)> {
        self.policies.iter().map(|(name, layer)| {
            let mut merged = self.merge(&[layer], None, &mut Vec::new());
            if let Some(loopback) = &self.loopback {
                merged.allow_loopback(loopback);
            }
            (name.as_str(), merged.compile(None, &self.origin_sets))
        })
    }

    /// Whether there are `host` conditions. Without any, every host is in
    /// [`HostClass::OTHER`].
    #[must_use]
    pub fn has_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// The class of a host, from the value of one `Host` header or `:authority`; `None`
    /// if the value is not a host with or without a port.
    ///
    /// Hosts are compared byte for byte, as `guard::Host` of actix-web does. A host with
    /// an upper-case letter or a final dot has no class: routers may treat it as another
    /// host than the one in lower case without the dot.
    ///
    /// ```
    /// use cors_core::{Config, HostClass, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let tenants = Rules::new(here.clone()).host(["t1.example.com", "*.example.org"], here.clone());
    /// let config = Config::new(Rules::new(here.clone())).group("/**", tenants, here);
    /// let resolver = config.resolve()?;
    /// let class = |host: &str| resolver.host_class(host.as_bytes());
    /// assert_eq!(class("t1.example.com:8443"), class("t1.example.com"));
    /// assert_eq!(class("a.b.example.org"), class("c.example.org"));
    /// assert_eq!(class("example.org"), Some(HostClass::OTHER));
    /// assert_eq!(class("t1.example.com/"), None);
    /// assert_eq!(class("T1.example.com"), None);
    /// assert_eq!(class("t1.example.com."), None);
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn host_class(&self, host: &[u8]) -> Option<HostClass> {
        self.hosts.class(host)
    }

    /// The classes that the host of a request may belong to: usually one.
    ///
    /// # Security
    ///
    /// Every `Host` line and `:authority` counts; forwarded headers do not. A
    /// request without one is in [`HostClass::OTHER`]. Where a line is not a host, where
    /// it has an upper-case letter or a final dot, or where two lines are in different
    /// classes, proxies, caches and routers may read the request differently, so all
    /// classes are given: allow only what the policies of all of them allow.
    #[must_use]
    pub fn hosts_of(&self, request: &impl Request) -> HostClasses {
        if !self.has_hosts() {
            return HostClasses::one(HostClass::OTHER);
        }
        let mut classes = request.lines(RequestField::Host).map(|line| self.host_class(line));
        let first = match classes.next() {
            None => return HostClasses::one(HostClass::OTHER),
            Some(first) => first,
        };
        match first {
            Some(class) if classes.all(|other| other == first) => HostClasses::one(class),
            _ => self.hosts.every(),
        }
    }

    /// Every class of hosts, [`HostClass::OTHER`] first.
    pub fn host_classes(&self) -> impl Iterator<Item = HostClass> {
        self.hosts.every().iter()
    }

    /// The name of a class of hosts, such as `t1.example.com` or `*.example.com`;
    /// `None` for [`HostClass::OTHER`].
    #[must_use]
    pub fn host_name(&self, host: HostClass) -> Option<&str> {
        self.hosts.name(host)
    }

    /// Whether the configuration contains groups of paths.
    #[must_use]
    pub const fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The group that a path belongs to on a host: the most specific one that matches
    /// both.
    #[must_use]
    pub fn group_of(&self, path: &str, host: HostClass) -> Option<GroupIndex> {
        let found = match self.hosts.is_empty() {
            true => self.by_path.first_match(path, &|_| true),
            false => {
                let here = self.groups_on.get(host);
                self.by_path.first_match(path, &|group| here.binary_search(&group).is_ok())
            }
        };
        found.map(GroupIndex)
    }

    /// Whether a group applies to some hosts only.
    #[must_use]
    pub fn group_has_host(&self, group: GroupIndex) -> bool {
        self.groups.get(group.0).is_some_and(|group| group.layer.host.is_some())
    }

    /// The groups that the paths of a route pattern may belong to on a class of hosts;
    /// `None` means paths outside of every group.
    ///
    /// ```
    /// use cors_core::{Config, HostClass, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let rules = || Rules::new(here.clone());
    /// let config = Config::new(rules()).group("/api/admin/**", rules(), here.clone());
    /// let resolver = config.resolve()?;
    /// let host = HostClass::OTHER;
    /// let admin = resolver.group_of("/api/admin/users", host);
    /// assert_eq!(resolver.groups_of_pattern("/api/{part}/users", host), [admin, None]);
    /// assert_eq!(resolver.groups_of_pattern("/api/admin/{id}", host), [admin]);
    /// assert_eq!(resolver.groups_of_pattern("/login", host), [None]);
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn groups_of_pattern(&self, pattern: &str, host: HostClass) -> Vec<Option<GroupIndex>> {
        let mut groups = Vec::new();
        for index in self.groups_on.get(host) {
            let group = &self.groups[*index].pattern;
            if group.may_contain(pattern) {
                groups.push(Some(GroupIndex(*index)));
                if group.contains_all(pattern) {
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
    /// use cors_core::{Config, HostClass, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let rules = || Rules::new(here.clone());
    /// let resolver = Config::new(rules()).group("/api/**", rules(), here.clone()).resolve()?;
    /// let group = resolver.group_of("/api/orders", HostClass::OTHER);
    /// let group = group.and_then(|group| resolver.group_pattern(group));
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

    /// The effective profile: the selected one, or production if profiles differ and
    /// none is selected.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The place of `enabled = false`, if CORS is disabled: an adapter then adds no
    /// header, answers no preflight and refuses no request.
    #[must_use]
    pub const fn disabled(&self) -> Option<&Source> {
        self.disabled.as_ref()
    }

    /// Whether there are limits. An adapter then removes the CORS headers that handlers
    /// set even if CORS is disabled, because these are not checked against the limits.
    #[must_use]
    pub const fn has_limits(&self) -> bool {
        !self.limits.is_empty()
    }

    /// Whether the effective profile is local: it sets `loopback = true`.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.loopback.is_some()
    }

    /// The warnings about the configuration.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, HostClass, Request, RequestField, Rules, Source};

    struct Hosts(&'static [&'static str]);

    impl Request for Hosts {
        fn method(&self) -> &[u8] {
            b"GET"
        }

        fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
            let lines = self.0.iter().filter(move |_| field == RequestField::Host);
            lines.map(|line| line.as_bytes())
        }
    }

    #[test]
    fn conflicting_host_headers_make_the_host_ambiguous() {
        let here = Source::caller();
        let rules = Rules::new(here.clone()).host(["a.example", "b.example"], here.clone());
        let config = Config::new(Rules::new(here.clone())).group("/**", rules, here);
        let resolver = config.resolve().unwrap();
        let a = resolver.host_class(b"a.example");
        for (lines, only) in [
            (&["a.example"][..], a),
            (&["a.example", "a.example:80"], a),
            (&["a.example."], None),
            (&["A.example"], None),
            (&["a.example", "A.example"], None),
            (&["c.example"], Some(HostClass::OTHER)),
            (&[], Some(HostClass::OTHER)),
            (&["a.example", "b.example"], None),
            (&["a.example", "c.example"], None),
            (&["a.example", "/"], None),
            (&["/", "/"], None),
            (&[""], None),
        ] {
            let hosts = resolver.hosts_of(&Hosts(lines));
            assert_eq!(hosts.only(), only, "{lines:?}");
            assert_eq!(hosts.iter().count(), if only.is_some() { 1 } else { 3 }, "{lines:?}");
        }
    }

    #[test]
    fn has_groups_is_true_if_a_group_is_configured() {
        let here = Source::caller();
        let rules = || Rules::new(here.clone());
        assert!(!Config::new(rules()).resolve().unwrap().has_groups());
        let config = Config::new(rules()).group("/x", rules(), here.clone());
        assert!(config.resolve().unwrap().has_groups());
    }
}
