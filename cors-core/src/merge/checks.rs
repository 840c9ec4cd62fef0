//! What the settings mean together.
//!
//! Here is every rule that crosses settings, save the one about inherited
//! credentials, which belongs to merging.

use super::layer::OriginElement;
use super::{Layered, Mergeable as _, Merged, MergedList};
use crate::grammar::{Method, join};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

impl Merged {
    /// Whatever is wrong with these settings together.
    ///
    /// `route` tells the methods that an annotated route serves, and the place
    /// of its attribute.
    pub(crate) fn check(&self, route: Option<(&[Method], &Source)>) -> Vec<Problem> {
        if self.off.is_some() {
            return Vec::new();
        }
        let mut problems = Vec::new();
        match &self.origins {
            MergedList::Any(any) => self.check_any(any, &mut problems),
            MergedList::Only(list) if self.credentials.value => {
                list.iter().for_each(|origin| self.check_credentials(origin, &mut problems));
            }
            MergedList::Only(_) => {}
        }
        if self.credentials.value && self.allow_null.value {
            problems.push(
                Problem::error(
                    Code::NULL_WITH_CREDENTIALS,
                    &self.allow_null.source,
                    "the origin `null` cannot be combined with `credentials`: any sandboxed page \
                     can take it on, and would read with your users' cookies",
                )
                .about(Setting::DangerAllowNullOrigin)
                .with_note_at("`credentials = true` is said here", &self.credentials.source)
                .with_help("remove one of the two; there is no opt-in for both"),
            );
        }
        if let (MergedList::Any(any), true) = (&self.expose, self.credentials.value) {
            problems.push(
                Problem::error(
                    Code::EXPOSE_ANY_WITH_CREDENTIALS,
                    &any.source,
                    "`expose = any` exposes nothing when credentials are sent: browsers then read \
                     `*` as a header name",
                )
                .about(Setting::Expose)
                .with_note_at("`credentials = true` is said here", &self.credentials.source)
                .with_help("list the headers: `expose = [\"x-request-id\"]`"),
            );
        }
        if let Some((serves, source)) = route {
            self.check_methods(serves, source, &mut problems);
        }
        problems
    }

    fn check_any(&self, any: &Layered<bool>, problems: &mut Vec<Problem>) {
        let with = |code, other: Setting, said: &Layered<bool>, why: &str, help: &str| {
            Problem::error(
                code,
                &any.source,
                format!("`origins = any` cannot be combined with `{other}`: {why}"),
            )
            .about(Setting::Origins)
            .with_note_at(format!("`{other} = true` is said here"), &said.source)
            .with_help(help)
        };
        if self.credentials.value {
            problems.push(with(
                Code::WILDCARD_WITH_CREDENTIALS,
                Setting::Credentials,
                &self.credentials,
                "every website could read with your users' cookies",
                "list the origins you trust, for example `origins = [\"https://app.example\"]`, \
                 or drop `credentials`",
            ));
        }
        if self.private_network.value {
            problems.push(with(
                Code::PRIVATE_NETWORK_WITH_ANY,
                Setting::PrivateNetwork,
                &self.private_network,
                "every website could reach into the private network",
                "list the origins you trust, or drop `private_network`",
            ));
        }
    }

    /// An origin that is too weak to be trusted with cookies, unless the layer
    /// that combined the two says it knows.
    fn check_credentials(&self, origin: &Layered<OriginElement>, problems: &mut Vec<Problem>) {
        let element = origin.value.show();
        let (unrelated, insecure, suffix) = match &origin.value {
            OriginElement::Pattern(pattern) => {
                (false, pattern.is_insecure(), pattern.subdomains_of_public_suffix())
            }
            OriginElement::Regex(regex) => (
                regex.matches_unrelated_origins(),
                regex.is_insecure(),
                regex.subdomains_of_public_suffix(),
            ),
        };
        if unrelated {
            problems.push(
                Problem::error(
                    Code::WILDCARD_WITH_CREDENTIALS,
                    &origin.source,
                    format!(
                        "{element} matches origins that have nothing in common, so websites that \
                         you do not know could read with your users' cookies"
                    ),
                )
                .about(Setting::Origins)
                .with_note_at("`credentials = true` is said here", &self.credentials.source)
                .with_help("match the hosts that you own, or drop `credentials`"),
            );
            return;
        }
        let combined = origin.layer.max(self.credentials.layer);
        let opted_in = |flag: &Layered<bool>| flag.value && flag.layer >= combined;
        let problem = |code, why: String, setting: Setting| {
            Problem::error(code, &origin.source, why)
                .about(Setting::Origins)
                .with_note_at("`credentials = true` is said here", &self.credentials.source)
                .with_help(format!(
                    "drop it or `credentials`; if you know what you do, say `{setting}` beside it"
                ))
        };
        if insecure && !opted_in(&self.allow_insecure) {
            problems.push(problem(
                Code::INSECURE_WITH_CREDENTIALS,
                format!(
                    "{element} is not encrypted: whoever is on the network can act as it and \
                     read with your users' cookies"
                ),
                Setting::DangerAllowInsecureOrigins,
            ));
        }
        if suffix && !opted_in(&self.allow_suffixes) {
            problems.push(problem(
                Code::PUBLIC_SUFFIX_WITH_CREDENTIALS,
                format!(
                    "anyone can register a name under the public suffix of {element}, and \
                     would read with your users' cookies"
                ),
                Setting::DangerAllowPublicSuffixes,
            ));
        }
    }

    fn check_methods(&self, serves: &[Method], source: &Source, problems: &mut Vec<Problem>) {
        let MergedList::Only(list) = &self.methods else { return };
        let allowed = |method: &Method| list.iter().any(|at| at.value == *method);
        let omitted: Vec<_> = serves.iter().filter(|method| !allowed(method)).cloned().collect();
        let (safelisted, blocked): (Vec<_>, Vec<_>) =
            omitted.into_iter().partition(|m| Method::is_safelisted(m.as_str().as_bytes()));
        // An edit or list of this very layer is what a person meant; a list
        // from below may not have had this route in mind.
        let place = list.iter().map(|at| &at.source).next_back().unwrap_or(source);
        if !blocked.is_empty() && blocked.len() == serves.len() {
            problems.push(
                Problem::warning(
                    Code::NO_METHOD_LEFT,
                    source,
                    format!(
                        "this route serves {}, and the inherited `methods` allow none of it, so \
                         no page of another origin can call it",
                        join(&blocked)
                    ),
                )
                .about(Setting::Methods)
                .with_note_at("`methods` come from here", place)
                .with_help(format!("say `methods = [{}]` here, or `off`", blocked[0])),
            );
        }
        if !safelisted.is_empty() {
            problems.push(
                Problem::warning(
                    Code::SAFELISTED_METHOD_OMITTED,
                    source,
                    format!(
                        "`methods` omits {}, but browsers send it without asking: this does not \
                         block it",
                        join(&safelisted)
                    ),
                )
                .about(Setting::Methods)
                .with_note_at("`methods` come from here", place)
                .with_help("use `enforce`, or `off`, to keep other origins out"),
            );
        }
    }
}
