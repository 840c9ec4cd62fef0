//! The scan of `Access-Control-Request-Headers` in a preflight, checked against an
//! oracle that splits the lines with strings and sets. The lists are near misses:
//! allowed names, spread over lines and with random errors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::HashSet;

use cors_core::{
    Config, Decision, Denial, Op, Policy, Request, RequestField, Rules, Setting, Source, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const MAX_BYTES: usize = 8_192;
const MAX_NAMES: usize = 64;
const MAX_EMPTY: usize = 16;

const ALLOWED: [&str; 8] =
    ["authorization", "content-type", "x", "x-a", "x-b", "x-request-id", "x_a", "zz"];

/// A preflight for GET with these lines of `Access-Control-Request-Headers`.
struct Preflight<'l>(&'l [Vec<u8>]);

impl Request for Preflight<'_> {
    fn method(&self) -> &[u8] {
        b"OPTIONS"
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let single: Option<&[u8]> = match field {
            RequestField::Origin => Some(b"https://app.example"),
            RequestField::RequestMethod => Some(b"GET"),
            _ => None,
        };
        let listed = if field == RequestField::RequestHeaders { self.0 } else { &[] };
        single.into_iter().chain(listed.iter().map(Vec::as_slice))
    }
}

/// The names that a policy allows.
#[derive(Clone, Debug)]
enum Allows {
    These(Vec<&'static str>),
    Any { authorization: bool },
}

impl Allows {
    fn policy(&self) -> std::sync::Arc<Policy> {
        let here = Source::caller();
        let origins = ["https://app.example"];
        let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, origins, here.clone());
        let headers = match self {
            Self::These(names) if names.is_empty() => None,
            Self::These(names) => {
                let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
                Some(cors_core::IntoListValue::into_list_value(names, &here))
            }
            Self::Any { authorization: false } => Some(cors_core::ListValue::Any(here.clone())),
            Self::Any { authorization: true } => {
                Some(cors_core::ListValue::AnyWithAuthorization(here.clone()))
            }
        };
        let rules = match headers {
            Some(headers) => rules.list(Setting::Headers, Op::Set, headers, here),
            None => rules,
        };
        Config::new(rules).resolve().unwrap().global().clone()
    }

    fn name(&self, name: &str) -> bool {
        match self {
            Self::These(names) => names.iter().copied().collect::<HashSet<_>>().contains(name),
            Self::Any { authorization } => {
                is_token(name) && (*authorization || name != "authorization")
            }
        }
    }
}

/// The oracle: every element of every line, without surrounding space, in lower case.
/// Bytes become characters with the same number, so that none of them is lost.
fn elements(lines: &[Vec<u8>]) -> Vec<String> {
    let text = |line: &Vec<u8>| line.iter().map(|byte| char::from(*byte)).collect::<String>();
    let split = |line: String| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let trim = |element: String| element.trim_matches([' ', '\t']).to_ascii_lowercase();
    lines.iter().map(text).flat_map(split).map(trim).collect()
}

fn is_token(name: &str) -> bool {
    let chars: HashSet<char> =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz".chars().collect();
    // A name `*` would be treated as the wildcard.
    !name.is_empty() && name != "*" && name.chars().all(|c| chars.contains(&c))
}

/// The verdicts that the oracle accepts. If a list is invalid in several ways, any of
/// the reasons may be reported.
fn expected(allows: &Allows, lines: &[Vec<u8>]) -> Vec<Verdict> {
    let (empty, names): (Vec<_>, Vec<_>) =
        elements(lines).into_iter().partition(|element| element.is_empty());
    let too_much = lines.iter().map(Vec::len).sum::<usize>() > MAX_BYTES
        || names.len() > MAX_NAMES
        || empty.len() > MAX_EMPTY;
    let first = names.iter().find(|name| !allows.name(name));
    let denied = |denial| Verdict::Denied(denial);
    let mut verdicts = Vec::new();
    if too_much {
        verdicts.push(denied(Denial::HeaderList));
    }
    match first {
        Some(name) if is_token(name) => verdicts.push(denied(Denial::Header)),
        Some(_) => verdicts.push(denied(Denial::HeaderList)),
        None if too_much => {}
        None => verdicts.push(Verdict::Allowed),
    }
    verdicts
}

fn check(allows: &Allows, lines: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let Decision::Preflight(verdict) = allows.policy().decide(&Preflight(lines)) else {
        return Err(TestCaseError::fail("not a preflight"));
    };
    let expected = expected(allows, lines);
    let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
    prop_assert!(
        expected.contains(&verdict),
        "{verdict:?}, not {expected:?}, of {allows:?} for {shown:?}"
    );
    Ok(())
}

fn allows() -> impl Strategy<Value = Allows> {
    prop_oneof![
        4 => vec(select(&ALLOWED[..]), 0..8).prop_map(|mut names| {
            names.sort_unstable();
            names.dedup();
            Allows::These(names)
        }),
        1 => any::<bool>().prop_map(|authorization| Allows::Any { authorization }),
    ]
}

/// A name, in any case, usually one that may be allowed.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let known = || select(&ALLOWED[..]).prop_map(|name| name.as_bytes().to_vec());
    let edit = (known(), any::<Index>(), any::<u8>(), 0..4_u8);
    let near_miss = edit.prop_map(|(mut name, at, byte, how)| {
        let at = at.index(name.len());
        match how {
            0 => name[at] = byte,
            1 => name.insert(at, byte),
            2 => drop(name.remove(at)),
            _ => name.truncate(at),
        }
        name
    });
    prop_oneof![
        40 => (known(), any::<u64>()).prop_map(|(name, case)| {
            let upper = |(i, byte): (usize, u8)| {
                if case >> (i % 64) & 1 == 1 { byte.to_ascii_uppercase() } else { byte }
            };
            name.into_iter().enumerate().map(upper).collect()
        }),
        2 => near_miss,
        1 => vec(any::<u8>(), 0..6),
    ]
}

fn space() -> impl Strategy<Value = &'static [u8]> {
    const SPACES: &[&[u8]] = &[b"", b"", b"", b" ", b"\t", b" \t "];
    select(SPACES)
}

/// The text between two names.
fn separator() -> impl Strategy<Value = Option<&'static [u8]>> {
    prop_oneof![
        20 => Just(Some(&b","[..])),
        2 => Just(Some(&b", ,"[..])),
        // The end of the line.
        2 => Just(None),
    ]
}

fn lines(names: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec((space(), name(), space(), separator()), names).prop_map(|parts| {
        let mut lines = vec![Vec::new()];
        for (before, name, after, separator) in parts {
            let last = lines.len() - 1;
            lines[last].extend([before, &name, after].concat());
            match separator {
                Some(separator) => lines[last].extend(separator),
                None => lines.push(Vec::new()),
            }
        }
        // A trailing comma or an empty line is an element without a name, which should
        // be rare.
        if lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        if let Some(last) = lines.last_mut()
            && last.ends_with(b",")
            && last.len() % 2 == 0
        {
            last.pop();
        }
        lines
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn short_lists_are_decided_like_the_oracle(allows in allows(), lines in lines(0..6)) {
        check(&allows, &lines)?;
    }

    #[test]
    fn allowed_names_are_allowed_in_every_form(
        picked in vec((any::<Index>(), any::<bool>(), space(), space(), any::<bool>()), 1..40),
        names in vec(select(&ALLOWED[..]), 1..8),
    ) {
        let mut lines = vec![Vec::new()];
        for (index, upper, before, after, breaks) in picked {
            let name = names[index.index(names.len())];
            let name = if upper { name.to_ascii_uppercase() } else { name.to_owned() };
            let element = [before, name.as_bytes(), after].concat();
            let last = lines.len() - 1;
            match lines[last].is_empty() {
                true => lines[last] = element,
                false if breaks => lines.push(element),
                false => lines[last].extend([b",", &*element].concat()),
            }
        }
        let mut unique = names;
        unique.sort_unstable();
        unique.dedup();
        let allows = Allows::These(unique);
        prop_assert_eq!(expected(&allows, &lines), [Verdict::Allowed]);
        check(&allows, &lines)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn long_lists_are_decided_like_the_oracle(allows in allows(), lines in lines(100..200)) {
        check(&allows, &lines)?;
    }

    /// Lists on both sides of each limit, by one.
    #[test]
    fn the_limits_are_exact(
        names in MAX_NAMES - 2..MAX_NAMES + 3,
        empty in MAX_EMPTY - 2..MAX_EMPTY + 3,
        bytes in MAX_BYTES - 2..MAX_BYTES + 3,
        which in 0..4_u8,
        breaks in any::<u64>(),
    ) {
        let mut elements: Vec<Vec<u8>> = Vec::new();
        if which != 1 {
            elements.extend(vec![b"x-a".to_vec(); names]);
        }
        if which != 0 {
            elements.extend(vec![Vec::new(); empty]);
        }
        let mut lines = vec![elements.first().cloned().unwrap_or_default()];
        for (i, element) in elements.iter().enumerate().skip(1) {
            let last = lines.len() - 1;
            match breaks >> (i % 64) & 1 == 1 {
                true => lines.push(element.clone()),
                false => lines[last].extend([b",", &**element].concat()),
            }
        }
        if which >= 2 {
            // Space has no meaning, but counts.
            let length: usize = lines.iter().map(Vec::len).sum();
            lines[0].extend(vec![b' '; bytes - length]);
        }
        for allows in [Allows::These(vec!["x-a"]), Allows::Any { authorization: false }] {
            check(&allows, &lines)?;
        }
    }
}

#[test]
fn the_oracle_parses_lists() {
    let allows = Allows::These(vec!["x-a"]);
    let verdict = |lines: &[&str]| {
        let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        expected(&allows, &lines)
    };
    assert_eq!(verdict(&[]), [Verdict::Allowed]);
    assert_eq!(verdict(&["", ", X-A ,\t", "x-a"]), [Verdict::Allowed]);
    assert_eq!(verdict(&["x-a x-a"]), [Verdict::Denied(Denial::HeaderList)]);
    assert_eq!(verdict(&["x-a,x-b"]), [Verdict::Denied(Denial::Header)]);
    assert_eq!(verdict(&[&",".repeat(16)]), [Verdict::Denied(Denial::HeaderList)]);
}
