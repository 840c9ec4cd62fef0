//! Scanning `Access-Control-Request-Headers` without allocating.
//!
//! Browsers send one line of sorted, unique, lower-case names; proxies may
//! split, space and re-case it (RFC 9110, sections 5.3 and 5.6.1). All of that
//! is read. The work is bounded by the caps below and ends at the first name
//! that is not allowed, so that a hostile list costs no more than a honest one.

use memchr::memchr;

use super::decision::Denial;
use crate::grammar::{HeaderName, is_token_byte};

/// No browser asks for this much: the names of all lines together, in bytes.
pub(crate) const MAX_BYTES: usize = 8_192;

/// No page sets this many headers of its own.
///
/// Whatever is granted has to reach the application: over HTTP/1.1 actix-http reads
/// 96 header lines (`MAX_HEADERS`) and answers 431 without CORS headers to more. A
/// browser adds about 20 of its own, and proxies some.
pub(crate) const MAX_NAMES: usize = 64;

/// Empty elements that proxies may leave behind (RFC 9110, section 5.6.1.2).
pub(crate) const MAX_EMPTY: usize = 16;

/// Checks every requested name with `find`, which tells where it stands in the
/// sorted `names` that are allowed.
pub(crate) fn scan<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    names: &[HeaderName],
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<(), Denial> {
    let (mut bytes, mut count, mut empty) = (0, 0, 0);
    // Browsers sort what they ask for, and write it in lower case (Fetch,
    // "CORS-unsafe request-header names"): the next one is often the next one here.
    let mut next = 0;
    for line in lines {
        bytes += line.len();
        if bytes > MAX_BYTES {
            return Err(Denial::HeaderList);
        }
        let mut list = Some(line);
        while let Some(rest) = list {
            if let Some(after) = names.get(next).and_then(|name| strip_first(rest, name)) {
                (next, list) = (next + 1, after);
            } else {
                let (element, after) = split_first(rest);
                list = after;
                let name = trim(element);
                if name.is_empty() {
                    empty += 1;
                    if empty > MAX_EMPTY {
                        return Err(Denial::HeaderList);
                    }
                    continue;
                }
                match find(name) {
                    Some(found) => next = found + 1,
                    None if count < MAX_NAMES => return Err(refusal(name)),
                    None => return Err(Denial::HeaderList),
                }
            }
            count += 1;
            if count > MAX_NAMES {
                return Err(Denial::HeaderList);
            }
        }
    }
    Ok(())
}

/// What follows the first element, where that is `name` without white space.
fn strip_first<'l>(list: &'l [u8], name: &HeaderName) -> Option<Option<&'l [u8]>> {
    match list.strip_prefix(name.as_str().as_bytes())? {
        [] => Some(None),
        [b',', after @ ..] => Some(Some(after)),
        _ => None,
    }
}

fn split_first(list: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr(b',', list) {
        Some(comma) => (&list[..comma], Some(&list[comma + 1..])),
        None => (list, None),
    }
}

fn refusal(name: &[u8]) -> Denial {
    // A header named `*` would be taken for the wildcard.
    let well_formed = name != b"*" && name.iter().all(|byte| is_token_byte(*byte));
    if well_formed { Denial::Header } else { Denial::HeaderList }
}

/// Without optional white space (RFC 9110, section 5.6.3): spaces and tabs.
fn trim(mut element: &[u8]) -> &[u8] {
    // Sixteen at once, because 8 KiB of white space is a list, too.
    while let Some((SPACES, rest)) = element.split_first_chunk() {
        element = rest;
    }
    while let Some((rest, SPACES)) = element.split_last_chunk() {
        element = rest;
    }
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = element {
        element = rest;
    }
    element
}

const SPACES: &[u8; 16] = &[b' '; 16];

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{Setting, Source};

    /// How often a name was searched for in `x-a, x-b, x-c` until the lines were read.
    fn searches(lines: &[&str]) -> usize {
        let names = ["x-a", "x-b", "x-c"]
            .map(|name| HeaderName::parse(name, Setting::Headers, &Source::BASELINE).unwrap());
        let searches = Cell::new(0);
        let find = |name: &[u8]| {
            searches.set(searches.get() + 1);
            names.iter().position(|known| known.as_str().as_bytes() == name)
        };
        let lines = lines.iter().map(|line| line.as_bytes());
        assert_eq!(scan(lines, &names, find), Ok(()));
        searches.get()
    }

    #[test]
    fn names_that_follow_each_other_are_found_without_a_search() {
        assert_eq!(searches(&["x-a,x-b,x-c"]), 0);
        assert_eq!(searches(&["x-a", "x-b,x-c"]), 0);
        assert_eq!(searches(&["x-b,x-c"]), 1, "only the first one");
        assert_eq!(searches(&["x-c,x-a,x-b"]), 2, "where the order ends, the next one again");
        assert_eq!(searches(&["x-a, x-b,x-c"]), 1, "the one after a space");
    }
}
