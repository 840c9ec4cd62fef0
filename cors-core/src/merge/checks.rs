//! Rules about combinations of settings.
//!
//! This module contains every rule that involves several settings, except the one about
//! inherited credentials, which is part of merging.

use super::layer::OriginElement;
use super::{LayerId, Layered, Mergeable as _, Merged, MergedList};
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
        if self.disabled.is_some() {
            return Vec::new();
        }
        let mut problems = Vec::new();
        match &self.origins {
            MergedList::Any(any) => self.check_any(any, &mut problems),
            MergedList::Only(list) => {
                let trusts = self.trusts();
                list.iter().for_each(|origin| self.check_origin(origin, &trusts, &mut problems));
            }
        }
        for origin in self.trusted() {
            self.check_origin(origin, &[Privilege::credentials(origin)], &mut problems);
        }
        if let Some(credentials) = self.credentials_of_all()
            && self.allow_null.value
        {
            problems.push(
                Problem::error(
                    Code::NULL_WITH_CREDENTIALS,
                    &self.allow_null.source,
                    "the origin `null` cannot be combined with `credentials`: any sandboxed page \
                     can send it, and could read responses as your users",
                )
                .about(Setting::DangerAllowNullOrigin)
                .with_note_at(set_here(Setting::Credentials, &credentials.source), &credentials.source)
                .with_help(
                    "remove one of the two, or list the origins that may send credentials; there is \
                     no opt-in for both",
                ),
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
                .with_note_at(
                    set_here(Setting::PrivateNetwork, &self.private_network.source),
                    &self.private_network.source,
                )
                .with_help("remove one of the two; there is no opt-in for both"),
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
                format!(
                    "`{}` cannot be combined with `{other}`: {why}",
                    any.source.language().any(Setting::Origins)
                ),
            )
            .about(Setting::Origins)
            .with_note_at(set_here(other, &flag.source), &flag.source)
            .with_help(help)
        };
        if let Some(credentials) = self.credentials_of_all() {
            problems.push(with(
                Code::WILDCARD_WITH_CREDENTIALS,
                Setting::Credentials,
                credentials,
                "every website could read responses as your users",
                &format!(
                    "list the origins you trust, for example `{}`, or remove `credentials`",
                    any.source.language().example(Setting::Origins)
                ),
            ));
        }
        if self.private_network.value {
            problems.push(with(
                Code::PRIVATE_NETWORK_WITH_ANY,
                Setting::PrivateNetwork,
                &self.private_network,
                "every website could send requests into the private network",
                &format!(
                    "list the origins you trust, for example `{}`, or remove `private_network`",
                    any.source.language().example(Setting::Origins)
                ),
            ));
        }
    }

    /// Checks an origin of a live set, which is used in `origins` or in `credentials`.
    pub(super) fn check_live_origin(
        &self,
        origin: &Layered<OriginElement>,
        is_trusted: bool,
        problems: &mut Vec<Problem>,
    ) {
        match is_trusted {
            true => self.check_origin(origin, &[Privilege::credentials(origin)], problems),
            false => self.check_origin(origin, &self.trusts(), problems),
        }
    }

    /// What pages of all allowed origins could do.
    fn trusts(&self) -> Vec<Privilege<'_>> {
        let credentials = self.credentials_of_all().map(Privilege::credentials);
        let private_network =
            self.private_network.value.then(|| Privilege::private_network(&self.private_network));
        credentials.into_iter().chain(private_network).collect()
    }

    /// Checks an origin that `trusts` apply to.
    fn check_origin(
        &self,
        origin: &Layered<OriginElement>,
        trusts: &[Privilege<'_>],
        problems: &mut Vec<Problem>,
    ) {
        match &origin.value {
            OriginElement::Pattern(pattern) => {
                if pattern.is_insecure() {
                    problems.extend(self.insecure(origin, trusts));
                }
                if pattern.subdomains_of_public_suffix() {
                    problems.extend(self.public_suffix(origin, trusts, None));
                }
            }
            OriginElement::Regex(regex) => self.check_regex(origin, regex, trusts, problems),
            // Its content is checked when it changes.
            OriginElement::Live(_) => {}
        }
    }

    /// A regex must be limited to named hosts if credentials or `private_network` are
    /// enabled; otherwise the same finding is a warning.
    fn check_regex(
        &self,
        origin: &Layered<OriginElement>,
        regex: &OriginRegex,
        trusts: &[Privilege<'_>],
        problems: &mut Vec<Problem>,
    ) {
        let element = origin.value.show();
        let trusted = trusts.first();
        if regex.unescaped_dot().is_some() {
            problems.push(unescaped_dot(origin, regex, trusted));
        }
        let hosts = match (regex.named_hosts_as_meant(), trusted) {
            (Ok(hosts), _) => hosts,
            (Err(unproven), Some(trust)) => {
                let Privilege { setting, could, .. } = trust;
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
                let problem = Problem::error(code, &origin.source, message).about(Setting::Origins);
                problems.push(trust.note_on(problem, origin).with_help(format!(
                    "end it with an escaped dot and a domain that you own, as in \
                     `https://[a-z]+\\.example\\.com`, or remove `{setting}`"
                )));
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
        if hosts.iter().any(NamedHosts::is_insecure) {
            problems.extend(self.insecure(origin, trusts));
        }
        if let Some(suffix) = suffix {
            problems.extend(self.public_suffix(origin, trusts, suffix.sample()));
        }
    }

    /// Reports an unencrypted origin, unless the layer that combined it with
    /// credentials accepts the risk.
    fn insecure(
        &self,
        origin: &Layered<OriginElement>,
        trusts: &[Privilege<'_>],
    ) -> Option<Problem> {
        let trust = trusts.iter().find(|trust| trust.setting == Setting::Credentials)?;
        let why = format!(
            "{} is not encrypted: anyone on the network can impersonate it and read responses as \
             your users",
            origin.value.show()
        );
        let danger = (Setting::DangerAllowInsecureOrigins, &self.allow_insecure);
        trust.weakness(Code::INSECURE_WITH_CREDENTIALS, origin, why, danger)
    }

    /// Reports an origin below a public suffix, unless the layer that combined it with
    /// credentials or `private_network` accepts the risk.
    fn public_suffix(
        &self,
        origin: &Layered<OriginElement>,
        trusts: &[Privilege<'_>],
        sample: Option<&str>,
    ) -> Option<Problem> {
        // The later one: consent to the first is no consent to both. Of two in one
        // layer, credentials.
        let trust = trusts.iter().rev().max_by_key(|trust| trust.layer)?;
        let sample = sample.map(|sample| format!(", such as `{sample}`")).unwrap_or_default();
        let why = format!(
            "anyone can register a name under the public suffix of {}{sample}, and could {}",
            origin.value.show(),
            trust.could,
        );
        let danger = (Setting::DangerAllowPublicSuffixes, &self.allow_suffixes);
        trust.weakness(Code::PUBLIC_SUFFIX_WITH_CREDENTIALS, origin, why, danger)
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
                .with_help(format!(
                    "write `{}` here, or `{}`",
                    source.language().list(Setting::Methods, blocked.iter().map(Method::as_str)),
                    source.language().keyword("off")
                )),
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

/// What pages of an origin could do, and where this is set.
#[derive(Clone, Copy)]
struct Privilege<'m> {
    setting: Setting,
    source: &'m Source,
    layer: LayerId,
    could: &'static str,
}

impl<'m> Privilege<'m> {
    /// `credentials` for all origins, or for one in the list.
    const fn credentials<T>(at: &'m Layered<T>) -> Self {
        let (source, layer) = (&at.source, at.layer);
        let could = "read responses as your users";
        Self { setting: Setting::Credentials, source, layer, could }
    }

    const fn private_network(flag: &'m Layered<bool>) -> Self {
        let (source, layer) = (&flag.source, flag.layer);
        let could = "send requests into the private network";
        Self { setting: Setting::PrivateNetwork, source, layer, could }
    }

    /// Adds where the setting is set, unless `origin` is an element of it.
    fn note_on(&self, problem: Problem, origin: &Layered<OriginElement>) -> Problem {
        match *self.source == origin.source {
            true => problem,
            false => problem.with_note_at(set_here(self.setting, self.source), self.source),
        }
    }

    fn weakness(
        &self,
        code: Code,
        origin: &Layered<OriginElement>,
        why: String,
        (danger, accepted): (Setting, &Layered<bool>),
    ) -> Option<Problem> {
        let Self { setting, layer, .. } = self;
        if accepted.value && accepted.layer >= origin.layer.max(*layer) {
            return None;
        }
        let problem = Problem::error(code, &origin.source, why).about(Setting::Origins);
        Some(self.note_on(problem, origin).with_help(format!(
            "remove it or `{setting}`; to accept the risk, add `{}` next to `{}`",
            // It has to be accepted in the layer that combines the two.
            match *layer >= origin.layer {
                true => self.source.language().flag(danger, true),
                false => origin.source.language().flag(danger, true),
            },
            if *layer >= origin.layer { setting.name() } else { Setting::Origins.name() },
        )))
    }
}

/// Reports a `.` that was probably meant to be `\.`: an error with credentials or
/// `private_network`.
fn unescaped_dot(
    origin: &Layered<OriginElement>,
    regex: &OriginRegex,
    trusted: Option<&Privilege<'_>>,
) -> Problem {
    let sample = regex.unescaped_dot_sample();
    let sample = sample.map(|sample| format!(": it allows `{sample}`")).unwrap_or_default();
    let what = format!("the `.` in `{regex}` matches any character, not only a dot{sample}");
    let help = "a dot is written as `\\.`, any other character as `[^.]`";
    let source = &origin.source;
    let problem = match trusted {
        None => Problem::warning(Code::UNESCAPED_DOT, source, what),
        Some(trust) => {
            let what = format!("{what}, so pages of unintended origins could {}", trust.could);
            let problem = Problem::error(Code::UNESCAPED_DOT_WITH_CREDENTIALS, source, what);
            trust.note_on(problem, origin)
        }
    };
    problem.about(Setting::Origins).with_help(help)
}

/// Warns about a regex that is not limited to named hosts.
fn broad_regex(origin: &Layered<OriginElement>, sample: Option<&str>) -> Problem {
    let sample = sample.map(|sample| format!(": it allows `{sample}`")).unwrap_or_default();
    let what = format!("{} is not limited to named hosts{sample}", origin.value.show());
    let any = origin.source.language().any(Setting::Origins);
    Problem::warning(Code::BROAD_REGEX, &origin.source, what).about(Setting::Origins).with_help(
        format!(
            "end it with an escaped dot and a domain, as in `https://[a-z]+\\.example\\.com`; to \
             allow every origin, write `{any}`"
        ),
    )
}

/// A note at the place of a flag.
pub(super) fn set_here(flag: Setting, source: &Source) -> String {
    format!("`{}` is set here", source.language().flag(flag, true))
}
