//! Rules about combinations of settings.
//!
//! This module contains every rule that involves several settings, except the one about
//! inherited credentials, which is part of merging.

use super::layer::OriginElement;
use super::{Layered, Mergeable as _, Merged, MergedList};
use crate::grammar::{Method, join};
use crate::origin::{NamedHosts, OriginRegex};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

impl Merged {
    /// Reports all problems of these settings in combination.
    ///
    /// `route` contains the methods that an annotated route serves, and the place of
    /// its attribute.
    pub(crate) fn check(&self, route: Option<(&[Method], &Source)>) -> Vec<Problem> {
        if self.off.is_some() {
            return Vec::new();
        }
        let mut problems = Vec::new();
        match &self.origins {
            MergedList::Any(any) => self.check_any(any, &mut problems),
            MergedList::Only(list) => {
                list.iter().for_each(|origin| self.check_origin(origin, &mut problems));
            }
        }
        if self.credentials.value && self.allow_null.value {
            problems.push(
                Problem::error(
                    Code::NULL_WITH_CREDENTIALS,
                    &self.allow_null.source,
                    "the origin `null` cannot be combined with `credentials`: any sandboxed page \
                     can send it, and could read responses as your users",
                )
                .about(Setting::DangerAllowNullOrigin)
                .with_note_at("`credentials = true` is set here", &self.credentials.source)
                .with_help("remove one of the two; there is no opt-in for both"),
            );
        }
        if self.private_network.value && self.allow_null.value {
            problems.push(
                Problem::error(
                    Code::PRIVATE_NETWORK_WITH_ANY,
                    &self.allow_null.source,
                    "the origin `null` cannot be combined with `private_network`: any sandboxed \
                     page can send it, and could send requests into the private network",
                )
                .about(Setting::DangerAllowNullOrigin)
                .with_note_at("`private_network = true` is set here", &self.private_network.source)
                .with_help("remove one of the two; there is no opt-in for both"),
            );
        }
        if let (MergedList::Any(any), true) = (&self.expose, self.credentials.value) {
            problems.push(
                Problem::error(
                    Code::EXPOSE_ANY_WITH_CREDENTIALS,
                    &any.source,
                    "`expose = any` exposes nothing when credentials are sent: browsers then treat \
                     `*` as a header name",
                )
                .about(Setting::Expose)
                .with_note_at("`credentials = true` is set here", &self.credentials.source)
                .with_help("list the headers: `expose = [\"x-request-id\"]`"),
            );
        }
        if let Some((serves, source)) = route {
            self.check_methods(serves, source, &mut problems);
        }
        problems
    }

    fn check_any(&self, any: &Layered<bool>, problems: &mut Vec<Problem>) {
        let with = |code, other: Setting, flag: &Layered<bool>, why: &str, help: &str| {
            Problem::error(
                code,
                &any.source,
                format!("`origins = any` cannot be combined with `{other}`: {why}"),
            )
            .about(Setting::Origins)
            .with_note_at(format!("`{other} = true` is set here"), &flag.source)
            .with_help(help)
        };
        if self.credentials.value {
            problems.push(with(
                Code::WILDCARD_WITH_CREDENTIALS,
                Setting::Credentials,
                &self.credentials,
                "every website could read responses as your users",
                "list the origins you trust, for example `origins = [\"https://app.example\"]`, \
                 or remove `credentials`",
            ));
        }
        if self.private_network.value {
            problems.push(with(
                Code::PRIVATE_NETWORK_WITH_ANY,
                Setting::PrivateNetwork,
                &self.private_network,
                "every website could send requests into the private network",
                "list the origins you trust, or remove `private_network`",
            ));
        }
    }

    fn check_origin(&self, origin: &Layered<OriginElement>, problems: &mut Vec<Problem>) {
        match &origin.value {
            OriginElement::Pattern(pattern) => {
                if self.credentials.value && pattern.is_insecure() {
                    problems.extend(self.insecure(origin));
                }
                if pattern.subdomains_of_public_suffix() {
                    problems.extend(self.public_suffix(origin, None));
                }
            }
            OriginElement::Regex(regex) => self.check_regex(origin, regex, problems),
        }
    }

    /// A regex must be limited to named hosts if credentials or `private_network` are
    /// enabled; otherwise the same finding is a warning.
    fn check_regex(
        &self,
        origin: &Layered<OriginElement>,
        regex: &OriginRegex,
        problems: &mut Vec<Problem>,
    ) {
        let element = origin.value.show();
        let trusted = [
            (Setting::Credentials, &self.credentials, "read responses as your users"),
            (
                Setting::PrivateNetwork,
                &self.private_network,
                "send requests into the private network",
            ),
        ];
        let trusted = trusted.into_iter().find(|(_, flag, _)| flag.value);
        if regex.unescaped_dot().is_some() {
            problems.push(unescaped_dot(origin, regex, trusted));
        }
        let hosts = match (regex.named_hosts_as_meant(), trusted) {
            (Ok(hosts), _) => hosts,
            (Err(unproven), Some((setting, flag, could))) => {
                let code = match setting {
                    Setting::Credentials => Code::WILDCARD_WITH_CREDENTIALS,
                    _ => Code::PRIVATE_NETWORK_WITH_ANY,
                };
                let message = match unproven.sample() {
                    Some(sample) => format!(
                        "{element} is not limited to named hosts: pages of `{sample}` could {could}"
                    ),
                    None if unproven.is_too_large() => format!(
                        "{element} is too large to be checked: pages of unintended hosts \
                         could {could}"
                    ),
                    None => format!(
                        "{element} allows more hosts than can be checked by name, and pages of all \
                         of them could {could}"
                    ),
                };
                problems.push(
                    Problem::error(code, &origin.source, message)
                        .about(Setting::Origins)
                        .with_note_at(format!("`{setting} = true` is set here"), &flag.source)
                        .with_help(format!(
                            "end it with an escaped dot and a domain that you own, as in \
                             `https://[a-z]+\\.example\\.com`, or remove `{setting}`"
                        )),
                );
                return;
            }
            (Err(unproven), None) => {
                problems.push(broad_regex(origin, unproven.sample()));
                return;
            }
        };
        let suffix = hosts.iter().find(|hosts| hosts.subdomains_of_public_suffix());
        if trusted.is_none() {
            if let Some(suffix) = suffix
                && !self.allow_suffixes.value
            {
                problems.push(broad_regex(origin, suffix.sample()));
            }
            return;
        }
        if self.credentials.value && hosts.iter().any(NamedHosts::is_insecure) {
            problems.extend(self.insecure(origin));
        }
        if let Some(suffix) = suffix {
            problems.extend(self.public_suffix(origin, suffix.sample()));
        }
    }

    /// Reports an unencrypted origin, unless the layer that combined it with
    /// credentials accepts the risk.
    fn insecure(&self, origin: &Layered<OriginElement>) -> Option<Problem> {
        let why = format!(
            "{} is not encrypted: anyone on the network can impersonate it and read responses as \
             your users",
            origin.value.show()
        );
        let danger = (Setting::DangerAllowInsecureOrigins, &self.allow_insecure);
        let trusted = (Setting::Credentials, &self.credentials);
        self.weakness(Code::INSECURE_WITH_CREDENTIALS, origin, trusted, why, danger)
    }

    /// Reports an origin below a public suffix, unless the layer that combined it with
    /// credentials or `private_network` accepts the risk.
    fn public_suffix(
        &self,
        origin: &Layered<OriginElement>,
        sample: Option<&str>,
    ) -> Option<Problem> {
        // The later one: consent to the first is no consent to both.
        let (setting, flag, could) = [
            (
                Setting::PrivateNetwork,
                &self.private_network,
                "send requests into the private network",
            ),
            (Setting::Credentials, &self.credentials, "read responses as your users"),
        ]
        .into_iter()
        .filter(|(_, flag, _)| flag.value)
        .max_by_key(|(_, flag, _)| flag.layer)?;
        let sample = sample.map(|sample| format!(", such as `{sample}`")).unwrap_or_default();
        let why = format!(
            "anyone can register a name under the public suffix of {}{sample}, and could {could}",
            origin.value.show(),
        );
        let danger = (Setting::DangerAllowPublicSuffixes, &self.allow_suffixes);
        self.weakness(Code::PUBLIC_SUFFIX_WITH_CREDENTIALS, origin, (setting, flag), why, danger)
    }

    fn weakness(
        &self,
        code: Code,
        origin: &Layered<OriginElement>,
        (setting, trusted): (Setting, &Layered<bool>),
        why: String,
        (danger, accepted): (Setting, &Layered<bool>),
    ) -> Option<Problem> {
        if accepted.value && accepted.layer >= origin.layer.max(trusted.layer) {
            return None;
        }
        let problem = Problem::error(code, &origin.source, why)
            .about(Setting::Origins)
            .with_note_at(format!("`{setting} = true` is set here"), &trusted.source)
            .with_help(format!(
                "remove it or `{setting}`; to accept the risk, add `{danger}` next to it"
            ));
        Some(problem)
    }

    fn check_methods(&self, serves: &[Method], source: &Source, problems: &mut Vec<Problem>) {
        let MergedList::Only(list) = &self.methods else { return };
        let allowed = |method: &Method| list.iter().any(|at| at.value == *method);
        let omitted: Vec<_> = serves.iter().filter(|method| !allowed(method)).cloned().collect();
        let (safelisted, blocked): (Vec<_>, Vec<_>) =
            omitted.into_iter().partition(|m| Method::is_safelisted(m.as_str().as_bytes()));
        // A list or edit in this layer was written for this route. A list of a lower
        // layer may not have taken this route into account.
        let place = list.iter().map(|at| &at.source).next_back().unwrap_or(source);
        if !blocked.is_empty() && blocked.len() == serves.len() {
            problems.push(
                Problem::warning(
                    Code::NO_METHOD_LEFT,
                    source,
                    format!(
                        "this route serves {}, which the inherited `methods` do not allow, so no page of \
                         another origin can call it",
                        join(&blocked)
                    ),
                )
                .about(Setting::Methods)
                .with_note_at("`methods` are set here", place)
                .with_help(format!("write `methods = [{}]` here, or `off`", blocked[0])),
            );
        }
        if !safelisted.is_empty() {
            problems.push(
                Problem::warning(
                    Code::SAFELISTED_METHOD_OMITTED,
                    source,
                    format!(
                        "`methods` omits {}, but browsers send it without a preflight, so omitting it does \
                         not block it",
                        join(&safelisted)
                    ),
                )
                .about(Setting::Methods)
                .with_note_at("`methods` are set here", place)
                .with_help("to deny other origins, use `enforce` or `off`"),
            );
        }
    }
}

/// Reports a `.` that was probably meant to be `\.`: an error with credentials or
/// `private_network`.
fn unescaped_dot(
    origin: &Layered<OriginElement>,
    regex: &OriginRegex,
    trusted: Option<(Setting, &Layered<bool>, &str)>,
) -> Problem {
    let sample = regex.unescaped_dot_sample();
    let sample = sample.map(|sample| format!(": it allows `{sample}`")).unwrap_or_default();
    let what = format!("the `.` in `{regex}` matches any character, not only a dot{sample}");
    let help = "write `\\.` for a dot, or `[^.]` for any other character";
    let source = &origin.source;
    let problem = match trusted {
        None => Problem::warning(Code::UNESCAPED_DOT, source, what),
        Some((setting, flag, could)) => {
            let what = format!("{what}, so pages of unintended origins could {could}");
            Problem::error(Code::UNESCAPED_DOT_WITH_CREDENTIALS, source, what)
                .with_note_at(format!("`{setting} = true` is set here"), &flag.source)
        }
    };
    problem.about(Setting::Origins).with_help(help)
}

/// Warns about a regex that is not limited to named hosts.
fn broad_regex(origin: &Layered<OriginElement>, sample: Option<&str>) -> Problem {
    let sample = sample.map(|sample| format!(": it allows `{sample}`")).unwrap_or_default();
    let what = format!("{} is not limited to named hosts{sample}", origin.value.show());
    Problem::warning(Code::BROAD_REGEX, &origin.source, what).about(Setting::Origins).with_help(
        "end it with an escaped dot and a domain, as in `https://[a-z]+\\.example\\.com`; to \
         allow every origin, write `origins = any`",
    )
}
