//! What a path names to something that reads it less strictly than actix routes it.
//!
//! `NormalizePath` and `actix_files` pass over empty segments and final slashes,
//! `actix_files` follows `..`, and `web::Path` decodes what routing leaves
//! encoded (`%25`, `%2B`, `%2F`). Pages may send any of these spellings, so the
//! groups that they lead to count as well. Routes are only found by what
//! `NormalizePath` makes of a path.
//!
//! An ordinary path has no other spelling, or one that is a part of it: finding that
//! out allocates nothing. A path with an empty segment, dots or an escape has at most
//! [`MAX_ALTERNATIVES`] others, and they are put together only if it is no longer than
//! [`LONGEST`]: what a request can make a worker allocate has a fixed bound.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The length in bytes up to which the spellings of an odd path are looked at one by
/// one. A longer one may name anything: there, only what every policy allows is
/// allowed. No browser, proxy or framework needs such a path.
pub(crate) const LONGEST: usize = 2048;

/// The most alternatives that a path has: as it is and decoded, with dots followed and
/// not, with a slash at its end and without.
const MAX_ALTERNATIVES: usize = 8;

/// Whether a path has too many spellings to look at.
pub(crate) fn may_name_anything(path: &str) -> bool {
    path.len() > LONGEST && is_odd(path)
}

/// Alternative spellings of the path, to find its groups; nearly always none. `None` for
/// a path that [`may_name_anything`].
pub(crate) fn alternatives(path: &str) -> Option<impl Iterator<Item = Cow<'_, str>>> {
    let (short, others) = match is_odd(path) {
        true if path.len() > LONGEST => return None,
        true => (None, all(path)),
        false => (path.strip_suffix('/').filter(|short| !short.is_empty()), Vec::new()),
    };
    Some(short.map(Cow::Borrowed).into_iter().chain(others.into_iter().map(Cow::Owned)))
}

/// The paths that a `NormalizePath` may make of this one before it is routed: with slashes
/// merged, and without one at the end. It decodes nothing and follows no dots.
pub(crate) fn normalised(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let merged = path.contains("//").then(|| joined(path, false));
    let short = match &merged {
        Some(merged) => merged.strip_suffix('/').map(|short| Cow::Owned(short.to_owned())),
        None => path.strip_suffix('/').map(Cow::Borrowed),
    };
    let short = short.filter(|short| !short.is_empty());
    merged.map(Cow::Owned).into_iter().chain(short)
}

/// Whether a `NormalizePath` that adds no slash leaves the path as it is. Otherwise a
/// default service may be what it leads to.
pub(crate) fn is_normal(path: &str) -> bool {
    normalised(path).next().is_none()
}

/// Whether a path contains an escape, or a segment that is empty or dots.
fn is_odd(path: &str) -> bool {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let mut segments = inner.split('/');
    let says_nothing = |segment| matches!(segment, "" | "." | "..");
    path.contains('%') || !inner.is_empty() && segments.any(says_nothing)
}

fn all(path: &str) -> Vec<String> {
    let mut alternatives = Vec::with_capacity(MAX_ALTERNATIVES);
    let mut add = |alternative: &str| {
        if !alternative.is_empty()
            && alternative != path
            && !alternatives.iter().any(|known| known == alternative)
        {
            alternatives.push(alternative.to_owned());
        }
    };
    for text in [Cow::Borrowed(path), percent_decode_str(path).decode_utf8_lossy()] {
        for follows_dots in [false, true] {
            let alternative = joined(&text, follows_dots);
            let short = alternative.trim_end_matches('/');
            add(&alternative);
            add(short);
            // What merges slashes may add one, too.
            if path.contains("//") {
                add(&format!("{short}/"));
            }
        }
    }
    alternatives
}

/// The path without empty segments, and without `.` and `..` where these are
/// followed.
fn joined(path: &str, follows_dots: bool) -> String {
    let mut segments = Vec::with_capacity(path.matches('/').count() + 1);
    for segment in path.split('/') {
        match segment {
            "" => {}
            "." if follows_dots => {}
            ".." if follows_dots => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_routed_with_fewer_slashes_and_not_otherwise() {
        let cases: [(&str, &[&str]); 10] = [
            ("/", &[]),
            ("", &[]),
            ("/a/b", &[]),
            ("/a/", &["/a"]),
            ("//", &["/"]),
            ("//a", &["/a"]),
            ("//a//b//", &["/a/b/", "/a/b"]),
            ("/a/../b", &[]),
            ("/a%2Fb%2F", &[]),
            ("//a%2F/./b", &["/a%2F/./b"]),
        ];
        for (path, expected) in cases {
            assert_eq!(normalised(path).collect::<Vec<_>>(), expected, "{path}");
        }
    }

    #[test]
    fn a_path_is_read_in_every_way_that_something_reads_it() {
        let cases: [(&str, &[&str]); 17] = [
            ("/", &[]),
            ("", &[]),
            ("*", &[]),
            ("/a/b.txt", &[]),
            ("//", &["/"]),
            ("///", &["/"]),
            ("//a", &["/a", "/a/"]),
            ("/a/", &["/a"]),
            ("/.well-known/", &["/.well-known"]),
            ("//a//b//", &["/a/b/", "/a/b"]),
            ("/a/./b", &["/a/b"]),
            ("/a/../b", &["/b"]),
            ("/../..//a", &["/../../a", "/../../a/", "/a", "/a/"]),
            ("/.well-known/x", &[]),
            ("/a%2Fb", &["/a/b"]),
            ("/a%2F..%2Fb", &["/a/../b", "/b"]),
            ("/c%2B%2B/100%25/%zz%", &["/c++/100%/%zz%"]),
        ];
        for (path, expected) in cases {
            assert_eq!(alternatives(path).unwrap().collect::<Vec<_>>(), expected, "{path}");
        }
    }

    #[test]
    fn a_long_odd_path_is_not_looked_at() {
        let plain = "/a".repeat(LONGEST);
        assert!(!may_name_anything(&plain));
        assert_eq!(alternatives(&plain).map(Iterator::count), Some(0));
        for odd in ["//", "/.", "/%25"] {
            let long = format!("{plain}{odd}/a");
            assert!(may_name_anything(&long) && alternatives(&long).is_none(), "{odd}");
            let short = odd.repeat(3);
            assert!(alternatives(&short).is_some_and(|all| all.count() <= MAX_ALTERNATIVES));
        }
    }
}
