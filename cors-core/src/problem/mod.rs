//! Problems of a configuration, and how they are shown.
//!
//! A [`Problem`] contains what is wrong, why it matters, what to write instead, and the
//! place. The attribute, `cors.toml` and the startup report all show the same problems,
//! so the wording is next to the rule that finds them. This module decides how a
//! problem is shown, and what a misspelt or foreign name was most likely meant to be.
//! Which problems exist is decided by the other modules.
//!
//! May import: `setting`.

mod code;
mod error;
mod fix;
mod foreign_names;
mod lenient;
#[cfg(feature = "config")]
mod snippet;
mod source;
#[cfg(feature = "config")]
mod source_text;
mod suggest;

pub use self::code::Code;
pub use self::error::Error;
pub use self::fix::Language;
pub(crate) use self::fix::toml_key;
pub use self::foreign_names::{Suggestion, suggest_key};
pub use self::source::Source;
#[cfg(feature = "config")]
pub(crate) use self::source_text::SourceText;
pub(crate) use self::suggest::meant_word;
pub use self::suggest::nearest;

use core::fmt;

use crate::setting::Setting;

/// One error or warning about the rules of a policy.
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

/// The correction of an element or a value, where exactly one is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Correction {
    /// Write this text instead.
    Write(String),
    /// Remove the element or value.
    Remove,
}

/// Whether a problem prevents the server from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The server starts, and the problem is logged.
    Warning,
    /// The server does not start.
    Error,
}

/// An additional remark, with the other place that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    text: String,
    source: Option<Source>,
}

impl Problem {
    /// A problem that prevents the server from starting.
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

    /// A configuration that works but is probably unintended.
    #[must_use]
    pub fn warning(code: Code, source: &Source, message: impl Into<String>) -> Self {
        debug_assert_eq!(code.severity(), Severity::Warning, "{code}");
        Self { severity: Severity::Warning, ..Self::error(code, source, message) }
    }

    pub(crate) fn into_error(self) -> Self {
        Self { severity: Severity::Error, ..self }
    }

    /// Sets the setting that the problem is about.
    #[must_use]
    pub fn about(mut self, setting: Setting) -> Self {
        self.setting = Some(setting);
        self
    }

    /// Sets the route that the problem is about, by its full pattern.
    #[must_use]
    pub fn about_route(mut self, pattern: impl Into<String>) -> Self {
        self.route = Some(pattern.into());
        self
    }

    /// Sets the help: what to write instead.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the correction of the element or value.
    #[must_use]
    pub(crate) fn with_correction(self, correction: Correction) -> Self {
        Self { correction: Some(correction), ..self }
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note { text: text.into(), source: None });
        self
    }

    /// Adds a note about another place.
    #[must_use]
    pub fn with_note_at(mut self, text: impl Into<String>, source: &Source) -> Self {
        self.notes.push(Note { text: text.into(), source: Some(source.clone()) });
        self
    }

    /// Whether both problems are equal except for their notes.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let Self { code, severity, setting, route: _, source, message, help, correction, notes: _ } =
            self;
        (*code, *severity, *setting) == (other.code, other.severity, other.setting)
            && (source, message) == (&other.source, &other.message)
            && (help, correction) == (&other.help, &other.correction)
    }

    pub(crate) fn add_notes_of(&mut self, other: Self) {
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// The stable identifier of this kind of problem.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Whether the problem prevents the server from starting.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The setting that the problem is about.
    #[must_use]
    pub const fn setting(&self) -> Option<Setting> {
        self.setting
    }

    /// The full pattern of the route that the problem is about, if there is one.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The place where the problem was found.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The message: what is wrong and why it matters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The help: what to write instead.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The correction of the element or value, if exactly one is possible.
    #[must_use]
    pub const fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }

    /// The notes, each with the place that it refers to.
    pub fn notes(&self) -> impl Iterator<Item = (&str, Option<&Source>)> {
        self.notes.iter().map(|note| (note.text.as_str(), note.source.as_ref()))
    }
}

impl Problem {
    /// Renders the problem with the lines that it refers to, if their text is
    /// available, as it is for a configuration file. Otherwise the result equals
    /// `Display`.
    ///
    /// Plain text, without colours.
    ///
    #[cfg_attr(feature = "config", doc = "```")]
    #[cfg_attr(not(feature = "config"), doc = "```ignore")]
    /// use cors_core::Config;
    ///
    /// let config = Config::from_toml("[cors]\nmax_age = \"10\"\n", "cors.toml");
    /// let error = config.resolve().unwrap_err();
    /// let report = "\
    /// error[cors::max-age-unit]: `\"10\"` has no unit
    ///  --> cors.toml:2:11
    ///   |
    /// 2 | max_age = \"10\"
    ///   |           ^^^^
    ///   |
    ///   = help: write `10` without quotes for seconds, or a unit: `\"10m\"`";
    /// assert_eq!(error.problems()[0].report(), report);
    /// ```
    #[must_use]
    pub fn report(&self) -> String {
        #[cfg(feature = "config")]
        if let Some(report) = snippet::render(self) {
            return report;
        }
        self.to_string()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{label}[{}]: {}", self.code, line(&self.message))?;
        write!(f, "\n  --> {}", line(&self.source.to_string()))?;
        for Note { text, source } in &self.notes {
            write!(f, "\n  note: {}", line(text))?;
            if let Some(source) = source {
                write!(f, " ({})", line(&source.to_string()))?;
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {}", line(help))?;
        }
        Ok(())
    }
}

/// Whether a character controls a terminal or changes the direction of text.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes control characters. Reports are logged, so user input must neither control
/// the terminal nor look like another log line.
fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match is_control(c) {
            true => line.extend(c.escape_debug()),
            false => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        Problem::error(Code::EMPTY_LIST, &Source::code("api.rs", 1, 1), "empty").with_help("fill")
    }

    #[test]
    fn user_input_stays_on_one_line_and_control_characters_are_escaped() {
        for (text, shown) in [
            ("plain `é`", "plain `é`"),
            ("a\nerror: b", r"a\nerror: b"),
            ("\u{1b}[31m", r"\u{1b}[31m"),
            ("a\u{202e}b\u{2066}c\u{200f}", r"a\u{202e}b\u{2066}c\u{200f}"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn problems_that_differ_only_in_notes_are_duplicates() {
        assert!(problem().is_like(&problem().with_note("a note").about_route("/x")));
        for other in [
            Problem::error(Code::NOTHING_LEFT, &Source::code("api.rs", 1, 1), "empty")
                .with_help("fill"),
            Problem::error(Code::EMPTY_LIST, &Source::code("api.rs", 2, 1), "empty")
                .with_help("fill"),
            Problem::error(Code::EMPTY_LIST, &Source::code("api.rs", 1, 1), "other")
                .with_help("fill"),
            problem().with_help("remove"),
            problem().about(Setting::Origins),
            problem().with_correction(Correction::Remove),
        ] {
            assert!(!problem().is_like(&other), "{other:?}");
            assert!(!other.is_like(&problem()), "{other:?}");
        }
    }

    #[test]
    fn merged_problems_keep_each_note_once() {
        let mut one = problem().with_note("a").with_note("b");
        one.add_notes_of(problem().with_note("b").with_note("c"));
        let notes: Vec<_> = one.notes().map(|(text, _)| text).collect();
        assert_eq!(notes, ["a", "b", "c"]);
    }

    #[test]
    fn a_problem_names_its_route() {
        assert_eq!(problem().route(), None);
        assert_eq!(problem().about_route("/x").route(), Some("/x"));
    }
}
