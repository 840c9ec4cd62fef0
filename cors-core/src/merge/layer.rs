//! One layer of rules, checked setting by setting.
//!
//! A [`Layer`] is the checked form of [`Rules`]: every element is parsed, and every
//! setting is set at most once. Problems that only arise between layers are found by
//! merging and compiling.

use std::collections::BTreeMap;

use super::host_condition::HostCondition;
use super::list::{ListClause, read_method, read_name, read_origin, read_trusted};
use super::live_element::LiveElement;
use crate::config::{Clause, ClauseKind, Rules};
use crate::grammar::{HeaderName, Method, max_age};
use crate::origin::{OriginPattern, OriginRegex};
use crate::problem::{Code, Problem, Source};
use crate::setting::{Op, Setting};

/// The settings of one layer, each of them valid on its own.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) source: Source,
    /// The hosts that the layer applies to; `None` for all.
    pub(crate) host: Option<HostCondition>,
    pub(crate) base: Base,
    /// The clauses that set or edit each setting.
    pub(crate) clauses: Vec<(Setting, Op, Source)>,
    pub(crate) origins: Rule<OriginElement>,
    pub(crate) methods: Rule<Method>,
    pub(crate) headers: Rule<HeaderName>,
    pub(crate) expose: Rule<HeaderName>,
    /// `true` is [`List::Any`], `false` an empty list.
    pub(crate) credentials: Rule<OriginElement>,
    pub(crate) max_age: Option<Sourced<u32>>,
    pub(crate) private_network: Option<Sourced<bool>>,
    pub(crate) enforce: Option<Sourced<bool>>,
    pub(crate) allow_insecure: Option<Sourced<bool>>,
    pub(crate) allow_suffixes: Option<Sourced<bool>>,
    pub(crate) allow_null: Option<Sourced<bool>>,
}

/// The base that a layer starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Inherit,
    Replace,
    Policy(Sourced<String>),
    Disabled(Sourced<Disabled>),
}

/// The keywords that disable CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disabled {
    /// No origin is allowed.
    Off,
    /// Requests and responses are left alone.
    Passthrough,
}

impl Disabled {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Passthrough => "passthrough",
        }
    }

    /// What the keyword does to the requests of a layer, for a message.
    const fn effect(self) -> &'static str {
        match self {
            Self::Off => "disables CORS here",
            Self::Passthrough => "leaves CORS to the handlers here",
        }
    }
}

/// The change that a layer makes to one list.
#[derive(Clone, Debug)]
pub(crate) enum Rule<T> {
    Inherit,
    Set(List<T>),
    /// One edit, or those of several layers that were combined, the lowest first.
    Edit(Vec<Edit<T>>),
}

/// The elements that one layer removes from a list, and then adds.
#[derive(Clone, Debug)]
pub(crate) struct Edit<T> {
    pub(crate) add: Vec<Sourced<T>>,
    pub(crate) remove: Vec<Sourced<T>>,
    pub(crate) source: Source,
}

/// A list, or a keyword for all elements.
#[derive(Clone, Debug)]
pub(crate) enum List<T> {
    Any { authorization: bool, source: Source },
    Only(Vec<Sourced<T>>),
}

/// A value with the place where it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// One element of `origins`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OriginElement {
    Pattern(OriginPattern),
    Regex(OriginRegex),
    /// All origins that a live set contains at the time of a request.
    Live(LiveElement),
}

/// The definitions that a layer may refer to, and what it applies to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context<'c> {
    /// The origin sets; `None` at compile time, when they are not known.
    pub(crate) sets: Option<&'c Sets>,
    /// The methods that the annotated route serves.
    pub(crate) serves: Option<&'c [Method]>,
    /// Whether the lists are those of `[cors.limits]`, where an empty list is the
    /// strictest.
    pub(crate) is_limit: bool,
}

/// The named origin sets, checked.
pub(crate) type Sets = BTreeMap<String, Vec<Sourced<OriginElement>>>;

impl Layer {
    /// The keyword that disables CORS in this layer.
    pub(crate) const fn disabled(&self) -> Option<Disabled> {
        match &self.base {
            Base::Disabled(disabled) => Some(disabled.value),
            Base::Inherit | Base::Replace | Base::Policy(_) => None,
        }
    }

    /// Checks rules; the layer contains the valid parts.
    pub(crate) fn check(rules: &Rules, context: Context<'_>) -> (Self, Vec<Problem>) {
        let mut layer = Self::empty(rules.source().clone());
        let mut problems = Vec::new();
        let disabled = |clause: &Clause| Some((clause.disabled()?, clause.source.clone()));
        if let Some((disabled, place)) = rules.clauses().iter().find_map(disabled)
            && let Some(other) =
                rules.clauses().iter().find(|clause| !clause.is_allowed_with(disabled))
        {
            let (name, effect) = (disabled.name(), disabled.effect());
            problems.push(
                Problem::error(
                    Code::OFF_WITH_OTHERS,
                    &other.source,
                    format!("`{name}` {effect}, so `{}` has no effect", other.subject()),
                )
                .with_note_at(format!("`{name}` is set here"), &place)
                .with_help("remove one of the two"),
            );
        }
        for (index, clause) in rules.clauses().iter().enumerate() {
            let earlier =
                rules.clauses()[..index].iter().find(|earlier| earlier.conflicts_with(clause));
            if let Some(earlier) = earlier {
                problems.push(duplicate(clause, earlier));
                continue;
            }
            layer.take(clause, context, &mut problems);
        }
        (layer, problems)
    }

    /// Removes the methods other than `serves` from `methods -=`: the route does not
    /// serve them, so there is nothing to remove.
    pub(crate) fn without_removing_other_than(mut self, serves: &[Method]) -> Self {
        if let Rule::Edit(edits) = &mut self.methods {
            for edit in edits {
                edit.remove.retain(|method| serves.contains(&method.value));
            }
        }
        self
    }

    /// Whether the layer neither allows an origin nor starts from rules that may.
    pub(crate) fn allows_no_origin(&self) -> bool {
        let allows_null = self.allow_null.as_ref().is_some_and(|null| null.value);
        self.base == Base::Inherit && matches!(self.origins, Rule::Inherit) && !allows_null
    }

    /// A layer without any settings.
    pub(crate) fn empty(source: Source) -> Self {
        Self {
            source,
            host: None,
            base: Base::Inherit,
            clauses: Vec::new(),
            origins: Rule::Inherit,
            methods: Rule::Inherit,
            headers: Rule::Inherit,
            expose: Rule::Inherit,
            credentials: Rule::Inherit,
            max_age: None,
            private_network: None,
            enforce: None,
            allow_insecure: None,
            allow_suffixes: None,
            allow_null: None,
        }
    }

    /// What `off` leaves of a layer: it removes permissions, and does not disable the
    /// refusal of requests.
    pub(crate) fn only_enforce(&self) -> Self {
        let is_enforce = |(setting, ..): &&(Setting, _, _)| *setting == Setting::Enforce;
        Self {
            clauses: self.clauses.iter().filter(is_enforce).cloned().collect(),
            enforce: self.enforce.clone(),
            ..Self::empty(self.source.clone())
        }
    }

    fn take(&mut self, clause: &Clause, context: Context<'_>, problems: &mut Vec<Problem>) {
        let Clause { kind, source } = clause;
        if let Some((setting, op)) = clause.setting() {
            self.clauses.push((setting, op, source.clone()));
        }
        match kind {
            ClauseKind::Off | ClauseKind::Passthrough => {
                if let Some(value) = clause.disabled() {
                    self.base = Base::Disabled(Sourced { value, source: source.clone() });
                }
            }
            ClauseKind::Replace => self.base = Base::Replace,
            ClauseKind::Host(hosts) => {
                self.host = Some(HostCondition::read(hosts, source, problems));
            }
            ClauseKind::Policy(name) if name.text.is_empty() => {
                problems.push(nameless_policy(&name.source));
            }
            ClauseKind::Policy(name) => {
                self.base = Base::Policy(Sourced {
                    value: name.text.clone().into_owned(),
                    source: name.source.clone(),
                });
            }
            ClauseKind::MaxAge(value, value_source) => {
                let value = max_age::parse(value, value_source, problems);
                self.max_age = value.map(|value| Sourced { value, source: source.clone() });
            }
            ClauseKind::Flag(Setting::Credentials, value) => {
                self.credentials = Rule::Set(match value {
                    true => List::Any { authorization: false, source: source.clone() },
                    false => List::Only(Vec::new()),
                });
            }
            ClauseKind::Flag(setting, value) => {
                if let Some(flag) = self.flag(*setting) {
                    *flag = Some(Sourced { value: *value, source: source.clone() });
                }
            }
            ClauseKind::List(setting, op, value) => {
                let may_be_empty = context.is_limit;
                let list = ListClause { setting: *setting, op: *op, value, source, may_be_empty };
                match setting {
                    Setting::Origins => {
                        list.read(&mut self.origins, problems, |element, problems| {
                            read_origin(element, context.sets, problems)
                        });
                    }
                    Setting::Credentials => {
                        list.read(&mut self.credentials, problems, |element, problems| {
                            read_trusted(element, context.sets, problems)
                        });
                    }
                    Setting::Methods => {
                        list.read(&mut self.methods, problems, |element, problems| {
                            read_method(element, *op, context.serves, problems)
                        });
                    }
                    Setting::Headers => {
                        list.read(&mut self.headers, problems, read_name(*setting, *op))
                    }
                    Setting::Expose => {
                        list.read(&mut self.expose, problems, read_name(*setting, *op))
                    }
                    _ => {}
                }
            }
        }
    }

    fn flag(&mut self, setting: Setting) -> Option<&mut Option<Sourced<bool>>> {
        match setting {
            Setting::PrivateNetwork => Some(&mut self.private_network),
            Setting::Enforce => Some(&mut self.enforce),
            Setting::DangerAllowInsecureOrigins => Some(&mut self.allow_insecure),
            Setting::DangerAllowPublicSuffixes => Some(&mut self.allow_suffixes),
            Setting::DangerAllowNullOrigin => Some(&mut self.allow_null),
            Setting::Origins
            | Setting::Methods
            | Setting::Headers
            | Setting::Expose
            | Setting::Credentials
            | Setting::MaxAge => None,
        }
    }
}

impl Clause {
    /// The setting that the clause sets or edits.
    pub(crate) const fn setting(&self) -> Option<(Setting, Op)> {
        match &self.kind {
            ClauseKind::Off
            | ClauseKind::Passthrough
            | ClauseKind::Replace
            | ClauseKind::Policy(_)
            | ClauseKind::Host(_) => None,
            ClauseKind::List(setting, op, _) => Some((*setting, *op)),
            ClauseKind::Flag(setting, _) => Some((*setting, Op::Set)),
            ClauseKind::MaxAge(..) => Some((Setting::MaxAge, Op::Set)),
        }
    }

    const fn disabled(&self) -> Option<Disabled> {
        match self.kind {
            ClauseKind::Off => Some(Disabled::Off),
            ClauseKind::Passthrough => Some(Disabled::Passthrough),
            _ => None,
        }
    }

    /// Whether the clause has an effect in combination with such a keyword.
    fn is_allowed_with(&self, disabled: Disabled) -> bool {
        self.disabled() == Some(disabled) || matches!(self.kind, ClauseKind::Host(_))
    }

    /// The keyword or setting of the clause, as it is written.
    fn subject(&self) -> &'static str {
        match &self.kind {
            ClauseKind::Off => "off",
            ClauseKind::Passthrough => "passthrough",
            ClauseKind::Replace => "replace",
            ClauseKind::Policy(_) => "policy",
            ClauseKind::Host(_) => "host",
            ClauseKind::List(setting, ..) | ClauseKind::Flag(setting, _) => setting.name(),
            ClauseKind::MaxAge(..) => Setting::MaxAge.name(),
        }
    }

    /// Whether the two clauses cannot be combined. One `+=` and one `-=` can.
    fn conflicts_with(&self, later: &Self) -> bool {
        match (&self.kind, &later.kind) {
            (ClauseKind::Replace, ClauseKind::Policy(_))
            | (ClauseKind::Policy(_), ClauseKind::Replace) => true,
            (ClauseKind::List(_, Op::Add, _), ClauseKind::List(_, Op::Remove, _))
            | (ClauseKind::List(_, Op::Remove, _), ClauseKind::List(_, Op::Add, _)) => false,
            _ => self.subject() == later.subject(),
        }
    }
}

/// Reports `policy = ""`: whatever the configuration defines, there is no such policy.
fn nameless_policy(source: &Source) -> Problem {
    let message = "`policy` names no policy, so it is not known what these rules start from";
    Problem::error(Code::UNKNOWN_POLICY, source, message)
        .with_help("write the name of a policy in `[cors.policies]`, or remove `policy` to inherit")
}

fn duplicate(later: &Clause, earlier: &Clause) -> Problem {
    let subject = later.subject();
    if subject != earlier.subject() {
        return Problem::error(
            Code::REPLACE_WITH_POLICY,
            &later.source,
            "`policy` already replaces what is inherited, so `replace` has no effect",
        )
        .with_help("remove `replace`");
    }
    let problem = Problem::error(
        Code::DUPLICATE_SETTING,
        &later.source,
        format!("`{subject}` is set twice, but only one value can apply"),
    )
    .with_note_at("first set here", &earlier.source)
    .with_help(format!("combine the two into one `{subject}`"));
    match Setting::from_name(subject) {
        Some(setting) => problem.about(setting),
        None => problem,
    }
}
