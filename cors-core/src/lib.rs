//! The policy engine of a CORS framework: merge, check, decide.
//!
//! This crate implements the server side of the Fetch standard's CORS protocol and
//! depends on no web framework. It turns configuration into [`Policy`] values that are
//! valid by construction, and decides about requests with them:
//!
//! ```text
//! Config + Rules ──► merge ──► check ──► Policy ──► decide(&request) ──► Decision ──► Answer
//!   may be invalid     layers    all problems  immutable   no allocation      Copy         symbolic headers
//! ```
//!
//! * [`Rules`] are the settings of one layer: partial, unchecked, each clause with its [`Source`].
//! * [`Config`] contains the layers below the handlers; [`Config::resolve`] checks it.
//! * [`Resolver`] merges the rules of a route on top and compiles [`Policy`] values.
//! * [`Policy::decide`] evaluates a [`Request`]; [`Policy::answer`] names the headers to send.
//!
//! For actix-web, use the crate `cors-actix`. An adapter for another framework
//! implements [`Request`] and turns an [`Answer`] into headers.

mod ceiling;
mod config;
mod explain;
mod expression;
mod grammar;
mod keyword;
mod live;
mod merge;
mod origin;
mod policy;
mod problem;
#[cfg(feature = "config")]
mod read;
mod resolve;
mod setting;

pub use config::{
    Clause, ClauseKind, Config, Element, ElementKind, IntoCredentials, IntoElement, IntoElements,
    IntoListValue, Limits, ListValue, Overrides, Permission, ProfileRules, Rules,
};
pub use explain::{Explanation, PageRequest, Step, similar_origins};
pub use grammar::{DEFAULT_MAX_AGE, HeaderName, MaxAgeValue, Method, pairs_of_groups, routed_path};
pub use live::LiveSet;
pub use origin::{
    NamedHosts, Origin, OriginIssue, OriginPattern, OriginRegex, OriginSet, Unproven,
};
pub use policy::{
    Answer, CommonNames, Coverage, Decision, Denial, DuplicateField, Effective, EffectiveValue,
    Policy, Request, RequestField, ResponseField, ResponseValue, Vary, Verdict,
};
pub use problem::{Code, Correction, Error, Language, Problem, Severity, Source};
pub use resolve::{
    ByGroup, ByHost, GroupIndex, HostClass, HostClasses, LiveChange, LiveError, RejectedOrigin,
    Resolver, Route, RouteOnHost, check_attribute, check_module,
};
pub use setting::{Op, Setting, SettingKind};

// For the other crates of this workspace; not part of the API.
#[doc(hidden)]
pub use grammar::{is_in_group, spell_path_segment};
#[doc(hidden)]
pub use problem::{Suggestion, nearest, suggest_key};
