//! What an application registers with its edge, the same in every worker.
//!
//! Each worker builds its own application, with services that cannot leave its
//! thread. A descriptor is what can: which routes there are and what their rules
//! are, so that policies are compiled once in a process, and again when the
//! configuration is reloaded.

use std::sync::Arc;

use cors_core::{Element, Rules};

use super::handler::{Handler, MethodName, Resource};

/// Everything about an application that policies depend on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AppDescriptor {
    /// `None` for a whole application.
    pub(crate) part: Option<PartDescriptor>,
    /// The annotated routes, in the order in which actix tries them.
    pub(crate) routes: Vec<Arc<RouteDescriptor>>,
    /// Groups of paths that were registered in code, each with its full pattern.
    pub(crate) groups: Vec<(Element, Rules)>,
}

impl AppDescriptor {
    /// The pattern of the scope that this is a part of an application in.
    pub(crate) fn scope(&self) -> Option<&str> {
        let scopes = self.part.as_ref().map(|part| &*part.scopes);
        scopes.filter(|scopes| !scopes.is_empty())
    }
}

/// A part of an application that has a `Cors` of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartDescriptor {
    /// The pattern of its scope, with all scopes around it.
    pub(crate) scopes: String,
    /// Whether an earlier part has the same pattern: a guard chooses between the two.
    pub(crate) has_twin: bool,
}

/// One resource of an annotated handler, as registered in one place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RouteDescriptor {
    pub(crate) handler: Arc<Handler>,
    pub(crate) resource: Resource,
    /// Whether it is registered outside all scopes.
    pub(crate) is_root: bool,
    /// The pattern of the scopes around the route, such as `/api/{tenant}`.
    pub(crate) scopes: String,
    /// The pattern with all scopes, such as `/api/{tenant}/users/{id}`.
    pub(crate) pattern: String,
    /// The pattern with numbers for the names of its parameters, which shows
    /// whether two routes match the same paths.
    pub(crate) anonymous: String,
}

impl RouteDescriptor {
    pub(crate) fn new(
        handler: Arc<Handler>,
        resource: Resource,
        is_root: bool,
        scopes: String,
    ) -> Self {
        let pattern = format!("{scopes}{}", resource.local_pattern());
        let anonymous = anonymous(&pattern).0;
        Self { handler, resource, is_root, scopes, pattern, anonymous }
    }

    pub(crate) fn methods(&self) -> &[MethodName] {
        self.resource.methods()
    }

    /// Whether the route serves this method.
    pub(crate) fn serves(&self, method: &[u8]) -> bool {
        self.methods().iter().any(|served| served.as_bytes() == method)
    }

    /// The methods of all the handler's resources with the same local pattern.
    pub(crate) fn methods_here(&self) -> Vec<&str> {
        let here = self.resource.local_pattern();
        let resources = self.handler.resources.iter();
        let resources = resources.filter(|other| other.local_pattern() == here);
        resources.flat_map(Resource::methods).map(|method| &**method).collect()
    }

    /// The methods of all the handler's resources.
    pub(crate) fn methods_anywhere(&self) -> Vec<&str> {
        let methods = self.handler.resources.iter().flat_map(Resource::methods);
        methods.map(|method| &**method).collect()
    }

    /// Whether another resource of the same handler has the same policies: the
    /// two were registered together, under one pattern.
    pub(crate) fn is_twin_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handler, &other.handler) && self.pattern == other.pattern
    }

    /// The name of the resource, as actix knows it.
    pub(crate) fn name(&self) -> &str {
        self.resource.name().unwrap_or_else(|| {
            let path = self.handler.name;
            path.rsplit_once("::").map_or(path, |(_, name)| name)
        })
    }

    /// Whether the pattern matches one path only, which it is.
    pub(crate) fn is_literal(&self) -> bool {
        is_literal(&self.pattern)
    }

    /// Whether a guard, of the resource or of a scope, may turn requests away.
    pub(crate) const fn may_be_guarded(&self) -> bool {
        self.resource.is_guarded() || !self.is_root
    }
}

/// A path that is registered, and the methods that it serves there; none if it is not known
/// which, or all.
#[cfg(feature = "introspection")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServedPath {
    pub(crate) pattern: String,
    pub(crate) methods: Vec<MethodName>,
}

/// The pattern with numbers for the names of its parameters, and how many there
/// are. Scopes may repeat a name, which one pattern may not.
pub(crate) fn anonymous(pattern: &str) -> (String, usize) {
    let mut anonymous = String::with_capacity(pattern.len());
    let (mut rest, mut parameters) = (pattern, 0);
    while let Some((before, after)) = rest.split_once('{') {
        let end = parameter_end(after);
        let regex = after[..end].find(':').map_or("", |colon| &after[colon..end]);
        anonymous.push_str(&format!("{before}{{p{parameters}{regex}"));
        parameters += 1;
        rest = &after[end..];
    }
    anonymous.push_str(rest);
    (anonymous, parameters)
}

/// Where a parameter ends whose text after `{` is given: braces nest.
pub(crate) fn parameter_end(after: &str) -> usize {
    let mut depth = 1;
    for (index, c) in after.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    after.len()
}

/// Whether a pattern, or a part of one, has no parameters.
pub(crate) fn is_literal(pattern: &str) -> bool {
    !pattern.contains(['{', '*'])
}
