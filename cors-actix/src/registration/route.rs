//! An annotated resource, as one thread registered it.

use std::rc::Rc;
use std::sync::Arc;

use super::anchor::Anchor;
use super::descriptor::RouteDescriptor;
use super::handler::{Handler, Resource};

/// One resource of an annotated handler, as this thread registered it.
#[derive(Debug)]
pub(crate) struct Route {
    id: RouteId,
    handler: Arc<Handler>,
    resource: Resource,
    anchor: Anchor,
}

/// Tells the routes of a thread apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RouteId(pub(crate) u32);

impl Route {
    pub(crate) const fn new(
        id: RouteId,
        handler: Arc<Handler>,
        resource: Resource,
        anchor: Anchor,
    ) -> Self {
        Self { id, handler, resource, anchor }
    }

    /// What this registration is in every worker; `None` when the application is
    /// gone.
    pub(crate) fn descriptor(&self) -> Option<RouteDescriptor> {
        let Self { id: _, handler, resource, anchor } = self;
        let scopes = anchor.scopes()?;
        Some(RouteDescriptor::new(Arc::clone(handler), resource.clone(), anchor.is_root, scopes))
    }

    pub(crate) const fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    pub(crate) fn key(&self) -> RouteKey {
        RouteKey { id: self.id, anchor: Rc::clone(&self.anchor.pattern) }
    }
}

/// How a thread knows a route again.
#[derive(Clone, Debug)]
pub(crate) struct RouteKey {
    pub(crate) id: RouteId,
    /// The pattern of the anchor beside the route.
    pub(crate) anchor: Rc<str>,
}
