//! Changes of live sets: every origin is checked by its grammar, by the limits and by the
//! settings of all policies that use the set, before it takes effect.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Resolver;
use crate::ceiling::check_loopback;
use crate::config::{Element, ElementKind};
use crate::live::{KeyedOrigins, LiveSet};
use crate::merge::{LiveElement, LiveUse, OriginElement, Sourced, read_origin};
use crate::origin::{OriginPattern, OriginRegex, OriginSet};
use crate::problem::{Code, Error, Problem, Severity, Source, nearest};
use crate::setting::Setting;

/// Where the policies of one configuration use live sets. Uses that require the same are in a
/// list once.
///
/// A resolver for the routes of one application has a list of its own: what its routes require
/// counts until it is dropped.
#[derive(Clone, Debug)]
pub(crate) struct LiveUses {
    own: Arc<UseList>,
    /// The lists of all resolvers of this configuration.
    all: Arc<Mutex<Vec<Weak<UseList>>>>,
}

type UseList = Mutex<Vec<LiveUse>>;

impl Default for LiveUses {
    fn default() -> Self {
        let own = Arc::<UseList>::default();
        Self { all: Arc::new(Mutex::new(vec![Arc::downgrade(&own)])), own }
    }
}

impl LiveUses {
    pub(super) fn add(&self, uses: Vec<LiveUse>) {
        if uses.is_empty() {
            return;
        }
        let mut known = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        for new in uses {
            if !known.iter().any(|known| known.is_like(&new)) {
                known.push(new);
            }
        }
    }

    /// A list of its own for the same configuration.
    fn apart(&self) -> Self {
        let own = Arc::<UseList>::default();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|list| list.strong_count() > 0);
        all.push(Arc::downgrade(&own));
        Self { own, all: Arc::clone(&self.all) }
    }

    /// The uses of a set in all lists.
    fn of(&self, set: &LiveSet) -> Vec<LiveUse> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let lists = all.iter().filter_map(Weak::upgrade);
        let of_set = |list: Arc<UseList>| {
            let known = list.lock().unwrap_or_else(PoisonError::into_inner);
            let of_set = known.iter().filter(|known| *known.set == *set.name());
            of_set.cloned().collect::<Vec<_>>()
        };
        lists.flat_map(of_set).collect()
    }
}

/// A change of the content of a live set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveChange {
    /// These origins, in the place of all others.
    Replace(Vec<Element>),
    /// These origins, in the place of all others; those that are not accepted are left out.
    ReplaceValid(Vec<Element>),
    /// These origins, and those that are there.
    Insert(Vec<Element>),
    /// The origins that are there, without these. They are compared as they are written.
    Remove(Vec<Element>),
    /// These origins, in the place of all others of a key.
    ReplaceKey(String, Vec<Element>),
    /// These origins for a key, and those that are there.
    InsertAt(String, Vec<Element>),
    /// The origins of a key, without these.
    RemoveAt(String, Vec<Element>),
    /// All keys, without this one.
    RemoveKey(String),
    /// These keys with their origins, in the place of all others.
    ReplaceAll(Vec<(String, Vec<Element>)>),
    /// These keys with their origins, in the place of all others; keys and origins that are
    /// not accepted are left out.
    ReplaceAllValid(Vec<(String, Vec<Element>)>),
}

/// An origin, or a key, that was not accepted into a live set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedOrigin {
    key: Option<String>,
    index: usize,
    text: String,
    problem: Problem,
}

impl RejectedOrigin {
    /// The key in whose list the origin is.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The place of the origin in the list that was given, counted from 0.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The origin as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it is not accepted, and what to write instead.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for RejectedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, index, text, problem } = self;
        let (text, code) = (text.escape_debug(), problem.code());
        match key {
            Some(key) if code == Code::BAD_SET_KEY => write!(f, "key `{}`", key.escape_debug())?,
            Some(key) => write!(f, "key `{}`, element {index}, `{text}`", key.escape_debug())?,
            None => write!(f, "element {index}, `{text}`")?,
        }
        write!(f, ": {} [{code}]", problem.message())?;
        match problem.help() {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Why a live set was not changed: nothing of it was.
#[derive(Clone, PartialEq, Eq)]
pub struct LiveError {
    set: String,
    /// What is wrong with the change as a whole.
    problem: Option<Box<Problem>>,
    rejected: Vec<RejectedOrigin>,
}

impl LiveError {
    /// The name of the set.
    #[must_use]
    pub fn set(&self) -> &str {
        &self.set
    }

    /// The origins that are not accepted; empty if there is no such set, or if it has keys and
    /// the change is for one without, or the other way round.
    #[must_use]
    pub fn rejected(&self) -> &[RejectedOrigin] {
        &self.rejected
    }

    /// The problem of the set, or of the first origin that is not accepted.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        let first = || self.rejected.first().map(|rejected| &rejected.problem);
        self.problem.as_deref().or_else(first)
    }

    /// The error for a set of a configuration that could not be read.
    #[must_use]
    pub fn without_configuration(set: &str, error: &Error) -> Self {
        let problem = error.problems().first().cloned().map(Box::new);
        Self { set: set.to_owned(), problem, rejected: Vec::new() }
    }

    fn of_set(set: &str, problem: Problem) -> Self {
        Self { set: set.to_owned(), problem: Some(Box::new(problem)), rejected: Vec::new() }
    }
}

/// The most rejected origins that a message shows.
const SHOWN: usize = 20;

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, problem, rejected } = self;
        if let Some(problem) = problem {
            write!(f, "{} [{}]", problem.message(), problem.code())?;
            return problem.help().map_or(Ok(()), |help| write!(f, "; {help}"));
        }
        write!(f, "the live set `{set}` was not changed")?;
        rejected.iter().take(SHOWN).try_for_each(|rejected| write!(f, "\n  {rejected}"))?;
        match rejected.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl fmt::Debug for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LiveError {}

impl From<LiveError> for Error {
    fn from(error: LiveError) -> Self {
        let LiveError { set, problem, rejected } = error;
        let of_origins = rejected.into_iter().map(|rejected| {
            let note = match &rejected.key {
                Some(key) => {
                    format!("element {} of the key `{}`", rejected.index, key.escape_debug())
                }
                None => format!("element {}", rejected.index),
            };
            rejected.problem.with_note(format!("{note} of the live set `{set}`"))
        });
        let problems = problem.map(|problem| *problem).into_iter().chain(of_origins);
        match Self::check(problems) {
            Err(error) => error,
            // There is always an error among them.
            Ok(_) => Self::from(unknown(&set, &[], &Source::BASELINE)),
        }
    }
}

impl LiveSet {
    /// Checks that the set is of the kind that the caller expects; `place` is the place of the
    /// call.
    ///
    /// # Errors
    ///
    /// If the set has keys and should have none, or the other way round.
    pub fn check_kind(&self, is_keyed: bool, place: &Source) -> Result<(), Error> {
        match self.is_keyed() == is_keyed {
            true => Ok(()),
            false => Err(wrong_kind(self, place).into()),
        }
    }
}

impl Resolver {
    /// The same configuration for the routes of one application: what they require of the
    /// content of live sets counts until the returned resolver is dropped.
    ///
    /// ```
    /// use cors_core::{Config, Element, LiveChange, Op, Route, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let partners = [Element::set("partners", here.clone())];
    /// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, partners, here.clone());
    /// let resolver = Config::new(rules).live_set("partners", here.clone()).resolve()?;
    /// let insecure = || LiveChange::Insert(vec![Element::plain("http://a.example", here.clone())]);
    ///
    /// let for_routes = resolver.for_routes();
    /// let credentials = [Rules::new(here.clone()).flag(Setting::Credentials, true, here.clone())];
    /// let serves = ["GET"];
    /// let route = Route { pattern: "/x", serves: &serves, handler_serves: &serves, modules: &[], rules: &credentials };
    /// for_routes.route(route, &mut Vec::new());
    /// assert!(resolver.change("partners", insecure(), &here).is_err());
    /// drop(for_routes);
    /// assert!(resolver.change("partners", insecure(), &here).is_ok());
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn for_routes(&self) -> Self {
        Self { live_uses: self.live_uses.apart(), ..self.clone() }
    }

    /// The live sets, in the order of their names.
    pub fn live_sets(&self) -> impl Iterator<Item = &LiveSet> {
        self.sets.values().filter_map(|set| live_of(set))
    }

    /// A live set by its name; `place` is where it is asked for.
    ///
    /// # Errors
    ///
    /// If there is no set of this name, or if its content is fixed. The error names the live
    /// sets.
    pub fn live_set(&self, name: &str, place: &Source) -> Result<&LiveSet, Error> {
        self.live_sets().find(|set| set.name() == name).ok_or_else(|| {
            let known: Vec<_> = self.live_sets().map(LiveSet::name).collect();
            Error::from(match self.sets.contains_key(name) {
                true => fixed(name, place),
                false => unknown(name, &known, place),
            })
        })
    }

    /// Changes the content of a live set, for all policies at once; returns the origins that
    /// were left out. `place` is where the change comes from.
    ///
    /// Every origin is checked as one in the configuration is: by its grammar, by the limits,
    /// and by `credentials`, `private_network` and the profile where the set is used.
    ///
    /// ```
    /// use cors_core::{Config, Element, LiveChange, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone())
    ///     .list(Setting::Origins, Op::Set, [Element::set("partners", here.clone())], here.clone())
    ///     .flag(Setting::Credentials, true, here.clone());
    /// let resolver = Config::new(rules).live_set("partners", here.clone()).resolve()?;
    ///
    /// let list = ["https://a.example", "http://b.example", "https://c.example/"];
    /// let list = list.map(|origin| Element::plain(origin, here.clone())).to_vec();
    /// let error = resolver.change("partners", LiveChange::Replace(list.clone()), &here).unwrap_err();
    /// let rejected: Vec<_> = error.rejected().iter().map(|it| (it.index(), it.text())).collect();
    /// assert_eq!(rejected, [(1, "http://b.example"), (2, "https://c.example/")]);
    /// assert!(resolver.live_set("partners", &here)?.is_empty(), "nothing was changed");
    ///
    /// let left_out = resolver.change("partners", LiveChange::ReplaceValid(list), &here)?;
    /// assert_eq!(left_out.len(), 2);
    /// assert!(resolver.live_set("partners", &here)?.contains(None, b"https://a.example"));
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such set, and for every origin that is not accepted. Nothing is changed
    /// then.
    pub fn change(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        let (set, next, rejected) = self.next_content(name, change, place)?;
        next.put(set);
        Ok(rejected)
    }

    /// Checks a change of a live set, as [`Resolver::change`] does, and changes nothing.
    ///
    /// # Errors
    ///
    /// Those of the change.
    pub fn check_change(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        self.next_content(name, change, place).map(|(.., rejected)| rejected)
    }

    /// The set, and the content that a change leads to.
    fn next_content(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<(&LiveSet, NextContent, Vec<RejectedOrigin>), LiveError> {
        let set = self.live_set(name, place);
        let set = set.map_err(|error| LiveError::without_configuration(name, &error))?;
        if change.is_keyed() != set.is_keyed() {
            return Err(LiveError::of_set(name, wrong_kind(set, place)));
        }
        let mut checked = OriginCheck::new(self, set);
        let only_valid =
            matches!(change, LiveChange::ReplaceValid(_) | LiveChange::ReplaceAllValid(_));
        let next = NextContent::of(change, &mut checked, place);
        let rejected = checked.rejected;
        if !only_valid && !rejected.is_empty() {
            return Err(LiveError { set: name.to_owned(), problem: None, rejected });
        }
        Ok((set, next, rejected))
    }

    /// Checks what live sets contain already, by the rules of this configuration: after a
    /// reload, and after the rules of routes were merged.
    #[must_use]
    pub fn check_live_content(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for set in self.live_sets() {
            let content = set.load();
            let check = OriginCheck::new(self, set);
            let (mut found, mut more) = (Vec::new(), 0_usize);
            for (key, list) in content.lists() {
                let (patterns, regexes) = list.parts();
                let patterns = patterns.into_iter().map(OriginElement::Pattern);
                let regexes = regexes.iter().cloned().map(OriginElement::Regex);
                for element in patterns.chain(regexes) {
                    let Some(problem) = check.problem_of(&element, None) else { continue };
                    if found.len() == SHOWN {
                        more += 1;
                        continue;
                    }
                    let set = set.name();
                    found.push(problem.with_note(match key {
                        Some(key) => {
                            format!("it is in the live set `{set}`, key `{}`", key.escape_debug())
                        }
                        None => format!("it is in the live set `{set}`"),
                    }));
                }
            }
            if let Some(last) = found.pop() {
                found.push(match more {
                    0 => last,
                    _ => last.with_note(format!("{more} more origins of the set are not accepted")),
                });
            }
            problems.extend(found);
        }
        problems
    }
}

impl LiveChange {
    const fn is_keyed(&self) -> bool {
        match self {
            Self::Replace(_) | Self::ReplaceValid(_) | Self::Insert(_) | Self::Remove(_) => false,
            Self::ReplaceKey(..)
            | Self::InsertAt(..)
            | Self::RemoveAt(..)
            | Self::RemoveKey(_)
            | Self::ReplaceAll(_)
            | Self::ReplaceAllValid(_) => true,
        }
    }
}

/// The next content of a set, parsed and checked.
enum NextContent {
    List(Edit),
    Key(String, Edit),
    WithoutKey(String),
    AllKeys(Vec<(String, Origins)>),
}

/// A change of one list.
enum Edit {
    Replace(Origins),
    Insert(Origins),
    Remove(Origins),
}

type Origins = (Vec<OriginPattern>, Vec<OriginRegex>);

impl NextContent {
    fn of(change: LiveChange, check: &mut OriginCheck<'_>, place: &Source) -> Self {
        match change {
            LiveChange::Replace(list) | LiveChange::ReplaceValid(list) => {
                Self::List(Edit::Replace(check.list(None, list)))
            }
            LiveChange::Insert(list) => Self::List(Edit::Insert(check.list(None, list))),
            LiveChange::Remove(list) => Self::List(Edit::Remove(check.removed(None, list))),
            LiveChange::ReplaceKey(key, list) => {
                check.key(&key, place);
                let list = check.list(Some(&key), list);
                Self::Key(key, Edit::Replace(list))
            }
            LiveChange::InsertAt(key, list) => {
                check.key(&key, place);
                let list = check.list(Some(&key), list);
                Self::Key(key, Edit::Insert(list))
            }
            LiveChange::RemoveAt(key, list) => {
                let list = check.removed(Some(&key), list);
                Self::Key(key, Edit::Remove(list))
            }
            LiveChange::RemoveKey(key) => Self::WithoutKey(key),
            LiveChange::ReplaceAll(keys) | LiveChange::ReplaceAllValid(keys) => {
                let keys = keys.into_iter().filter_map(|(key, list)| {
                    let is_key = check.key(&key, place);
                    let list = check.list(Some(&key), list);
                    is_key.then_some((key, list))
                });
                Self::AllKeys(keys.collect())
            }
        }
    }

    fn put(self, set: &LiveSet) {
        match self {
            Self::List(edit) => set.change_list(|list| edit.apply(list)),
            Self::Key(key, edit) => set.change_keys(|keys| {
                let list = keys.get(&key);
                match (&edit, list) {
                    // Nothing of a key that is not there is removed, and it is not added.
                    (Edit::Remove(_), None) => keys.clone(),
                    _ => keys.with(&key, edit.apply(list.unwrap_or(&OriginSet::default()))),
                }
            }),
            Self::WithoutKey(key) => set.change_keys(|keys| keys.without(&key)),
            Self::AllKeys(all) => set.change_keys(|_| {
                KeyedOrigins::of(all.into_iter().map(|(key, (patterns, regexes))| {
                    (key, OriginSet::new(patterns, regexes, false))
                }))
            }),
        }
    }
}

impl Edit {
    fn apply(self, list: &OriginSet) -> OriginSet {
        match self {
            Self::Replace((patterns, regexes)) => OriginSet::new(patterns, regexes, false),
            Self::Insert((patterns, regexes)) => list.clone().with(patterns, regexes),
            Self::Remove((patterns, regexes)) => list.without(&patterns, &regexes),
        }
    }
}

/// Checks the origins of a change.
struct OriginCheck<'r> {
    resolver: &'r Resolver,
    uses: Vec<LiveUse>,
    /// The limits that the origins have to be covered by.
    limits: Vec<(crate::merge::Cover<'r, OriginElement>, &'r crate::ceiling::CheckedLimits)>,
    rejected: Vec<RejectedOrigin>,
}

impl<'r> OriginCheck<'r> {
    fn new(resolver: &'r Resolver, set: &LiveSet) -> Self {
        let mut uses = resolver.live_uses.of(set);
        if let Some(reported) = &resolver.report_only {
            uses.extend(reported.live_uses.of(set));
        }
        let is_in_origins = uses.iter().any(|it| !it.is_trusted);
        let itself = OriginElement::Live(LiveElement::new(set.clone()));
        let limits = resolver.limits.iter().filter(|_| is_in_origins);
        let limits = limits.filter_map(|limits| Some((limits.origins()?, limits)));
        // Limits that name the set allow whatever it contains.
        let limits = limits.filter(|(cover, _)| !cover.covers(&itself)).collect();
        Self { resolver, uses, limits, rejected: Vec::new() }
    }

    /// The first problem of an origin; `place` is where it comes from.
    fn problem_of(&self, origin: &OriginElement, place: Option<&Source>) -> Option<Problem> {
        for (cover, limits) in &self.limits {
            if !cover.covers(origin) {
                return Some(limits.over_origins(origin, place.unwrap_or(&Source::BASELINE)));
            }
        }
        for live in &self.uses {
            let (at, problems) = live.check(origin, place.unwrap_or(&live.source));
            let is_error = |problem: &Problem| problem.severity() == Severity::Error;
            let found = problems.into_iter().find(is_error).or_else(|| {
                let is_local = self.resolver.is_local() || live.is_trusted;
                let profile = self.resolver.profile().filter(|_| !is_local)?;
                check_loopback(&at, profile)
            });
            if let Some(problem) = found {
                return Some(match place {
                    Some(_) => problem.with_note_at("the set is used here", &live.source),
                    None => problem,
                });
            }
        }
        None
    }

    /// Parses and checks a list.
    fn list(&mut self, key: Option<&str>, list: Vec<Element>) -> Origins {
        self.parse(key, list, true)
    }

    /// Parses a list of origins to be removed: what was accepted earlier may be removed in any
    /// case.
    fn removed(&mut self, key: Option<&str>, list: Vec<Element>) -> Origins {
        self.parse(key, list, false)
    }

    fn parse(&mut self, key: Option<&str>, list: Vec<Element>, is_checked: bool) -> Origins {
        let (mut patterns, mut regexes) = (Vec::with_capacity(list.len()), Vec::new());
        for (index, element) in list.into_iter().enumerate() {
            let mut problems = Vec::new();
            // Nearly all: there may be 100 000.
            if element.kind == ElementKind::Plain
                && let Ok(pattern) = OriginPattern::parse(&element.text)
                && (!is_checked || self.limits.is_empty() && is_plain(&pattern))
            {
                patterns.push(pattern);
                continue;
            }
            let parsed = match element.kind {
                ElementKind::Set => {
                    problems.push(nested(&element));
                    Vec::new()
                }
                _ => read_origin(&element, None, &mut problems),
            };
            let parsed = parsed.into_iter().next().map(|parsed| parsed.value);
            let problem = problems.into_iter().find(|it| it.severity() == Severity::Error);
            let problem = problem.or_else(|| {
                let parsed = parsed.as_ref().filter(|_| is_checked)?;
                self.problem_of(parsed, Some(&element.source))
            });
            match (problem, parsed) {
                (Some(problem), _) => self.rejected.push(RejectedOrigin {
                    key: key.map(str::to_owned),
                    index,
                    text: element.text.into_owned(),
                    problem,
                }),
                (None, Some(OriginElement::Pattern(pattern))) => patterns.push(pattern),
                (None, Some(OriginElement::Regex(regex))) => regexes.push(regex),
                // Neither a problem nor an origin: a constant of an attribute.
                (None, Some(OriginElement::Live(_)) | None) => {}
            }
        }
        (patterns, regexes)
    }

    /// Checks a key.
    fn key(&mut self, key: &str, place: &Source) -> bool {
        let Some(reason) = why_no_segment(key) else { return true };
        let message = format!("`{}` cannot be a key: {reason}", key.escape_debug());
        let problem = Problem::error(Code::BAD_SET_KEY, place, message).with_help(
            "a key is the text of one segment of the path, as the handler gets it: for example `acme`",
        );
        let (index, text) = (0, key.to_owned());
        self.rejected.push(RejectedOrigin { key: Some(key.to_owned()), index, text, problem });
        false
    }
}

/// Whether an origin is accepted beside all settings: one host, encrypted or of this machine.
/// [`LiveUse::check`] and [`check_loopback`] report other origins only.
fn is_plain(pattern: &OriginPattern) -> bool {
    pattern.is_exact() && !pattern.is_insecure()
}

/// Why no request can have a key.
fn why_no_segment(key: &str) -> Option<&'static str> {
    match key {
        "" => Some("a segment of a path is not empty"),
        "." | ".." => Some("browsers remove this segment from a path"),
        _ if key.contains('/') => Some("a slash separates segments of a path"),
        _ if key.contains('%') => {
            Some("a `%` in a path has other readings, so no origin is allowed there")
        }
        _ if key.contains('\u{FFFD}') => Some("it stands for bytes that are no text"),
        _ => None,
    }
}

/// The live set of a definition.
fn live_of(definition: &[Sourced<OriginElement>]) -> Option<&LiveSet> {
    match definition {
        [Sourced { value: OriginElement::Live(live), .. }] => Some(&live.set),
        _ => None,
    }
}

fn unknown(name: &str, known: &[&str], place: &Source) -> Problem {
    let help = match nearest(name, known.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if known.is_empty() => {
            format!("define it: `[cors.sets]` `{name} = {{ live = true }}`")
        }
        None => format!("the live sets are `{}`", known.join("`, `")),
    };
    let message = format!("there is no live set named `{}`", name.escape_debug());
    Problem::error(Code::UNKNOWN_LIVE_SET, place, message).about(Setting::Origins).with_help(help)
}

fn fixed(name: &str, place: &Source) -> Problem {
    let message = format!("the content of the set `{name}` is fixed, so it cannot be changed");
    Problem::error(Code::UNKNOWN_LIVE_SET, place, message)
        .about(Setting::Origins)
        .with_help(format!("define it as a live set: `{name} = {{ live = true }}`"))
}

fn wrong_kind(set: &LiveSet, place: &Source) -> Problem {
    let name = set.name();
    let (message, help) = match set.is_keyed() {
        true => (
            format!("the live set `{name}` has a list for each key, not one list"),
            format!("use `keyed(\"{name}\")`, or remove `keyed = true` from its definition"),
        ),
        false => (
            format!("the live set `{name}` has one list, and no keys"),
            format!(
                "use `live(\"{name}\")`, or define it with `{name} = {{ live = true, keyed = true }}`"
            ),
        ),
    };
    Problem::error(Code::WRONG_KIND_OF_SET, place, message).about(Setting::Origins).with_help(help)
}

fn nested(element: &Element) -> Problem {
    let message = format!(
        "a live set contains origins, and not the set `{}`, whose content would not be checked",
        element.text.escape_debug()
    );
    Problem::error(Code::NESTED_SET, &element.source, message)
        .about(Setting::Origins)
        .with_help("list its origins, or name both sets where they are used")
}
