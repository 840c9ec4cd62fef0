//! The lists of a keyed set: a map that is copied in part when a key changes.
//!
//! The keys are divided among shards, about as many as a shard has keys. A change copies one
//! shard and the list of shards, which is 2 √n references for n keys, and shares all others
//! with the map before.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::origin::OriginSet;

/// The fewest shards: for up to 256 keys.
const FEWEST: usize = 16;

/// The lists of origins by key. A clone shares all lists.
#[derive(Clone)]
pub(crate) struct KeyedOrigins {
    /// Invariant: the number of shards is a power of two.
    shards: Box<[Arc<Shard>]>,
    len: usize,
    origins: usize,
    // Users of an application choose the keys, and could find ones whose hashes collide if
    // the hash was not keyed.
    hasher: RandomState,
}

type Shard = HashTable<(Arc<str>, Arc<OriginSet>)>;

impl Default for KeyedOrigins {
    fn default() -> Self {
        let shards = (0..FEWEST).map(|_| Arc::default()).collect();
        Self { shards, len: 0, origins: 0, hasher: RandomState::new() }
    }
}

impl KeyedOrigins {
    /// The number of keys.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The number of origins, of all keys together.
    pub(crate) const fn origins(&self) -> usize {
        self.origins
    }

    /// The list of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&OriginSet> {
        let hash = self.hasher.hash_one(key);
        let found = self.shards[self.shard(hash)].find(hash, |(known, _)| **known == *key);
        found.map(|(_, set)| &**set)
    }

    /// The lists, each with its key, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &OriginSet)> {
        self.shards.iter().flat_map(|shard| shard.iter()).map(|(key, set)| (&**key, &**set))
    }

    /// These lists, with another one for a key.
    #[must_use]
    pub(crate) fn with(&self, key: &str, set: OriginSet) -> Self {
        let mut next = self.clone();
        next.put(key, set);
        next
    }

    /// These lists, without that of a key.
    #[must_use]
    pub(crate) fn without(&self, key: &str) -> Self {
        let mut next = self.clone();
        let hash = next.hasher.hash_one(key);
        let place = next.shard(hash);
        if let Ok(found) =
            Arc::make_mut(&mut next.shards[place]).find_entry(hash, |(known, _)| **known == *key)
        {
            let ((_, set), _) = found.remove();
            next.len -= 1;
            next.origins -= set.len();
        }
        next
    }

    /// The lists of these keys only; of a key that comes twice, the last list.
    pub(crate) fn of(lists: impl IntoIterator<Item = (String, OriginSet)>) -> Self {
        let mut all = Self::default();
        lists.into_iter().for_each(|(key, set)| all.put(&key, set));
        all
    }

    fn put(&mut self, key: &str, set: OriginSet) {
        if self.len > 2 * self.shards.len() * self.shards.len() {
            self.divide();
        }
        let hash = self.hasher.hash_one(key);
        let place = self.shard(hash);
        self.origins += set.len();
        let Self { shards, len, origins, hasher } = self;
        let shard = Arc::make_mut(&mut shards[place]);
        match shard.find_mut(hash, |(known, _)| **known == *key) {
            Some((_, list)) => {
                *origins -= list.len();
                *list = Arc::new(set);
            }
            None => {
                *len += 1;
                shard.insert_unique(hash, (key.into(), Arc::new(set)), |(key, _)| {
                    hasher.hash_one(&**key)
                });
            }
        }
    }

    /// Divides the keys among four times as many shards.
    fn divide(&mut self) {
        let number = 4 * self.shards.len();
        let mut shards = vec![Shard::new(); number];
        let hash = |key: &str| self.hasher.hash_one(key);
        for entry in self.shards.iter().flat_map(|shard| shard.iter()) {
            let hashed = hash(&entry.0);
            let shard = &mut shards[place(hashed, number)];
            shard.insert_unique(hashed, entry.clone(), |(key, _)| hash(key));
        }
        self.shards = shards.into_iter().map(Arc::new).collect();
    }

    fn shard(&self, hash: u64) -> usize {
        place(hash, self.shards.len())
    }
}

/// The shard of a hash. A table uses the first and the last bits, so this uses others.
const fn place(hash: u64, shards: usize) -> usize {
    (hash >> 28) as usize & (shards - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OriginPattern;

    fn list(number: usize) -> OriginSet {
        let patterns = (0..number).map(|n| OriginPattern::parse(&format!("https://a{n}.example")));
        OriginSet::new(patterns.flatten(), [], false)
    }

    #[test]
    fn lists_are_kept_by_key_however_many_there_are() {
        let mut keys = KeyedOrigins::default();
        for n in 0..5_000 {
            keys = keys.with(&format!("key-{n}"), list(n % 3));
        }
        assert_eq!((keys.len(), keys.origins()), (5_000, 4_999));
        assert!(keys.shards.len() > FEWEST);
        for n in 0..5_000 {
            assert_eq!(keys.get(&format!("key-{n}")).map(OriginSet::len), Some(n % 3));
        }
        assert!(keys.get("key-5000").is_none());
        assert_eq!(keys.iter().count(), 5_000);
    }

    #[test]
    fn a_change_leaves_the_lists_before_it_and_other_shards_alone() {
        let before = KeyedOrigins::of((0..100).map(|n| (format!("key-{n}"), list(1))));
        let after = before.with("key-7", list(3)).without("key-8").without("absent");
        assert_eq!(before.get("key-7").map(OriginSet::len), Some(1));
        assert_eq!(after.get("key-7").map(OriginSet::len), Some(3));
        assert!(before.get("key-8").is_some() && after.get("key-8").is_none());
        assert_eq!((after.len(), after.origins()), (99, 101));
        let shared = before.shards.iter().zip(&after.shards);
        assert!(shared.filter(|(one, other)| Arc::ptr_eq(one, other)).count() >= FEWEST - 3);
    }
}
