//! The error for a string that is not an origin pattern: what is wrong, why it matters,
//! and what to write instead.

use std::error::Error;
use std::fmt;

use super::diagnose::{Advice, help};
use crate::problem::{Code, Language};

/// Why a string is not an origin pattern or regex, and what to write instead.
///
/// ```
/// use cors_core::OriginPattern;
///
/// let issue = OriginPattern::parse("https://*example.com").unwrap_err();
/// assert_eq!(issue.code().as_str(), "cors::misplaced-wildcard");
/// assert_eq!(
///     issue.message(),
///     "`https://*example.com` would match `https://evilexample.com`, which anyone can register",
/// );
/// assert_eq!(issue.help(), "write `https://*.example.com`");
/// assert_eq!(issue.suggestion(), Some("https://*.example.com"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginIssue {
    code: Code,
    message: Box<str>,
    /// As in an attribute.
    help: Box<str>,
    advice: Advice,
    suggestion: Option<Box<str>>,
    offset: Option<usize>,
}

impl OriginIssue {
    /// The stable identifier of the problem, such as `cors::trailing-slash`.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The message: what is wrong and why it matters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The help: what to write instead, as in an attribute or a call of the builder.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The help, as it is written in this language.
    ///
    /// ```
    /// use cors_core::{Language, OriginPattern};
    ///
    /// let issue = OriginPattern::parse("*").unwrap_err();
    /// let help = "write `origins = \"any\"`, or list the origins you trust";
    /// assert_eq!(issue.help_in(Language::Toml), help);
    /// ```
    #[must_use]
    pub fn help_in(&self, language: Language) -> String {
        help(self.code, self.suggestion(), &self.advice, language)
    }

    /// The string to write instead, with all mistakes corrected at once.
    ///
    /// It is always valid, and `None` if the intention is unclear.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// The byte offset of the mistake in a regex.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    pub(super) fn new(code: Code, message: String, suggestion: Option<String>) -> Self {
        let suggestion = suggestion.map(Into::into);
        let message = message.into();
        Self { code, message, help: "".into(), advice: Advice::ByCode, suggestion, offset: None }
            .with_advice(Advice::ByCode)
    }

    pub(super) fn with_advice(mut self, advice: Advice) -> Self {
        self.advice = advice;
        self.help = self.help_in(Language::Attribute).into();
        self
    }

    pub(super) fn at(mut self, offset: Option<usize>) -> Self {
        self.offset = offset;
        self
    }
}

impl fmt::Display for OriginIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for OriginIssue {}
