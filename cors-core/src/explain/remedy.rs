//! What to write to allow a request, or what to change in the page.

use super::step::show;
use crate::origin::{Origin, OriginPattern};
use crate::policy::{Denial, EffectiveValue, LiveOrigins, LiveUse, Policy, Request};
use crate::setting::Setting;

pub(super) fn of_origin(
    policy: &Policy,
    denial: Denial,
    requested: &[u8],
    request: &impl Request,
) -> Option<String> {
    let shown = show(requested);
    Some(match denial {
        Denial::Off => "to allow other origins, set `origins` in place of `off`".to_owned(),
        Denial::NullOrigin => {
            "sandboxed frames, files and some redirects send `null`: serve the page from a server, or \
             remove the sandbox"
                .to_owned()
        }
        Denial::DuplicatedOrigin => {
            "no browser sends several `Origin` lines: look for a proxy that adds one".to_owned()
        }
        Denial::Origin if Origin::parse(requested).is_none() => {
            "no browser sends this value: it was sent by another program".to_owned()
        }
        Denial::Origin => match OriginPattern::parse(&shown) {
            Ok(pattern) if pattern.is_loopback() => {
                "for development on this machine, choose a profile with `loopback = true`: \
                 `CORS_PROFILE=development`"
                    .to_owned()
            }
            _ => match policy.live().map(|live| of_live(live, request)) {
                Some(sets) => format!("if `{shown}` is an origin of yours, add it to {sets}"),
                None => format!("if `{shown}` is an origin of yours, add it to `origins`"),
            },
        },
        _ => return None,
    })
}

/// The live sets of a policy, with what they contain for a request.
fn of_live(live: &LiveOrigins, request: &impl Request) -> String {
    let of_use = |LiveUse { set, key, .. }: &LiveUse| {
        let name = set.name();
        let Some(key) = key else {
            return format!("the live set `{name}`, which has {}", origins(set.len()));
        };
        let (parameter, content) = (&key.parameter, set.load());
        match request.segment(key.segment).map(|key| (key, content.len_at(Some(key)))) {
            None => format!(
                "the live set `{name}`; the key `{{{parameter}}}` is not certain for this path \
                 for certain, so no list applies"
            ),
            Some((key, None)) => {
                format!("the live set `{name}`, which has no key `{}`", show(key.as_bytes()))
            }
            Some((key, Some(number))) => format!(
                "the live set `{name}`, key `{}`, which has {}",
                show(key.as_bytes()),
                origins(number)
            ),
        }
    };
    live.uses.iter().map(of_use).collect::<Vec<_>>().join(", or to ")
}

fn origins(number: usize) -> String {
    format!("{number} origin{}", if number == 1 { "" } else { "s" })
}

pub(super) fn of_method(requested: &[u8]) -> Option<String> {
    let is_lower = requested.iter().all(u8::is_ascii_lowercase);
    match is_lower && !requested.is_empty() {
        true => {
            let upper = show(&requested.to_ascii_uppercase());
            Some(format!("write the method in upper case in the page: `{upper}`"))
        }
        false => Some(format!(
            "to allow it, add `{}` to `methods`; an annotated handler allows what it serves",
            show(requested)
        )),
    }
}

pub(super) fn of_header(policy: &Policy, name: &[u8]) -> Option<String> {
    let allows_any = *policy.effective(Setting::Headers).value() == EffectiveValue::Any;
    Some(match allows_any {
        true => "`any` excludes `authorization`: write `any_with_authorization`".to_owned(),
        false => {
            let name = show(name).to_ascii_lowercase();
            format!("to allow it, add `{name}` to `headers`")
        }
    })
}

pub(super) fn of_header_list() -> String {
    "no browser sends such a list: it has more names than allowed, or something that is no name"
        .to_owned()
}

pub(super) fn of_credentials(policy: &Policy) -> String {
    let setting = match policy.trusted() {
        Some(_) => "add the origin to `credentials`",
        None if *policy.effective(Setting::Origins).value() == EffectiveValue::Any => {
            "list in `credentials` the origins that may send them"
        }
        None => "set `credentials = true`",
    };
    format!("to allow cookies, {setting}; or let the page send none: `credentials: 'omit'`")
}
