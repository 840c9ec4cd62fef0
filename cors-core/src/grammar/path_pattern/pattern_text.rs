//! Parsing a path pattern, segment by segment, and what to write instead of what other
//! matchers read.

use percent_encoding::percent_decode_str;

use super::super::foreign_path::{ForeignSyntax, is_splat, spans_segments, spell_path_segment};
use super::{PathPattern, Segment, upper_case_escapes};
use crate::problem::{Code, Problem, Source};

/// A pattern in the form in which it was written, while it is parsed.
pub(super) struct PatternText<'p> {
    pub(super) text: &'p str,
    pub(super) place: &'p Source,
    pub(super) segments: &'p [&'p str],
    pub(super) everything_below: bool,
}

impl PatternText<'_> {
    pub(super) fn segment(&self, at: usize) -> Result<Segment, Problem> {
        let (text, segment) = (self.text, self.segments[at]);
        let is_last = at + 1 == self.segments.len() && !self.everything_below;
        match segment {
            "*" => return Ok(Segment::Any(None)),
            _ if segment.len() > 1 && segment.trim_matches('*').is_empty() => {
                let after = &self.segments[at + 1..];
                if after.iter().all(|segment| segment.trim_matches('*').is_empty()) {
                    return Err(self.problem(
                        format!("`**` in `{text}` is not at the end"),
                        format!("write `{}`", self.everything_at(at)),
                    ));
                }
                let last = self.segments.last().copied().and_then(ForeignSyntax::find);
                return Err(match last {
                    Some(ForeignSyntax::PartialWildcard) => self.problem(
                        format!(
                            "`{text}` selects by the end of a path, but a group matches whole \
                             segments from the beginning"
                        ),
                        BY_NAME,
                    ),
                    _ => self.problem(
                        format!("`**` in `{text}` is not at the end"),
                        format!(
                            "write `{}` for one segment there, and a list for several depths",
                            self.with_segment(at, "*")
                        ),
                    ),
                });
            }
            "." | ".." => return Err(self.dots(segment)),
            _ if !is_last && segment.ends_with([',', ';', ' ', '\t', '\n', '\r']) => {
                return Err(self.problem(
                    format!("`{}` looks like several paths in one string", text.escape_debug()),
                    "write a list of paths, or a separate group for each",
                ));
            }
            _ => {}
        }
        if let Some(name) = parameter(segment) {
            if self.segments[..at].contains(&segment) {
                return Err(self.problem(
                    format!("`{segment}` is in `{text}` twice, but a name is that of one segment"),
                    format!("write `{}`", self.with_segment(at, "*")),
                ));
            }
            return Ok(Segment::Any(Some(name.into())));
        }
        if let Some(syntax) = ForeignSyntax::find(segment) {
            return Err(self.foreign(at, syntax));
        }
        let literal = decoded(segment);
        if literal == segment || ForeignSyntax::find(&literal).is_some() {
            return Ok(Segment::Literal(upper_case_escapes(&literal).into()));
        }
        if matches!(&*literal, "." | "..") {
            return Err(self.dots(segment));
        }
        Err(self.problem(
            format!("`{text}` never matches: paths are decoded before they are compared"),
            written(&self.with_all_decoded()),
        ))
    }

    fn foreign(&self, at: usize, syntax: ForeignSyntax) -> Problem {
        let (text, segment) = (self.text, self.segments[at]);
        let one = self.with_segment(at, "*");
        let is_last = at + 1 == self.segments.len();
        let (message, instead) = match syntax {
            ForeignSyntax::PartialWildcard => (
                format!(
                    "`*` in `{text}` is next to other text, but it only matches a whole segment"
                ),
                match is_splat(segment) && is_last {
                    true => format!(
                        "write `{}` if it stands for everything below; else {BY_NAME}",
                        self.everything_at(at)
                    ),
                    false => BY_NAME.to_owned(),
                },
            ),
            ForeignSyntax::Query => (
                format!("`{text}` contains more than a path"),
                "remove everything from `?` or `#` on".to_owned(),
            ),
            _ => (
                format!(
                    "`{segment}` in `{text}` is {}, which never matches a path literally: the group \
                     would not apply to the intended paths",
                    syntax.description()
                ),
                match syntax {
                    _ if segment.starts_with('!') => {
                        "configure another group for the paths that are excluded: the more \
                         specific group applies"
                            .to_owned()
                    }
                    // A wildcard would apply to paths that begin otherwise, too.
                    _ if segment.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
                        BY_NAME.to_owned()
                    }
                    // A wildcard for one segment would leave out what lies deeper.
                    ForeignSyntax::Parameter if spans_segments(segment) => match is_last {
                        true => {
                            format!(
                                "write `{}`, which applies to everything below",
                                self.everything_at(at)
                            )
                        }
                        false => {
                            "write a list of paths, or a separate group for each depth".to_owned()
                        }
                    },
                    ForeignSyntax::Alternatives => {
                        "write a list of paths, or a separate group for each".to_owned()
                    }
                    ForeignSyntax::Expression if !self.everything_below => {
                        let below = self.everything_at(at);
                        format!(
                            "write `{one}` for any segment there, or `{below}` for everything \
                             below, if that is meant; else list the paths"
                        )
                    }
                    _ => format!("write `{one}`"),
                },
            ),
        };
        let literal = self.with_segment(at, &spell_path_segment(segment));
        self.problem(message, format!("{instead}; to match this text literally, write `{literal}`"))
    }

    fn dots(&self, segment: &str) -> Problem {
        self.problem(
            format!("browsers resolve `{segment}` before they send a request"),
            "write the resolved path",
        )
    }

    /// The pattern with the segment at `at` replaced.
    fn with_segment(&self, at: usize, other: &str) -> String {
        let mut text = String::new();
        for (index, segment) in self.segments.iter().enumerate() {
            text.push('/');
            text.push_str(if index == at { other } else { segment });
        }
        if self.everything_below {
            text.push_str("/**");
        }
        text
    }

    /// The pattern with everything below in the place of the segment at `at` and those after it.
    fn everything_at(&self, at: usize) -> String {
        let above: String = self.segments[..at].iter().map(|it| format!("/{it}")).collect();
        format!("{above}/**")
    }

    /// The pattern with every segment as routing sees it.
    fn with_all_decoded(&self) -> String {
        let mut text: String = self.segments.iter().map(|it| format!("/{}", decoded(it))).collect();
        if self.everything_below {
            text.push_str("/**");
        }
        text
    }

    fn problem(&self, message: String, help: impl Into<String>) -> Problem {
        Problem::error(Code::BAD_PATH_PATTERN, self.place, message).with_help(help)
    }
}

/// What to write instead of a part of a name: a wildcard would apply to other paths, too.
pub(super) const BY_NAME: &str = "list the paths that are meant, or serve them below a path of their own, as in \
                       `/fonts/**`; `*` or `**` would apply to everything else there, too";

/// The name in a segment such as `{tenant}`.
fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (begins && name.chars().all(is_word)).then_some(name)
}

/// Reports a pattern that does not begin with a slash.
pub(super) fn no_path(text: &str, place: &Source) -> Problem {
    let problem =
        |message, help| Problem::error(Code::BAD_PATH_PATTERN, place, message).with_help(help);
    if let Some((_, rest)) = text.split_once("://") {
        let path = rest.split_once('/').map_or("**", |(_, path)| path);
        return problem(
            format!("`{text}` is a URL, but a group matches the path only"),
            written(&format!("/{path}")),
        );
    }
    if let Some(rest) = text.trim_start_matches(['^', '~', ' ', '!']).strip_prefix('/')
        && rest.len() + 1 < text.len()
    {
        return problem(
            format!(
                "`{text}` uses the syntax of another matcher: a path begins with `/`, and \
                 regular expressions and exclusions are not supported"
            ),
            match text.starts_with('!') {
                true => "configure another group for the paths that are excluded: the more \
                         specific group applies"
                    .to_owned(),
                false => {
                    let path = rest.trim_end_matches('$');
                    let below = path.strip_suffix("/.*").map(|above| format!("{above}/**"));
                    written(&format!("/{}", below.as_deref().unwrap_or(path)))
                }
            },
        );
    }
    if text.trim().is_empty() {
        let help = "write `/**` for every path, or `/` for that path alone";
        return problem(
            "an empty text is not a path: paths begin with `/`".to_owned(),
            help.to_owned(),
        );
    }
    let path = text.trim_start_matches("./");
    problem(
        format!("`{}` is not a path: paths begin with `/`", text.escape_debug()),
        written(&format!("/{path}")),
    )
}

/// Proposes the pattern, if it is accepted.
fn written(pattern: &str) -> String {
    match PathPattern::parse(pattern, &Source::BASELINE) {
        Ok(_) => format!("write `{pattern}`"),
        Err(_) => {
            "a path pattern is a path such as `/api/users`, in which `*` is any segment, and \
                   `/**` at the end everything below"
                .to_owned()
        }
    }
}

/// The path that groups and routes are compared with, for one as a browser sends it: routing
/// decodes its escapes, but leaves `%2F`, `%2B`, `%25` and invalid ones unchanged (RFC 3986,
/// section 2.1).
///
/// ```
/// assert_eq!(cors_core::routed_path("/%61pi/a%2Fb"), "/api/a%2Fb");
/// ```
#[must_use]
pub fn routed_path(path: &str) -> String {
    decoded(path)
}

fn decoded(segment: &str) -> String {
    let mut protected = segment.to_owned();
    // `%25` comes first: the others are protected by writing their `%` as `%25`.
    for left in ["%25", "%2F", "%2f", "%2B", "%2b"] {
        protected = protected.replace(left, &left.replace('%', "%25"));
    }
    percent_decode_str(&protected).decode_utf8_lossy().into_owned()
}
