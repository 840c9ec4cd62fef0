//! Checks for production: loopback patterns would allow any program on the machine of a
//! user.

use crate::config::{LOOPBACK, Overlay, Profile};
use crate::merge::{Layered, Mergeable as _, Merged, MergedList, OriginElement};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

/// Whether an origin was added by `loopback = true`, which is set at `preset`.
pub(crate) fn is_preset(origin: &Layered<OriginElement>, preset: Option<&Source>) -> bool {
    preset == Some(&origin.source)
        && matches!(&origin.value, OriginElement::Pattern(p) if LOOPBACK.contains(&p.as_str()))
}

/// Reports loopback patterns that match more than one origin: in production they match
/// the machine of the user, where any program could serve such a page.
pub(crate) fn check_production(merged: &Merged) -> Vec<Problem> {
    let MergedList::Only(origins) = &merged.origins else { return Vec::new() };
    let wildcards = origins.iter().filter(|origin| match &origin.value {
        OriginElement::Pattern(pattern) => {
            // The origins of applications, such as `tauri://localhost`, belong to one
            // program.
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
                "{} allows every program on a user's machine, but the profile is \
                 `production`",
                origin.value.show()
            ),
        )
        .about(Setting::Origins)
        .with_help("remove it, and set `loopback = true` in `[cors.profiles.development]`")
    };
    wildcards.map(report).collect()
}

/// Reports `loopback = true` outside of development.
pub(crate) fn check_overlay(profile: Profile, overlay: &Overlay, problems: &mut Vec<Problem>) {
    if let (Profile::Production, Some((true, source))) = (profile, &overlay.loopback) {
        problems.push(
            Problem::error(
                Code::LOOPBACK_IN_PRODUCTION,
                source,
                "`loopback` allows every program on a user's machine, so it is for \
                 development only",
            )
            .with_help("move it to `[cors.profiles.development]`"),
        );
    }
}
