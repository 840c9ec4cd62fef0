//! The paths that a group of `[[cors.paths]]` is about.
//!
//! `/api/health` is one path, `*` stands for one whole segment, and a final
//! `/**` for everything below and the path itself. Of several groups that match
//! a path, the most specific one counts.

use core::fmt;

use crate::problem::{Code, Problem, Source};

/// A pattern over request paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    segments: Vec<Segment>,
    everything_below: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Any,
}

impl PathPattern {
    /// A pattern from what a person wrote.
    pub(crate) fn parse(text: &str, place: &Source) -> Result<Self, Problem> {
        let problem = |message: String, help: String| {
            Err(Problem::error(Code::BAD_PATH_PATTERN, place, message).with_help(help))
        };
        let Some(path) = text.strip_prefix('/') else {
            let path = text.trim_start_matches("./");
            return problem(
                format!("`{text}` is not a path: a path begins with `/`"),
                format!("write `/{path}`"),
            );
        };
        let (path, everything_below) = match path.strip_suffix("**") {
            Some("") => ("", true),
            Some(rest) if rest.ends_with('/') => (&path[..path.len() - 3], true),
            _ => (path, false),
        };
        if text == "/**" {
            return Ok(Self { segments: Vec::new(), everything_below });
        }
        let mut segments = Vec::new();
        for segment in path.split('/') {
            segments.push(match segment {
                "*" => Segment::Any,
                "**" => {
                    return problem(
                        format!("`**` in `{text}` is not at the end"),
                        "end the pattern with `/**`, or write `*` for one segment".to_owned(),
                    );
                }
                _ if segment.contains('*') => {
                    return problem(
                        format!(
                            "`*` in `{text}` stands for a whole segment, not for a part of one"
                        ),
                        format!("write `{}`", text.replace(segment, "*")),
                    );
                }
                _ if segment.contains(['{', '}']) => {
                    return problem(
                        format!("`{segment}` in `{text}` is a route parameter, not a path"),
                        format!("write `{}`", text.replace(segment, "*")),
                    );
                }
                _ if segment.contains(['?', '#']) => {
                    return problem(
                        format!("`{text}` holds more than a path"),
                        "leave out what follows `?` or `#`".to_owned(),
                    );
                }
                "." | ".." => {
                    return problem(
                        format!("browsers resolve `{segment}` before they ask for a path"),
                        "write the path that it leads to".to_owned(),
                    );
                }
                _ if decoded(segment) != segment => {
                    return problem(
                        format!("`{text}` is compared with paths whose escapes were decoded"),
                        format!("write `{}`", text.replace(segment, &decoded(segment))),
                    );
                }
                _ => Segment::Literal(segment.into()),
            });
        }
        Ok(Self { segments, everything_below })
    }

    /// Whether the path belongs to the group.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let mut rest = path.strip_prefix('/').unwrap_or(path).split('/');
        let prefix = self.segments.iter().all(|segment| match (segment, rest.next()) {
            (Segment::Any, Some(part)) => !part.is_empty(),
            (Segment::Literal(literal), Some(part)) => **literal == *part,
            (_, None) => false,
        });
        prefix && (self.everything_below || rest.next().is_none())
    }

    /// How narrow the pattern is: the greater, the narrower.
    pub(crate) fn specificity(&self) -> (usize, bool, usize) {
        let literals = self.segments.iter().filter(|s| matches!(s, Segment::Literal(_))).count();
        (literals, !self.everything_below, self.segments.len())
    }

    /// Whether some path belongs to both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let common = self.segments.iter().zip(&other.segments).all(|pair| match pair {
            (Segment::Literal(mine), Segment::Literal(theirs)) => mine == theirs,
            _ => true,
        });
        common
            && match self.segments.len().cmp(&other.segments.len()) {
                core::cmp::Ordering::Less => self.everything_below,
                core::cmp::Ordering::Equal => true,
                core::cmp::Ordering::Greater => other.everything_below,
            }
    }

    /// Whether every path that a route of the pattern `route` serves is in the
    /// group. Errs on the side of no.
    pub(crate) fn contains_all(&self, route: &str) -> bool {
        let mut mine = self.segments.iter();
        for part in split_route(route) {
            let covered = match mine.next() {
                None => return self.everything_below,
                Some(Segment::Any) => !part.is_empty() && !spans_segments(part),
                Some(Segment::Literal(literal)) => **literal == *part,
            };
            if !covered {
                return false;
            }
        }
        mine.next().is_none()
    }

    /// Whether a route of the pattern `route`, such as `/api/{tenant}/users`,
    /// may serve a path of this group.
    ///
    /// Errs on the side of yes: a parameter with a regular expression of its
    /// own may stand for anything.
    pub(crate) fn may_contain(&self, route: &str) -> bool {
        let mut mine = self.segments.iter();
        for part in split_route(route) {
            if spans_segments(part) {
                return true;
            }
            match mine.next() {
                None => return self.everything_below,
                Some(Segment::Any) => {}
                Some(Segment::Literal(literal)) => {
                    if !part.contains('{') && **literal != *part {
                        return false;
                    }
                }
            }
        }
        mine.next().is_none()
    }
}

/// Whether a part of a route pattern may stand for several segments, or for
/// something that only its regular expression tells.
fn spans_segments(part: &str) -> bool {
    part.contains('{') && part.contains(':') || part.ends_with('*')
}

/// A segment as it comes out of routing: `%2F`, `%2B` and `%25` stay as they are
/// there, and so does what is no escape (RFC 3986, section 2.1).
fn decoded(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if !b"/+%".contains(&byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            _ => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The segments of a route pattern.
///
/// A regular expression may hold a slash, too: what stands before it has the brace
/// and the colon already, by which [`spans_segments`] tells it.
fn split_route(route: &str) -> impl Iterator<Item = &str> {
    route.strip_prefix('/').unwrap_or(route).split('/')
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => write!(f, "/{literal}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        if self.everything_below { f.write_str("/**") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &'static str) -> PathPattern {
        PathPattern::parse(text, &Source::BASELINE).unwrap()
    }

    #[test]
    fn a_pattern_matches_whole_segments() {
        for (text, path, expected) in [
            ("/api/**", "/api", true),
            ("/api/**", "/api/", true),
            ("/api/**", "/api/a/b", true),
            ("/api/**", "/apix", false),
            ("/**", "/", true),
            ("/**", "/a/b", true),
            ("/api/*/admin", "/api/acme/admin", true),
            ("/api/*/admin", "/api//admin", false),
            ("/api/*/admin", "/api/acme/admin/x", false),
            ("/api/*", "/api", false),
            ("/health", "/health", true),
            ("/health", "/health/", false),
            ("/", "/", true),
            ("/", "/a", false),
        ] {
            assert_eq!(pattern(text).matches(path), expected, "{text} on {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_why() {
        for (text, message) in [
            ("api", "`api` is not a path: a path begins with `/`"),
            ("/a/**/b", "`**` in `/a/**/b` is not at the end"),
            ("/a/b**", "`*` in `/a/b**` stands for a whole segment, not for a part of one"),
            ("/a/{id}", "`{id}` in `/a/{id}` is a route parameter, not a path"),
            ("/a?b", "`/a?b` holds more than a path"),
        ] {
            let problem = PathPattern::parse(text, &Source::BASELINE).unwrap_err();
            assert_eq!(problem.message(), message);
        }
    }

    #[test]
    fn a_route_may_lie_in_a_group() {
        for (text, route, expected) in [
            ("/api/**", "/api/{tenant}/users", true),
            ("/api/acme/**", "/api/{tenant}/users", true),
            ("/api/acme/**", "/api/other/users", false),
            ("/api/*/users", "/api/{tenant}/users", true),
            ("/api/*/users", "/api/{tenant}/orders", false),
            ("/api/*/users", "/api/{tail:.*}", true),
            ("/api/*/users", "/api/{tail}*", true),
            ("/api/x", "/api/{tail:a/b}", true),
            ("/api/x/**", "/api/v{tail:[0-9]{1,2}/b}", true),
            ("/api/x", "/api/{a}-{b}", true),
            ("/health", "/", false),
            ("/", "/", true),
            ("/a/{b}", "/x", false),
        ] {
            let Ok(parsed) = PathPattern::parse(text, &Source::BASELINE) else { continue };
            assert_eq!(parsed.may_contain(route), expected, "{text} with {route}");
        }
    }

    #[test]
    fn a_route_may_lie_wholly_in_a_group() {
        for (text, route, expected) in [
            ("/api/**", "/api/{tenant}/users", true),
            ("/api/**", "/api", true),
            ("/api/**", "/api/{tail:.*}", true),
            ("/api/acme/**", "/api/{tenant}/users", false),
            ("/api/*/users", "/api/{tenant}/users", true),
            ("/api/*/users", "/api/{tenant:.*}/users", false),
            ("/api/*", "/api/{tail}*", false),
            ("/api/*", "/api/{tail:a/b}", false),
            ("/api/*/*", "/api/{tail:a/b}", false),
            ("/api/**", "/api/{tail:a/b}", true),
            ("/**", "/{anything}*", true),
        ] {
            assert_eq!(pattern(text).contains_all(route), expected, "{text} with {route}");
        }
    }

    #[test]
    fn the_narrower_pattern_is_more_specific() {
        for (narrow, wide) in [
            ("/api/acme", "/api/*"),
            ("/api/*", "/api/**"),
            ("/api/a/**", "/api/**"),
            ("/api/*/admin", "/api/**"),
            ("/api/*/**", "/api/**"),
        ] {
            assert!(pattern(narrow).specificity() > pattern(wide).specificity(), "{narrow} {wide}");
            assert!(pattern(narrow).overlaps(&pattern(wide)), "{narrow} {wide}");
        }
        assert!(!pattern("/a/**").overlaps(&pattern("/b/**")));
        assert!(!pattern("/a/*").overlaps(&pattern("/a")));
    }
}
