//! A regex that matches whole origins, for conditions that the two wildcards cannot
//! express. It is anchored automatically, and compiled by the `regex` crate, which
//! matches in linear time.
//!
//! Origins are ASCII, so expressions are read without Unicode: `\d`, `\w` and `(?i)` concern
//! ASCII alone, and the binary contains no tables of all scripts. Only one that cannot be
//! read so, with a class such as `[é]`, is read with Unicode, and has none of these.
//!
//! Facts about a regex are derived from its parsed form: the hosts that it is limited
//! to (`proof`), whether it matches any origin (`never`), and mistakes in its text
//! (`slips`). All of them use the same automaton (`automaton`), which follows the
//! expression and the grammar of origins (`grammar`) at once.

mod automaton;
mod grammar;
mod never;
mod proof;
mod sample;
mod slips;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use self::automaton::{Automaton, Graph, TooLarge};
pub use self::proof::{NamedHosts, Unproven};
use self::slips::UnescapedDot;
use super::diagnose::{Advice, quote};
use super::issue::OriginIssue;
use crate::expression;
use crate::problem::Code;

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
/// Two regexes are equal if their texts are equal.
#[derive(Clone)]
pub struct OriginRegex {
    source: Box<str>,
    anchored: Regex,
    // Shared by the layers and the merged result.
    findings: Arc<RegexFacts>,
}

impl OriginRegex {
    /// Compiles `source` as `\A(?:source)\z`.
    ///
    /// # Errors
    ///
    /// If the expression does not compile, or matches no origin that a browser sends:
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// let issue = OriginRegex::parse(r"/^https:\/\/[a-z]+\.example\.com$/").unwrap_err();
    /// assert_eq!(issue.code().as_str(), "cors::never-matches");
    /// assert_eq!(issue.suggestion(), Some(r"https:\/\/[a-z]+\.example\.com"));
    /// ```
    pub fn parse(source: &str) -> Result<Self, OriginIssue> {
        if source.is_empty() {
            let message = "an empty regex matches no origin".to_owned();
            return Err(OriginIssue::new(Code::EMPTY_ORIGIN, message, None));
        }
        let anchored = compile(source).map_err(|error| bad_regex(source, &error))?;
        let findings = RegexFacts::of(source).ok_or_else(|| never::explain(source))?;
        Ok(Self { source: source.into(), anchored, findings: Arc::new(findings) })
    }

    /// The regex as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the regex matches the whole of `origin`.
    #[must_use]
    pub fn is_match(&self, origin: &str) -> bool {
        self.anchored.is_match(origin.as_bytes())
    }

    /// The hosts of all matching origins, as proven from the parsed expression.
    ///
    /// An expression is proven if it names few hosts, or if every match ends with a
    /// literal domain after a dot or after `//`. It is combined with the grammar of
    /// origins: `\d` is an ASCII digit, and `:.*` can only be a port.
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// let previews = OriginRegex::parse(r"https://pr-\d+\.preview\.example\.com")?;
    /// let hosts = previews.named_hosts().unwrap();
    /// assert_eq!((hosts[0].host(), hosts[0].has_subdomains()), ("preview.example.com", true));
    ///
    /// let lacks_a_dot = OriginRegex::parse(r"https://.*example\.com")?;
    /// let unproven = lacks_a_dot.named_hosts().unwrap_err();
    /// assert_eq!(unproven.sample(), Some("https://evilexample.com"));
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such proof; the error contains an origin that the expression
    /// allows.
    ///
    /// # Security
    ///
    /// A host below a public suffix and an unencrypted host are named like any other:
    /// see [`NamedHosts::subdomains_of_public_suffix`] and [`NamedHosts::is_insecure`].
    pub fn named_hosts(&self) -> Result<&[NamedHosts], &Unproven> {
        self.findings.named.as_deref()
    }

    /// The hosts of all matching origins if the unescaped dots of the expression were
    /// `\.`, as they are probably meant.
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// let regex = OriginRegex::parse(r"https://[a-z]+\.example.com")?;
    /// // It matches `https://a.examplexcom`, below an unknown top-level domain.
    /// assert!(regex.named_hosts().unwrap().iter().any(|hosts| hosts.subdomains_of_public_suffix()));
    /// assert_eq!(regex.named_hosts_as_meant().unwrap()[0].host(), "example.com");
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`named_hosts`](Self::named_hosts).
    pub fn named_hosts_as_meant(&self) -> Result<&[NamedHosts], &Unproven> {
        self.findings.named_as_meant.as_ref().unwrap_or(&self.findings.named).as_deref()
    }

    /// The expression without its anchors, if it has any: they are not needed, since it
    /// always has to match the whole origin.
    ///
    /// ```
    /// use cors_core::OriginRegex;
    ///
    /// let regex = OriginRegex::parse(r"^https://a\.example|https://b\.example$")?;
    /// assert!(!regex.is_match("https://a.example.evil.example"));
    /// assert_eq!(regex.without_anchors(), Some(r"https://a\.example|https://b\.example"));
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    #[must_use]
    pub fn without_anchors(&self) -> Option<&str> {
        self.findings.bare.as_deref()
    }

    /// Whether the regex matches any loopback port or name, tested with several that
    /// are unlikely to be listed one by one.
    #[must_use]
    pub fn matches_any_loopback(&self) -> bool {
        // Ports of two, three, four and five digits, some of them within common ranges.
        const PORTS: [u16; 9] = [41, 613, 3057, 4261, 5391, 8057, 8261, 9461, 50123];
        const NAMES: [&str; 4] =
            ["unlisted-7f3a.localhost", "unlisted.localhost", "127.61.7.3", "127.0.0.73"];
        let ports = ["localhost", "127.0.0.1", "[::1]"]
            .into_iter()
            .flat_map(|host| PORTS.map(|port| format!("{host}:{port}")));
        let usual = ["", ":3000", ":5173", ":8080"];
        let names = NAMES.into_iter().flat_map(|name| usual.map(|port| format!("{name}{port}")));
        ports.chain(names).any(|host| {
            ["http", "https"].iter().any(|scheme| self.is_match(&format!("{scheme}://{host}")))
        })
    }

    /// The byte offset of a `.` that was probably meant to be `\.`: one that allows
    /// other origins than a dot does, and that is not repeated without a bound.
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
        self.findings.dot.as_ref().map(|dot| dot.offset)
    }

    /// An origin that the expression allows only because of its unescaped dot.
    pub(crate) fn unescaped_dot_sample(&self) -> Option<&str> {
        self.findings.dot.as_ref()?.sample.as_deref()
    }
}

/// Facts about an expression besides what it matches.
struct RegexFacts {
    named: Result<Vec<NamedHosts>, Unproven>,
    dot: Option<UnescapedDot>,
    /// The hosts with `\.` in place of unescaped dots, if there are any.
    named_as_meant: Option<Result<Vec<NamedHosts>, Unproven>>,
    bare: Option<Box<str>>,
}

impl RegexFacts {
    /// Analyses an expression; `None` if it matches no origin.
    fn of(source: &str) -> Option<Self> {
        let named = named_hosts(source)?;
        let dot = slips::unescaped_dot(source);
        let as_meant = dot.is_some().then(|| slips::with_escaped_dots(source));
        Some(Self {
            named,
            dot,
            named_as_meant: as_meant.and_then(|source| named_hosts(&source)),
            bare: slips::without_anchors(source).map(Into::into),
        })
    }
}

/// Proves the hosts of an expression; `None` if it matches no origin.
fn named_hosts(source: &str) -> Option<Result<Vec<NamedHosts>, Unproven>> {
    let graph = || {
        let parsed = expression::parse(source).map_err(|_| TooLarge)?;
        Graph::new(&mut Automaton::new(&parsed)?)
    };
    match graph() {
        Ok(graph) if graph.is_empty() || graph.has_only_misspelt_schemes() => None,
        // If none is named, the only matches are IPv6 addresses that browsers do not
        // send.
        Ok(graph) => Some(proof::prove(&graph)).filter(|named| named != &Ok(Vec::new())),
        Err(TooLarge) => Some(Err(Unproven::TOO_LARGE)),
    }
}

/// Whether the expression compiles, and matches an origin that a browser may send.
fn matches_some_origin(source: &str) -> bool {
    compile(source).is_ok() && named_hosts(source).is_some()
}

/// Compiles an expression as [`expression::parse`] reads it.
fn compile(source: &str) -> Result<Regex, regex::Error> {
    let compile = |source: &str| {
        RegexBuilder::new(source).unicode(false).build().or_else(|_| Regex::new(source))
    };
    // It is compiled alone first: `a)|(?:b` would close the group that anchors it.
    compile(source)?;
    // A regex that is valid alone can only fail in the group by ending in a comment,
    // `(?x) a #`, which includes the parenthesis. The line feed ends the comment and is
    // itself ignored in that mode.
    compile(&format!(r"\A(?:{source})\z")).or_else(|_| compile(&format!("\\A(?:{source}\n)\\z")))
}

/// Puts the message of the `regex` crate on one line: it consists of the regex, a line
/// with a caret below the mistake, and a line that starts with `error: `.
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
    // The message for a regex of several lines has another layout.
    let offset = caret.filter(|_| !source.contains('\n'));
    // The `regex` crate names the features that this library compiles it without.
    let is_of_unicode = reason.contains("Unicode");
    let reason = match is_of_unicode {
        true => "it uses Unicode, but origins are ASCII: browsers send other hosts as `xn--…`",
        false => reason.trim_end_matches('.'),
    };
    let message = format!("{} is not a regex: {reason}", quote(source));
    let issue = OriginIssue::new(Code::BAD_REGEX, message, None).at(offset);
    match is_of_unicode {
        true => issue.with_advice(Advice::Words("write a class of ASCII, such as `[a-z0-9-]`")),
        false => issue,
    }
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

    /// Whether the `regex` crate has Unicode depends on the other crates of an application.
    #[test]
    fn what_only_unicode_has_is_explained_by_what_origins_are() {
        for reason in [
            "Unicode property not found",
            "Unicode-aware Perl class not found (make sure the unicode-perl feature is enabled)",
        ] {
            let text = format!("regex parse error:\n    \\p{{L}}\n    ^\nerror: {reason}");
            let issue = bad_regex("\\p{L}", &regex::Error::Syntax(text));
            let message = "`\\p{L}` is not a regex: it uses Unicode, but origins are ASCII: \
                           browsers send other hosts as `xn--…`";
            assert_eq!((issue.code(), issue.message()), (Code::BAD_REGEX, message));
            assert_eq!(issue.help(), "write a class of ASCII, such as `[a-z0-9-]`");
        }
    }

    #[test]
    fn regexes_are_compared_by_their_text() {
        let [a, b] = ["https://a", "https://b"].map(|source| OriginRegex::parse(source).unwrap());
        assert_eq!(a, a.clone());
        assert_ne!(a, b);
        assert!(a < b);
        assert_eq!(a.as_str(), "https://a");
        assert_eq!(format!("{a:?} {b}"), "OriginRegex(https://a) https://b");
    }
}
