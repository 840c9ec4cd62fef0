//! Why a policy decides about a request as it does: step by step, with what to change.
//!
//! This is for people: for logs, tests and tools. Deciding does not use it, and it costs
//! nothing for requests that are not explained.
//!
//! May import: `origin`, `policy`, `problem`, `setting`.

mod near_miss;
mod page_request;
mod remedy;
#[cfg(feature = "serde")]
mod serialize;
mod step;

pub use self::near_miss::similar_origins;
pub use self::page_request::PageRequest;
pub use self::step::Step;

use std::fmt;

use crate::policy::{Decision, Denial, Policy, Request, RequestField};
use crate::problem::Source;
use crate::setting::Setting;

/// Why a policy decides about a request as it does: see [`Policy::explain`].
///
/// Displays as a line for the decision and the lines of each [`Step`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    decision: Decision,
    steps: Vec<Step>,
    /// The places of `passthrough`, if that applies.
    left_alone: Option<Vec<Source>>,
}

impl Explanation {
    /// The decision, as [`Policy::decide`] makes it.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// The checks, in the order of Fetch: origin, method, headers, credentials, private
    /// network.
    ///
    /// A browser stops at the first one that fails; the later ones are there to show what
    /// it would meet next. Checks of what was not requested are left out.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the request is left alone, because the policy is `passthrough`: nothing is
    /// checked then.
    #[must_use]
    pub const fn passes_through(&self) -> bool {
        self.left_alone.is_some()
    }

    /// The first check that fails.
    #[must_use]
    pub fn refusal(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.denial().is_some())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(places) = &self.left_alone {
            f.write_str("left alone: `passthrough`, set")?;
            return places.iter().try_for_each(|place| write!(f, " at {place}"));
        }
        match (self.decision, self.refusal().and_then(Step::denial)) {
            (Decision::NotCors, _) => {
                f.write_str(
                    "this request is outside of the CORS protocol: no `Origin`, or same-origin",
                )?;
            }
            (decision, None) => write!(f, "{}: allowed", decision.kind())?,
            (decision, Some(denial)) => {
                write!(f, "{}: {denial} [{}]", decision.kind(), denial.code())?;
            }
        }
        self.steps.iter().try_for_each(|step| write!(f, "\n{step}"))
    }
}

impl Policy {
    /// Explains the decision about a request.
    ///
    /// ```
    /// use cors_core::{Config, Denial, Op, Request, RequestField, Rules, Setting, Source};
    ///
    /// struct Get(&'static str);
    ///
    /// impl Request for Get {
    ///     fn method(&self) -> &[u8] {
    ///         b"GET"
    ///     }
    ///     fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
    ///         (field == RequestField::Origin).then_some(self.0.as_bytes()).into_iter()
    ///     }
    /// }
    ///
    /// let here = Source::file("cors.toml", 2, 1);
    /// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, ["https://app.example"], here);
    /// let resolver = Config::new(rules).resolve()?;
    ///
    /// let explanation = resolver.global().explain(&Get("http://app.example"));
    /// let refusal = explanation.refusal().unwrap();
    /// assert_eq!(refusal.denial(), Some(Denial::Origin));
    /// assert_eq!(refusal.near_miss(), Some("`https://app.example` is allowed: only the scheme differs"));
    /// assert_eq!(refusal.sources()[0].to_string(), "cors.toml:2:1");
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[cold]
    #[must_use]
    pub fn explain(&self, request: &impl Request) -> Explanation {
        let decision = self.decide(request);
        let mut steps = Vec::new();
        if self.passes_through() {
            let left_alone = Some(self.sources(Setting::Origins).to_vec());
            return Explanation { decision, steps, left_alone };
        }
        // Without `Origin`, or same-origin: nothing is checked.
        if decision != Decision::NotCors {
            steps.push(self.origin_step(request));
            if decision.is_preflight() {
                steps.push(self.method_step(request));
                steps.extend(self.header_step(request));
            }
            steps.extend(self.credentials_step(request));
            steps.extend(self.private_network_step(decision));
        }
        Explanation { decision, steps, left_alone: None }
    }

    fn origin_step(&self, request: &impl Request) -> Step {
        let mut lines = request.lines(RequestField::Origin);
        let (first, is_single) = (lines.next().unwrap_or_default(), lines.next().is_none());
        let denial = match is_single {
            true => self.denies_origin(first, request),
            false if self.effective_is_any(Setting::Origins) => None,
            false => Some(Denial::DuplicatedOrigin),
        };
        let step = Step::new(self, Setting::Origins, first, denial);
        match denial {
            None => step,
            Some(denial) => step
                .with_near_miss(near_miss::of_origin(self, first, request))
                .with_help(remedy::of_origin(self, denial, first, request)),
        }
    }

    fn method_step(&self, request: &impl Request) -> Step {
        let requested = request.lines(RequestField::RequestMethod).next().unwrap_or_default();
        let denial = self.check_method(request).err();
        let step = Step::new(self, Setting::Methods, requested, denial);
        match denial {
            None => step,
            Some(_) => step
                .with_near_miss(near_miss::of_method(self, requested))
                .with_help(remedy::of_method(requested)),
        }
    }

    fn header_step(&self, request: &impl Request) -> Option<Step> {
        let lines = || request.lines(RequestField::RequestHeaders);
        lines().next()?;
        let denial = self.check_headers(lines()).err();
        let names = lines().flat_map(|line| line.split(|byte| *byte == b','));
        let mut names = names.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
        let refused = match denial {
            Some(Denial::Header) => {
                names.find(|name| self.check_headers(std::iter::once(*name)).is_err())
            }
            _ => None,
        };
        let requested = lines().next().unwrap_or_default();
        let step = Step::new(self, Setting::Headers, refused.unwrap_or(requested), denial);
        Some(match (denial, refused) {
            (None, _) => step,
            (Some(_), None) => step.with_help(Some(remedy::of_header_list())),
            (Some(_), Some(name)) => step
                .with_near_miss(near_miss::of_header(self, name))
                .with_help(remedy::of_header(self, name)),
        })
    }

    fn credentials_step(&self, request: &impl Request) -> Option<Step> {
        if !request.sends_cookies() {
            return None;
        }
        let may_send = match request.only(RequestField::Origin) {
            Ok(Some(origin)) if self.denies_origin(origin, request).is_none() => {
                self.allows_credentials_of(origin, request)
            }
            Err(_) if self.effective_is_any(Setting::Origins) => false,
            _ => return None,
        };
        let denial = (!may_send).then_some(Denial::Credentials);
        let step = Step::new(self, Setting::Credentials, b"cookies", denial);
        Some(match denial {
            None => step,
            Some(_) => step.with_help(Some(remedy::of_credentials(self))),
        })
    }

    fn private_network_step(&self, decision: Decision) -> Option<Step> {
        if !matches!(decision, Decision::PrivateNetworkPreflight(_)) {
            return None;
        }
        let denial = (!self.private_network).then_some(Denial::PrivateNetwork);
        let help = denial.map(|_| "to allow it, set `private_network = true`".to_owned());
        let requested = b"private network";
        Some(Step::new(self, Setting::PrivateNetwork, requested, denial).with_help(help))
    }
}
