//! Finds the well-known name that a misspelt name of a header or a method was meant to be.
//!
//! Custom names are legitimate, so a name is only suspicious if it differs from a
//! well-known one as mistakes do: by its separators, an ending, or a letter or two within
//! a long word. A name that is registered or in wide use is never a misspelling, whatever
//! it resembles. The names are those of the registries of IANA, and the few without a
//! registration that pages and proxies use everywhere.

use std::sync::LazyLock;

use strsim::damerau_levenshtein;

/// The registered header names; those behind `!` are obsolete, and never proposed.
const FIELDS: &str = include_str!("fields.txt");

/// Header names that are not registered, and that many pages, frameworks and proxies use.
const DE_FACTO: [&str; 13] = [
    "idempotency-key",
    "x-correlation-id",
    "x-csrf-token",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-request-id",
    "x-requested-with",
    "x-total-count",
    "x-xsrf-token",
];

/// Names that are in use beside a well-known one which they resemble.
const IN_USE: [&str; 9] = [
    // The cookie and header names of Django, Tornado, Angular and csurf.
    "csrf-token",
    "x-csrftoken",
    "x-xsrftoken",
    "xsrf-token",
    // Azure, and others, beside `x-correlation-id` and `x-request-id`.
    "x-correlationid",
    "x-requestid",
    "x-forwarded-port",
    "x-ratelimit-reset",
    "referrer-url",
];

/// The methods of the "HTTP Method Registry" of IANA, and those that caches, UPnP and
/// Icecast use.
const METHODS: [&str; 46] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    "BAN",
    "M-SEARCH",
    "NOTIFY",
    "PURGE",
    "SOURCE",
    "SUBSCRIBE",
];

/// Names of one word that an ending may have been added to. Others, such as `links` and
/// `locations`, may be meant.
const WITHOUT_ENDING: [&str; 8] =
    ["accept", "authorization", "cookie", "etag", "expires", "origin", "range", "referer"];

/// The fewest letters of a word in which one wrong letter is a mistake, rather than another
/// word.
const LONG: usize = 4;

/// The fewest letters of a word with two wrong letters; with half as many again, three may be.
const VERY_LONG: usize = 8;

/// Whether the name, in lower case, is registered or in wide use.
pub(super) fn is_known_header(name: &str) -> bool {
    registered(true).any(|known| known == name)
        || DE_FACTO.contains(&name)
        || IN_USE.contains(&name)
}

/// The well-known header name that `name`, in lower case, was probably meant to be; `None`
/// for a name that is well-known, or not like one.
pub(crate) fn meant_header(name: &str) -> Option<&'static str> {
    if is_known_header(name) {
        return None;
    }
    let letters = without_separators(name);
    (CANDIDATES.iter().find(|known| is_separated_otherwise(known, &letters)))
        .or_else(|| CANDIDATES.iter().find(|known| is_misspelt(known, name, &letters)))
        .map(|known| known.name)
}

/// A well-known header name, and its letters.
struct Candidate {
    name: &'static str,
    letters: String,
}

/// The names that are proposed.
static CANDIDATES: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
    let names = registered(false).chain(DE_FACTO);
    names.map(|name| Candidate { name, letters: without_separators(name) }).collect()
});

/// The well-known method that `method` was probably meant to be.
pub(crate) fn meant_method(method: &str) -> Option<&'static str> {
    let upper = method.to_ascii_uppercase();
    if METHODS.contains(&method) {
        return None;
    }
    if let Some(known) = METHODS.into_iter().find(|known| **known == upper) {
        return Some(known);
    }
    let near = |known: &str| {
        let is_swapped = known.len() == upper.len() && known.len() >= 3;
        let is_long = known.len() > LONG || is_swapped && !is_one_letter_replaced(known, &upper);
        // Other words, such as `BATCH` and `WATCH`, are in use as methods.
        let begins_alike = known.chars().next() == upper.chars().next();
        without_separators(known) == without_separators(&upper)
            || is_long && begins_alike && damerau_levenshtein(known, &upper) == 1
    };
    METHODS.into_iter().find(|known| near(known))
}

/// The registered names; the obsolete ones too, if `all`.
fn registered(all: bool) -> impl Iterator<Item = &'static str> {
    let names = FIELDS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    names.filter_map(move |line| match line.strip_prefix("! ") {
        Some(obsolete) => all.then_some(obsolete),
        None => Some(line),
    })
}

/// Whether only the separators differ: `content_type`, `e-tag`. Custom names such as
/// `x_request_id` are in use.
fn is_separated_otherwise(known: &Candidate, letters: &str) -> bool {
    let Candidate { name, letters: of_known } = known;
    let may_be_custom = || {
        name.starts_with("x-")
            && name.matches('-').count() == 2
            && *name != "x-requested-with"
            && *name != "x-forwarded-for"
    };
    of_known == letters && name.len() >= LONG && !may_be_custom()
}

fn without_separators(name: &str) -> String {
    name.replace(['-', '_', '.', ' '], "")
}

/// Whether the name differs from a known one by misspelt words.
fn is_misspelt(known: &Candidate, name: &str, letters: &str) -> bool {
    let Candidate { name: known, letters: of_known } = known;
    let (words, written) = (|| known.split('-'), || name.split(['-', '_', ' ']));
    match (words().count(), written().count()) {
        (1, 1) => {
            return match has_another_ending(known, name) {
                true => WITHOUT_ENDING.contains(known),
                false => known.len() > 5 && is_misspelt_word(known, name),
            };
        }
        (of_known_words, of_written) if of_known_words != of_written => {
            let is_long = !of_known.starts_with('x') && of_known.len() >= 10;
            return is_long
                && of_known.len().abs_diff(letters.len()) <= 1
                && of_known.chars().next() == letters.chars().next()
                && damerau_levenshtein(of_known, letters) == 1;
        }
        _ => {}
    }
    let mut differ = 0;
    let are_near = words().zip(written()).all(|(known, name)| {
        differ += usize::from(known != name);
        known == name || is_misspelt_word(known, name) || has_another_ending(known, name)
    });
    // Other names that begin with `x-` are custom.
    are_near && (differ == 1 || !known.starts_with("x-"))
}

/// Whether one letter, or some of a very long word, are wrong, missing, added or swapped.
fn is_misspelt_word(known: &str, name: &str) -> bool {
    let most = match known.len() {
        0..LONG => 0,
        LONG..VERY_LONG => 1,
        VERY_LONG..12 => 2,
        _ => 3,
    };
    let begins_alike = known.chars().next() == name.chars().next();
    known != name
        && (begins_alike || most > 1)
        && known.len().abs_diff(name.len()) <= most
        && (1..=most).contains(&damerau_levenshtein(known, name))
}

/// Whether one word is the other with an ending: `etags`, `if-none-matched`.
fn has_another_ending(known: &str, name: &str) -> bool {
    let endings = ["s", "es", "d", "ed", "er", "ing"];
    let is_ending = |rest: Option<&str>| rest.is_some_and(|rest| endings.contains(&rest));
    known.len() >= LONG
        && (is_ending(name.strip_prefix(known)) || is_ending(known.strip_prefix(name)))
}

fn is_one_letter_replaced(known: &str, name: &str) -> bool {
    known.bytes().zip(name.bytes()).filter(|(a, b)| a != b).count() == 1
}

#[cfg(test)]
mod tests;
