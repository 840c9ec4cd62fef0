//! Explanations of requests that were sent, and the parts of the labels of the table.

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

/// What the policies that may apply decide about the last request that was sent: `Cors::explain`.
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

/// The settings of a row that differ from nothing.
pub(super) fn settings(row: &PolicyRow) -> impl Iterator<Item = (Setting, String)> {
    let is_shown = |value: &EffectiveValue| {
        !matches!(value, EffectiveValue::Flag(false) | EffectiveValue::Absent)
    };
    let cells = row.settings().iter().filter(move |cell| is_shown(cell.value()));
    cells.map(|cell| (cell.setting(), cell.value().to_string()))
}
