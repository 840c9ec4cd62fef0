//! One layer of rules, checked setting by setting.
//!
//! A [`Layer`] is what [`Rules`] mean: every element parsed, every setting
//! said at most once. What only shows when layers meet is left to merging and
//! compiling.

use std::collections::BTreeMap;

use crate::header_name::HeaderName;
use crate::origin::{OriginPattern, OriginRegex};
use crate::{
    Clause, Code, Element, ElementKind, ListValue, Method, Op, Problem, Rules, Says, Setting,
    Source, max_age, nearest,
};

/// What one layer says, every part of it valid by itself.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) source: Source,
    pub(crate) base: Base,
    pub(crate) origins: Rule<OriginElement>,
    pub(crate) methods: Rule<Method>,
    pub(crate) headers: Rule<HeaderName>,
    pub(crate) expose: Rule<HeaderName>,
    pub(crate) credentials: Option<Said<bool>>,
    pub(crate) max_age: Option<Said<u32>>,
    pub(crate) private_network: Option<Said<bool>>,
    pub(crate) enforce: Option<Said<bool>>,
    pub(crate) allow_insecure: Option<Said<bool>>,
    pub(crate) allow_suffixes: Option<Said<bool>>,
    pub(crate) allow_null: Option<Said<bool>>,
}

/// What a layer builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Inherit,
    Replace,
    Policy(Said<String>),
    Off(Source),
}

/// What a layer says about one list.
#[derive(Clone, Debug)]
pub(crate) enum Rule<T> {
    Inherit,
    Set(List<T>),
    Edit { add: Vec<Said<T>>, remove: Vec<Said<T>>, source: Source },
}

/// A list, or one of the keywords that stand for all.
#[derive(Clone, Debug)]
pub(crate) enum List<T> {
    Any { authorization: bool, source: Source },
    Only(Vec<Said<T>>),
}

/// A value and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// One element of `origins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OriginElement {
    Pattern(OriginPattern),
    Regex(OriginRegex),
}

/// What a layer may refer to, and what it sits on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context<'c> {
    /// The origin sets, or `None` while compiling, when they are not known yet.
    pub(crate) sets: Option<&'c Sets>,
    /// The methods that the annotated route serves.
    pub(crate) serves: Option<&'c [Method]>,
}

/// The named origin sets, checked.
pub(crate) type Sets = BTreeMap<String, Vec<Said<OriginElement>>>;

impl Layer {
    /// Checks rules; the layer holds whatever was right.
    pub(crate) fn check(rules: &Rules, context: Context<'_>) -> (Self, Vec<Problem>) {
        let mut layer = Self::silent(rules.source().clone());
        let mut problems = Vec::new();
        if let Some(off) = rules.clauses().iter().find(|clause| clause.says == Says::Off)
            && let Some(other) = rules.clauses().iter().find(|clause| clause.says != Says::Off)
        {
            problems.push(
                Problem::error(
                    Code::OFF_WITH_OTHERS,
                    &other.source,
                    format!("`off` disables CORS here, so `{}` has no effect", other.subject()),
                )
                .with_note_at("`off` is said here", &off.source)
                .with_help("remove one of the two"),
            );
        }
        for (index, clause) in rules.clauses().iter().enumerate() {
            let earlier = rules.clauses()[..index].iter().find(|earlier| earlier.clashes(clause));
            if let Some(earlier) = earlier {
                problems.push(duplicate(clause, earlier));
                continue;
            }
            layer.take(clause, context, &mut problems);
        }
        (layer, problems)
    }

    /// A layer that says nothing.
    fn silent(source: Source) -> Self {
        Self {
            source,
            base: Base::Inherit,
            origins: Rule::Inherit,
            methods: Rule::Inherit,
            headers: Rule::Inherit,
            expose: Rule::Inherit,
            credentials: None,
            max_age: None,
            private_network: None,
            enforce: None,
            allow_insecure: None,
            allow_suffixes: None,
            allow_null: None,
        }
    }

    fn take(&mut self, clause: &Clause, context: Context<'_>, problems: &mut Vec<Problem>) {
        let Clause { says, source } = clause;
        match says {
            Says::Off => self.base = Base::Off(source.clone()),
            Says::Replace => self.base = Base::Replace,
            Says::Policy(name) => {
                self.base = Base::Policy(Said {
                    value: name.text.clone().into_owned(),
                    source: name.source.clone(),
                });
            }
            Says::MaxAge(value, value_source) => match max_age::parse(value, value_source) {
                Ok(value) => self.max_age = Some(Said { value, source: source.clone() }),
                Err(problem) => problems.push(problem),
            },
            Says::Flag(setting, value) => {
                if let Some(flag) = self.flag(*setting) {
                    *flag = Some(Said { value: *value, source: source.clone() });
                }
            }
            Says::List(setting, op, value) => {
                let list = ListClause { setting: *setting, op: *op, value, source };
                match setting {
                    Setting::Origins => {
                        list.read(&mut self.origins, problems, |element, problems| {
                            read_origin(element, context.sets, problems)
                        });
                    }
                    Setting::Methods => {
                        list.read(&mut self.methods, problems, |element, problems| {
                            read_method(element, context.serves, problems)
                        });
                    }
                    Setting::Headers => list.read(&mut self.headers, problems, read_name(*setting)),
                    Setting::Expose => list.read(&mut self.expose, problems, read_name(*setting)),
                    _ => {}
                }
            }
        }
    }

    fn flag(&mut self, setting: Setting) -> Option<&mut Option<Said<bool>>> {
        match setting {
            Setting::Credentials => Some(&mut self.credentials),
            Setting::PrivateNetwork => Some(&mut self.private_network),
            Setting::Enforce => Some(&mut self.enforce),
            Setting::DangerAllowInsecureOrigins => Some(&mut self.allow_insecure),
            Setting::DangerAllowPublicSuffixes => Some(&mut self.allow_suffixes),
            Setting::DangerAllowNullOrigin => Some(&mut self.allow_null),
            Setting::Origins
            | Setting::Methods
            | Setting::Headers
            | Setting::Expose
            | Setting::MaxAge => None,
        }
    }
}

impl Clause {
    /// What the clause is about, as it is written.
    fn subject(&self) -> &'static str {
        match &self.says {
            Says::Off => "off",
            Says::Replace => "replace",
            Says::Policy(_) => "policy",
            Says::List(setting, ..) | Says::Flag(setting, _) => setting.name(),
            Says::MaxAge(..) => Setting::MaxAge.name(),
        }
    }

    /// Whether the two cannot both be said. One `+=` and one `-=` can.
    fn clashes(&self, later: &Self) -> bool {
        match (&self.says, &later.says) {
            (Says::Replace, Says::Policy(_)) | (Says::Policy(_), Says::Replace) => true,
            (Says::List(_, Op::Add, _), Says::List(_, Op::Remove, _))
            | (Says::List(_, Op::Remove, _), Says::List(_, Op::Add, _)) => false,
            _ => self.subject() == later.subject(),
        }
    }
}

fn duplicate(later: &Clause, earlier: &Clause) -> Problem {
    let subject = later.subject();
    if subject != earlier.subject() {
        return Problem::error(
            Code::REPLACE_WITH_POLICY,
            &later.source,
            "`policy` already replaces what is inherited, so `replace` says nothing more",
        )
        .with_help("remove `replace`");
    }
    let problem = Problem::error(
        Code::DUPLICATE_SETTING,
        &later.source,
        format!("`{subject}` is given twice, and only one can hold"),
    )
    .with_note_at("first given here", &earlier.source)
    .with_help(format!("combine the two into one `{subject}`"));
    match Setting::from_name(subject) {
        Some(setting) => problem.about(setting),
        None => problem,
    }
}

/// A clause about a list, while it is read.
struct ListClause<'c> {
    setting: Setting,
    op: Op,
    value: &'c ListValue,
    source: &'c Source,
}

impl ListClause<'_> {
    /// Reads the elements and combines them with what the layer said before
    /// about the same list (one `+=` and one `-=`).
    fn read<T: PartialEq + Clone>(
        &self,
        rule: &mut Rule<T>,
        problems: &mut Vec<Problem>,
        mut read: impl FnMut(&Element, &mut Vec<Problem>) -> Vec<Said<T>>,
    ) {
        let elements = match self.value {
            ListValue::Any(source) => return self.keyword(rule, problems, false, source),
            ListValue::AnyWithAuthorization(source) => {
                return self.keyword(rule, problems, true, source);
            }
            ListValue::Elements(elements) => elements,
        };
        let mut said: Vec<Said<T>> = Vec::with_capacity(elements.len());
        let known = elements.iter().filter(|element| element.kind != ElementKind::Constant);
        for element in known {
            for one in read(element, problems) {
                if let Some(earlier) = said.iter().find(|earlier| earlier.value == one.value)
                    && element.kind != ElementKind::Set
                {
                    problems.push(
                        Problem::warning(
                            Code::DUPLICATE_ELEMENT,
                            &one.source,
                            format!("`{}` is in the list twice", element.text),
                        )
                        .about(self.setting)
                        .with_note_at("first here", &earlier.source)
                        .with_help("remove one of the two"),
                    );
                    continue;
                }
                said.push(one);
            }
        }
        if elements.is_empty() && !self.may_be_empty() {
            problems.push(self.empty());
        }
        match self.op {
            Op::Set => *rule = Rule::Set(List::Only(said)),
            Op::Add | Op::Remove => {
                let (add, remove) = match std::mem::replace(rule, Rule::Inherit) {
                    Rule::Edit { add, remove, .. } => (add, remove),
                    Rule::Inherit | Rule::Set(..) => (Vec::new(), Vec::new()),
                };
                let source = self.source.clone();
                *rule = match self.op {
                    Op::Add => Rule::Edit { add: said, remove, source },
                    _ => Rule::Edit { add, remove: said, source },
                };
            }
        }
    }

    /// `headers = []` and `expose = []` are how a layer takes back what it
    /// inherits: no header beyond the safelisted ones. For origins and methods
    /// the same thing has a better name.
    fn may_be_empty(&self) -> bool {
        self.op == Op::Set && matches!(self.setting, Setting::Headers | Setting::Expose)
    }

    fn empty(&self) -> Problem {
        let (setting, op) = (self.setting, self.op.symbol());
        let (message, help) = match (self.op, setting) {
            (Op::Set, Setting::Origins) => (
                "an empty `origins` allows nobody".to_owned(),
                "use `off` to disable CORS here, or remove `origins` to inherit",
            ),
            (Op::Set, _) => (
                format!("an empty `{setting}` allows nothing"),
                "list the methods, or remove `methods` to inherit",
            ),
            _ => (format!("`{setting} {op} []` changes nothing"), "remove it, or list elements"),
        };
        Problem::error(Code::EMPTY_LIST, self.source, message).about(setting).with_help(help)
    }

    fn keyword<T>(
        &self,
        rule: &mut Rule<T>,
        problems: &mut Vec<Problem>,
        authorization: bool,
        source: &Source,
    ) {
        let setting = self.setting;
        if authorization && setting != Setting::Headers {
            problems.push(
                Problem::error(
                    Code::MISPLACED_KEYWORD,
                    source,
                    format!("`any_with_authorization` is about request headers, not `{setting}`"),
                )
                .about(setting)
                .with_help(format!("write `{setting} = any`")),
            );
        }
        if self.op != Op::Set {
            let op = self.op.symbol();
            problems.push(
                Problem::error(
                    Code::ANY_WITH_OPERATOR,
                    source,
                    format!("`{setting} {op} any` is not an edit: `any` is the whole list"),
                )
                .about(setting)
                .with_help(format!("write `{setting} = any`")),
            );
            return;
        }
        *rule = Rule::Set(List::Any { authorization, source: source.clone() });
    }
}

/// An element of `origins`: one pattern, one regex, or all of a named set.
pub(crate) fn read_origin(
    element: &Element,
    sets: Option<&Sets>,
    problems: &mut Vec<Problem>,
) -> Vec<Said<OriginElement>> {
    let Element { text, kind, source } = element;
    let said = |value| vec![Said { value, source: source.clone() }];
    let parsed = match kind {
        ElementKind::Plain => OriginPattern::parse(text).map(OriginElement::Pattern),
        ElementKind::Regex => OriginRegex::parse(text).map(OriginElement::Regex),
        ElementKind::Set => {
            // While compiling, sets are not known; at startup they are.
            let Some(sets) = sets else { return Vec::new() };
            let Some(set) = sets.get(text.as_ref()) else {
                problems.push(unknown_set(element, sets));
                return Vec::new();
            };
            return set.clone();
        }
        ElementKind::Constant => return Vec::new(),
    };
    match parsed {
        Ok(value) => {
            if let OriginElement::Regex(regex) = &value
                && regex.unescaped_dot().is_some()
            {
                problems.push(
                    Problem::warning(
                        Code::UNESCAPED_DOT,
                        source,
                        format!("the `.` in `{regex}` matches any character, not only a dot"),
                    )
                    .about(Setting::Origins)
                    .with_help("write `\\.` for a dot, or `[^.]` for anything else"),
                );
            }
            said(value)
        }
        Err(issue) => {
            let problem = Problem::error(issue.code(), source, issue.message());
            problems.push(problem.about(Setting::Origins).with_help(issue.help()));
            Vec::new()
        }
    }
}

fn unknown_set(element: &Element, sets: &Sets) -> Problem {
    let name = element.text.as_ref();
    let help = match nearest(name, sets.keys().map(String::as_str)) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if sets.is_empty() => format!("define it: `[cors.sets]` `{name} = [...]`"),
        None => {
            let known: Vec<_> = sets.keys().map(|set| format!("`{set}`")).collect();
            format!("the sets are {}", known.join(", "))
        }
    };
    Problem::error(
        Code::UNKNOWN_SET,
        &element.source,
        format!("there is no origin set named `{name}`"),
    )
    .about(Setting::Origins)
    .with_help(help)
}

fn read_method(
    element: &Element,
    serves: Option<&[Method]>,
    problems: &mut Vec<Problem>,
) -> Vec<Said<Method>> {
    let source = &element.source;
    let method = match plain(element, Setting::Methods).and_then(|text| Method::parse(text, source))
    {
        Ok(method) => method,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let served = serves.map(|serves| serves.contains(&method));
    if method.as_str() == "OPTIONS" && served != Some(true) {
        problems.push(
            Problem::error(
                Code::OPTIONS_METHOD,
                source,
                "preflights are answered for you; `OPTIONS` here would grant pages a method of \
                 their own",
            )
            .about(Setting::Methods)
            .with_help("remove `OPTIONS`"),
        );
        return Vec::new();
    }
    if served == Some(false) {
        let list = join(serves.unwrap_or_default());
        problems.push(
            Problem::error(
                Code::METHOD_NOT_SERVED,
                source,
                format!("this route serves {list}; it cannot allow `{method}`"),
            )
            .about(Setting::Methods)
            .with_help(format!("remove `{method}`, or serve it with a route attribute")),
        );
        return Vec::new();
    }
    vec![Said { value: method, source: source.clone() }]
}

fn read_name(setting: Setting) -> impl FnMut(&Element, &mut Vec<Problem>) -> Vec<Said<HeaderName>> {
    move |element, problems| {
        let source = &element.source;
        let name =
            plain(element, setting).and_then(|text| HeaderName::parse(text, setting, source));
        match name {
            Ok(value) => vec![Said { value, source: source.clone() }],
            Err(problem) => {
                problems.push(problem);
                Vec::new()
            }
        }
    }
}

/// The text of an element of a setting that knows neither regexes nor sets.
fn plain(element: &Element, setting: Setting) -> Result<&str, Problem> {
    let keyword = match element.kind {
        ElementKind::Plain | ElementKind::Constant => return Ok(&element.text),
        ElementKind::Regex => "regex",
        ElementKind::Set => "set",
    };
    Err(Problem::error(
        Code::MISPLACED_KEYWORD,
        &element.source,
        format!("`{keyword}` is for `origins`; `{setting}` takes names only"),
    )
    .about(setting)
    .with_help("list the names, or write `any`"))
}

/// `GET`, `GET and PUT`, `GET, PUT and PATCH`.
pub(crate) fn join(methods: &[Method]) -> String {
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => "nothing".to_owned(),
    }
}
