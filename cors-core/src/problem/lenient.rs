//! Which errors are warnings in a lenient configuration, and what applies instead.
//!
//! The values do nothing in a browser, or have one plain reading that allows no more. An
//! origin, a wildcard, a combination with credentials or a limit is never among them.

use super::{Code, Problem, Severity};

/// The errors that [`Config::lenient`](crate::Config::lenient) makes warnings, each with
/// what applies to the value.
const HARMLESS: [(Code, &str); 8] = [
    (Code::NULL_VALUE, "the key is ignored, as if it were left out"),
    (Code::EMPTY_LIST, "the list is empty: it allows or changes nothing"),
    (Code::MAX_AGE_TOO_LONG, "one day applies"),
    (Code::MAX_AGE_UNIT, "the number is read as seconds"),
    (Code::FORBIDDEN_METHOD, "the method is ignored"),
    (Code::FORBIDDEN_HEADER, "the header is ignored"),
    (Code::FORBIDDEN_EXPOSE, "the header is ignored"),
    (Code::HEADER_DIRECTION, "the header is ignored"),
];

impl Code {
    /// What applies in a [lenient](crate::Config::lenient) configuration, where this
    /// error is a warning; `None` for codes that do not differ there.
    ///
    /// ```
    /// use cors_core::Code;
    ///
    /// assert_eq!(Code::MAX_AGE_TOO_LONG.when_lenient(), Some("one day applies"));
    /// assert_eq!(Code::TRAILING_SLASH.when_lenient(), None);
    /// ```
    #[must_use]
    pub fn when_lenient(self) -> Option<&'static str> {
        HARMLESS.iter().find(|(code, _)| *code == self).map(|(_, applies)| *applies)
    }
}

impl Problem {
    /// The problem in a lenient configuration: a warning if the value is harmless.
    pub(crate) fn leniently(self) -> Self {
        match self.code.when_lenient() {
            Some(applies)
                if self.severity == Severity::Error && !self.is_about_an_empty_match() =>
            {
                Self { severity: Severity::Warning, ..self }.with_note(applies)
            }
            _ => self,
        }
    }

    /// Whether this is `match = []`: the group may close what is then open.
    fn is_about_an_empty_match(&self) -> bool {
        self.code == Code::EMPTY_LIST && self.setting.is_none()
    }
}
