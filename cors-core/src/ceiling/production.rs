//! What must not be said where an application is in production: patterns for
//! whatever runs on the machine of a user.

use crate::config::{LOOPBACK, Overlay, Profile};
use crate::merge::{Layered, Mergeable as _, Merged, MergedList, OriginElement};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

/// Whether an origin is one that `loopback = true`, said at `preset`, let in.
pub(crate) fn is_preset(origin: &Layered<OriginElement>, preset: Option<&Source>) -> bool {
    preset == Some(&origin.source)
        && matches!(&origin.value, OriginElement::Pattern(p) if LOOPBACK.contains(&p.as_str()))
}

/// Patterns for more than one origin of the own machine: in production nobody
/// means the user's machine, and every program on it could serve such a page.
pub(crate) fn check_production(merged: &Merged) -> Vec<Problem> {
    let MergedList::Only(origins) = &merged.origins else { return Vec::new() };
    let wildcards = origins.iter().filter(|origin| match &origin.value {
        OriginElement::Pattern(pattern) => {
            // The origins of applications, such as `tauri://localhost`, are of one program.
            let web = matches!(pattern.scheme(), "http" | "https");
            web && pattern.is_loopback() && !pattern.is_exact()
        }
        OriginElement::Regex(regex) => regex.matches_any_loopback(),
    });
    let report = |origin: &Layered<OriginElement>| {
        Problem::error(
            Code::LOOPBACK_IN_PRODUCTION,
            &origin.source,
            format!(
                "{} lets in whatever runs on the machine of a user, and the profile is \
                 `production`",
                origin.value.show()
            ),
        )
        .about(Setting::Origins)
        .with_help("remove it, and say `loopback = true` in `[cors.profiles.development]`")
    };
    wildcards.map(report).collect()
}

/// `loopback = true` where it can only be a mistake.
pub(crate) fn check_overlay(profile: Profile, overlay: &Overlay, problems: &mut Vec<Problem>) {
    if let (Profile::Production, Some((true, source))) = (profile, &overlay.loopback) {
        problems.push(
            Problem::error(
                Code::LOOPBACK_IN_PRODUCTION,
                source,
                "`loopback` lets in whatever runs on the machine of a user, so it is for \
                 development only",
            )
            .with_help("move it to `[cors.profiles.development]`"),
        );
    }
}
