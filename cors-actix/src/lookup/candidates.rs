//! The policies that may apply to one request, and what they decide together.
//!
//! Ambiguity never widens: where several may apply, only what all of them allow
//! is allowed.

use std::borrow::Cow;

use cors_core::{Answer, Coverage, Decision, Policy, Request};

use super::keys::{KeyPath, WithKeys};
use crate::http::{HeaderLines, PreparedPolicy};
use crate::process::PolicyIndex;

/// A policy of a [`PolicyLookup`](super::PolicyLookup), and its number there.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundPolicy<'t> {
    pub(super) prepared: &'t PreparedPolicy,
    /// `None` for the policy that allows nothing.
    pub(super) index: Option<PolicyIndex>,
}

/// A policy that may apply, and the annotated route that it is the policy of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'t> {
    pub(super) policy: FoundPolicy<'t>,
    /// `None` where it is the policy of something un-annotated.
    pub(super) route: Option<usize>,
    /// Whether it is, perhaps besides that of a route.
    pub(super) is_unannotated: bool,
}

/// The policies that may apply to a request, usually one.
#[derive(Debug)]
pub(crate) struct Candidates<'t> {
    pub(super) first: Candidate<'t>,
    /// Policies that differ from the first one and from each other; nearly always empty.
    pub(super) rest: Vec<Candidate<'t>>,
    pub(super) coverage: Coverage,
    pub(super) keys: KeyPath,
}

/// A decision, the policy that made it, and the route that it is the policy of.
#[derive(Clone, Copy)]
pub(crate) struct PolicyDecision<'p> {
    pub(crate) decision: Decision,
    pub(crate) policy: &'p Policy,
    pub(crate) route: Option<usize>,
}

impl<'t> Candidate<'t> {
    const fn new(policy: FoundPolicy<'t>, route: Option<usize>) -> Self {
        Self { policy, route, is_unannotated: route.is_none() }
    }

    fn policy(&self) -> &'t Policy {
        &self.policy.prepared.policy
    }
}

impl<'t> Candidates<'t> {
    /// One policy, for certain.
    pub(super) const fn only(policy: FoundPolicy<'t>, route: Option<usize>) -> Self {
        let first = Candidate::new(policy, route);
        let (coverage, keys) = (Coverage::WholePath, KeyPath::Unneeded);
        Self { first, rest: Vec::new(), coverage, keys }
    }

    /// Combines these policies with others.
    #[must_use]
    pub(crate) fn and(self, others: Self) -> Self {
        let Self { first, rest, coverage: _, keys } = self;
        let keys = keys.and(others.keys);
        let mut found = CandidatesBuilder { first: Some(first), rest, siblings: true, keys };
        for other in std::iter::once(others.first).chain(others.rest) {
            found.push(other);
        }
        found.build(|| first.policy)
    }

    /// The policy, unless there are several.
    pub(crate) fn only_one(&self) -> Option<&'t PreparedPolicy> {
        self.rest.is_empty().then_some(self.first.policy.prepared)
    }

    /// Whether the request is left alone.
    pub(crate) fn pass_through(&self) -> bool {
        // Of several, another one would decide.
        self.first.policy().passes_through()
    }

    /// The answer that all of them give together, and a decision that explains it: that
    /// of a policy that refuses, if one does.
    pub(crate) fn judge(&self, request: &impl Request) -> (PolicyDecision<'t>, Answer<'t>) {
        let judge = |candidate: Candidate<'t>| {
            let (policy, route) = (candidate.policy(), candidate.route);
            let decision = policy.decide(&self.with_keys(request));
            (PolicyDecision { decision, policy, route }, policy.answer(decision, self.coverage))
        };
        let (mut why, mut answer) = judge(self.first);
        for other in &self.rest {
            let (other, theirs) = judge(*other);
            why = if why.decision.denial().is_some() { why } else { other };
            answer = answer.common(theirs);
        }
        (why, answer)
    }

    /// The request, with the keys in its path.
    #[inline]
    const fn with_keys<'r, R>(&'r self, request: &'r R) -> WithKeys<'r, R> {
        WithKeys { request, keys: &self.keys }
    }

    /// Whether `enforce` certainly refuses a request: all of them do, or one that nothing
    /// asks again, because it is not that of an annotated route.
    pub(crate) fn refuse_before_routing(&self, request: &impl Request) -> bool {
        let candidates = || std::iter::once(self.first).chain(self.rest.iter().copied());
        let refuses = |policy: &Policy| {
            let decision = policy.decide(&self.with_keys(request));
            policy.answer(decision, self.coverage).is_refused()
        };
        candidates().all(|it| refuses(it.policy()))
            || candidates().any(|it| it.is_unannotated && refuses(it.policy()))
    }

    /// The common answer to a request that is no preflight, as header lines.
    pub(crate) fn judge_actual(
        &self,
        request: &impl Request,
    ) -> (PolicyDecision<'t>, Cow<'t, HeaderLines>) {
        if let Some(only) = self.only_one() {
            let policy = &*only.policy;
            let decision = policy.decide(&self.with_keys(request));
            let why = PolicyDecision { decision, policy, route: self.first.route };
            return (why, Cow::Borrowed(only.lines(decision)));
        }
        let (why, answer) = self.judge(request);
        (why, Cow::Owned(HeaderLines::of(&answer)))
    }
}

/// Policies gathered for one request.
#[derive(Default)]
pub(crate) struct CandidatesBuilder<'t> {
    first: Option<Candidate<'t>>,
    rest: Vec<Candidate<'t>>,
    /// Whether other methods of the path are under other policies.
    siblings: bool,
    keys: KeyPath,
}

impl<'t> CandidatesBuilder<'t> {
    /// Adds the policy of a route, or of something un-annotated; `path` is the path by which it
    /// applies, if that is known.
    pub(super) fn add(
        &mut self,
        policy: FoundPolicy<'t>,
        route: Option<usize>,
        path: Option<&str>,
    ) {
        if policy.prepared.policy.is_live() {
            self.keys.add(&policy.prepared.policy, path);
        }
        self.push(Candidate::new(policy, route));
    }

    fn push(&mut self, candidate: Candidate<'t>) {
        let policy = candidate.policy;
        let mut known = self.first.iter_mut().chain(&mut self.rest);
        match known.find(|known| known.policy.index == policy.index) {
            Some(known) => known.is_unannotated |= candidate.is_unannotated,
            None => match self.first {
                None => self.first = Some(candidate),
                Some(_) => self.rest.push(candidate),
            },
        }
    }

    /// Answers by another policy than that of the only route, which is answered together
    /// with others.
    pub(super) fn replace(&mut self, policy: FoundPolicy<'t>) {
        if let Some(first) = &mut self.first
            && self.rest.is_empty()
        {
            first.policy = policy;
        }
    }

    /// Other methods of the path are under other policies, so an answer may speak for
    /// the requested one only.
    pub(crate) const fn add_siblings(&mut self) {
        self.siblings = true;
    }

    /// The same as [`build`](Self::build), for a response that carries no route. A policy that
    /// leaves responses alone lets no page read this one, so nothing is allowed where another may
    /// apply as well.
    pub(crate) fn build_for_response(
        mut self,
        closed: FoundPolicy<'t>,
        fallback: impl FnOnce() -> FoundPolicy<'t>,
    ) -> Candidates<'t> {
        let found = || self.first.iter().chain(&self.rest);
        let pass_through = found().filter(|it| it.policy().passes_through()).count();
        if (1..found().count()).contains(&pass_through) {
            self.push(Candidate::new(closed, None));
        }
        self.build(fallback)
    }

    /// The policies gathered, or `fallback` if there were none. One that leaves the request
    /// alone does not count where another may apply.
    pub(crate) fn build(self, fallback: impl FnOnce() -> FoundPolicy<'t>) -> Candidates<'t> {
        let Self { mut first, mut rest, siblings, mut keys } = self;
        let coverage = match siblings || !rest.is_empty() {
            true => Coverage::RequestedMethod,
            false => Coverage::WholePath,
        };
        if !rest.is_empty() {
            let decides = |it: &Candidate<'_>| !it.policy().passes_through();
            if first.iter().chain(&rest).any(decides) {
                rest.retain(decides);
                first = first.filter(decides).or_else(|| rest.pop());
            }
        }
        let first = first.unwrap_or_else(|| {
            let fallback = fallback();
            keys.add(&fallback.prepared.policy, None);
            Candidate::new(fallback, None)
        });
        Candidates { first, rest, coverage, keys }
    }
}
