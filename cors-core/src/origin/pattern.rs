//! One entry of `origins`: the grammar of [`Origin`] plus two wildcards. The grammar is
//! not implemented twice: a pattern is valid if an origin that it matches is valid.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::diagnose::{diagnose, misspelt_scheme};
use super::host;
use super::issue::OriginIssue;
use super::serialized::Origin;

/// The origins that one entry of `origins` allows.
///
/// | pattern | allows |
/// |---|---|
/// | `https://example.com` | that origin only |
/// | `https://*.example.com` | one or more whole labels before `example.com`, never `example.com` itself |
/// | `http://localhost:*` | any port, and none |
/// | `https://*.example.com:*` | both |
///
/// ```
/// use cors_core::{Origin, OriginPattern};
///
/// let pattern = OriginPattern::parse("https://*.example.com")?;
/// let allows = |value: &str| Origin::parse(value.as_bytes()).is_some_and(|o| pattern.matches(&o));
/// assert!(allows("https://app.example.com"));
/// assert!(allows("https://a.b.example.com"));
/// assert!(!allows("https://example.com"));
/// assert!(!allows("https://evilexample.com"));
/// # Ok::<(), cors_core::OriginIssue>(())
/// ```
///
/// Two patterns are equal if their texts are equal: there is only one way to write a
/// pattern.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginPattern {
    // Invariant: the other fields are functions of `text`, so that the derived
    // order and equality are those of `text`.
    // Shared by the layers and the merged result.
    text: Arc<str>,
    scheme_len: usize,
    host_len: usize,
    subdomains: bool,
    port: PortRule,
}

impl OriginPattern {
    /// Parses one entry of `origins`.
    ///
    /// # Errors
    ///
    /// If no browser sends an origin of this form. The issue contains what to write
    /// instead, where that can be derived:
    ///
    /// ```
    /// use cors_core::OriginPattern;
    ///
    /// let issue = OriginPattern::parse("https://App.example.com:443/").unwrap_err();
    /// assert_eq!(issue.code().as_str(), "cors::upper-case");
    /// assert_eq!(issue.suggestion(), Some("https://app.example.com"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, OriginIssue> {
        Self::parse_strictly(text).ok_or_else(|| diagnose(text))
    }

    /// Parses the pattern; `None` without an explanation if it is invalid.
    pub(super) fn parse_strictly(text: &str) -> Option<Self> {
        let (text_without_port, any_port) = match text.strip_suffix(":*") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        // `*` matches at least one byte, so replacing it with the shortest label makes
        // the length limits exactly those of the shortest match.
        let (sample, subdomains) = match text_without_port.split_once("://*.") {
            Some((scheme, base)) => (Cow::Owned(format!("{scheme}://x.{base}")), true),
            None => (Cow::Borrowed(text_without_port), false),
        };
        let origin = Origin::parse(sample.as_bytes())?;
        if any_port && origin.port().is_some() || misspelt_scheme(origin.scheme()).is_some() {
            return None;
        }
        let base = if subdomains { origin.host().strip_prefix("x.")? } else { origin.host() };
        let is_address = base.starts_with('[');
        if base.is_empty() || !is_address && host::to_ascii(base)? != base {
            return None;
        }
        Some(Self {
            text: text.into(),
            scheme_len: origin.scheme().len(),
            host_len: base.len(),
            subdomains,
            port: if any_port { PortRule::Any } else { PortRule::of(origin.port()) },
        })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme, without `://`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.text[..self.scheme_len]
    }

    /// The host, without a leading `*.`; an IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let start = self.scheme_len + if self.subdomains { "://*." } else { "://" }.len();
        &self.text[start..start + self.host_len]
    }

    /// Whether the pattern allows one origin only.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.subdomains && !self.has_any_port()
    }

    /// Whether the pattern starts with `*.` after the scheme.
    #[must_use]
    pub fn has_subdomains(&self) -> bool {
        self.subdomains
    }

    /// Whether the pattern ends with `:*`.
    #[must_use]
    pub fn has_any_port(&self) -> bool {
        self.port == PortRule::Any
    }

    /// Whether anyone on the network can impersonate the origins of this pattern:
    /// `http`, except on the loopback interface.
    ///
    /// ```
    /// use cors_core::OriginPattern;
    ///
    /// assert!(OriginPattern::parse("http://example.com")?.is_insecure());
    /// assert!(!OriginPattern::parse("http://localhost:3000")?.is_insecure());
    /// assert!(!OriginPattern::parse("tauri://localhost")?.is_insecure());
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        // Requests from schemes of applications and extensions do not travel over a
        // network.
        self.scheme() == "http" && !self.is_loopback()
    }

    /// Whether the host is `localhost`, below `localhost`, `127.0.0.0/8` or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        host::is_loopback(self.host())
    }

    /// Whether anyone can register names that this pattern allows, as with
    /// `https://*.github.io`.
    ///
    /// Follows the [public suffix list] with its private section; a single label
    /// which is not on the list counts as a suffix, except `localhost`. Always
    /// `false` without the feature `public-suffix`.
    ///
    /// [public suffix list]: https://publicsuffix.org/list/
    ///
    /// # Security
    ///
    /// The list is the one compiled in. A base that is not a suffix but has one further
    /// down is not recognised: `https://*.amazonaws.com`.
    #[must_use]
    pub fn subdomains_of_public_suffix(&self) -> bool {
        self.subdomains && host::is_public_suffix(self.host())
    }

    /// Whether this pattern allows every origin that `other` allows.
    ///
    /// ```
    /// use cors_core::OriginPattern;
    ///
    /// let all = OriginPattern::parse("https://*.example.com")?;
    /// assert!(all.covers(&OriginPattern::parse("https://*.eu.example.com")?));
    /// assert!(!all.covers(&OriginPattern::parse("https://example.com")?));
    /// # Ok::<(), cors_core::OriginIssue>(())
    /// ```
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.scheme() == other.scheme()
            && (self.has_any_port() || self.port == other.port)
            // `*.a` covers `*.b` if `b` is `a` or below it: `*` is never empty.
            && (self.subdomains == other.subdomains && self.host() == other.host()
                || self.subdomains && is_below(other.host(), self.host()))
    }

    /// Whether this pattern allows `origin`.
    #[must_use]
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        self.scheme() == origin.scheme()
            && (self.has_any_port() || self.port == PortRule::of(origin.port()))
            && match self.subdomains {
                true => is_below(origin.host(), self.host()),
                false => origin.host() == self.host(),
            }
    }

    pub(super) fn port(&self) -> PortRule {
        self.port
    }
}

/// The ports a pattern allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PortRule {
    Default,
    Number(u16),
    Any,
}

impl PortRule {
    /// The rule that allows exactly this port of an origin.
    pub(super) fn of(port: Option<u16>) -> Self {
        port.map_or(Self::Default, Self::Number)
    }
}

/// Whether `host` has one or more whole labels before `base`.
pub(super) fn is_below(host: &str, base: &str) -> bool {
    // No label is empty, so a preceding dot implies a preceding label.
    host.strip_suffix(base).is_some_and(|labels| labels.ends_with('.'))
}

impl fmt::Debug for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OriginPattern({})", self.text)
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for OriginPattern {
    type Err = OriginIssue;

    fn from_str(text: &str) -> Result<Self, OriginIssue> {
        Self::parse(text)
    }
}
