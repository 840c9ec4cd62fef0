//! What one policy allows and another one does not, setting by setting.
//!
//! Values are compared by what they allow, not as they are written: `credentials = true` is a
//! list of all allowed origins, and nothing but `enforce` matters where no origin is allowed. The
//! settings `danger_…` allow nothing by themselves, so they are left out.

use std::collections::HashSet;

use cors_core::{DEFAULT_MAX_AGE, EffectiveValue, OriginPattern, Setting};

use super::PolicyChange;
use crate::observe::policy_table::PolicyRow;

use EffectiveValue::{Any, AnyWithAuthorization, Flag, List, Passthrough};

/// What differs between the policies of two rows.
pub(super) fn changes(before: &PolicyRow, after: &PolicyRow) -> Vec<PolicyChange> {
    let change = |setting| {
        let (opened, closed) = differences(setting, before, after);
        let differs = !opened.is_empty() || !closed.is_empty();
        differs.then_some(PolicyChange { setting, opened, closed })
    };
    Setting::ALL.into_iter().filter_map(change).collect()
}

/// What a setting newly allows, and what it no longer allows.
fn differences(
    setting: Setting,
    before: &PolicyRow,
    after: &PolicyRow,
) -> (Vec<String>, Vec<String>) {
    let values = || (allowed(before, setting), allowed(after, setting));
    match setting {
        Setting::Origins => {
            let (before, after) = values();
            (allowed_beyond(&after, &before), allowed_beyond(&before, &after))
        }
        Setting::DangerAllowInsecureOrigins
        | Setting::DangerAllowPublicSuffixes
        | Setting::DangerAllowNullOrigin => (Vec::new(), Vec::new()),
        // It refuses requests: without it, more is possible.
        Setting::Enforce => {
            let [before, after] = [before, after].map(|row| Flag(refuses(row)));
            (allowed_beyond(&before, &after), allowed_beyond(&after, &before))
        }
        _ if !shares(before) && !shares(after) => (Vec::new(), Vec::new()),
        Setting::MaxAge => {
            let (before, after) = values();
            max_age(&before, &after)
        }
        Setting::Credentials => {
            let (before, after) = (trusted(before), trusted(after));
            let opened = allowed_beyond(&after.origins, &before.origins);
            let closed = allowed_beyond(&before.origins, &after.origins);
            (after.named(opened, &before), before.named(closed, &after))
        }
        _ => {
            let (before, after) = values();
            (allowed_beyond(&after, &before), allowed_beyond(&before, &after))
        }
    }
}

/// The value of a setting: the default where the policy allows no origin.
fn allowed(row: &PolicyRow, setting: Setting) -> EffectiveValue {
    let is_relevant = setting == Setting::Origins || shares(row);
    let value = row.get(setting).map(|cell| cell.value().clone());
    match value.filter(|_| is_relevant) {
        Some(value) => value,
        None if setting == Setting::Methods => {
            List(["GET", "HEAD", "POST"].map(str::to_owned).to_vec())
        }
        None => EffectiveValue::Absent,
    }
}

/// Whether the policy allows some origin.
fn shares(row: &PolicyRow) -> bool {
    match row.get(Setting::Origins).map(|origins| origins.value()) {
        Some(List(origins)) => !origins.is_empty(),
        Some(Any) => true,
        _ => false,
    }
}

/// Whether pages may read something: some origin is allowed, or the path is left alone.
pub(super) fn is_open(row: &PolicyRow) -> bool {
    shares(row) || row.get(Setting::Origins).is_some_and(|it| *it.value() == Passthrough)
}

/// Whether `enforce` refuses some request: where all origins are allowed, it refuses none, and a
/// path that is left alone is not refused either.
fn refuses(row: &PolicyRow) -> bool {
    let origins = row.get(Setting::Origins).map(|origins| origins.value());
    let is_set = row.get(Setting::Enforce).is_some_and(|it| *it.value() == Flag(true));
    is_set && !matches!(origins, Some(Any | Passthrough) | None)
}

fn max_age(before: &EffectiveValue, after: &EffectiveValue) -> (Vec<String>, Vec<String>) {
    let seconds = |value: &EffectiveValue| match value {
        EffectiveValue::Seconds(seconds) => *seconds,
        _ => DEFAULT_MAX_AGE,
    };
    let (before, now) = (seconds(before), seconds(after));
    let text = vec![format!("{now} s instead of {before} s")];
    match before.cmp(&now) {
        std::cmp::Ordering::Less => (text, Vec::new()),
        std::cmp::Ordering::Equal => (Vec::new(), Vec::new()),
        std::cmp::Ordering::Greater => (Vec::new(), text),
    }
}

/// The origins that may send credentials.
struct TrustedOrigins {
    origins: EffectiveValue,
    /// Whether this is written as `true`.
    is_flag: bool,
}

fn trusted(row: &PolicyRow) -> TrustedOrigins {
    let value = allowed(row, Setting::Credentials);
    let is_flag = value == Flag(true);
    let origins = match value {
        Flag(true) => allowed(row, Setting::Origins),
        List(_) => value,
        _ => List(Vec::new()),
    };
    TrustedOrigins { origins, is_flag }
}

impl TrustedOrigins {
    /// Names what is different: `true` if that is all origins of one side and none of the other.
    fn named(&self, differs: Vec<String>, other: &Self) -> Vec<String> {
        let is_all = self.is_flag && !differs.is_empty() && other.origins == List(Vec::new());
        if is_all { vec![Flag(true).to_string()] } else { differs }
    }
}

/// What `mine` allows and `theirs` does not.
fn allowed_beyond(mine: &EffectiveValue, theirs: &EffectiveValue) -> Vec<String> {
    match (mine, theirs) {
        (mine, theirs) if mine == theirs => Vec::new(),
        (AnyWithAuthorization | Passthrough | Flag(true), _) => vec![mine.to_string()],
        (Any, AnyWithAuthorization) => Vec::new(),
        (Any, _) => vec![mine.to_string()],
        (List(_), Any | AnyWithAuthorization) => Vec::new(),
        (List(mine), List(theirs)) => {
            let same: HashSet<&String> = theirs.iter().collect();
            // An element without a wildcard covers only itself, and there may be 100 000.
            let wide: Vec<_> = theirs.iter().filter(|it| it.contains('*')).collect();
            let is_new = |element: &&String| {
                !same.contains(element) && !wide.iter().any(|it| covers(it, element))
            };
            mine.iter().filter(is_new).cloned().collect()
        }
        (List(mine), _) => mine.clone(),
        _ => Vec::new(),
    }
}

/// Whether an element of a list allows all that another one does.
fn covers(mine: &str, other: &str) -> bool {
    let pattern = |text: &str| OriginPattern::parse(text).ok();
    mine == other || pattern(mine).zip(pattern(other)).is_some_and(|(mine, it)| mine.covers(&it))
}
