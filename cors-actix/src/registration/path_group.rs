//! A group of paths with rules of its own, registered in one place.

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

/// The pattern of scopes with `*` for each parameter that stands for any
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
