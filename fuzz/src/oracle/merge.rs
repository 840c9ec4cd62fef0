//! The table in the README, "How rules merge", on lists of texts.

use std::collections::BTreeSet;

use cors_core::{Code, MaxAgeValue, NamedHosts, Op, OriginPattern, OriginRegex, Setting};

use super::header_list::AllowedHeaders;
use super::origin;
use crate::given::{Clause, Given, POLICY, SET, Value};

/// The effective settings after merging all layers, each value with its layer.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) off: bool,
    pub(crate) origins: List,
    pub(crate) methods: List,
    pub(crate) headers: List,
    pub(crate) expose: List,
    pub(crate) credentials: (bool, usize),
    pub(crate) max_age: Option<u32>,
    pub(crate) private_network: bool,
    private_network_layer: usize,
    pub(crate) enforce: bool,
    pub(crate) insecure: (bool, usize),
    pub(crate) suffixes: (bool, usize),
    pub(crate) null: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Any { authorization: bool },
    Only(Vec<(String, usize)>),
}

/// Problems of rules whose parts are valid.
pub(crate) const WRONG_TOGETHER: [Code; 13] = [
    Code::ADD_TO_ANY,
    Code::COVERED_BY_PATTERN,
    Code::INHERITED_CREDENTIALS,
    Code::INSECURE_WITH_CREDENTIALS,
    Code::NOTHING_LEFT,
    Code::NOTHING_TO_REMOVE,
    Code::NULL_WITH_CREDENTIALS,
    Code::PARENT_IS_OFF,
    Code::PRIVATE_NETWORK_WITH_ANY,
    Code::PUBLIC_SUFFIX_WITH_CREDENTIALS,
    Code::REMOVE_FROM_ANY,
    Code::UNESCAPED_DOT_WITH_CREDENTIALS,
    Code::WILDCARD_WITH_CREDENTIALS,
];

/// The codes of the problems.
pub(crate) type Wrong = BTreeSet<&'static str>;

/// Puts layers on the baseline, lowest first; `serves` is what a route serves.
pub(crate) fn merge(
    given: &Given,
    layers: &[&[Clause]],
    serves: Option<&[&str]>,
    wrong: &mut Wrong,
) -> State {
    let baseline = State::baseline(serves);
    let mut state = baseline.clone();
    for (index, layer) in layers.iter().enumerate() {
        let (of_policy, of_layer) = (2 * index + 1, 2 * index + 2);
        let sets_origins =
            |clause: &Clause| matches!(clause, Clause::List(Setting::Origins, Op::Set, _));
        let base = layer
            .iter()
            .find(|clause| matches!(clause, Clause::Off | Clause::Replace | Clause::Policy(_)));
        match base {
            Some(Clause::Off) => {
                state = State { off: true, enforce: state.enforce, ..baseline.clone() };
                continue;
            }
            Some(Clause::Policy(name)) => {
                state = baseline.clone();
                if let Some(policy) = given.policy.as_ref().filter(|_| name == POLICY) {
                    state.put(given, policy, of_policy, wrong);
                }
            }
            Some(_) => state = baseline.clone(),
            None if state.off && layer.iter().any(sets_origins) => {
                state = State { enforce: state.enforce, ..baseline.clone() };
            }
            None if state.off => {
                wrong.insert(Code::PARENT_IS_OFF.as_str());
                continue;
            }
            None => {}
        }
        state.put(given, layer, of_layer, wrong);
    }
    state.check(wrong);
    if let Some(serves) = serves {
        state.methods = List::Only(match state.methods {
            List::Any { .. } => serves.iter().map(|method| ((*method).to_owned(), 0)).collect(),
            List::Only(mut list) => {
                list.retain(|(method, _)| serves.contains(&&**method));
                list
            }
        });
    }
    state
}

impl State {
    fn baseline(serves: Option<&[&str]>) -> Self {
        let mut methods = serves.unwrap_or_default().to_vec();
        methods.extend(["GET", "HEAD", "POST"]);
        let none = || List::Only(Vec::new());
        Self {
            off: false,
            origins: none(),
            methods: List::Only(unique(methods.iter().map(|it| (*it).to_owned()).collect(), 0)),
            headers: none(),
            expose: none(),
            credentials: (false, 0),
            max_age: None,
            private_network: false,
            private_network_layer: 0,
            enforce: false,
            insecure: (false, 0),
            suffixes: (false, 0),
            null: false,
        }
    }

    /// Whether responses allow credentials: `any` never does.
    pub(crate) fn sends_credentials(&self) -> bool {
        self.credentials.0 && !self.off && self.origins != List::Any { authorization: false }
    }

    /// The allowed request headers.
    pub(crate) fn allowed_headers(&self) -> AllowedHeaders {
        match &self.headers {
            List::Any { authorization } => AllowedHeaders::Any { authorization: *authorization },
            List::Only(names) => {
                AllowedHeaders::Names(names.iter().map(|(name, _)| name.clone()).collect())
            }
        }
    }

    fn put(&mut self, given: &Given, layer: &[Clause], index: usize, wrong: &mut Wrong) {
        let rule = |setting| Rule::of(given, layer, setting);
        let flag = |setting| {
            layer.iter().find_map(|clause| match clause {
                Clause::Flag(of, value) if *of == setting => Some(*value),
                _ => None,
            })
        };
        let origins = rule(Setting::Origins);
        if self.credentials.0
            && flag(Setting::Credentials).is_none()
            && adds_trust(&self.origins, &origins)
        {
            wrong.insert(Code::INHERITED_CREDENTIALS.as_str());
            self.credentials.0 = false;
        }
        let had_origins = matches!(&self.origins, List::Only(list) if !list.is_empty());
        origins.apply(&mut self.origins, index, wrong);
        let edits = origins.set.is_none() && !origins.keyword;
        if edits && had_origins && self.origins == List::Only(Vec::new()) {
            wrong.insert(Code::NOTHING_LEFT.as_str());
        }
        rule(Setting::Methods).apply(&mut self.methods, index, wrong);
        rule(Setting::Headers).apply(&mut self.headers, index, wrong);
        rule(Setting::Expose).apply(&mut self.expose, index, wrong);

        let with_layer = |mine: &mut (bool, usize), setting| {
            *mine = flag(setting).map_or(*mine, |value| (value, index));
        };
        with_layer(&mut self.credentials, Setting::Credentials);
        with_layer(&mut self.insecure, Setting::DangerAllowInsecureOrigins);
        with_layer(&mut self.suffixes, Setting::DangerAllowPublicSuffixes);
        if let Some(value) = flag(Setting::PrivateNetwork) {
            (self.private_network, self.private_network_layer) = (value, index);
        }
        self.enforce = flag(Setting::Enforce).unwrap_or(self.enforce);
        // `null` belongs to the list of origins: a layer that replaces the list replaces it.
        self.null = flag(Setting::DangerAllowNullOrigin).unwrap_or(self.null && edits);
        let max_age = layer.iter().find_map(|clause| match clause {
            Clause::MaxAge(value) => Some(seconds(value)),
            _ => None,
        });
        self.max_age = max_age.or(self.max_age);
    }

    fn check(&self, wrong: &mut Wrong) {
        if self.off {
            return;
        }
        let mut found = |is_wrong: bool, code: Code| {
            if is_wrong {
                wrong.insert(code.as_str());
            }
        };
        let (with_credentials, credentials) = self.credentials;
        found(with_credentials && self.null, Code::NULL_WITH_CREDENTIALS);
        found(self.private_network && self.null, Code::PRIVATE_NETWORK_WITH_ANY);
        match &self.origins {
            List::Any { .. } => {
                found(with_credentials, Code::WILDCARD_WITH_CREDENTIALS);
                found(self.private_network, Code::PRIVATE_NETWORK_WITH_ANY);
            }
            List::Only(list) => {
                for (element, layer) in list {
                    let weakness = Weakness::of(element);
                    let private = self.private_network_layer;
                    let (trusted, later) = match (with_credentials, self.private_network) {
                        (true, true) => (credentials, credentials.max(private)),
                        (true, false) => (credentials, credentials),
                        (false, true) => (private, private),
                        (false, false) => continue,
                    };
                    let accepted = |(accepted, at): (bool, usize), trusted: usize| {
                        accepted && at >= trusted.max(*layer)
                    };
                    let Weakness { unescaped, unproven, insecure, suffix } = weakness;
                    found(unescaped, Code::UNESCAPED_DOT_WITH_CREDENTIALS);
                    found(
                        unproven,
                        match with_credentials {
                            true => Code::WILDCARD_WITH_CREDENTIALS,
                            false => Code::PRIVATE_NETWORK_WITH_ANY,
                        },
                    );
                    let insecure =
                        with_credentials && insecure && !accepted(self.insecure, trusted);
                    found(insecure, Code::INSECURE_WITH_CREDENTIALS);
                    let suffix = suffix && !accepted(self.suffixes, later);
                    found(suffix, Code::PUBLIC_SUFFIX_WITH_CREDENTIALS);
                }
            }
        }
    }
}

/// The clauses of one layer for one list.
#[derive(Default)]
struct Rule {
    keyword: bool,
    authorization: bool,
    set: Option<Vec<String>>,
    add: Vec<String>,
    remove: Vec<String>,
}

impl Rule {
    fn of(given: &Given, layer: &[Clause], wanted: Setting) -> Self {
        let mut rule = Self::default();
        for clause in layer {
            let Clause::List(setting, op, value) = clause else { continue };
            if *setting != wanted {
                continue;
            }
            match (value, op) {
                (Value::Any, _) => rule.keyword = true,
                (Value::AnyWithAuthorization, _) => {
                    (rule.keyword, rule.authorization) = (true, true);
                }
                (Value::Elements(list), Op::Set) => rule.set = Some(elements(given, wanted, list)),
                (Value::Elements(list), Op::Add) => rule.add = elements(given, wanted, list),
                (Value::Elements(list), Op::Remove) => rule.remove = elements(given, wanted, list),
            }
        }
        rule
    }

    fn apply(&self, inherited: &mut List, layer: usize, wrong: &mut Wrong) {
        let Self { keyword, authorization, set, add, remove } = self;
        if *keyword {
            *inherited = List::Any { authorization: *authorization };
            return;
        }
        if let Some(set) = set {
            *inherited = List::Only(unique(set.clone(), layer));
            return;
        }
        let mut found = |is_wrong: bool, code: Code| {
            if is_wrong {
                wrong.insert(code.as_str());
            }
        };
        let list = match inherited {
            List::Any { .. } => {
                found(!add.is_empty(), Code::ADD_TO_ANY);
                found(!remove.is_empty(), Code::REMOVE_FROM_ANY);
                return;
            }
            List::Only(list) => list,
        };
        if list.is_empty() {
            found(!remove.is_empty(), Code::NOTHING_TO_REMOVE);
        } else {
            let before = list.clone();
            list.retain(|(known, _)| !remove.contains(known));
            for gone in remove.iter().filter(|gone| before.iter().all(|(it, _)| it != *gone)) {
                let is_covered = list.iter().any(|(known, _)| covers(known, gone));
                found(is_covered, Code::COVERED_BY_PATTERN);
            }
        }
        for (new, _) in unique(add.clone(), layer) {
            if list.iter().all(|(known, _)| *known != new) {
                list.push((new, layer));
            }
        }
    }
}

/// The elements of a list, those of a set in its place; names of headers know no case.
fn elements(given: &Given, setting: Setting, list: &[String]) -> Vec<String> {
    let of_set = |element: &String| match element.strip_prefix("set:") {
        Some(SET) => given.set.clone().unwrap_or_default(),
        _ => vec![element.clone()],
    };
    let is_name = matches!(setting, Setting::Headers | Setting::Expose);
    let cased = |element: String| if is_name { element.to_ascii_lowercase() } else { element };
    list.iter().flat_map(of_set).map(cased).collect()
}

fn unique(list: Vec<String>, layer: usize) -> Vec<(String, usize)> {
    let mut unique: Vec<(String, usize)> = Vec::new();
    for element in list {
        if unique.iter().all(|(known, _)| *known != element) {
            unique.push((element, layer));
        }
    }
    unique
}

/// Whether the rule allows an origin that was not allowed before.
fn adds_trust(inherited: &List, rule: &Rule) -> bool {
    let List::Only(inherited) = inherited else { return false };
    let is_new = |element: &String| !inherited.iter().any(|(known, _)| covers(known, element));
    rule.keyword || rule.set.as_ref().unwrap_or(&rule.add).iter().any(is_new)
}

/// Whether the first element of `origins` allows everything that the second one allows. For two
/// regular expressions this is not decided.
fn covers(wide: &str, narrow: &str) -> bool {
    let regex = |text: &str| text.strip_prefix("regex:").map(OriginRegex::parse);
    match (regex(wide), regex(narrow)) {
        (None, None) => origin::covers(wide, narrow) || wide == narrow,
        (Some(Ok(wide)), None) => {
            let is_exact = OriginPattern::parse(narrow).is_ok_and(|pattern| pattern.is_exact());
            is_exact && wide.is_match(narrow)
        }
        _ => wide == narrow,
    }
}

/// What makes an origin too weak for credentials. The facts are those of the library; they are
/// tested elsewhere.
#[derive(Default)]
struct Weakness {
    unescaped: bool,
    unproven: bool,
    insecure: bool,
    suffix: bool,
}

impl Weakness {
    fn of(element: &str) -> Self {
        match element.strip_prefix("regex:").map(OriginRegex::parse) {
            Some(Ok(regex)) => {
                let hosts = regex.named_hosts_as_meant();
                let any =
                    |fact: fn(&NamedHosts) -> bool| hosts.is_ok_and(|hosts| hosts.iter().any(fact));
                Self {
                    unescaped: regex.unescaped_dot().is_some(),
                    unproven: hosts.is_err(),
                    insecure: any(NamedHosts::is_insecure),
                    suffix: any(NamedHosts::subdomains_of_public_suffix),
                }
            }
            Some(Err(_)) => Self::default(),
            None => {
                let pattern = OriginPattern::parse(element).ok();
                let is = |fact: fn(&OriginPattern) -> bool| pattern.as_ref().is_some_and(fact);
                Self {
                    insecure: is(OriginPattern::is_insecure),
                    suffix: is(OriginPattern::subdomains_of_public_suffix),
                    ..Self::default()
                }
            }
        }
    }
}

fn seconds(value: &MaxAgeValue) -> u32 {
    let text = match value {
        MaxAgeValue::Seconds(seconds) => format!("{seconds}s"),
        MaxAgeValue::Text(text) => text.clone(),
    };
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let number = |(unit, factor): &(&str, u32)| {
        text.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok()?.checked_mul(*factor))
    };
    units.iter().find_map(number).unwrap_or(u32::MAX)
}
