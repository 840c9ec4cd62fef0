//! What is wrong with a policy: problems, and the error that reports them all.
//!
//! A [`Problem`] says what is wrong, why it matters and what to write instead,
//! and where. The attribute, `cors.toml` and the startup report all show the
//! same problems: the wording lives with the rule that finds them.

use core::fmt;

use crate::{Code, Setting, Source};

/// One thing that is wrong, or suspicious, in the rules of a policy.
///
/// ```
/// use cors_core::{Config, Op, Rules, Setting, Source};
///
/// let here = Source::file("cors.toml", 2, 11);
/// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, ["https://app.example/"], here);
/// let error = Config::new(rules).resolve().unwrap_err();
/// let problem = &error.problems()[0];
/// assert_eq!(problem.code().as_str(), "cors::trailing-slash");
/// assert_eq!(problem.setting(), Some(Setting::Origins));
/// assert_eq!(problem.source().to_string(), "cors.toml:2:11");
/// assert!(problem.help().unwrap().contains("https://app.example"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    severity: Severity,
    setting: Option<Setting>,
    route: Option<String>,
    source: Source,
    message: String,
    help: Option<String>,
    correction: Option<Correction>,
    notes: Vec<Note>,
}

/// What would mend an element or a value, where there is only one such thing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Correction {
    /// This text instead.
    Write(String),
    /// Nothing at all.
    Remove,
}

/// Whether a problem keeps the server from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The server starts, and the problem is logged.
    Warning,
    /// The server does not start.
    Error,
}

/// A second place that helps to understand a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    text: String,
    source: Option<Source>,
}

impl Problem {
    /// A problem that must be mended.
    #[must_use]
    pub fn error(code: Code, source: &Source, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            setting: None,
            route: None,
            source: source.clone(),
            message: message.into(),
            help: None,
            correction: None,
            notes: Vec::new(),
        }
    }

    /// Something that works, and is probably not what was meant.
    #[must_use]
    pub fn warning(code: Code, source: &Source, message: impl Into<String>) -> Self {
        debug_assert_eq!(code.severity(), Severity::Warning, "{code}");
        Self { severity: Severity::Warning, ..Self::error(code, source, message) }
    }

    /// Names the setting that the problem is about.
    #[must_use]
    pub fn about(mut self, setting: Setting) -> Self {
        self.setting = Some(setting);
        self
    }

    /// Names the route that the problem is about, by its full pattern.
    #[must_use]
    pub fn about_route(mut self, pattern: impl Into<String>) -> Self {
        self.route = Some(pattern.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what, put in the place of the element or value, would mend it.
    #[must_use]
    pub(crate) fn with_correction(self, correction: Correction) -> Self {
        Self { correction: Some(correction), ..self }
    }

    /// Adds a remark.
    #[must_use]
    pub fn with_note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note { text: text.into(), source: None });
        self
    }

    /// Adds a remark about another place.
    #[must_use]
    pub fn with_note_at(mut self, text: impl Into<String>, source: &Source) -> Self {
        self.notes.push(Note { text: text.into(), source: Some(source.clone()) });
        self
    }

    /// Whether the two differ at most in their remarks.
    fn is_like(&self, other: &Self) -> bool {
        let Self { code, severity, setting, route: _, source, message, help, correction, notes: _ } =
            self;
        (*code, *severity, *setting) == (other.code, other.severity, other.setting)
            && (source, message) == (&other.source, &other.message)
            && (help, correction) == (&other.help, &other.correction)
    }

    fn add_notes(&mut self, notes: Vec<Note>) {
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// The stable identifier of the rule that was broken.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Whether the server can start with it.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The setting that it is about.
    #[must_use]
    pub const fn setting(&self) -> Option<Setting> {
        self.setting
    }

    /// The full pattern of the route that it is about, if it is about one.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// Where it was said.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// What is wrong and why it matters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// What, put in the place of the element or value, would mend it.
    #[must_use]
    pub const fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }

    /// Remarks, each with the place it is about.
    pub fn notes(&self) -> impl Iterator<Item = (&str, Option<&Source>)> {
        self.notes.iter().map(|note| (note.text.as_str(), note.source.as_ref()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{label}[{}]: {}", self.code, self.message)?;
        write!(f, "\n  --> {}", self.source)?;
        for Note { text, source } in &self.notes {
            write!(f, "\n  note: {text}")?;
            if let Some(source) = source {
                write!(f, " ({source})")?;
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a configuration, in the order it was written.
///
/// Displays as the full report, one paragraph a problem.
///
/// ```
/// use cors_core::{Config, Op, Rules, Setting, Source};
///
/// let here = Source::file("cors.toml", 2, 11);
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Set, ["*"], here.clone())
///     .list(Setting::Methods, Op::Set, ["get"], here);
/// let error = Config::new(rules).resolve().unwrap_err();
/// let codes: Vec<_> = error.problems().iter().map(|p| p.code().as_str()).collect();
/// assert_eq!(codes, ["cors::quoted-wildcard", "cors::method-case"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Problem>,
}

impl Error {
    /// What is wrong; never empty, and holding at least one error.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// `Err` when `problems` holds an error, each problem kept once: of one that
    /// several routes have in common, the remarks are collected.
    ///
    /// # Errors
    ///
    /// When one of the problems is more than a warning. On `Ok` the warnings
    /// are what is left.
    pub fn check(problems: impl IntoIterator<Item = Problem>) -> Result<Vec<Problem>, Self> {
        let mut unique: Vec<Problem> = Vec::new();
        for problem in problems {
            match unique.iter_mut().find(|known| known.is_like(&problem)) {
                Some(known) => known.add_notes(problem.notes),
                None => unique.push(problem),
            }
        }
        if unique.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Self { problems: unique });
        }
        Ok(unique)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![Problem { severity: Severity::Error, ..problem }] }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}\n")?;
        }
        let errors = self.problems.iter().filter(|p| p.severity == Severity::Error).count();
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "{errors} error{plural} in the CORS configuration")
    }
}

impl std::error::Error for Error {}
