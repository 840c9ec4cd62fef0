//! A place in the tree of scopes, and the pattern of the scopes around it.

use std::rc::{Rc, Weak};

use actix_web::dev::ResourceMap;

/// A place in the tree of scopes, marked by a resource that no request matches.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    /// A pattern that no other registration has.
    pub(crate) pattern: Rc<str>,
    /// Owned by the application's own resource map.
    pub(crate) map: Weak<ResourceMap>,
    /// Whether it lies outside all scopes.
    pub(crate) is_root: bool,
}

impl Anchor {
    /// The pattern of the scopes around the anchor, such as `/api/{tenant}`;
    /// `None` when the application is gone.
    pub(crate) fn scopes(&self) -> Option<String> {
        let pattern = self.map.upgrade()?.match_pattern(&self.pattern)?;
        pattern.strip_suffix(&*self.pattern).map(str::to_owned)
    }
}
