//! Warnings that the configuration allows.

use super::Resolver;
use crate::config::AllowedWarning;
use crate::problem::nearest;
use crate::problem::{Code, Error, Problem, Severity, Source};
use crate::setting::Setting;

/// An entry whose code is that of a warning.
#[derive(Clone, Debug)]
pub(crate) struct AllowedCode {
    code: Code,
    path: Option<String>,
}

impl AllowedWarning {
    /// Finds the code, or reports an unknown one.
    pub(crate) fn check(&self, lenient: bool, problems: &mut Vec<Problem>) -> Option<AllowedCode> {
        let Self { code: text, path, source } = self;
        let is_warning = |code: &Code| {
            code.severity() == Severity::Warning || lenient && code.when_lenient().is_some()
        };
        match Code::ALL.iter().find(|code| code.as_str() == text) {
            Some(code) if is_warning(code) => {
                return Some(AllowedCode { code: *code, path: path.clone() });
            }
            Some(code) => problems.push(not_a_warning(*code, source)),
            None => problems.push(unknown_code(text, source)),
        }
        None
    }
}

impl AllowedCode {
    fn covers(&self, problem: &Problem) -> bool {
        let Self { code, path } = self;
        problem.severity() == Severity::Warning
            && problem.code() == *code
            && path.as_deref().is_none_or(|path| problem.route() == Some(path))
    }
}

impl Resolver {
    /// Removes the warnings that the configuration allows, and returns `Err` if there
    /// is an error among the rest.
    ///
    /// This is for callers that collect problems of routes. Those of the configuration
    /// itself have already been filtered: see [`Resolver::warnings`].
    ///
    /// ```
    /// use cors_core::{Code, Config, Problem, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let resolver = Config::new(Rules::new(here.clone()))
    ///     .allow_warning_at(Code::SHARED_PREFLIGHT_CACHE, "/users/{id}", here.clone())
    ///     .resolve()?;
    /// let warning = |route| {
    ///     Problem::warning(Code::SHARED_PREFLIGHT_CACHE, &here, "…").about_route(route)
    /// };
    /// let left = resolver.check([warning("/users/{id}"), warning("/orders")])?;
    /// assert_eq!(left, [warning("/orders")]);
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`Error::check`].
    pub fn check(
        &self,
        problems: impl IntoIterator<Item = Problem>,
    ) -> Result<Vec<Problem>, Error> {
        let is_allowed =
            |problem: &Problem| self.allowed_codes.iter().any(|code| code.covers(problem));
        let problems: Vec<_> =
            problems.into_iter().filter(|problem| !is_allowed(problem)).collect();
        Error::check(without_consequences(problems))
    }
}

/// What may be wrong only because a value elsewhere was not accepted: the list that it
/// refers to is incomplete.
const CONSEQUENCES: [Code; 8] = [
    Code::NOTHING_TO_REMOVE,
    Code::NOT_PRESENT,
    Code::NOTHING_LEFT,
    Code::PARENT_IS_OFF,
    Code::INHERITED_CREDENTIALS,
    Code::CREDENTIALS_NOT_COVERED,
    Code::LOOPBACK_WITHOUT_ORIGINS,
    Code::SETTINGS_WITHOUT_ORIGINS,
];

/// The keys and values that were not read.
const UNREAD: [Code; 4] =
    [Code::UNKNOWN_KEY, Code::WRONG_TYPE, Code::NULL_VALUE, Code::MISPLACED_KEYWORD];

/// The elements that are left out of a list of origins.
const LEFT_OUT: [Code; 22] = [
    Code::UNKNOWN_SET,
    Code::EMPTY_ORIGIN,
    Code::NULL_ORIGIN,
    Code::MISSING_SCHEME,
    Code::SEVERAL_ORIGINS,
    Code::TRAILING_SLASH,
    Code::PATH,
    Code::QUERY,
    Code::USERINFO,
    Code::UPPER_CASE,
    Code::DEFAULT_PORT,
    Code::BAD_PORT,
    Code::NON_ASCII,
    Code::MISPLACED_WILDCARD,
    Code::WILDCARD_IP,
    Code::BAD_IP,
    Code::FILE_SCHEME,
    Code::BAD_SCHEME,
    Code::BAD_HOST,
    Code::WHITESPACE,
    Code::BAD_REGEX,
    Code::NEVER_MATCHES,
];

/// Removes problems that may be consequences of something that was not read. The
/// configuration is refused in any case; what is left is reported when that is corrected.
fn without_consequences(problems: Vec<Problem>) -> Vec<Problem> {
    let has = |codes: &[Code]| {
        let is_one = |it: &Problem| it.severity() == Severity::Error && codes.contains(&it.code());
        problems.iter().any(is_one)
    };
    let (is_unread, is_left_out) = (has(&UNREAD), has(&LEFT_OUT));
    let is_age_guessed = has(&[Code::MAX_AGE_UNIT]);
    let is_consequence = |problem: &Problem| {
        let is_about_origins =
            matches!(problem.setting(), Some(Setting::Origins | Setting::Credentials));
        CONSEQUENCES.contains(&problem.code()) && (is_unread || is_left_out && is_about_origins)
            || is_left_out && is_about_origins && problem.code() == Code::OVER_LIMIT
            || is_age_guessed
                && problem.code() == Code::OVER_LIMIT
                && problem.setting() == Some(Setting::MaxAge)
    };
    problems.into_iter().filter(|problem| !is_consequence(problem)).collect()
}

fn not_a_warning(code: Code, source: &Source) -> Problem {
    let message = format!(
        "`{code}` is an error, which prevents the server from starting, so it cannot be allowed"
    );
    Problem::error(Code::NOT_A_WARNING, source, message).with_help("remove it and fix the error")
}

fn unknown_code(text: &str, source: &Source) -> Problem {
    let warnings = || {
        let codes = Code::ALL.iter().filter(|code| code.severity() == Severity::Warning);
        codes.map(|code| code.as_str())
    };
    // Without the prefix, the code may be correct.
    let prefixed = format!("cors::{text}");
    let similar = warnings()
        .find(|code| *code == prefixed)
        .or_else(|| nearest(text, Code::ALL.iter().map(|code| code.as_str())));
    let help = match similar {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("the warnings are `{}`", warnings().collect::<Vec<_>>().join("`, `")),
    };
    let message = format!("there is no warning `{}`", text.escape_debug());
    Problem::error(Code::UNKNOWN_CODE, source, message).with_help(help)
}
