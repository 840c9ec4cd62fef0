//! An annotated handler, and each place where it is registered.

use std::rc::{Rc, Weak};

use actix_web::dev::ResourceMap;
use cors_core::Rules;

/// An annotated handler: its name, its route attributes and its rules.
#[derive(Debug)]
pub struct Handler {
    pub(crate) name: &'static str,
    pub(crate) rules: Rules,
    pub(crate) resources: Vec<Resource>,
}

/// One route attribute: its local pattern and the methods it serves.
#[derive(Clone, Debug)]
pub struct Resource {
    path: &'static str,
    methods: Vec<&'static str>,
    name: Option<&'static str>,
    guarded: bool,
}

impl Handler {
    #[allow(missing_docs, reason = "only generated code sees this")]
    pub fn new(name: &'static str, resources: impl Into<Vec<Resource>>, rules: Rules) -> Self {
        Self { name, rules, resources: resources.into() }
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
}

/// One resource of an annotated handler, as registered in one place.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: RouteId,
    pub(crate) handler: Rc<Handler>,
    pub(crate) resource: Resource,
    pub(crate) is_root: bool,
    /// The pattern of the anchor, which no other registration has.
    pub(crate) anchor: Rc<str>,
    /// Owned by the application's own resource map.
    pub(crate) anchor_map: Weak<ResourceMap>,
}

/// Tells the routes of a thread apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RouteId(pub(crate) u32);

impl Route {
    /// The pattern of the scopes around the route, such as `/api/{tenant}`;
    /// `None` when the application is gone.
    pub(crate) fn scopes(&self) -> Option<String> {
        let pattern = self.anchor_map.upgrade()?.match_pattern(&self.anchor)?;
        pattern.strip_suffix(&*self.anchor).map(str::to_owned)
    }

    /// The pattern within those scopes, such as `/users/{id}`.
    pub(crate) fn local_pattern(&self) -> String {
        let path = self.resource.path;
        // As actix does: outside scopes even an empty path becomes `/`.
        let slash = (self.is_root || !path.is_empty()) && !path.starts_with('/');
        format!("{}{path}", if slash { "/" } else { "" })
    }

    pub(crate) fn methods(&self) -> &[&'static str] {
        &self.resource.methods
    }

    /// The methods of all the handler's resources with the same local pattern.
    pub(crate) fn methods_here(&self) -> Vec<&'static str> {
        let here = self.handler.resources.iter().filter(|other| other.path == self.resource.path);
        here.flat_map(|resource| &resource.methods).copied().collect()
    }

    /// The methods of all the handler's resources.
    pub(crate) fn methods_anywhere(&self) -> Vec<&'static str> {
        self.handler.resources.iter().flat_map(|resource| &resource.methods).copied().collect()
    }

    /// Whether the two were registered together, under one pattern.
    pub(crate) fn is_twin_of(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.handler, &other.handler) && self.resource.path == other.resource.path
    }

    /// The name of the resource, as actix knows it.
    pub(crate) fn name(&self) -> &'static str {
        self.resource.name.unwrap_or_else(|| {
            let path = self.handler.name;
            path.rsplit_once("::").map_or(path, |(_, name)| name)
        })
    }

    pub(crate) const fn is_guarded(&self) -> bool {
        self.resource.guarded
    }
}
