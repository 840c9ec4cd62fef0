//! The path patterns of `[[cors.paths]]` groups.
//!
//! `/api/health` matches one path, `*` or a name such as `{tenant}` matches one whole
//! segment, and a final `/**` matches the path itself and everything below. If several groups match a path, the
//! most specific one applies.
//!
//! Patterns are compared with decoded paths. An escape in a pattern is accepted only
//! where the decoded text would be read as pattern syntax: `/users/%3Abatch` is the
//! literal path `/users/:batch`.

mod index;
mod pairs;
mod parameter;
mod pattern_text;

use core::fmt;

pub(crate) use self::index::PatternIndex;
pub use self::pairs::pairs_of_groups;
pub(crate) use self::parameter::segment_in_route;
pub use self::pattern_text::routed_path;
use self::pattern_text::{PatternText, no_path};
use super::foreign_path::{self, spell_path_segment};
use crate::problem::{Problem, Source};

/// A pattern that matches request paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    segments: Vec<Segment>,
    everything_below: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    /// Any segment, with its name if it has one: `*` or `{tenant}`.
    Any(Option<Box<str>>),
}

impl PathPattern {
    /// Parses a pattern in `[[cors.paths]]`.
    pub(crate) fn parse(text: &str, place: &Source) -> Result<Self, Problem> {
        let Some(path) = text.strip_prefix('/') else {
            return Err(no_path(text, place));
        };
        let (path, everything_below) = match path.strip_suffix("**") {
            Some("") => ("", true),
            Some(rest) if rest.ends_with('/') => (&path[..path.len() - 3], true),
            _ => (path, false),
        };
        if text == "/**" {
            return Ok(Self { segments: Vec::new(), everything_below });
        }
        let written = foreign_path::split(path);
        let pattern = PatternText { text, place, segments: &written, everything_below };
        let segments: Result<_, _> = (0..written.len()).map(|at| pattern.segment(at)).collect();
        Ok(Self { segments: segments?, everything_below })
    }

    /// Whether the pattern matches the path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let mut rest = path.strip_prefix('/').unwrap_or(path).split('/');
        let prefix = self.segments.iter().all(|segment| match (segment, rest.next()) {
            (Segment::Any(_), Some(part)) => !part.is_empty(),
            (Segment::Literal(literal), Some(part)) => is_same_segment(literal, part),
            (_, None) => false,
        });
        prefix && (self.everything_below || rest.next().is_none())
    }

    /// The specificity of the pattern; a greater value is more specific.
    pub(crate) fn specificity(&self) -> (usize, bool, usize) {
        let literals = self.segments.iter().filter(|s| matches!(s, Segment::Literal(_))).count();
        (literals, !self.everything_below, self.segments.len())
    }

    /// Whether some path matches both patterns.
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

    /// Whether the pattern matches every path that a route with the pattern `route`
    /// serves. In doubt, the answer is no.
    pub(crate) fn contains_all(&self, route: &str) -> bool {
        let mut mine = self.segments.iter();
        for part in split_route(route) {
            let covered = match mine.next() {
                None => return self.everything_below,
                Some(Segment::Any(_)) => !part.is_empty() && !spans_segments(part),
                Some(Segment::Literal(literal)) => **literal == *part,
            };
            if !covered {
                return false;
            }
        }
        mine.next().is_none()
    }

    /// Whether a route with the pattern `route`, such as `/api/{tenant}/users`, may
    /// serve a path that this pattern matches.
    ///
    /// In doubt, the answer is yes: a route parameter with a regular expression may
    /// match anything.
    pub(crate) fn may_contain(&self, route: &str) -> bool {
        let mut mine = self.segments.iter();
        for part in split_route(route) {
            if spans_segments(part) {
                return true;
            }
            match mine.next() {
                None => return self.everything_below,
                Some(Segment::Any(_)) => {}
                Some(Segment::Literal(literal)) => {
                    if !part.contains('{') && !is_same_segment(literal, part) {
                        return false;
                    }
                }
            }
        }
        mine.next().is_none()
    }
}

/// Whether a segment of a path equals this literal. Routing leaves some escapes, whose
/// case is not significant (RFC 3986, section 6.2.2.1): `%2f` is `%2F`.
fn is_same_segment(literal: &str, part: &str) -> bool {
    literal == part
        || literal.len() == part.len()
            && literal.contains('%')
            && upper_case_escapes(part) == *literal
}

/// The text with the escapes that routing leaves in upper case.
fn upper_case_escapes(text: &str) -> String {
    text.replace("%2f", "%2F").replace("%2b", "%2B")
}

/// Whether a part of a route pattern may match several segments, or has its own regular
/// expression.
fn spans_segments(part: &str) -> bool {
    part.contains('{') && part.contains(':') || part.ends_with('*')
}

/// Splits a route pattern into segments.
///
/// A regular expression may contain a slash; the part before that slash contains the
/// brace and the colon, by which [`spans_segments`] recognises it.
fn split_route(route: &str) -> impl Iterator<Item = &str> {
    route.strip_prefix('/').unwrap_or(route).split('/')
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => write!(f, "/{}", spell_path_segment(literal))?,
                Segment::Any(None) => f.write_str("/*")?,
                Segment::Any(Some(name)) => write!(f, "/{{{name}}}")?,
            }
        }
        if self.everything_below { f.write_str("/**") } else { Ok(()) }
    }
}

/// Whether a group of paths contains a path, by its pattern as in `[[cors.paths]]`; `false` for
/// text that is no pattern.
///
/// ```
/// assert!(cors_core::is_in_group("/api/orders/7", "/api/**"));
/// assert!(!cors_core::is_in_group("/apix", "/api/**"));
/// ```
#[must_use]
pub fn is_in_group(path: &str, pattern: &str) -> bool {
    PathPattern::parse(pattern, &Source::BASELINE).is_ok_and(|pattern| pattern.matches(path))
}

#[cfg(test)]
mod tests {
    use super::pattern_text::BY_NAME;
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
            ("/t/{tenant}/admin", "/t/acme/admin", true),
            ("/t/{tenant}/admin", "/t//admin", false),
            ("/t/{tenant}/**", "/t/acme", true),
            ("/health", "/health", true),
            ("/health", "/health/", false),
            ("/", "/", true),
            ("/", "/a", false),
        ] {
            assert_eq!(pattern(text).matches(path), expected, "{text} on {path}");
        }
    }

    #[test]
    fn invalid_patterns_are_reported_with_the_reason() {
        for (text, message) in [
            ("api", "`api` is not a path: paths begin with `/`"),
            ("/a/**/b", "`**` in `/a/**/b` is not at the end"),
            (
                "/assets/**/*.woff2",
                "`/assets/**/*.woff2` selects by the end of a path, but a group matches whole \
                 segments from the beginning",
            ),
            (
                "/a/b**",
                "`*` in `/a/b**` is next to other text, but it only matches a whole segment",
            ),
            (
                "/a/<id>",
                "`<id>` in `/a/<id>` is a route parameter, which never matches a path literally: \
                 the group would not apply to the intended paths",
            ),
            ("/a?b", "`/a?b` contains more than a path"),
            ("/a/, /b", "`/a/, /b` looks like several paths in one string"),
            (
                "https://a.example/x",
                "`https://a.example/x` is a URL, but a group matches the path only",
            ),
        ] {
            let problem = PathPattern::parse(text, &Source::BASELINE).unwrap_err();
            assert_eq!(problem.message(), message);
        }
    }

    #[test]
    fn help_names_the_wildcard_and_the_literal() {
        let literal = |text: &str| format!("; to match this text literally, write `{text}`");
        for (text, help) in [
            ("/x/:id", format!("write `/x/*`{}", literal("/x/%3Aid"))),
            (
                "/x/.*",
                format!(
                    "write `/x/*` for any segment there, or `/x/**` for everything below, if that \
                     is meant; else list the paths{}",
                    literal("/x/%2E%2A")
                ),
            ),
            ("/a/**/*.woff2", BY_NAME.to_owned()),
            ("/a/*.woff2", format!("{BY_NAME}{}", literal("/a/%2A.woff2"))),
            (
                "/a/**/b",
                "write `/a/*/b` for one segment there, and a list for several depths".to_owned(),
            ),
            ("/a/a:id/<id>/**", format!("write `/a/a:id/*/**`{}", literal("/a/a:id/%3Cid%3E/**"))),
            (
                "/x/(a|b)",
                format!(
                    "write a list of paths, or a separate group for each{}",
                    literal("/x/%28a%7Cb%29")
                ),
            ),
            ("^/x$", "write `/x`".to_owned()),
            ("/x/**/", "write `/x/**`".to_owned()),
            ("/**/", "write `/**`".to_owned()),
            ("/x/**/*", "write `/x/**`".to_owned()),
            ("/x/***", "write `/x/**`".to_owned()),
            ("", "write `/**` for every path, or `/` for that path alone".to_owned()),
            (
                "!/admin/**",
                "configure another group for the paths that are excluded: the more specific group \
                 applies"
                    .to_owned(),
            ),
            ("^/x/.*$", "write `/x/**`".to_owned()),
            ("https://a.example/x/**", "write `/x/**`".to_owned()),
            ("/a%20b/%69", "write `/a b/i`".to_owned()),
        ] {
            let problem = PathPattern::parse(text, &Source::BASELINE).unwrap_err();
            assert_eq!(problem.help(), Some(&*help), "{text}");
        }
    }

    /// A wildcard for one segment would leave everything deeper out of the group.
    #[test]
    fn a_parameter_for_several_segments_is_not_replaced_by_a_wildcard_for_one() {
        for last in [
            "{tail:.*}",
            "{tail:.+}",
            "{tail:.*?}",
            "{t:(?s).*}",
            "{tail}*",
            "{*tail}",
            "{**tail}",
            "<tail..>",
            "<path:tail>",
            "{tail:path}",
            "{tail...}",
            ":tail*",
            ":tail+",
            "{t:[a-z/]+}",
            "{t:[^/]+(/[^/]+)*}",
            ":tail(.*)",
        ] {
            let problem = PathPattern::parse(&format!("/x/{last}"), &Source::BASELINE).unwrap_err();
            let help = problem.help().unwrap();
            assert!(help.starts_with("write `/x/**`, which applies to everything below"), "{help}");
            let problem =
                PathPattern::parse(&format!("/x/{last}/y"), &Source::BASELINE).unwrap_err();
            assert!(problem.help().unwrap().starts_with("write a list of paths"), "{last}");
        }
        for one in ["{id:[^/]+}", "{id:[^/]*}", "{id:[^/]{1,9}}", r"{id:\d+}", ":id", "<int:id>"] {
            for below in ["", "/y", "/**"] {
                let text = format!("/x/{one}{below}");
                let problem = PathPattern::parse(&text, &Source::BASELINE).unwrap_err();
                let help = problem.help().unwrap();
                assert!(help.starts_with(&format!("write `/x/*{below}`")), "{text}: {help}");
                let literal = help.rsplit('`').nth(1).unwrap();
                assert!(PathPattern::parse(literal, &Source::BASELINE).is_ok(), "{literal}");
            }
        }
    }

    #[test]
    fn an_escape_makes_pattern_syntax_literal() {
        for (text, path) in [
            ("/users/%3Abatch", "/users/:batch"),
            ("/odata/%24metadata", "/odata/$metadata"),
            ("/%2A/x", "/*/x"),
            ("/%2A%2A", "/**"),
            ("/%7Bid%7D/**", "/{id}/x"),
            ("/why%3F", "/why?"),
            ("/%2E+", "/.+"),
        ] {
            assert!(pattern(text).matches(path), "{text} on {path}");
            assert!(!pattern(text).matches("/other/x"), "{text}");
            assert_eq!(pattern(text).to_string(), text, "as it was written");
        }
    }

    #[test]
    fn escapes_left_by_routing_match_case_insensitively() {
        for written in ["/a%2Fb", "/a%2fb"] {
            assert!(pattern(written).matches("/a%2Fb"));
            assert!(pattern(written).matches("/a%2fb"));
            assert!(pattern(written).may_contain("/a%2fb"));
            assert!(!pattern(written).matches("/A%2Fb"));
            assert_eq!(
                pattern(written),
                pattern("/a%2Fb"),
                "equal patterns must be found to be ambiguous"
            );
        }
    }

    #[test]
    fn a_group_may_contain_paths_of_a_route() {
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
    fn a_group_may_contain_all_paths_of_a_route() {
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
    fn a_narrower_pattern_is_more_specific() {
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
