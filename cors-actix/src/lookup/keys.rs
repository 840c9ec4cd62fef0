//! The keys of keyed sets: which segment of the path a request certainly has.
//!
//! Ambiguity never widens: where another spelling of the path, or another path that the request
//! may be routed by, has another key, no list applies.

use cors_core::{DuplicateField, Explanation, Policy, Request, RequestField};

use super::path_spellings::alternatives;

/// The path that has the keys of a request, if it is needed and certain.
#[derive(Debug, Default)]
pub(crate) enum KeyPath {
    /// No policy depends on a key.
    #[default]
    Unneeded,
    Certain(Box<str>),
    /// The key is not certain.
    Ambiguous,
}

impl KeyPath {
    /// The keys of a request with this path, as far as a policy needs them.
    pub(crate) fn of(policy: &Policy, path: Option<&str>) -> Self {
        let mut keys = Self::Unneeded;
        keys.add(policy, path);
        keys
    }

    /// Takes note that a policy may apply to a request with this path.
    pub(super) fn add(&mut self, policy: &Policy, path: Option<&str>) {
        let mut segments = policy.key_segments().peekable();
        if segments.peek().is_none() || matches!(self, Self::Ambiguous) {
            return;
        }
        let certain =
            path.filter(|path| policy.key_segments().all(|index| is_certain(path, index)));
        let Some(path) = certain else {
            *self = Self::Ambiguous;
            return;
        };
        match self {
            Self::Certain(known) if **known == *path => {}
            Self::Certain(known) => {
                if !segments.all(|index| segment(known, index) == segment(path, index)) {
                    *self = Self::Ambiguous;
                }
            }
            Self::Unneeded | Self::Ambiguous => *self = Self::Certain(path.into()),
        }
    }

    /// The keys of a request for which both count.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unneeded, other) => other,
            (keys, Self::Unneeded) => keys,
            (Self::Certain(mine), Self::Certain(theirs)) if mine == theirs => Self::Certain(mine),
            _ => Self::Ambiguous,
        }
    }

    fn segment(&self, index: usize) -> Option<&str> {
        match self {
            Self::Certain(path) => segment(path, index),
            Self::Unneeded | Self::Ambiguous => None,
        }
    }
}

/// Whether every reading of a path has the same text in a segment.
fn is_certain(path: &str, index: usize) -> bool {
    let expected = segment(path, index);
    alternatives(path).is_some_and(|mut all| all.all(|other| segment(&other, index) == expected))
}

/// A segment of a path, unless it is empty or not there.
fn segment(path: &str, index: usize) -> Option<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').nth(index).filter(|segment| !segment.is_empty())
}

/// Explains what a policy decides about a request that is routed by a path; `None` for a path
/// that is not known.
pub(crate) fn explain(policy: &Policy, request: &impl Request, path: Option<&str>) -> Explanation {
    policy.explain(&WithKeys { request, keys: &KeyPath::of(policy, path) })
}

/// A request, with the keys in its path.
pub(super) struct WithKeys<'r, R> {
    pub(super) request: &'r R,
    pub(super) keys: &'r KeyPath,
}

impl<R: Request> Request for WithKeys<'_, R> {
    #[inline]
    fn method(&self) -> &[u8] {
        self.request.method()
    }

    #[inline]
    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        self.request.lines(field)
    }

    fn segment(&self, index: usize) -> Option<&str> {
        self.keys.segment(index)
    }

    #[inline]
    fn is_preflight(&self) -> bool {
        self.request.is_preflight()
    }

    #[inline]
    fn is_same_origin(&self) -> bool {
        self.request.is_same_origin()
    }

    #[inline]
    fn sends_cookies(&self) -> bool {
        self.request.sends_cookies()
    }

    #[inline]
    fn only(&self, field: RequestField) -> Result<Option<&[u8]>, DuplicateField> {
        self.request.only(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_certain_if_every_reading_of_the_path_has_it() {
        for (path, expected) in [
            ("/t/acme", Some("acme")),
            ("/t/acme/", Some("acme")),
            ("/t/acme/orders/7", Some("acme")),
            ("/t/acme.example/x", Some("acme.example")),
            ("/t/a b/x", Some("a b")),
            ("/t/acme/a%2Fb", Some("acme")),
            ("/t/acme//x", Some("acme")),
            ("/t/acme/./x", Some("acme")),
            ("/t", None),
            ("/t/", None),
            ("//t/acme", None),
            ("/t//acme", None),
            ("/t/a%2Fb/x", None),
            ("/t/a%25/x", None),
            ("/t/./acme", None),
            ("/t/../acme/x", None),
            ("/t/acme/../umbra/x", None),
            ("/t/acme/..%2F..%2Ft%2Fumbra", None),
        ] {
            let certain = segment(path, 1).filter(|_| is_certain(path, 1));
            assert_eq!(certain, expected, "{path}");
        }
    }
}
