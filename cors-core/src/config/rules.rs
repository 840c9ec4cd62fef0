//! Rules as a person wrote them: partial, possibly wrong, each with its place.
//!
//! A `Rules` is what one layer says: a `[cors]` table, a path group, a named
//! policy, an attribute, a builder. Nothing is validated here, so that every
//! mistake can be reported together, later, by [`Config::resolve`](crate::Config::resolve).

use std::borrow::Cow;

use crate::grammar::MaxAgeValue;
use crate::problem::Source;
use crate::setting::{Op, Setting};

/// What one layer says about CORS, clause by clause, in the order written.
///
/// ```
/// use cors_core::{Op, Rules, Setting, Source};
///
/// let here = Source::caller();
/// let rules = Rules::new(here.clone())
///     .list(Setting::Origins, Op::Add, ["https://beta.example"], here.clone())
///     .flag(Setting::Credentials, false, here);
/// assert_eq!(rules.clauses().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    source: Source,
    clauses: Vec<Clause>,
}

/// One thing that a layer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// What is said.
    pub kind: ClauseKind,
    /// Where it was said: the key, or the keyword.
    pub source: Source,
}

/// The kinds of [`Clause`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClauseKind {
    /// `off`: no CORS here.
    Off,
    /// `replace`: start from the baseline instead of what is inherited.
    Replace,
    /// `policy = "name"`: start from a named policy.
    Policy(Element),
    /// `host = [...]`: the condition that the layer applies under.
    Host(Vec<Element>),
    /// A list setting with its operator.
    List(Setting, Op, ListValue),
    /// A flag.
    Flag(Setting, bool),
    /// The one duration, `max_age`.
    MaxAge(MaxAgeValue, Source),
}

/// The value of a list setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListValue {
    /// The keyword `any`.
    Any(Source),
    /// The keyword `any_with_authorization`.
    AnyWithAuthorization(Source),
    /// Elements, none of them validated.
    Elements(Vec<Element>),
}

/// One element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What was written between the quotes.
    pub text: Cow<'static, str>,
    /// How it is to be read.
    pub kind: ElementKind,
    /// Where it was written.
    pub source: Source,
}

/// How the text of an [`Element`] is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElementKind {
    /// An origin pattern, a method or a header name, as the setting has it.
    Plain,
    /// The source of an anchored regular expression.
    Regex,
    /// The name of an origin set.
    Set,
    /// A constant of the program, whose text is not known while compiling.
    Constant,
}

impl Rules {
    /// Rules that say nothing yet; `source` is where the layer begins.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self { source, clauses: Vec::new() }
    }

    /// Where the layer begins.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// What is said, in the order written.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Says `off`.
    #[must_use]
    pub fn off(self, source: Source) -> Self {
        self.with_clause(ClauseKind::Off, source)
    }

    /// Says `replace`.
    #[must_use]
    pub fn replace(self, source: Source) -> Self {
        self.with_clause(ClauseKind::Replace, source)
    }

    /// Says `policy = name`.
    #[must_use]
    pub fn policy(self, name: impl Into<Cow<'static, str>>, source: Source) -> Self {
        let element =
            Element { text: name.into(), kind: ElementKind::Plain, source: source.clone() };
        self.with_clause(ClauseKind::Policy(element), source)
    }

    /// Makes the layer apply to requests for these hosts only: for any other
    /// request it is absent.
    ///
    /// A host stands for all its ports, unless it names one; `*.example.com`
    /// stands for all subdomains of `example.com`.
    ///
    /// ```
    /// use cors_core::{Config, HostClass, Rules, Source};
    ///
    /// let here = Source::caller();
    /// let open = Rules::new(here.clone()).host("t1.example.com", here.clone());
    /// let open = open.origins_any(here.clone());
    /// let config = Config::new(Rules::new(here.clone())).group("/**", open, here);
    /// let resolver = config.resolve()?;
    ///
    /// let t1 = resolver.host_class(b"t1.example.com:8443").unwrap();
    /// assert_ne!(t1, HostClass::OTHER);
    /// assert!(resolver.group_of("/x", t1).is_some());
    /// assert!(resolver.group_of("/x", HostClass::OTHER).is_none());
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn host(self, hosts: impl IntoHosts, source: Source) -> Self {
        let hosts = hosts.into_hosts(&source);
        self.with_clause(ClauseKind::Host(hosts), source)
    }

    /// Whether the layer applies to some hosts only.
    #[must_use]
    pub fn has_host(&self) -> bool {
        self.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Host(_)))
    }

    /// Says something about a list setting.
    #[must_use]
    pub fn list(self, setting: Setting, op: Op, value: impl IntoListValue, source: Source) -> Self {
        let value = value.into_list_value(&source);
        self.with_clause(ClauseKind::List(setting, op, value), source)
    }

    /// Says `origins = any`.
    #[must_use]
    pub fn origins_any(self, source: Source) -> Self {
        self.list(Setting::Origins, Op::Set, ListValue::Any(source.clone()), source)
    }

    /// Says yes or no to a flag.
    #[must_use]
    pub fn flag(self, setting: Setting, value: bool, source: Source) -> Self {
        self.with_clause(ClauseKind::Flag(setting, value), source)
    }

    /// Says how long preflights may be remembered.
    #[must_use]
    pub fn max_age(self, value: impl Into<MaxAgeValue>, source: Source) -> Self {
        let value_source = source.clone();
        self.with_clause(ClauseKind::MaxAge(value.into(), value_source), source)
    }

    /// Adds a clause.
    #[must_use]
    pub fn with_clause(mut self, kind: ClauseKind, source: Source) -> Self {
        self.push(Clause { kind, source });
        self
    }

    /// Takes back what was said about a setting.
    pub(crate) fn forget(&mut self, setting: Setting) {
        self.clauses.retain(|clause| match &clause.kind {
            ClauseKind::List(said, ..) | ClauseKind::Flag(said, _) => *said != setting,
            ClauseKind::MaxAge(..) => setting != Setting::MaxAge,
            ClauseKind::Off | ClauseKind::Replace | ClauseKind::Policy(_) | ClauseKind::Host(_) => {
                true
            }
        });
    }

    /// Adds a clause in place.
    pub fn push(&mut self, clause: Clause) {
        self.clauses.push(clause);
    }
}

impl Element {
    /// An origin pattern, a method or a header name.
    #[must_use]
    pub fn plain(text: impl Into<Cow<'static, str>>, source: Source) -> Self {
        Self { text: text.into(), kind: ElementKind::Plain, source }
    }

    /// An anchored regular expression over whole origins.
    #[must_use]
    pub fn regex(text: impl Into<Cow<'static, str>>, source: Source) -> Self {
        Self { text: text.into(), kind: ElementKind::Regex, source }
    }

    /// A reference to a named origin set.
    #[must_use]
    pub fn set(name: impl Into<Cow<'static, str>>, source: Source) -> Self {
        Self { text: name.into(), kind: ElementKind::Set, source }
    }
}

#[doc(hidden)]
impl Element {
    /// For an attribute that is checked while compiling.
    #[must_use]
    pub const fn constant(source: Source) -> Self {
        Self { text: Cow::Borrowed(""), kind: ElementKind::Constant, source }
    }
}

/// What [`Rules::host`] takes: one host, or several.
pub trait IntoHosts {
    /// The hosts; `source` is the place of the clause, for hosts without one.
    fn into_hosts(self, source: &Source) -> Vec<Element>;
}

impl IntoHosts for &str {
    fn into_hosts(self, source: &Source) -> Vec<Element> {
        vec![Element::plain(self.to_owned(), source.clone())]
    }
}

impl IntoHosts for String {
    fn into_hosts(self, source: &Source) -> Vec<Element> {
        vec![Element::plain(self, source.clone())]
    }
}

impl IntoHosts for Vec<Element> {
    fn into_hosts(self, _: &Source) -> Vec<Element> {
        self
    }
}

impl IntoHosts for Vec<String> {
    fn into_hosts(self, source: &Source) -> Vec<Element> {
        self.into_iter().map(|host| Element::plain(host, source.clone())).collect()
    }
}

impl<const N: usize> IntoHosts for [&str; N] {
    fn into_hosts(self, source: &Source) -> Vec<Element> {
        self.iter().map(|host| Element::plain((*host).to_owned(), source.clone())).collect()
    }
}

/// What [`Rules::list`] takes as a value.
pub trait IntoListValue {
    /// The value; `source` is the place of the clause, for elements without one.
    fn into_list_value(self, source: &Source) -> ListValue;
}

impl IntoListValue for ListValue {
    fn into_list_value(self, _: &Source) -> ListValue {
        self
    }
}

impl IntoListValue for Vec<Element> {
    fn into_list_value(self, _: &Source) -> ListValue {
        ListValue::Elements(self)
    }
}

impl<const N: usize> IntoListValue for [Element; N] {
    fn into_list_value(self, _: &Source) -> ListValue {
        ListValue::Elements(self.into())
    }
}

impl<const N: usize> IntoListValue for [&str; N] {
    fn into_list_value(self, source: &Source) -> ListValue {
        self.as_slice().into_list_value(source)
    }
}

impl IntoListValue for &[&str] {
    fn into_list_value(self, source: &Source) -> ListValue {
        let element = |text: &&str| Element::plain((*text).to_owned(), source.clone());
        ListValue::Elements(self.iter().map(element).collect())
    }
}

impl IntoListValue for Vec<String> {
    fn into_list_value(self, source: &Source) -> ListValue {
        let element = |text| Element::plain(Cow::Owned(text), source.clone());
        ListValue::Elements(self.into_iter().map(element).collect())
    }
}
