//! An annotated handler, as generated code describes it.

use cors_core::{Rules, Source};

/// An annotated handler: its name, its route attributes and its rules.
#[derive(Debug, PartialEq)]
pub struct Handler {
    pub(crate) name: &'static str,
    pub(crate) resources: Vec<Resource>,
    /// Of the modules around it, the outermost first.
    pub(crate) modules: Vec<Rules>,
    /// Its own; none where it only inherits those of its module.
    pub(crate) rules: Option<Rules>,
}

/// One route attribute: its local pattern and the methods it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    path: &'static str,
    methods: Vec<&'static str>,
    name: Option<&'static str>,
    guarded: bool,
}

impl Handler {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(name: &'static str, resources: impl Into<Vec<Resource>>) -> Self {
        Self { name, resources: resources.into(), modules: Vec::new(), rules: None }
    }

    /// With the rules of a module, inside the modules that were given before.
    #[must_use]
    pub fn module(mut self, rules: Rules) -> Self {
        self.modules.push(rules);
        self
    }

    /// With rules of its own.
    #[must_use]
    pub fn rules(self, rules: Rules) -> Self {
        Self { rules: Some(rules), ..self }
    }

    /// Everything that it says, the outermost module first.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &Rules> {
        self.modules.iter().chain(&self.rules)
    }

    /// Where its rules begin: at its own attribute, or at that of its module.
    pub(crate) fn source(&self) -> &Source {
        let innermost = self.rules.as_ref().or_else(|| self.modules.last());
        innermost.map_or(&Source::BASELINE, Rules::source)
    }
}

impl Resource {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(path: &'static str, methods: impl Into<Vec<&'static str>>) -> Self {
        Self { path, methods: methods.into(), name: None, guarded: false }
    }

    /// With a name other than the handler's.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// With guards of its own, so that it may not serve what it matches.
    #[must_use]
    pub fn guarded(self) -> Self {
        Self { guarded: true, ..self }
    }

    /// The pattern within the scopes around it, such as `/users/{id}`.
    pub(crate) fn local_pattern(&self) -> String {
        let Self { path, .. } = self;
        // As actix does: an empty path stays empty, and outside of scopes is no path at all.
        let slash = !path.is_empty() && !path.starts_with('/');
        format!("{}{path}", if slash { "/" } else { "" })
    }

    pub(crate) fn methods(&self) -> &[&'static str] {
        &self.methods
    }

    pub(crate) const fn name(&self) -> Option<&'static str> {
        self.name
    }

    pub(crate) const fn is_guarded(&self) -> bool {
        self.guarded
    }
}
