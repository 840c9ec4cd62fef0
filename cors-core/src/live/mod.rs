//! Origin sets whose content changes while the server runs.
//!
//! A [`LiveSet`] is the content of one such set, shared by all policies that use it. A change
//! replaces the content as a whole, so a reader sees all of a change or nothing of it.
//! Which origins are accepted is checked in `resolve`; which policies use a set, and where the
//! key of a request comes from, is a matter of `policy` and `merge`.
//!
//! May import: `origin`.

mod keys;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

pub(crate) use self::keys::KeyedOrigins;
use crate::origin::OriginSet;

/// A named origin set whose content changes while the server runs: one list, or one for each
/// key. It is empty until it is filled.
///
/// A clone refers to the same content.
///
/// ```
/// use cors_core::{Config, Element, LiveChange, Op, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let partners = [Element::set("partners", here.clone())];
/// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, partners, here.clone());
/// let resolver = Config::new(rules).live_set("partners", here.clone()).resolve()?;
/// let set = resolver.live_set("partners", &here)?;
/// assert!(!set.contains(None, b"https://a.example"));
///
/// let origins = vec![Element::plain("https://a.example", here.clone())];
/// resolver.change("partners", LiveChange::Replace(origins), &here)?;
/// assert!(set.contains(None, b"https://a.example"));
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone)]
pub struct LiveSet(Arc<Shared>);

struct Shared {
    name: Box<str>,
    content: Content,
    /// Held while the next content is made of the present one.
    changing: Mutex<()>,
}

enum Content {
    List(ArcSwap<OriginSet>),
    Keyed(ArcSwap<KeyedOrigins>),
}

/// The whole content of a live set at one moment.
pub(crate) enum LiveContent {
    List(Guard<Arc<OriginSet>>),
    Keyed(Guard<Arc<KeyedOrigins>>),
}

impl LiveSet {
    /// Creates an empty set.
    pub(crate) fn new(name: &str, is_keyed: bool) -> Self {
        let content = match is_keyed {
            true => Content::Keyed(ArcSwap::default()),
            false => Content::List(ArcSwap::default()),
        };
        Self(Arc::new(Shared { name: name.into(), content, changing: Mutex::default() }))
    }

    /// The name of the set.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether there is one list for each key.
    #[must_use]
    pub fn is_keyed(&self) -> bool {
        matches!(self.0.content, Content::Keyed(_))
    }

    /// Whether the set contains an origin: the list of `key`, if the set is keyed.
    #[must_use]
    pub fn contains(&self, key: Option<&str>, origin: &[u8]) -> bool {
        self.load().contains(key, origin)
    }

    /// The number of origins, of all keys together.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.load() {
            LiveContent::List(set) => set.len(),
            LiveContent::Keyed(keys) => keys.origins(),
        }
    }

    /// Whether the set contains no origin.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of keys; `None` for a set without keys.
    #[must_use]
    pub fn keys(&self) -> Option<usize> {
        match self.load() {
            LiveContent::List(_) => None,
            LiveContent::Keyed(keys) => Some(keys.len()),
        }
    }

    /// The origins as they are written in `cors.toml`, sorted: those of `key`, if the set is
    /// keyed. `None` for a key that is not there.
    #[must_use]
    pub fn elements(&self, key: Option<&str>) -> Option<Vec<String>> {
        match (self.load(), key) {
            (LiveContent::List(set), _) => Some(set.elements()),
            (LiveContent::Keyed(keys), Some(key)) => keys.get(key).map(|set| set.elements()),
            (LiveContent::Keyed(_), None) => None,
        }
    }

    /// Whether both are the same set, with the same content at any time.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The content as of now.
    pub(crate) fn load(&self) -> LiveContent {
        match &self.0.content {
            Content::List(set) => LiveContent::List(set.load()),
            Content::Keyed(keys) => LiveContent::Keyed(keys.load()),
        }
    }

    /// Replaces the list; a keyed set stays as it is.
    pub(crate) fn change_list(&self, change: impl FnOnce(&OriginSet) -> OriginSet) {
        if let Content::List(set) = &self.0.content {
            let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
            let next = change(&set.load());
            set.store(Arc::new(next));
        }
    }

    /// Replaces the lists of all keys; a set without keys stays as it is.
    pub(crate) fn change_keys(&self, change: impl FnOnce(&KeyedOrigins) -> KeyedOrigins) {
        if let Content::Keyed(keys) = &self.0.content {
            let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
            let next = change(&keys.load());
            keys.store(Arc::new(next));
        }
    }
}

impl LiveContent {
    /// Whether the content has an origin: the list of `key`, if the set is keyed.
    pub(crate) fn contains(&self, key: Option<&str>, origin: &[u8]) -> bool {
        match (self, key) {
            (Self::List(set), _) => set.contains(origin),
            (Self::Keyed(keys), Some(key)) => keys.get(key).is_some_and(|set| set.contains(origin)),
            (Self::Keyed(_), None) => false,
        }
    }

    /// The number of origins of a key, or of the list; `None` for a key that is not there.
    pub(crate) fn len_at(&self, key: Option<&str>) -> Option<usize> {
        match (self, key) {
            (Self::List(set), _) => Some(set.len()),
            (Self::Keyed(keys), Some(key)) => keys.get(key).map(|set| set.len()),
            (Self::Keyed(_), None) => None,
        }
    }

    /// The lists, each with its key.
    pub(crate) fn lists(&self) -> Vec<(Option<&str>, &OriginSet)> {
        match self {
            Self::List(set) => vec![(None, &***set)],
            Self::Keyed(keys) => keys.iter().map(|(key, set)| (Some(key), set)).collect(),
        }
    }
}

impl fmt::Debug for LiveSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSet")
            .field("name", &self.name())
            .field("keys", &self.keys())
            .field("origins", &self.len())
            .finish()
    }
}
