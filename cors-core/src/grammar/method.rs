//! Request methods: tokens, compared case-sensitively.
//!
//! Fetch upper-cases only DELETE, GET, HEAD, OPTIONS, POST and PUT ("normalize a
//! method"), so `patch` and `PATCH` are two methods. Methods are tokens and not an
//! enum, so that QUERY, PROPFIND and custom methods need no special case.

use core::fmt;

use crate::problem::{Code, Correction, Problem, Source};
use crate::setting::Setting;

/// A request method.
///
/// ```
/// use cors_core::Method;
///
/// assert!(Method::is_token(b"PURGE"));
/// assert!(Method::is_safelisted(b"GET"));
/// assert!(!Method::is_safelisted(b"get"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(Box<str>);

/// Methods that are always written in upper case.
const KNOWN: [&str; 11] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    "TRACK",
];

impl Method {
    /// Fetch's CORS-safelisted methods, which browsers send without a preflight.
    pub const SAFELISTED: [&'static str; 3] = ["GET", "HEAD", "POST"];

    /// Parses a method in `methods`.
    ///
    /// # Errors
    ///
    /// When `text` is not a token, is in the wrong case, or is a method that browsers
    /// refuse to send (Fetch, "forbidden method").
    pub fn parse(text: &str, source: &Source) -> Result<Self, Problem> {
        let problem = |code, message: String, help: String| {
            Err(Problem::error(code, source, message).about(Setting::Methods).with_help(help))
        };
        if text == "*" {
            return problem(
                Code::QUOTED_WILDCARD,
                "`\"*\"` is not a method: the wildcard is a keyword here".to_owned(),
                format!("write `{}`", source.language().any(Setting::Methods)),
            );
        }
        if is_any_word(text) {
            return problem(
                Code::QUOTED_WILDCARD,
                format!("`{text}` is not a method; to allow every method, use the keyword `any`"),
                format!("write `{}`", source.language().any(Setting::Methods)),
            );
        }
        if !Self::is_token(text.as_bytes()) {
            return problem(
                Code::BAD_METHOD,
                format!("`{text}` is not a method: it must be one word of token characters"),
                "a method is one word, such as `PATCH`".to_owned(),
            );
        }
        let upper = text.to_ascii_uppercase();
        if matches!(upper.as_str(), "CONNECT" | "TRACE" | "TRACK") {
            return problem(
                Code::FORBIDDEN_METHOD,
                format!("browsers never send `{upper}`, even if a server allows it"),
                format!("remove `{text}`"),
            )
            .map_err(|problem| problem.with_correction(Correction::Remove));
        }
        if KNOWN.contains(&upper.as_str()) && upper != text {
            return problem(
                Code::METHOD_CASE,
                format!("methods are case-sensitive: `{text}` would never match `{upper}`"),
                format!("write `{upper}`"),
            )
            .map_err(|problem| problem.with_correction(Correction::Write(upper)));
        }
        Ok(Self(text.into()))
    }

    /// Whether this is a method of HTTP, which is always written in upper case.
    #[cfg(feature = "config")]
    pub(crate) fn is_known(text: &str) -> bool {
        KNOWN.contains(&text)
    }

    /// A method that is known to be valid, such as one that a route serves.
    pub(crate) fn served(text: &str) -> Self {
        Self(text.into())
    }

    /// The method as it is sent in a request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers send this method without a preflight (Fetch,
    /// "CORS-safelisted method"), so that no list can block it.
    #[must_use]
    pub fn is_safelisted(method: &[u8]) -> bool {
        matches!(method, b"GET" | b"HEAD" | b"POST")
    }

    /// Whether the bytes are a method token (RFC 9110, section 5.6.2, `token`).
    #[must_use]
    pub fn is_token(method: &[u8]) -> bool {
        !method.is_empty() && method.iter().all(|byte| is_token_byte(*byte))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Joins methods for a message: `GET`, `GET and PUT`, `GET, PUT and PATCH`.
pub(crate) fn join(methods: &[Method]) -> String {
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => "nothing".to_owned(),
    }
}

/// Whether a word in a list means all of them.
pub(super) fn is_any_word(text: &str) -> bool {
    ["all", "any", "every", "everything"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

/// RFC 9110, section 5.6.2: `tchar`.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`'
            | b'|' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
    )
}
