//! The policies that may apply to one request, and what they say together.
//!
//! Ambiguity never widens: where several may apply, only what all of them allow
//! is granted.

use std::borrow::Cow;

use cors_core::{Answer, Coverage, Decision, Policy, Request};

use crate::http::{HeaderLines, PreparedPolicy};

/// The policies that may apply to a request, usually one.
#[derive(Debug)]
pub(crate) struct Candidates<'t> {
    pub(crate) first: &'t PreparedPolicy,
    /// With more than one, only what all of them allow is granted.
    pub(crate) rest: Vec<&'t PreparedPolicy>,
    pub(crate) coverage: Coverage,
}

/// A decision, and the policy that made it.
#[derive(Clone, Copy)]
pub(crate) struct Why<'p> {
    pub(crate) decision: Decision,
    pub(crate) policy: &'p Policy,
}

impl<'t> Candidates<'t> {
    /// One policy, for certain.
    pub(crate) const fn only(first: &'t PreparedPolicy) -> Self {
        Self { first, rest: Vec::new(), coverage: Coverage::WholePath }
    }

    /// The same, or else this policy.
    pub(crate) fn or(mut self, other: &'t PreparedPolicy) -> Self {
        if !std::ptr::eq(self.first, other) {
            self.rest.push(other);
        }
        self
    }

    /// The policy, unless there are several.
    pub(crate) fn only_one(&self) -> Option<&'t PreparedPolicy> {
        self.rest.is_empty().then_some(self.first)
    }

    /// The same, or else any of these.
    pub(crate) fn or_any_of(self, others: Self) -> Self {
        others.rest.iter().fold(self.or(others.first), |all, other| all.or(other))
    }

    /// The answer that all of them give together, and a decision that explains it.
    pub(crate) fn judge(&self, request: &impl Request) -> (Why<'t>, Answer<'t>) {
        let judge = |prepared: &'t PreparedPolicy| {
            let policy = &*prepared.policy;
            let decision = policy.decide(request);
            (Why { decision, policy }, policy.answer(decision, self.coverage))
        };
        let (mut why, mut answer) = judge(self.first);
        for other in &self.rest {
            let (other, theirs) = judge(other);
            why = if why.decision.denial().is_some() { why } else { other };
            answer = answer.common(theirs);
        }
        (why, answer)
    }

    /// The same for a request that is no preflight, as header lines.
    pub(crate) fn say(&self, request: &impl Request) -> (Why<'t>, Cow<'t, HeaderLines>) {
        if let Some(only) = self.only_one() {
            let policy = &*only.policy;
            let decision = policy.decide(request);
            return (Why { decision, policy }, Cow::Borrowed(only.lines(decision)));
        }
        let (why, answer) = self.judge(request);
        (why, Cow::Owned(HeaderLines::of(&answer)))
    }
}

/// Policies gathered for one request.
#[derive(Default)]
pub(crate) struct CandidatesBuilder<'t> {
    pub(crate) first: Option<&'t PreparedPolicy>,
    /// Those that differ from the first; nearly always empty.
    pub(crate) rest: Vec<&'t PreparedPolicy>,
    /// Whether a route certainly serves the path with the very slashes that were
    /// sent: with a `NormalizePath` inside, that route would be of no use.
    pub(crate) as_sent: bool,
    /// Whether other methods of the path are under other policies.
    pub(crate) siblings: bool,
}

impl<'t> CandidatesBuilder<'t> {
    pub(crate) fn add(&mut self, policy: &'t PreparedPolicy) {
        let first = *self.first.get_or_insert(policy);
        if !std::ptr::eq(first, policy)
            && !self.rest.iter().any(|known| std::ptr::eq(*known, policy))
        {
            self.rest.push(policy);
        }
    }

    pub(crate) fn into_candidates(self, fallback: &'t PreparedPolicy) -> Candidates<'t> {
        let Self { first, rest, as_sent: _, siblings } = self;
        let coverage = match siblings || !rest.is_empty() {
            true => Coverage::RequestedMethod,
            false => Coverage::WholePath,
        };
        Candidates { first: first.unwrap_or(fallback), rest, coverage }
    }
}
