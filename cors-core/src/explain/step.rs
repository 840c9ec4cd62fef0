//! One check of a request.

use std::fmt;

use crate::policy::{Denial, EffectiveValue, Policy};
use crate::problem::Source;
use crate::setting::Setting;

/// How many characters are shown of a value from the request.
const LONGEST: usize = 200;

/// How many elements of a list are shown.
const SHOWN: usize = 8;

/// One check of a request: what was requested, what is allowed, and the rule.
///
/// Displays as one line, and one more for each of [`Step::near_miss`] and [`Step::help`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    setting: Setting,
    requested: String,
    allowed: EffectiveValue,
    sources: Vec<Source>,
    denial: Option<Denial>,
    near_miss: Option<String>,
    help: Option<String>,
}

impl Step {
    pub(super) fn new(
        policy: &Policy,
        setting: Setting,
        requested: &[u8],
        denial: Option<Denial>,
    ) -> Self {
        let effective = policy.effective(setting);
        Self {
            setting,
            requested: show(requested),
            allowed: effective.value().clone(),
            sources: effective.sources().to_vec(),
            denial,
            near_miss: None,
            help: None,
        }
    }

    pub(super) fn with_near_miss(self, near_miss: Option<String>) -> Self {
        Self { near_miss, ..self }
    }

    pub(super) fn with_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }

    /// The setting that is checked.
    #[must_use]
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// The origin, method, header or list of headers that was requested: of a list that is
    /// refused, the first header that is not allowed. On one line, and shortened if it is
    /// longer than any browser sends.
    #[must_use]
    pub fn requested(&self) -> &str {
        &self.requested
    }

    /// What the policy allows.
    #[must_use]
    pub const fn allowed(&self) -> &EffectiveValue {
        &self.allowed
    }

    /// The beginning of what the policy allows, as text of a limited length.
    #[must_use]
    pub fn allowed_in_short(&self) -> String {
        self.allowed.shortened(SHOWN)
    }

    /// The places that set what is allowed; empty for a default.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Why the check fails; `None` if it passes.
    #[must_use]
    pub const fn denial(&self) -> Option<Denial> {
        self.denial
    }

    /// Something similar that is allowed, and the difference.
    #[must_use]
    pub fn near_miss(&self) -> Option<&str> {
        self.near_miss.as_deref()
    }

    /// What to write to allow the request, or what to change in the page.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.denial.is_some() { "REFUSED" } else { "allowed" };
        let Self { setting, requested, .. } = self;
        let allowed = self.allowed_in_short();
        write!(f, "  {outcome}  `{requested}`; `{setting}` is {allowed}")?;
        match &*self.sources {
            [] => f.write_str(" by default")?,
            [first, rest @ ..] => {
                write!(f, ", set at {first}")?;
                rest.iter().try_for_each(|source| write!(f, ", {source}"))?;
            }
        }
        if let Some(near_miss) = &self.near_miss {
            write!(f, "\n           near miss: {near_miss}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n           help: {help}")?;
        }
        Ok(())
    }
}

/// A value from the request, on one line and not too long.
pub(super) fn show(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
