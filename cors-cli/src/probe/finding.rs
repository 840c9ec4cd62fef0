//! What was found about a server: what is wrong, why a browser cares, and what to write.

use std::fmt;

use serde::Serialize;

use crate::output::{Level, Tone, annotation, clean, paint};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// The page is blocked, or other pages may do what they should not.
    Error,
    /// It works by accident, or not always.
    Warning,
    /// Worth knowing.
    Note,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    severity: Severity,
    /// A stable name in kebab-case.
    code: &'static str,
    /// What is wrong.
    message: String,
    /// Why the browser refuses, or what may happen.
    why: String,
    /// What to write on the server, or to change in the page.
    help: String,
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        code: &'static str,
        message: impl AsRef<str>,
        why: impl AsRef<str>,
        help: impl AsRef<str>,
    ) -> Self {
        Self {
            severity,
            code,
            message: clean(message.as_ref()),
            why: clean(why.as_ref()),
            help: clean(help.as_ref()),
        }
    }

    pub(super) fn error(
        code: &'static str,
        message: impl AsRef<str>,
        why: impl AsRef<str>,
        help: impl AsRef<str>,
    ) -> Self {
        Self::new(Severity::Error, code, message, why, help)
    }

    pub(super) const fn severity(&self) -> Severity {
        self.severity
    }

    /// The annotation; there is no file to point to.
    pub(super) fn annotation(&self) -> String {
        let level = match self.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Note => Level::Notice,
        };
        let Self { message, why, help, code, .. } = self;
        annotation(level, None, code, &format!("{message}\nwhy: {why}\nhelp: {help}"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, code, message, why, help } = self;
        let (label, tone) = match severity {
            Severity::Error => ("error", Tone::Error),
            Severity::Warning => ("warning", Tone::Warning),
            Severity::Note => ("note", Tone::Help),
        };
        writeln!(f, "{}: {message}", paint(tone, &format!("{label}[{code}]")))?;
        writeln!(f, "   why: {why}")?;
        write!(f, "  {}: {help}", paint(Tone::Help, "help"))
    }
}
