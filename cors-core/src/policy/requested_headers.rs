//! Scanning `Access-Control-Request-Headers` without allocating.
//!
//! Browsers send one line of sorted, unique, lower-case names; proxies may split it,
//! and change white space and case (RFC 9110, sections 5.3 and 5.6.1). All of these
//! forms are accepted. The work is limited by the constants below and ends at the first
//! disallowed name, so that a malicious list costs no more than a regular one.

use memchr::memchr;

use super::decision::Denial;
use crate::grammar::{HeaderName, is_token_byte};

/// The most bytes of names on all lines together; browsers request fewer.
pub(crate) const MAX_BYTES: usize = 8_192;

/// The most requested names; pages set fewer headers of their own.
///
/// Everything that is allowed must reach the application: over HTTP/1.1, actix-http
/// accepts 96 header lines (`MAX_HEADERS`), and answers more of them with 431 without
/// CORS headers. A browser adds about 20 of its own, and proxies some.
pub(crate) const MAX_NAMES: usize = 64;

/// The most empty elements, which proxies may produce (RFC 9110, section 5.6.1.2).
pub(crate) const MAX_EMPTY: usize = 16;

/// Checks every requested name with `find`, which returns its index in `names`, the
/// sorted allowed names.
pub(crate) fn scan<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    names: &[HeaderName],
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<(), Denial> {
    let (mut bytes, mut count, mut empty) = (0, 0, 0);
    // Browsers send requested headers sorted and in lower case (Fetch, "CORS-unsafe
    // request-header names"), so the next one is often the next allowed name.
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

/// The rest of the list, if its first element is `name` without white space.
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
    // A header named `*` would be treated as the wildcard.
    let well_formed = name != b"*" && name.iter().all(|byte| is_token_byte(*byte));
    if well_formed { Denial::Header } else { Denial::HeaderList }
}

/// Removes optional white space (RFC 9110, section 5.6.3): spaces and tabs.
fn trim(mut element: &[u8]) -> &[u8] {
    // Sixteen bytes at once, because a list may consist of 8 KiB of white space.
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

    /// The number of searches in `x-a, x-b, x-c` for the names on these lines.
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
    fn consecutive_names_are_found_without_a_search() {
        assert_eq!(searches(&["x-a,x-b,x-c"]), 0);
        assert_eq!(searches(&["x-a", "x-b,x-c"]), 0);
        assert_eq!(searches(&["x-b,x-c"]), 1, "only the first one");
        assert_eq!(searches(&["x-c,x-a,x-b"]), 2, "out of order, then consecutive again");
        assert_eq!(searches(&["x-a, x-b,x-c"]), 1, "the name after a space");
    }
}
