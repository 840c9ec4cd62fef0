//! What policies say about a request that was sent, and the labels of the table, taken apart.

use cors_browser::WireRequest;
use cors_core::{EffectiveValue, PageRequest, Setting};

use crate::api::Cors;
use crate::observe::PolicyRow;

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

/// What the policies that may apply say about the last request that was sent: `Cors::explain`.
pub(super) fn policies(cors: &Cors, origin: &str, sent: &WireRequest) -> String {
    if let Some(place) = cors.table().disabled() {
        return format!("CORS is disabled: `enabled = false` is set at {place}");
    }
    let requested = sent.header("access-control-request-method");
    let method = requested.unwrap_or_else(|| sent.method.clone());
    let host = sent.header("host").unwrap_or_default();
    let cookies = sent.header("cookie").is_some();
    let mut asked = PageRequest::new(origin, method).host(host).cookies(cookies);
    for name in sent.header("access-control-request-headers").iter().flat_map(|it| it.split(',')) {
        asked = asked.header(name.trim());
    }
    let explained = cors.explain(sent.url.path(), &asked);
    explained.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
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

/// The settings of a row that differ from nothing.
pub(super) fn settings(row: &PolicyRow) -> impl Iterator<Item = (Setting, String)> {
    let is_shown = |value: &EffectiveValue| {
        !matches!(value, EffectiveValue::Flag(false) | EffectiveValue::Absent)
    };
    let cells = row.settings().iter().filter(move |cell| is_shown(cell.value()));
    cells.map(|cell| (cell.setting(), cell.value().to_string()))
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
