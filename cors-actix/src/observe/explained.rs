//! A policy that may apply to a request, and its explanation.

use std::fmt;

use cors_core::Explanation;

/// A policy that may apply to a request, why it may, and what it decides: see
/// [`Cors::explain`](crate::Cors::explain). It serialises with the features `config` and `inspector`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(feature = "config", feature = "inspector"), derive(serde::Serialize))]
pub struct ExplainedPolicy {
    why: String,
    handler: Option<&'static str>,
    explanation: Explanation,
}

impl ExplainedPolicy {
    pub(crate) const fn new(
        why: String,
        handler: Option<&'static str>,
        explanation: Explanation,
    ) -> Self {
        Self { why, handler, explanation }
    }

    /// Why the policy may apply: the methods and the pattern of the handler, or the group of
    /// paths.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The annotated handler with its module path.
    #[must_use]
    pub const fn handler(&self) -> Option<&'static str> {
        self.handler
    }

    /// What the policy decides about the request, step by step.
    #[must_use]
    pub const fn explanation(&self) -> &Explanation {
        &self.explanation
    }
}

impl fmt::Display for ExplainedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(handler) = self.handler {
            write!(f, "{handler} ")?;
        }
        write!(f, "{}\n{}", self.why, self.explanation)
    }
}
