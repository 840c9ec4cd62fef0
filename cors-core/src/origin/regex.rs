//! A regex over whole origins, for what the two wildcards cannot say. It is
//! anchored here, so that it cannot be forgotten, and compiled by the `regex`
//! crate, whose matching time is linear.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use regex::Regex;
use regex_syntax::hir::literal::{Extractor, Literal};

use super::diagnose::quote;
use super::issue::OriginIssue;
use super::issue::OriginIssueKind::{BadRegex, Empty, SelfAnchored};
use super::pattern::OriginPattern;

/// A regex that has to match a whole origin, from scheme to port.
///
/// ```
/// use cors_core::OriginRegex;
///
/// let previews = OriginRegex::parse(r"https://pr-\d+\.preview\.example\.com")?;
/// assert!(previews.is_match("https://pr-12.preview.example.com"));
/// assert!(!previews.is_match("https://pr-12.preview.example.com.evil.example"));
/// # Ok::<(), cors_core::OriginIssue>(())
/// ```
///
/// Two regexes are equal if they are written alike.
#[derive(Clone)]
pub struct OriginRegex {
    source: Box<str>,
    anchored: Regex,
}

impl OriginRegex {
    /// Compiles `source` as `\A(?:source)\z`.
    ///
    /// # Errors
    ///
    /// If it does not compile, or brings anchors of its own:
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// let issue = OriginRegex::parse(r"^https://[a-z]+\.example\.com$").unwrap_err();
    /// assert_eq!(issue.code().as_str(), "cors::self-anchored");
    /// assert_eq!(issue.suggestion(), Some(r"https://[a-z]+\.example\.com"));
    /// ```
    pub fn parse(source: &str) -> Result<Self, OriginIssue> {
        if source.is_empty() {
            let message = "an empty regex matches no origin".to_owned();
            return Err(OriginIssue::new(Empty, message, None));
        }
        let anchored = compile(source).map_err(|error| bad_regex(source, &error))?;
        let bare = without_anchors(source);
        if bare.len() != source.len() {
            let message = format!(
                "{} anchors itself, but a regex always has to match the whole origin",
                quote(source)
            );
            let suggestion = Self::parse(bare).is_ok().then(|| bare.to_owned());
            return Err(OriginIssue::new(SelfAnchored, message, suggestion));
        }
        Ok(Self { source: source.into(), anchored })
    }

    /// The regex as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the regex matches the whole of `origin`.
    #[must_use]
    pub fn is_match(&self, origin: &str) -> bool {
        self.anchored.is_match(origin)
    }

    /// Whether the regex matches origins that have nothing in common, as `.*`
    /// and `https://[a-z.]+` do.
    ///
    /// A regex cannot be asked what it matches, so this tries strangers.
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// assert!(OriginRegex::parse("https://.*")?.matches_unrelated_origins());
    /// assert!(!OriginRegex::parse(r"https://[a-z]+\.example\.com")?.matches_unrelated_origins());
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    #[must_use]
    pub fn matches_unrelated_origins(&self) -> bool {
        let strangers = ["stranger.example", "elsewhere.test", "www.nobody.invalid"];
        let matched = |scheme: &str| {
            strangers.iter().filter(|host| self.is_match(&format!("{scheme}://{host}"))).count()
        };
        matched("https") > 1 || matched("http") > 1
    }

    /// Whether the regex may match an origin that is not encrypted and not of
    /// this machine: whether anything that it matches may begin with `http://` or
    /// `ws://`, and be followed by another host.
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// assert!(OriginRegex::parse(r"(https|http)://[a-z]+\.example\.com")?.is_insecure());
    /// assert!(OriginRegex::parse(r".*\.example\.com")?.is_insecure());
    /// assert!(!OriginRegex::parse(r"https://[a-z]+\.example\.com")?.is_insecure());
    /// assert!(!OriginRegex::parse(r"http://localhost:\d+")?.is_insecure());
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        let Ok(parsed) = regex_syntax::parse(&self.source) else { return true };
        let beginnings = Extractor::new().extract(&parsed);
        // Without a list, anything may come first.
        beginnings.literals().is_none_or(|literals| literals.iter().any(may_be_insecure))
    }

    /// Whether the regex matches any port of this machine, or any name on it,
    /// tried on some that nobody would list.
    #[must_use]
    pub fn matches_any_loopback(&self) -> bool {
        // Of two, three, four and five digits, and within ranges that people write.
        const PORTS: [u16; 9] = [41, 613, 3057, 4261, 5391, 8057, 8261, 9461, 50123];
        const NAMES: [&str; 4] =
            ["stranger-7f3a.localhost", "stranger.localhost", "127.61.7.3", "127.0.0.73"];
        let ports = ["localhost", "127.0.0.1", "[::1]"]
            .into_iter()
            .flat_map(|host| PORTS.map(|port| format!("{host}:{port}")));
        let usual = ["", ":3000", ":5173", ":8080"];
        let names = NAMES.into_iter().flat_map(|name| usual.map(|port| format!("{name}{port}")));
        ports.chain(names).any(|host| {
            ["http", "https"].iter().any(|scheme| self.is_match(&format!("{scheme}://{host}")))
        })
    }

    /// Whether the regex matches any name below a public suffix, tried on those
    /// under which most people register names.
    #[must_use]
    pub fn subdomains_of_public_suffix(&self) -> bool {
        const SUFFIXES: [&str; 12] = [
            "com",
            "org",
            "net",
            "io",
            "dev",
            "app",
            "co.uk",
            "github.io",
            "gitlab.io",
            "pages.dev",
            "vercel.app",
            "netlify.app",
        ];
        SUFFIXES.iter().any(|suffix| {
            self.is_match(&format!("https://stranger-7f3a.{suffix}"))
                || self.is_match(&format!("https://strangername.{suffix}"))
        })
    }

    /// The byte offset of a `.` that was probably meant to be `\.`: one between
    /// other characters of a name, which is not repeated.
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// let regex = OriginRegex::parse(r"https://[a-z]+\.example.com")?;
    /// assert!(regex.is_match("https://app.examplescom"));
    /// assert_eq!(regex.unescaped_dot(), Some(23));
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    #[must_use]
    pub fn unescaped_dot(&self) -> Option<usize> {
        let bytes = self.source.as_bytes();
        let mut class_depth = 0_usize;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1, // and the byte after it
                b'[' => {
                    class_depth += 1;
                    // A bracket that comes first in a class is a literal.
                    at += usize::from(bytes.get(at + 1) == Some(&b'^'));
                    at += usize::from(bytes.get(at + 1) == Some(&b']'));
                }
                b']' => class_depth = class_depth.saturating_sub(1),
                b'.' if class_depth == 0 && at > 0 => {
                    let ends_name = |b: u8| b.is_ascii_alphanumeric() || b")]}+*?".contains(&b);
                    let next = bytes.get(at + 1);
                    if ends_name(bytes[at - 1]) && next.is_some_and(u8::is_ascii_alphanumeric) {
                        return Some(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}

/// Whether what begins like this, or is this, may be an origin that is not
/// encrypted and not of this machine.
fn may_be_insecure(beginning: &Literal) -> bool {
    let text = beginning.as_bytes();
    [&b"http://"[..], b"ws://"].into_iter().any(|scheme| match text.strip_prefix(scheme) {
        Some(rest) => !is_loopback(rest, beginning.is_exact()),
        None => !beginning.is_exact() && scheme.starts_with(text),
    })
}

/// Whether what follows the scheme names this machine, whatever comes after it.
fn is_loopback(rest: &[u8], is_all: bool) -> bool {
    let end = match rest.first() {
        Some(b'[') => rest.iter().position(|byte| *byte == b']').map(|bracket| bracket + 1),
        _ => rest.iter().position(|byte| *byte == b':'),
    };
    let host = match end {
        Some(end) => &rest[..end],
        None if is_all => rest,
        None => return false,
    };
    std::str::from_utf8(host).is_ok_and(|host| {
        OriginPattern::parse(&format!("http://{host}")).is_ok_and(|origin| !origin.is_insecure())
    })
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    // Alone first: `a)|(?:b` would leave the group that anchors it.
    Regex::new(source)?;
    // A regex that is valid alone can only fail in the group by ending in a
    // comment, `(?x) a #`, which swallows the parenthesis. The line feed ends
    // the comment and is itself ignored in that mode.
    Regex::new(&format!(r"\A(?:{source})\z"))
        .or_else(|_| Regex::new(&format!("\\A(?:{source}\n)\\z")))
}

fn without_anchors(source: &str) -> &str {
    let mut bare = source;
    while let Some(rest) = bare.strip_prefix('^').or_else(|| bare.strip_prefix(r"\A")) {
        bare = rest;
    }
    while let Some(rest) = bare.strip_suffix('$').or_else(|| bare.strip_suffix(r"\z")) {
        // An odd number of backslashes in front escapes what follows.
        let backslashes = rest.len() - rest.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            break;
        }
        bare = rest;
    }
    bare
}

/// The `regex` crate's explanation on one line: it shows the regex, a line with
/// a caret below the mistake, and a line that starts with `error: `.
fn bad_regex(source: &str, error: &regex::Error) -> OriginIssue {
    let text = error.to_string();
    let reason = match (error, text.lines().find_map(|line| line.strip_prefix("error: "))) {
        (regex::Error::CompiledTooBig(limit), _) => {
            format!("it compiles to more than {limit} bytes")
        }
        (_, Some(reason)) => reason.to_owned(),
        (_, None) => text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let caret = text.lines().find(|line| line.trim_start().starts_with('^')).and_then(|line| {
        let column = line.find('^')?.checked_sub("    ".len())?;
        let end = (source.len(), ' ');
        source.char_indices().chain([end]).nth(column).map(|(offset, _)| offset)
    });
    // The explanation of a regex of several lines is laid out differently.
    let offset = caret.filter(|_| !source.contains('\n'));
    let message = format!("{} is not a regex: {}", quote(source), reason.trim_end_matches('.'));
    OriginIssue::new(BadRegex, message, None).at(offset)
}

impl PartialEq for OriginRegex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for OriginRegex {}

impl PartialOrd for OriginRegex {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OriginRegex {
    fn cmp(&self, other: &Self) -> Ordering {
        self.source.cmp(&other.source)
    }
}

impl Hash for OriginRegex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

impl fmt::Debug for OriginRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OriginRegex({})", self.source)
    }
}

impl fmt::Display for OriginRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.source)
    }
}

impl FromStr for OriginRegex {
    type Err = OriginIssue;

    fn from_str(source: &str) -> Result<Self, OriginIssue> {
        Self::parse(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_is_suspicious_between_characters_of_a_name() {
        for (source, at) in [
            (r"https://a\.example.com", Some(18)),
            (r"https://[a-z]+.example\.com", Some(14)),
            (r"https://(a|b).example\.com", Some(13)),
            (r"https://.example\.com", None),
            (r".example\.com", None),
            (r"https://a\.example\.com", None),
            (r"https://.*\.example\.com", None),
            (r"https://a.*b", None),
            (r"https://[a.b]+\.example", None),
            (r"https://[]a.b]+\.example", None),
            (r"https://[^]a.b]+\.example.com", Some(25)),
        ] {
            assert_eq!(OriginRegex::parse(source).unwrap().unescaped_dot(), at, "{source}");
        }
    }

    #[test]
    fn regexes_are_equal_and_ordered_by_how_they_are_written() {
        let [a, b] = ["https://a", "https://b"].map(|source| OriginRegex::parse(source).unwrap());
        assert_eq!(a, a.clone());
        assert_ne!(a, b);
        assert!(a < b);
        assert_eq!(a.as_str(), "https://a");
        assert_eq!(format!("{a:?} {b}"), "OriginRegex(https://a) https://b");
    }
}
