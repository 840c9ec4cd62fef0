//! What is registered for paths and not for a handler: groups with rules of their own, and
//! inspectors. An anchor shows the scopes around it.

#[cfg(feature = "inspector")]
use std::fmt;
#[cfg(feature = "inspector")]
use std::rc::Rc;

#[cfg(feature = "inspector")]
use actix_web::dev::ResourceDef;
use cors_core::{Element, IntoElements, Rules, Source, spell_path_segment};

use super::anchor::Anchor;

/// A group of paths, by its pattern within the scopes around it.
#[derive(Clone, Debug)]
pub(crate) struct PathGroup {
    pattern: String,
    source: Source,
    rules: Rules,
}

impl PathGroup {
    pub(crate) const fn new(pattern: String, source: Source, rules: Rules) -> Self {
        Self { pattern, source, rules }
    }

    /// Makes the group one of these hosts only.
    pub(crate) fn on_hosts(self, hosts: impl IntoElements, source: Source) -> Self {
        Self { rules: self.rules.host(hosts, source), ..self }
    }

    /// The pattern as it was written, where, and the rules.
    pub(crate) fn into_parts(self) -> (String, Source, Rules) {
        let Self { pattern, source, rules } = self;
        (pattern, source, rules)
    }

    /// The group that this is within the scopes around its anchor; `None` when
    /// the application is gone.
    pub(super) fn at(&self, anchor: &Anchor) -> Option<(Element, Rules)> {
        let Self { pattern, source, rules } = self;
        let pattern = match pattern.starts_with('/') {
            true => format!("{}{pattern}", of_any_parameter(&anchor.scopes()?)),
            // Reported as it was written.
            false => pattern.clone(),
        };
        Some((Element::plain(pattern, source.clone()), rules.clone()))
    }
}

/// The pattern of scopes with `*` for each parameter that matches any
/// segment. Other parameters are left: a group with one is reported. All other
/// segments are literal for the router, so they are spelled as literals.
fn of_any_parameter(scopes: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'))
    {
        Some(name) if !name.contains([':', '{', '}']) => "*".to_owned(),
        None if !segment.contains(['{', '}']) => spell_path_segment(segment),
        _ => segment.to_owned(),
    };
    scopes.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The paths of an inspector, by the prefix within the scopes around it.
#[cfg(feature = "inspector")]
#[derive(Clone)]
pub(crate) struct InspectorPath {
    prefix: String,
    /// Whether it is served in the profile that applies now.
    is_served: Rc<dyn Fn() -> bool>,
}

#[cfg(feature = "inspector")]
impl InspectorPath {
    pub(crate) fn new(prefix: String, is_served: impl Fn() -> bool + 'static) -> Self {
        Self { prefix, is_served: Rc::new(is_served) }
    }

    /// The whole paths within the scopes around the anchor; `None` when the application is
    /// gone.
    pub(super) fn at(&self, anchor: &Anchor) -> Option<InspectorPaths> {
        let prefix = ResourceDef::prefix(format!("{}{}", anchor.scopes()?, self.prefix));
        Some(InspectorPaths { prefix, is_served: Rc::clone(&self.is_served) })
    }
}

#[cfg(feature = "inspector")]
impl fmt::Debug for InspectorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InspectorPath({})", self.prefix)
    }
}

/// The paths of an inspector, with all scopes around it.
#[cfg(feature = "inspector")]
pub(crate) struct InspectorPaths {
    prefix: ResourceDef,
    is_served: Rc<dyn Fn() -> bool>,
}

#[cfg(feature = "inspector")]
impl InspectorPaths {
    /// Whether a request for this path is for the inspector, unless a resource that is
    /// registered earlier takes it.
    pub(crate) fn contain(&self, path: &str) -> bool {
        self.prefix.is_match(path) && (self.is_served)()
    }

    /// Whether this is the pattern of a resource of the inspector.
    #[cfg(feature = "introspection")]
    pub(crate) fn have_pattern(&self, pattern: &str) -> bool {
        self.prefix.is_match(pattern)
    }
}

#[cfg(feature = "inspector")]
impl fmt::Debug for InspectorPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InspectorPaths({:?})", self.prefix.pattern())
    }
}
