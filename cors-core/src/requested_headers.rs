//! Scanning `Access-Control-Request-Headers` without allocating.
//!
//! Browsers send one line of sorted, unique, lower-case names; proxies may
//! split, space and re-case it (RFC 9110, sections 5.3 and 5.6.1). All of that
//! is read. The work is bounded by the caps below and ends at the first name
//! that is not allowed, so that a hostile list costs no more than a honest one.

use memchr::memchr_iter;

use crate::Denial;
use crate::method::is_token_byte;

/// No browser asks for this much: the names of all lines together, in bytes.
pub(crate) const MAX_BYTES: usize = 8_192;

/// No page sets this many headers of its own.
pub(crate) const MAX_NAMES: usize = 128;

/// Empty elements that proxies may leave behind (RFC 9110, section 5.6.1.2).
pub(crate) const MAX_EMPTY: usize = 16;

/// Checks every requested name with `allows`.
pub(crate) fn scan<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    mut allows: impl FnMut(&[u8]) -> bool,
) -> Result<(), Denial> {
    let (mut bytes, mut names, mut empty) = (0, 0, 0);
    for line in lines {
        bytes += line.len();
        if bytes > MAX_BYTES {
            return Err(Denial::HeaderList);
        }
        let mut start = 0;
        for end in memchr_iter(b',', line).chain([line.len()]) {
            let name = trim(&line[start..end]);
            start = end + 1;
            if name.is_empty() {
                empty += 1;
                if empty > MAX_EMPTY {
                    return Err(Denial::HeaderList);
                }
                continue;
            }
            names += 1;
            if names > MAX_NAMES {
                return Err(Denial::HeaderList);
            }
            if !allows(name) {
                // A header named `*` would be taken for the wildcard.
                let well_formed = name != b"*" && name.iter().all(|byte| is_token_byte(*byte));
                return Err(if well_formed { Denial::Header } else { Denial::HeaderList });
            }
        }
    }
    Ok(())
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
