//! `Access-Control-Request-Headers`, taken apart as a list of names (RFC 9110, section 5.6.1).

use std::collections::BTreeSet;

/// The limits that the library documents: no browser requests more.
pub(crate) const MAX_BYTES: usize = 8_192;
const MAX_NAMES: usize = 64;
const MAX_EMPTY: usize = 16;

/// The names that a policy allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AllowedHeaders {
    /// These, in lower case.
    Names(BTreeSet<String>),
    /// All of them.
    Any {
        /// `authorization`, too (Fetch, "CORS non-wildcard request-header name").
        authorization: bool,
    },
}

/// The result for a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// A name that is not allowed.
    NotAllowed,
    /// Too long, or not a list of names.
    NoList,
}

/// The verdict, and how many of the lines it takes to come to it.
pub(crate) fn judge(allowed: &AllowedHeaders, lines: &[&[u8]]) -> (Verdict, usize) {
    let (mut bytes, mut names, mut empty) = (0, 0, 0);
    for (index, line) in lines.iter().enumerate() {
        let seen = index + 1;
        bytes += line.len();
        if bytes > MAX_BYTES {
            return (Verdict::NoList, seen);
        }
        for element in line.split(|byte| *byte == b',') {
            let name = without_space(element);
            if name.is_empty() {
                empty += 1;
                if empty > MAX_EMPTY {
                    return (Verdict::NoList, seen);
                }
                continue;
            }
            names += 1;
            if names > MAX_NAMES {
                return (Verdict::NoList, seen);
            }
            if !is_allowed(allowed, &name) {
                let is_name = is_token(&name) && name != "*";
                return (if is_name { Verdict::NotAllowed } else { Verdict::NoList }, seen);
            }
        }
    }
    (Verdict::Allowed, lines.len())
}

/// RFC 9110, section 5.6.2.
pub(crate) fn is_token(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(is_known)
}

/// Bytes become characters of the same number, so that none of them is lost.
fn without_space(element: &[u8]) -> String {
    let text: String = element.iter().map(|byte| char::from(*byte)).collect();
    text.trim_matches([' ', '\t']).to_owned()
}

fn is_allowed(allowed: &AllowedHeaders, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    match allowed {
        AllowedHeaders::Names(names) => names.contains(&lower),
        AllowedHeaders::Any { authorization } => {
            is_token(name) && name != "*" && (*authorization || lower != "authorization")
        }
    }
}
