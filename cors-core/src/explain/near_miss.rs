//! Something similar that is allowed: the most frequent mistakes.

use std::borrow::Cow;

use super::step::show;
use crate::origin::Origin;
use crate::policy::{EffectiveValue, Policy, Request};
use crate::problem::nearest;
use crate::setting::Setting;

/// How many elements are compared by their spelling.
const COMPARED: usize = 1_000;

pub(super) fn of_origin(
    policy: &Policy,
    requested: &[u8],
    request: &impl Request,
) -> Option<String> {
    let text = std::str::from_utf8(requested).ok()?;
    let allows = |text: &str| policy.denies_origin(text.as_bytes(), request).is_none();
    let differs = |text: &str, what: &str| format!("`{text}` is allowed: only {what} differs");
    let Some(origin) = Origin::parse(requested) else {
        let lower = text.to_ascii_lowercase();
        let bare = lower.trim_end_matches(['/', '.']);
        return allows(bare)
            .then(|| format!("`{bare}` is allowed; browsers send origins like this"));
    };
    let scheme = origin.scheme();
    let elements = elements(policy, Setting::Origins);
    let subdomains = format!("{scheme}://*.{}", origin.host());
    let is_of_subdomains = |element: &&String| {
        let rest = element.strip_prefix(&subdomains);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    if let Some(pattern) = elements.iter().find(is_of_subdomains) {
        return Some(format!(
            "`{pattern}` is allowed: it covers all subdomains, but not this host"
        ));
    }
    if let Some((similar, what)) = similar_origins(origin).find(|(similar, _)| allows(similar)) {
        return Some(differs(&similar, what));
    }
    let with_port = format!("{scheme}://{}:", origin.host());
    if let Some(other) = elements.iter().find(|element| element.starts_with(&with_port)) {
        return Some(differs(other, "the port"));
    }
    let similar = similar(text, &elements)?;
    Some(format!("`{similar}` is allowed, and spelled similarly"))
}

/// The origins that are most often confused with one, each with what differs: the scheme,
/// `www.`, or the port.
///
/// ```
/// use cors_core::{Origin, similar_origins};
///
/// let origin = Origin::parse(b"https://app.example:8443").unwrap();
/// assert_eq!(similar_origins(origin).collect::<Vec<_>>(), [
///     ("http://app.example:8443".to_owned(), "the scheme"),
///     ("https://www.app.example:8443".to_owned(), "`www.`"),
///     ("https://app.example".to_owned(), "the port"),
/// ]);
/// ```
pub fn similar_origins(origin: Origin<'_>) -> impl Iterator<Item = (String, &'static str)> {
    let (scheme, host) = (origin.scheme(), origin.host());
    let port = origin.port().map(|port| format!(":{port}")).unwrap_or_default();
    let other_scheme = match scheme {
        "http" => Some(format!("https://{host}{port}")),
        "https" => Some(format!("http://{host}{port}")),
        _ => None,
    };
    let other_www = match host.strip_prefix("www.") {
        Some(bare) => format!("{scheme}://{bare}{port}"),
        None => format!("{scheme}://www.{host}{port}"),
    };
    let without_port = origin.port().map(|_| format!("{scheme}://{host}"));
    [(other_scheme, "the scheme"), (Some(other_www), "`www.`"), (without_port, "the port")]
        .into_iter()
        .filter_map(|(similar, what)| Some((similar?, what)))
}

pub(super) fn of_method(policy: &Policy, requested: &[u8]) -> Option<String> {
    let requested = std::str::from_utf8(requested).ok()?;
    let elements = elements(policy, Setting::Methods);
    let other = elements.iter().find(|method| method.eq_ignore_ascii_case(requested))?;
    Some(format!("`{other}` is allowed: methods are case-sensitive"))
}

pub(super) fn of_header(policy: &Policy, requested: &[u8]) -> Option<String> {
    let requested = show(requested).to_ascii_lowercase();
    let elements = elements(policy, Setting::Headers);
    let swapped = requested.replace('_', "-");
    let similar = match elements.iter().find(|name| **name == swapped) {
        Some(similar) => similar,
        None => similar(&requested, &elements)?,
    };
    Some(format!("`{similar}` is allowed, and spelled similarly"))
}

fn similar<'e>(text: &str, elements: &'e [String]) -> Option<&'e str> {
    nearest(text, elements.iter().take(COMPARED).map(String::as_str))
}

/// The elements of a list; none if everything is allowed.
fn elements(policy: &Policy, setting: Setting) -> Cow<'_, [String]> {
    match policy.effective(setting).value() {
        EffectiveValue::List(elements) => Cow::Owned(elements.clone()),
        _ => Cow::Borrowed(&[]),
    }
}
