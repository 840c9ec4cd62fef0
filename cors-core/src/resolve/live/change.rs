//! A change of a live set: what is asked for, and what it makes of the content.

use super::check::{OriginCheck, Origins};
use crate::config::Element;
use crate::live::{KeyedOrigins, LiveSet};
use crate::origin::OriginSet;
use crate::problem::Source;

/// A change of the content of a live set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveChange {
    /// These origins, in the place of all others.
    Replace(Vec<Element>),
    /// These origins, in the place of all others; those that are not accepted are left out.
    ReplaceValid(Vec<Element>),
    /// These origins, and those that are there.
    Insert(Vec<Element>),
    /// The origins that are there, without these. They are compared as they are written.
    Remove(Vec<Element>),
    /// These origins, in the place of all others of a key.
    ReplaceKey(String, Vec<Element>),
    /// These origins for a key, and those that are there.
    InsertAt(String, Vec<Element>),
    /// The origins of a key, without these.
    RemoveAt(String, Vec<Element>),
    /// All keys, without this one.
    RemoveKey(String),
    /// These keys with their origins, in the place of all others.
    ReplaceAll(Vec<(String, Vec<Element>)>),
    /// These keys with their origins, in the place of all others; keys and origins that are
    /// not accepted are left out.
    ReplaceAllValid(Vec<(String, Vec<Element>)>),
}

impl LiveChange {
    pub(super) const fn is_keyed(&self) -> bool {
        match self {
            Self::Replace(_) | Self::ReplaceValid(_) | Self::Insert(_) | Self::Remove(_) => false,
            Self::ReplaceKey(..)
            | Self::InsertAt(..)
            | Self::RemoveAt(..)
            | Self::RemoveKey(_)
            | Self::ReplaceAll(_)
            | Self::ReplaceAllValid(_) => true,
        }
    }
}

/// The next content of a set, parsed and checked.
pub(super) enum NextContent {
    List(ListChange),
    Key(String, ListChange),
    WithoutKey(String),
    AllKeys(Vec<(String, Origins)>),
}

/// A change of one list.
pub(super) enum ListChange {
    Replace(Origins),
    Insert(Origins),
    Remove(Origins),
}

impl NextContent {
    pub(super) fn of(change: LiveChange, check: &mut OriginCheck<'_>, place: &Source) -> Self {
        match change {
            LiveChange::Replace(list) | LiveChange::ReplaceValid(list) => {
                Self::List(ListChange::Replace(check.list(None, list)))
            }
            LiveChange::Insert(list) => Self::List(ListChange::Insert(check.list(None, list))),
            LiveChange::Remove(list) => Self::List(ListChange::Remove(check.removed(None, list))),
            LiveChange::ReplaceKey(key, list) => {
                check.key(&key, place);
                let list = check.list(Some(&key), list);
                Self::Key(key, ListChange::Replace(list))
            }
            LiveChange::InsertAt(key, list) => {
                check.key(&key, place);
                let list = check.list(Some(&key), list);
                Self::Key(key, ListChange::Insert(list))
            }
            LiveChange::RemoveAt(key, list) => {
                let list = check.removed(Some(&key), list);
                Self::Key(key, ListChange::Remove(list))
            }
            LiveChange::RemoveKey(key) => Self::WithoutKey(key),
            LiveChange::ReplaceAll(keys) | LiveChange::ReplaceAllValid(keys) => {
                let keys = keys.into_iter().filter_map(|(key, list)| {
                    let is_key = check.key(&key, place);
                    let list = check.list(Some(&key), list);
                    is_key.then_some((key, list))
                });
                Self::AllKeys(keys.collect())
            }
        }
    }

    pub(super) fn put(self, set: &LiveSet) {
        match self {
            Self::List(edit) => set.change_list(|list| edit.apply(list)),
            Self::Key(key, edit) => set.change_keys(|keys| {
                let list = keys.get(&key);
                match (&edit, list) {
                    // Nothing of a key that is not there is removed, and it is not added.
                    (ListChange::Remove(_), None) => keys.clone(),
                    _ => keys.with(&key, edit.apply(list.unwrap_or(&OriginSet::default()))),
                }
            }),
            Self::WithoutKey(key) => set.change_keys(|keys| keys.without(&key)),
            Self::AllKeys(all) => set.change_keys(|_| {
                KeyedOrigins::of(all.into_iter().map(|(key, (patterns, regexes))| {
                    (key, OriginSet::new(patterns, regexes, false))
                }))
            }),
        }
    }
}

impl ListChange {
    fn apply(self, list: &OriginSet) -> OriginSet {
        match self {
            Self::Replace((patterns, regexes)) => OriginSet::new(patterns, regexes, false),
            Self::Insert((patterns, regexes)) => list.clone().with(patterns, regexes),
            Self::Remove((patterns, regexes)) => list.without(&patterns, &regexes),
        }
    }
}
