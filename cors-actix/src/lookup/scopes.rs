//! How much of a path the scopes around a route take, as actix matches: one scope
//! after the other, each taking what its own pattern takes first.
//!
//! Only the pattern of all scopes together is known, not where one ends and the
//! next begins. That makes no difference unless a parameter may contain a slash;
//! then every way to divide the pattern counts.

use actix_web::dev::ResourceDef;

use crate::registration::{anonymous, parameter_end};

/// actix's limit for one pattern; several in a row may have more.
pub(super) const MAX_PARAMETERS: usize = 16;

/// The scopes around a route and the pattern of the route itself.
#[derive(Debug)]
pub(super) enum RoutePath {
    /// No scope has a parameter that may contain a slash: one pattern for all.
    Joined {
        whole: ResourceDef,
        /// `None` outside of all scopes.
        scopes: Option<ResourceDef>,
    },
    /// Where one scope may end and the next begin is not known for all: the ways to
    /// divide the pattern of the scopes, and what the route matches of the rest.
    Divided { divisions: Vec<Vec<ResourceDef>>, local: ResourceDef },
    /// The ways are too many, or not known: any path below the literal beginning.
    Unclear { below: ResourceDef },
}

/// Whether a path is one of a route's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathMatch {
    No,
    /// The answer depends on where a scope ends.
    Perhaps,
    Yes,
}

impl RoutePath {
    pub(super) fn new(scopes: &str, local: &str) -> Self {
        let pattern = format!("{scopes}{local}");
        let (whole, parameters) = anonymous(&pattern);
        let divisions = divisions(scopes);
        if parameters > MAX_PARAMETERS || divisions.is_none() {
            let literal = pattern.split('{').next().unwrap_or_default();
            let (segments, _) = literal.rsplit_once('/').unwrap_or_default();
            return Self::Unclear { below: ResourceDef::prefix(segments.to_owned()) };
        }
        let prefix = |scope: &str| ResourceDef::prefix(anonymous(scope).0);
        match divisions.filter(|divisions| !divisions.is_empty()) {
            None => Self::Joined {
                whole: ResourceDef::new(whole),
                scopes: (!scopes.is_empty()).then(|| prefix(scopes)),
            },
            Some(divisions) => {
                let divide = |parts: Vec<&str>| parts.into_iter().map(prefix).collect();
                Self::Divided {
                    divisions: divisions.into_iter().map(divide).collect(),
                    local: ResourceDef::new(anonymous(local).0),
                }
            }
        }
    }

    pub(super) fn matches(&self, path: &str) -> PathMatch {
        match self {
            Self::Joined { whole, .. } if whole.is_match(path) => PathMatch::Yes,
            Self::Joined { .. } => PathMatch::No,
            Self::Divided { divisions, local } => {
                let is_match = |scopes: &Vec<ResourceDef>| {
                    taken(scopes, path).is_some_and(|length| local.is_match(&path[length..]))
                };
                match divisions.iter().filter(|scopes| is_match(scopes)).count() {
                    0 => PathMatch::No,
                    matching if matching == divisions.len() => PathMatch::Yes,
                    _ => PathMatch::Perhaps,
                }
            }
            Self::Unclear { below } if below.is_match(path) => PathMatch::Perhaps,
            Self::Unclear { .. } => PathMatch::No,
        }
    }

    /// How much of the path the scopes take, if that is certain.
    pub(super) fn scopes_length(&self, path: &str) -> Option<usize> {
        match self {
            Self::Joined { scopes: None, .. } => Some(0),
            Self::Joined { scopes: Some(scopes), .. } => scopes.find_match(path),
            Self::Divided { divisions, .. } => {
                let mut lengths = divisions.iter().map(|scopes| taken(scopes, path));
                let first = lengths.next()?;
                lengths.all(|length| length == first).then_some(first)?
            }
            Self::Unclear { .. } => None,
        }
    }

    /// Whether a scope takes a part of the path that depends on what follows: then a
    /// path that is made up for the scopes shows nothing about another one.
    pub(super) const fn depends_on_rest(&self) -> bool {
        !matches!(self, Self::Joined { .. })
    }
}

/// How much of a path the scopes take, one after the other.
fn taken(scopes: &[ResourceDef], path: &str) -> Option<usize> {
    scopes.iter().try_fold(0, |length, scope| Some(length + scope.find_match(&path[length..])?))
}

/// Where a scope may end: at the end of the pattern, and before each slash outside of
/// parameters, the first one included.
pub(super) fn segment_ends(scopes: &str) -> impl Iterator<Item = usize> {
    let slashes = scopes.match_indices('/').map(|(at, _)| at);
    let is_outside = |end: &usize| {
        let outer = &scopes[..*end];
        outer.matches('{').count() == outer.matches('}').count()
    };
    slashes.filter(is_outside).chain([scopes.len()])
}

/// The ways to divide a pattern into scopes, as far as they differ in what they
/// match; none if all match alike, and `None` if there are too many to try.
fn divisions(scopes: &str) -> Option<Vec<Vec<&str>>> {
    const MOST: usize = 4;
    let mut ends = Vec::new();
    let mut may_hold_slash = false;
    let (mut at, mut rest) = (0, scopes);
    while let Some(next) = rest.find(['{', '/']) {
        at += next;
        if scopes[at..].starts_with('/') {
            if may_hold_slash && at > 0 {
                ends.push(at);
            }
            at += 1;
        } else {
            let end = at + 1 + parameter_end(&scopes[at + 1..]);
            may_hold_slash |= may_contain_slash(&scopes[at + 1..end]);
            at = scopes.len().min(end + 1);
        }
        rest = &scopes[at..];
    }
    if !may_hold_slash {
        return Some(Vec::new());
    }
    if ends.len() > MOST {
        return None;
    }
    let divide = |chosen: usize| {
        let mut parts = Vec::new();
        let mut begin = 0;
        for (_, end) in ends.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1) {
            parts.push(&scopes[begin..*end]);
            begin = *end;
        }
        parts.push(&scopes[begin..]);
        parts
    };
    Some((0..1_usize << ends.len()).map(divide).collect())
}

/// Whether a parameter, given without its braces, may match a text with a slash.
///
/// Without an expression of its own it matches `[^/]+`. Of an expression only
/// what is certainly free of slashes counts as such.
pub(super) fn may_contain_slash(parameter: &str) -> bool {
    let Some((_, expression)) = parameter.split_once(':') else { return false };
    let mut rest = expression;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' => match rest.chars().next() {
                Some('d' | 'w' | 's' | '.' | '-' | '+' | '_') => rest = &rest[1..],
                _ => return true,
            },
            '[' => {
                let Some((class, after)) = rest.split_once(']') else { return true };
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.~:@!$,;=+ ".contains(c);
                let is_range = |text: &str| {
                    matches!(text, "a-z" | "A-Z" | "0-9" | "a-f" | "A-F" | "1-9" | "0-1")
                };
                let bytes = class.as_bytes();
                let mut at = 0;
                while at < bytes.len() {
                    match class.get(at..at + 3) {
                        Some(range) if is_range(range) => at += 3,
                        _ if bytes[at] == b'\\' => match bytes.get(at + 1) {
                            Some(b'd' | b'w' | b'-' | b'.') => at += 2,
                            _ => return true,
                        },
                        _ if is_plain(char::from(bytes[at])) => at += 1,
                        // A hyphen that ends the class is a hyphen.
                        _ if bytes[at] == b'-' && at + 1 == bytes.len() => at += 1,
                        _ => return true,
                    }
                }
                rest = after;
            }
            c if c.is_ascii_alphanumeric() || "_-~@+*?{},|()".contains(c) => {}
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_without_slashes_are_recognised() {
        for (parameter, expected) in [
            ("id", false),
            (r"id:\d+", false),
            ("id:[0-9]{1,3}", false),
            ("id:[a-z0-9-]+", false),
            (r"id:[\w.-]+", false),
            ("id:(a|b)", false),
            (r"id:v\d+(\.\d+)?", false),
            ("id:.*", true),
            ("id:[^/]+", true),
            ("id:[^x]+", true),
            (r"id:\S+", true),
            ("id:a/b", true),
            (r"id:[+-9]", true),
            (r"id:\x2f", true),
            ("id:[[:alpha:]]", true),
        ] {
            assert_eq!(may_contain_slash(parameter), expected, "{parameter}");
        }
    }

    #[test]
    fn routes_match_scope_by_scope() {
        let cases = [
            ("", "/a/{id}", "/a/1", PathMatch::Yes),
            ("/{t}", "/a", "/x/a", PathMatch::Yes),
            ("/{t}", "/{tail:.*}", "/x/a/b", PathMatch::Yes),
            ("/{p:[^/]+(/[^/]+)?}", "/raw", "/g/x/raw", PathMatch::Yes),
            ("/{p:[^/]+(/[^/]+)?}", "/{id}/raw", "/g/x/raw", PathMatch::No),
            ("/{p:[^/]+(/[^/]+)?}", "/{id}/raw", "/g/x/y/raw", PathMatch::Yes),
            // One scope with a literal at its end, or two: the first of two takes all.
            ("/{p:.*}/raw", "/a", "/g/raw/a", PathMatch::Perhaps),
            ("/{p:.*}/raw", "/a", "/g/a", PathMatch::No),
        ];
        for (scopes, local, path, expected) in cases {
            assert_eq!(RoutePath::new(scopes, local).matches(path), expected, "{scopes} {local}");
        }
    }

    #[test]
    fn scopes_may_end_at_each_segment() {
        let ends = |scopes| segment_ends(scopes).map(|end| &scopes[..end]).collect::<Vec<_>>();
        assert_eq!(ends("/x/{t:a/b}/v1"), ["", "/x", "/x/{t:a/b}", "/x/{t:a/b}/v1"]);
        assert_eq!(ends(""), [""]);
    }

    /// Against actix itself: a scope that takes a path does not give it back.
    #[test]
    fn a_match_is_what_actix_routes() {
        let scopes = ["/{p:[^/]+(/[^/]+)?}", "/{p:a|a/b}", "/{p:.*}", r"/{p:\d+}", "/{p:[^/]+}"];
        let locals = ["", "/raw", "/{id}", "/{id}/raw", "/{tail:.*}"];
        let paths = ["/a", "/a/b", "/a/raw", "/a/b/raw", "/a/b/c/raw", "/1/raw", "/1/2", "/"];
        for scope in scopes {
            for local in locals {
                for path in paths {
                    let rest = ResourceDef::prefix(scope).find_match(path);
                    let routed =
                        rest.is_some_and(|end| ResourceDef::new(local).is_match(&path[end..]));
                    let expected = if routed { PathMatch::Yes } else { PathMatch::No };
                    let found = RoutePath::new(scope, local).matches(path);
                    assert_eq!(found, expected, "{scope} {local} {path}");
                }
            }
        }
    }
}
