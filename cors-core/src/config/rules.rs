//! Rules as written by the user: partial, unchecked, each with its place.
//!
//! A `Rules` contains the settings of one layer: a `[cors]` table, a path group, a
//! named policy, an attribute, a builder. Nothing is validated here, so that
//! [`Config::resolve`](crate::Config::resolve) can report all mistakes together.

use std::borrow::Cow;

use super::lists::{IntoCredentials, IntoElements, IntoListValue};
use crate::grammar::MaxAgeValue;
use crate::problem::Source;
use crate::setting::{Op, Setting};

/// The settings of one layer, clause by clause, in the order written.
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

/// One clause of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The setting or keyword, with its value.
    pub kind: ClauseKind,
    /// The place of the key or the keyword.
    pub source: Source,
}

/// The kinds of a [`Clause`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    /// `off`: CORS is disabled.
    Off,
    /// `passthrough`: requests and responses are left alone, preflights included.
    Passthrough,
    /// `replace`: start from the defaults instead of inheriting.
    Replace,
    /// `policy = "name"`: start from a named policy.
    Policy(Element),
    /// `host = [...]`: the hosts that the layer applies to.
    Host(Vec<Element>),
    /// A list setting with its operator.
    List(Setting, Op, ListValue),
    /// A flag.
    Flag(Setting, bool),
    /// The duration `max_age`.
    MaxAge(MaxAgeValue, Source),
}

/// The value of a list setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListValue {
    /// The keyword `any`.
    Any(Source),
    /// The keyword `any_with_authorization`.
    AnyWithAuthorization(Source),
    /// A list of elements, none of them validated.
    Elements(Vec<Element>),
}

/// One element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The text between the quotes.
    pub text: Cow<'static, str>,
    /// The kind, which determines how the text is parsed.
    pub kind: ElementKind,
    /// The route parameter whose value selects the list of a keyed set.
    pub key: Option<Cow<'static, str>>,
    /// The place of the element.
    pub source: Source,
}

/// The kind of an [`Element`], which determines how its text is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// An origin pattern, a method or a header name, depending on the setting.
    Plain,
    /// A regular expression that is matched against whole origins.
    Regex,
    /// The name of an origin set.
    Set,
    /// A constant of the program, whose text is not known at compile time.
    Constant,
}

impl Rules {
    /// Creates empty rules; `source` is where the layer begins.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self { source, clauses: Vec::new() }
    }

    /// The place where the layer begins.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The clauses, in the order written.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Sets `off`.
    #[must_use]
    pub fn off(self, source: Source) -> Self {
        self.with_clause(ClauseKind::Off, source)
    }

    /// Sets `passthrough`: whatever serves the path answers preflights itself, and sets the
    /// CORS headers itself.
    ///
    /// ```
    /// use cors_core::{Config, HostClass, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let gateway = Rules::new(here.clone()).passthrough(here.clone());
    /// let config = Config::new(Rules::new(here.clone())).group("/gateway/**", gateway, here);
    /// let resolver = config.resolve()?;
    /// assert!(resolver.for_path("/gateway/orders").passes_through());
    /// assert!(!resolver.for_path("/orders").passes_through());
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn passthrough(self, source: Source) -> Self {
        self.with_clause(ClauseKind::Passthrough, source)
    }

    /// Sets `replace`.
    #[must_use]
    pub fn replace(self, source: Source) -> Self {
        self.with_clause(ClauseKind::Replace, source)
    }

    /// Sets `policy = name`.
    #[must_use]
    pub fn policy(self, name: impl Into<Cow<'static, str>>, source: Source) -> Self {
        let element = Element::plain(name, source.clone());
        self.with_clause(ClauseKind::Policy(element), source)
    }

    /// Restricts the layer to requests for these hosts; it does not apply to other
    /// requests.
    ///
    /// A host without a port matches all its ports; `*.example.com` matches all
    /// subdomains of `example.com`.
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
    pub fn host(self, hosts: impl IntoElements, source: Source) -> Self {
        let hosts = hosts.into_elements(&source);
        self.with_clause(ClauseKind::Host(hosts), source)
    }

    /// Whether the layer applies to some hosts only.
    #[must_use]
    pub fn has_host(&self) -> bool {
        self.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Host(_)))
    }

    /// Sets, adds to or removes from a list setting.
    #[must_use]
    pub fn list(self, setting: Setting, op: Op, value: impl IntoListValue, source: Source) -> Self {
        let value = value.into_list_value(&source);
        self.with_clause(ClauseKind::List(setting, op, value), source)
    }

    /// Sets `origins = any`.
    #[must_use]
    pub fn origins_any(self, source: Source) -> Self {
        self.list(Setting::Origins, Op::Set, ListValue::Any(source.clone()), source)
    }

    /// Sets `credentials`: for all allowed origins, for none, or for those in a list.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone())
    ///     .origins_any(here.clone())
    ///     .credentials(["https://app.example"], here);
    /// let resolver = Config::new(rules).resolve()?;
    /// let credentials = resolver.global().effective(Setting::Credentials);
    /// assert_eq!(credentials.value().to_string(), "https://app.example");
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn credentials(self, value: impl IntoCredentials, source: Source) -> Self {
        let kind = value.into_credentials(&source);
        self.with_clause(kind, source)
    }

    /// Sets a flag.
    #[must_use]
    pub fn flag(self, setting: Setting, value: bool, source: Source) -> Self {
        self.with_clause(ClauseKind::Flag(setting, value), source)
    }

    /// Sets how long preflights may be cached.
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

    /// Removes the clauses of a setting.
    pub(crate) fn forget(&mut self, setting: Setting) {
        self.clauses.retain(|clause| match &clause.kind {
            ClauseKind::List(other, ..) | ClauseKind::Flag(other, _) => *other != setting,
            ClauseKind::MaxAge(..) => setting != Setting::MaxAge,
            ClauseKind::Off
            | ClauseKind::Passthrough
            | ClauseKind::Replace
            | ClauseKind::Policy(_)
            | ClauseKind::Host(_) => true,
        });
    }

    /// Adds the clause of a method of a builder, where a call builds on earlier ones: a value
    /// replaces an earlier one of the same setting, and `+=` and `-=` edit it.
    ///
    /// ```
    /// use cors_core::{ClauseKind, Element, ListValue, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let list = |op, origin: &str| {
    ///     let element = Element::plain(origin.to_owned(), here.clone());
    ///     ClauseKind::List(Setting::Origins, op, ListValue::Elements(vec![element]))
    /// };
    /// let rules = Rules::new(here.clone())
    ///     .amend(list(Op::Set, "https://old.example"), here.clone())
    ///     .amend(list(Op::Set, "https://a.example"), here.clone())
    ///     .amend(list(Op::Add, "https://b.example"), here.clone());
    /// let [clause] = rules.clauses() else { panic!() };
    /// let ClauseKind::List(_, Op::Set, ListValue::Elements(origins)) = &clause.kind else { panic!() };
    /// assert_eq!(origins.len(), 2);
    /// ```
    #[must_use]
    pub fn amend(mut self, kind: ClauseKind, source: Source) -> Self {
        match kind {
            ClauseKind::List(setting, op @ (Op::Add | Op::Remove), ListValue::Elements(edit)) => {
                let is_same = |clause: &&mut Clause| match &clause.kind {
                    ClauseKind::List(other, known, ListValue::Elements(_)) => {
                        *other == setting && (*known == Op::Set || *known == op)
                    }
                    _ => false,
                };
                let earlier = self.clauses.iter_mut().find(is_same);
                match earlier.map(|clause| &mut clause.kind) {
                    Some(ClauseKind::List(_, known, ListValue::Elements(list))) => {
                        let unknown = match (*known, op) {
                            (Op::Set, Op::Remove) => remove(list, edit),
                            _ => {
                                list.extend(edit);
                                Vec::new()
                            }
                        };
                        match unknown.is_empty() {
                            true => self,
                            // It was meant to be there, which is reported.
                            false => {
                                let unknown = ListValue::Elements(unknown);
                                self.with_clause(ClauseKind::List(setting, op, unknown), source)
                            }
                        }
                    }
                    _ => {
                        let edit = ListValue::Elements(edit);
                        self.with_clause(ClauseKind::List(setting, op, edit), source)
                    }
                }
            }
            kind => {
                let clause = Clause { kind, source };
                if let Some((setting, _)) = clause.setting() {
                    self.forget(setting);
                }
                self.push(clause);
                self
            }
        }
    }

    /// Adds a clause in place.
    pub fn push(&mut self, clause: Clause) {
        self.clauses.push(clause);
    }
}

impl Element {
    /// Creates an element that is an origin pattern, a method or a header name.
    #[must_use]
    pub fn plain(text: impl Into<Cow<'static, str>>, source: Source) -> Self {
        Self { text: text.into(), kind: ElementKind::Plain, key: None, source }
    }

    /// Creates an element that is a regular expression, matched against whole origins.
    #[must_use]
    pub fn regex(text: impl Into<Cow<'static, str>>, source: Source) -> Self {
        Self { text: text.into(), kind: ElementKind::Regex, key: None, source }
    }

    /// Creates a reference to a named origin set.
    #[must_use]
    pub fn set(name: impl Into<Cow<'static, str>>, source: Source) -> Self {
        Self { text: name.into(), kind: ElementKind::Set, key: None, source }
    }

    /// Selects the list of a keyed set by the value of a route parameter, for a reference to
    /// a set.
    #[must_use]
    pub fn with_key(self, parameter: impl Into<Cow<'static, str>>) -> Self {
        Self { key: Some(parameter.into()), ..self }
    }
}

/// Removes elements from a list that is set in the same place; returns those that are not
/// there.
fn remove(list: &mut Vec<Element>, mut edit: Vec<Element>) -> Vec<Element> {
    edit.retain(|element| {
        let before = list.len();
        list.retain(|it| {
            it.text != element.text || it.kind != element.kind || it.key != element.key
        });
        list.len() == before
    });
    edit
}

#[doc(hidden)]
impl Element {
    /// Creates an element of an attribute whose text is not known at compile time.
    #[must_use]
    pub const fn constant(source: Source) -> Self {
        Self { text: Cow::Borrowed(""), kind: ElementKind::Constant, key: None, source }
    }
}
