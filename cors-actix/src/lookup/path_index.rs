//! Which patterns may match a path, without trying all of them.
//!
//! A pattern is filed under its literal beginning, up to a slash: `/api/users`
//! for `/api/users/{id}`. A path is looked up under each of its own beginnings,
//! of which there are as many as segments, however many patterns there are.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// Deeper literals are filed under their beginning of so many segments.
const MAX_DEPTH: usize = 15;

/// The numbers of patterns, by literal beginning.
#[derive(Debug, Default)]
pub(crate) struct PathIndex {
    // Patterns are written by the author of the application: no client can
    // make the table degenerate.
    by_start: HashMap<Box<str>, Vec<usize>, FixedState>,
}

impl PathIndex {
    /// Files a pattern; numbers are given in ascending order.
    pub(crate) fn insert(&mut self, pattern: &str, number: usize) {
        let literal = match pattern.find(['{', '*']) {
            None => pattern,
            Some(end) => pattern[..end].rfind('/').map_or("", |slash| &pattern[..slash]),
        };
        let start = starts(literal).last().unwrap_or_default();
        self.by_start.entry(start.into()).or_default().push(number);
    }

    /// The numbers of all patterns that may match, in ascending order.
    pub(crate) fn candidates(&self, path: &str) -> impl Iterator<Item = usize> {
        let mut lists: [&[usize]; MAX_DEPTH + 1] = [&[]; MAX_DEPTH + 1];
        let mut len = 0;
        for list in starts(path).filter_map(|start| self.by_start.get(start)) {
            lists[len] = list;
            len += 1;
        }
        std::iter::from_fn(move || {
            let heads = lists[..len].iter_mut().filter(|list| !list.is_empty());
            let first = heads.min_by_key(|list| list[0])?;
            let (number, rest) = first.split_first()?;
            *first = rest;
            Some(*number)
        })
    }
}

/// Nothing, and every beginning of a path that ends where a segment does.
fn starts(path: &str) -> impl Iterator<Item = &str> {
    let slashes = path.match_indices('/').map(|(slash, _)| slash).filter(|slash| *slash > 0);
    let ends = slashes.chain((!path.is_empty()).then_some(path.len()));
    std::iter::once("").chain(ends.map(|end| &path[..end])).take(MAX_DEPTH + 1)
}

#[cfg(test)]
mod tests {
    use actix_web::dev::ResourceDef;

    use super::*;

    #[test]
    fn every_pattern_that_matches_is_a_candidate_in_order() {
        let deep = "/a".repeat(40);
        let (deep_tail, deep_path) = (format!("{deep}/{{p0}}"), format!("{deep}/b"));
        let patterns = [
            "/",
            "/a",
            "/a/",
            "/a/b",
            "/{p0}",
            "/a/{p0}",
            "/a{p0}",
            "/a/b-{p0}/c",
            "/{p0}*",
            "/a/{p0:.*}",
            "/a/{p0}/c",
            "/a/b",
            "",
            &deep,
            &deep_tail,
        ];
        let paths = [
            "/", "", "/a", "/a/", "/a/b", "/ab", "/a/b-1/c", "/a//c", "/a/b/c/d", "/b", "*", "//",
            &deep, &deep_path,
        ];
        let mut index = PathIndex::default();
        for (number, pattern) in patterns.iter().enumerate() {
            index.insert(pattern, number);
        }
        for path in paths {
            let found: Vec<_> = index.candidates(path).collect();
            assert!(found.is_sorted(), "{path}");
            for (number, pattern) in patterns.iter().enumerate() {
                let matches = ResourceDef::new(*pattern).is_match(path);
                assert!(!matches || found.contains(&number), "{pattern} on {path}");
            }
        }
        assert!(!index.candidates("/b/c").any(|number| patterns[number] == "/a/b"));
    }
}
