//! Finding the segment of a path that is the value of a parameter, in the pattern of a group
//! or a route.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{PathPattern, Segment};
use crate::expression::parse;

impl PathPattern {
    /// The segment that `parameter` matches, counted from 0.
    ///
    /// # Errors
    ///
    /// The reason why there is none, for a message.
    pub(crate) fn segment_of(&self, parameter: &str) -> Result<usize, String> {
        let is_it =
            |segment: &Segment| matches!(segment, Segment::Any(Some(name)) if **name == *parameter);
        only(self.segments.iter().enumerate().filter(|(_, segment)| is_it(segment)), || {
            format!("`{self}` has no parameter `{{{}}}`", parameter.escape_debug())
        })
    }
}

/// The segment that `parameter` matches in the pattern of a route, such as
/// `/t/{tenant}/orders/{id}`, counted from 0.
///
/// # Errors
///
/// The reason why it is no whole segment, or none at a known place, for a message.
pub(crate) fn segment_in_route(route: &str, parameter: &str) -> Result<usize, String> {
    let absent = || format!("`{route}` has no parameter `{{{}}}`", parameter.escape_debug());
    let Some(parts) = split(route) else { return Err(absent()) };
    let found = only(
        parts.iter().enumerate().filter(|(_, part)| name_of(part) == Some(parameter)),
        || match parts.iter().any(|part| part.contains(&format!("{{{parameter}"))) {
            true => format!("in `{route}` it is only a part of a segment"),
            false => absent(),
        },
    )?;
    match parts[..=found].iter().find(|part| !is_one_segment(part)) {
        Some(&"") => Err(format!("`{route}` has an empty segment before it")),
        Some(part) => Err(format!("`{part}` in `{route}` may match several segments")),
        None => Ok(found),
    }
}

fn only<T>(
    mut found: impl Iterator<Item = (usize, T)>,
    absent: impl FnOnce() -> String,
) -> Result<usize, String> {
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => Err(absent()),
        (Some(_), Some(_)) => Err("the path has two parameters of this name".to_owned()),
    }
}

/// Splits the pattern of a route at the slashes outside of braces; `None` if the braces do
/// not match.
fn split(route: &str) -> Option<Vec<&str>> {
    let route = route.strip_prefix('/').unwrap_or(route);
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (index, byte) in route.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.checked_sub(1)?,
            b'/' if depth == 0 => {
                parts.push(&route[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&route[start..]);
    (depth == 0).then_some(parts)
}

/// The name of the parameter that is the whole part: of `{tenant}` or `{tenant:[a-z]+}`.
fn name_of(part: &str) -> Option<&str> {
    let inner = part.strip_prefix('{')?.strip_suffix('}')?;
    let name = inner.split(':').next().unwrap_or_default();
    let is_one = match inner.split_once(':') {
        None => !inner.contains(['{', '}']),
        // `{a:x}-{b}` begins and ends with braces, too.
        Some((_, regex)) => parse(regex).is_ok(),
    };
    is_one.then_some(name)
}

/// Whether a part of a pattern matches exactly one segment: it has no tail, and no regular
/// expression in it matches a slash or nothing.
fn is_one_segment(part: &str) -> bool {
    if part.ends_with('*') {
        return false;
    }
    let Some((_, rest)) = part.split_once('{') else { return !part.is_empty() };
    match rest.strip_suffix('}').and_then(|inner| inner.split_once(':')) {
        Some((_, regex)) if name_of(part).is_some() => match parse(regex) {
            Ok(regex) => {
                !may_match_slash(&regex) && regex.properties().minimum_len().is_some_and(|n| n > 0)
            }
            Err(_) => false,
        },
        // A parameter without a regular expression is `[^/]+`.
        _ => !part.contains(':'),
    }
}

fn may_match_slash(regex: &Hir) -> bool {
    match regex.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&b'/'),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&'/'))
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&b'/'))
        }
        HirKind::Repetition(repetition) => may_match_slash(&repetition.sub),
        HirKind::Capture(capture) => may_match_slash(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(may_match_slash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    #[test]
    fn a_parameter_of_a_route_is_one_segment_at_a_known_place() {
        for (route, expected) in [
            ("/t/{tenant}/orders", Ok(1)),
            ("/{tenant}", Ok(0)),
            ("/{region}/v{n}/{tenant}/{tail}*", Ok(2)),
            ("/t/{tenant:[a-z0-9-]+}", Ok(1)),
            ("/{id:\\d{2,4}}/{tenant}", Ok(1)),
            ("/t/{id}/orders", Err("`/t/{id}/orders` has no parameter `{tenant}`")),
            ("/t/x-{tenant}", Err("in `/t/x-{tenant}` it is only a part of a segment")),
            ("/t/{tenant}-{id}", Err("in `/t/{tenant}-{id}` it is only a part of a segment")),
            ("/{tenant}/x/{tenant}", Err("the path has two parameters of this name")),
            ("/{a:.*}/{tenant}", Err("`{a:.*}` in `/{a:.*}/{tenant}` may match several segments")),
            ("/t/{tenant:.+}", Err("`{tenant:.+}` in `/t/{tenant:.+}` may match several segments")),
            (
                "/t/{tenant:[a-z]*}",
                Err("`{tenant:[a-z]*}` in `/t/{tenant:[a-z]*}` may match several segments"),
            ),
            (
                "/{a:x/y}/{tenant}",
                Err("`{a:x/y}` in `/{a:x/y}/{tenant}` may match several segments"),
            ),
            ("/t//{tenant}", Err("`/t//{tenant}` has an empty segment before it")),
            ("/{tenant}*", Err("in `/{tenant}*` it is only a part of a segment")),
        ] {
            let found = segment_in_route(route, "tenant");
            assert_eq!(found, expected.map_err(str::to_owned), "{route}");
        }
    }

    #[test]
    fn a_parameter_of_a_group_is_found_by_its_name() {
        let of =
            |text: &str| PathPattern::parse(text, &Source::BASELINE).unwrap().segment_of("tenant");
        assert_eq!(of("/t/{tenant}/**"), Ok(1));
        assert_eq!(of("/*/{tenant}"), Ok(1));
        assert_eq!(of("/t/*/**"), Err("`/t/*/**` has no parameter `{tenant}`".to_owned()));
    }
}
