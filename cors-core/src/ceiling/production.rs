//! Checks for production, and for every other profile that is not local: loopback
//! patterns would allow any program on the machine of a user.

use crate::config::{PRODUCTION, ProfileRules};
use crate::merge::{Layered, Mergeable as _, Merged, MergedList, OriginElement};
use crate::problem::{Code, Problem, toml_key};
use crate::setting::Setting;

/// Reports loopback patterns that match more than one origin, in a profile that is not
/// local: they match the machine of the user, where any program could serve such a page.
pub(crate) fn check_production(merged: &Merged, profile: &str) -> Vec<Problem> {
    let MergedList::Only(origins) = &merged.origins else { return Vec::new() };
    origins.iter().filter_map(|origin| check_loopback(origin, profile)).collect()
}

/// Reports one origin, if it is such a pattern.
pub(crate) fn check_loopback(origin: &Layered<OriginElement>, profile: &str) -> Option<Problem> {
    let is_wide = match &origin.value {
        OriginElement::Pattern(pattern) => {
            // The origins of applications, such as `tauri://localhost`, belong to one
            // program.
            let web = matches!(pattern.scheme(), "http" | "https");
            web && pattern.is_loopback() && !pattern.is_exact()
        }
        OriginElement::Regex(regex) => regex.matches_any_loopback(),
        // Its content is checked when it changes.
        OriginElement::Live(_) => false,
    };
    if !is_wide {
        return None;
    }
    let is_production = is_production(profile);
    let (state, local) = match is_production {
        true => ("the profile is `production`".to_owned(), "development"),
        false => (format!("the profile `{}` is not local", profile.escape_debug()), profile),
    };
    Some(
        Problem::error(
            Code::LOOPBACK_IN_PRODUCTION,
            &origin.source,
            format!(
                "{} allows every program on a user's machine, but {state}",
                origin.value.show()
            ),
        )
        .about(Setting::Origins)
        .with_help(format!(
            "remove it, and set `loopback = true` in `[cors.profiles.{}]`",
            toml_key(local)
        )),
    )
}

/// Reports `loopback = true` in production.
pub(crate) fn check_profile(profile: &str, rules: &ProfileRules, problems: &mut Vec<Problem>) {
    if let (true, Some((true, source))) = (is_production(profile), &rules.loopback) {
        problems.push(
            Problem::error(
                Code::LOOPBACK_IN_PRODUCTION,
                source,
                "`loopback` allows every program on a user's machine, so production cannot have it",
            )
            .with_help("move it to `[cors.profiles.development]`"),
        );
    }
}

/// Whether a profile is meant for production, however it is spelt.
fn is_production(profile: &str) -> bool {
    profile.eq_ignore_ascii_case(PRODUCTION)
}
