//! A compact set of exact origins: one buffer with all texts, and a hash table of their
//! positions. 100 000 origins take the memory of their texts plus about twenty bytes
//! each.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// A set of texts without removal.
#[derive(Clone, Default)]
pub(super) struct ExactOrigins {
    texts: Vec<u8>,
    /// The end of each text in `texts`, in the order of insertion.
    ends: Vec<usize>,
    /// Indexes into `ends`, by the hash of the text.
    // The hash needs no secret key: the texts come from configuration, and an attacker
    // can only look one up, not add one.
    by_hash: HashTable<usize>,
    /// The length of the longest text; nothing longer needs to be hashed.
    longest: usize,
}

impl ExactOrigins {
    pub(super) fn insert(&mut self, text: &str) {
        let Self { texts, ends, by_hash, longest } = self;
        if find(texts, ends, by_hash, text.as_bytes()) {
            return;
        }
        texts.extend_from_slice(text.as_bytes());
        ends.push(texts.len());
        *longest = text.len().max(*longest);
        by_hash.insert_unique(hash(text.as_bytes()), ends.len() - 1, |index| {
            hash(text_at(texts, ends, *index))
        });
    }

    pub(super) fn shrink_to_fit(&mut self) {
        let Self { texts, ends, by_hash, longest: _ } = self;
        texts.shrink_to_fit();
        ends.shrink_to_fit();
        by_hash.shrink_to_fit(|index| hash(text_at(texts, ends, *index)));
    }

    pub(super) fn contains(&self, text: &[u8]) -> bool {
        text.len() <= self.longest && find(&self.texts, &self.ends, &self.by_hash, text)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The texts, in the order of insertion.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|index| text_at(&self.texts, &self.ends, index))
    }
}

impl PartialEq for ExactOrigins {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|text| other.contains(text))
    }
}

impl Eq for ExactOrigins {}

fn find(texts: &[u8], ends: &[usize], by_hash: &HashTable<usize>, text: &[u8]) -> bool {
    by_hash.find(hash(text), |index| text_at(texts, ends, *index) == text).is_some()
}

fn text_at<'t>(texts: &'t [u8], ends: &[usize], index: usize) -> &'t [u8] {
    let start = index.checked_sub(1).map_or(0, |before| ends[before]);
    &texts[start..ends[index]]
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(text);
    hasher.finish()
}
