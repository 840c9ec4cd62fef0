//! The rows of the policy table that a request is about, as text.
//!
//! It reads labels of the table, so that it shows what people see there. Which policy answers a
//! request is decided in `lookup`, and where several may, all are shown.

use actix_web::dev::ResourceDef;
use cors_browser::Url;
use cors_core::{EffectiveValue, Setting, Source};

use crate::observe::{PolicyRow, PolicyTable};

/// The label of a row, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label<'r> {
    /// The pattern of a route or of a group; `None` for everything else.
    pub(super) pattern: Option<&'r str>,
    /// The group of paths that a route with several policies is in, or the scope that the `Cors`
    /// is around.
    pub(super) group: Option<&'r str>,
    pub(super) host: Option<&'r str>,
}

impl<'r> Label<'r> {
    pub(super) fn of(row: &'r PolicyRow) -> Self {
        let (rest, host) = split(row.label(), " on ");
        let (pattern, group) = split(rest, " in ");
        Self { pattern: Some(pattern).filter(|it| it.starts_with('/')), group, host }
    }
}

fn split<'t>(text: &'t str, by: &str) -> (&'t str, Option<&'t str>) {
    match text.split_once(by) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// What is configured for a method of a URL: routes, or else groups, or else everything else.
pub(super) fn policies(table: &PolicyTable, method: &str, url: &Url) -> String {
    if let Some(source) = table.disabled() {
        return format!("CORS is disabled: `enabled = false` is set at {source}");
    }
    let rows = table.rows();
    let is_route = |row: &&PolicyRow| {
        row.handler().is_some()
            && row.serves().iter().any(|served| served == method)
            && Label::of(row).pattern.is_some_and(|it| ResourceDef::new(it).is_match(url.path()))
    };
    let is_group = |row: &&PolicyRow| {
        row.handler().is_none()
            && Label::of(row).pattern.is_some_and(|it| is_in_group(url.path(), it))
    };
    let is_fallback = |row: &&PolicyRow| Label::of(row).pattern.is_none();
    let mut found: Vec<_> = rows.iter().filter(is_route).collect();
    if found.is_empty() {
        found = rows.iter().filter(is_group).take(1).collect();
    }
    if found.is_empty() {
        found = rows.iter().filter(is_fallback).collect();
    }
    let texts: Vec<_> = found.into_iter().map(with_places).collect();
    texts.join("\n")
}

/// The pattern of a group: `*` and parameters are one segment, a final `/**` is everything below.
pub(super) fn is_in_group(path: &str, pattern: &str) -> bool {
    let (pattern, is_prefix) = match pattern.strip_suffix("/**") {
        Some(above) => (above, true),
        None => (pattern, false),
    };
    let (mut path, pattern) = (path.split('/'), pattern.split('/'));
    let mut segments = pattern.map(|expected| (expected, path.next()));
    let all = segments.all(|(expected, segment)| match segment {
        None => false,
        Some(segment) => expected == segment || expected == "*" || expected.starts_with('{'),
    });
    all && (is_prefix || path.next().is_none())
}

/// The settings of a row that differ from nothing, a line for each.
pub(super) fn settings(row: &PolicyRow) -> Vec<(Setting, String, &[Source])> {
    let is_shown = |value: &EffectiveValue| {
        !matches!(value, EffectiveValue::Flag(false) | EffectiveValue::Absent)
    };
    let cells = row.settings().iter().filter(|cell| is_shown(cell.value()));
    cells.map(|cell| (cell.setting(), cell.value().to_string(), cell.sources())).collect()
}

fn with_places(row: &PolicyRow) -> String {
    let mut text = format!("the policy of {}", row.label());
    if let Some(handler) = row.handler() {
        text += &format!(", {handler}");
    }
    for (setting, value, sources) in settings(row) {
        let places: Vec<_> = sources.iter().map(Source::line).collect();
        let from = if places.is_empty() { "default".to_owned() } else { places.join(", ") };
        text += &format!("\n  {}: {value} ({from})", setting.name());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_match_segment_by_segment() {
        for (pattern, path, expected) in [
            ("/api/**", "/api", true),
            ("/api/**", "/api/a/b", true),
            ("/api/**", "/apix", false),
            ("/**", "/", true),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", false),
            ("/{tenant}/x", "/t/x", true),
            ("/a", "/a/b", false),
        ] {
            assert_eq!(is_in_group(path, pattern), expected, "{pattern} {path}");
        }
    }
}
