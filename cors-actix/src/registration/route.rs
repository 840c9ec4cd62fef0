//! An annotated resource, as one thread registered it.

use std::rc::Rc;
use std::sync::Arc;

use super::anchor::Anchor;
use super::descriptor::RouteDescriptor;
use super::handler::{Handler, Resource};
use super::mark::MarkedRoute;

/// One resource of an annotated handler, as this thread registered it.
#[derive(Debug)]
pub(crate) struct Route {
    marked: Rc<MarkedRoute>,
    handler: Arc<Handler>,
    resource: Resource,
    anchor: Anchor,
}

/// Tells the routes of a process apart; the same in every worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RouteId {
    /// The number of the application.
    pub(crate) app: u32,
    /// The place in [`AppDescriptor::routes`](super::AppDescriptor).
    pub(crate) route: u32,
}

impl Route {
    pub(crate) const fn new(
        marked: Rc<MarkedRoute>,
        handler: Arc<Handler>,
        resource: Resource,
        anchor: Anchor,
    ) -> Self {
        Self { marked, handler, resource, anchor }
    }

    /// What this registration is in every worker; `None` when the application is
    /// gone.
    pub(crate) fn descriptor(&self) -> Option<RouteDescriptor> {
        let Self { marked: _, handler, resource, anchor } = self;
        let scopes = anchor.scopes()?;
        Some(RouteDescriptor::new(Arc::clone(handler), resource.clone(), anchor.is_root, scopes))
    }

    pub(crate) fn handler_name(&self) -> &'static str {
        self.handler.name
    }

    pub(crate) const fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    pub(crate) fn key(&self) -> RouteKey {
        RouteKey { marked: Rc::clone(&self.marked), anchor: Rc::clone(&self.anchor.pattern) }
    }
}

/// How a thread knows a route again.
#[derive(Clone, Debug)]
pub(crate) struct RouteKey {
    pub(crate) marked: Rc<MarkedRoute>,
    /// The pattern of the anchor beside the route.
    pub(crate) anchor: Rc<str>,
}
