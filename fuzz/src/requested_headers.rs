//! Law: of `Access-Control-Request-Headers`, over all its lines, a preflight is allowed what the
//! policy lists and refused anything else; and no line is looked at beyond the one that decides.
//!
//! Input: `any`, `any_with_authorization` or names, on one line; the other lines are those of the
//! request.

use cors_core::{Config, Decision, Denial, Op, Rules, Setting, Source, Verdict};
use cors_core::{IntoListValue as _, ListValue};

use crate::message::Message;
use crate::oracle::header_list::{self, AllowedHeaders};

const ORIGIN: &str = "https://app.example";

/// Judges one preflight.
///
/// # Panics
///
/// When the law is violated.
pub fn check(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let names = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let requested: Vec<&[u8]> = lines.collect();

    let here = Source::file("given", 1, 1);
    let listed = names.split(' ').filter(|name| !name.is_empty()).map(str::to_owned);
    let listed: Vec<String> = listed.collect();
    let value = match &*names {
        "any" => ListValue::Any(here.clone()),
        "any_with_authorization" => ListValue::AnyWithAuthorization(here.clone()),
        _ => listed.clone().into_list_value(&here),
    };
    let allowed = match &*names {
        "any" => AllowedHeaders::Any { authorization: false },
        "any_with_authorization" => AllowedHeaders::Any { authorization: true },
        _ => AllowedHeaders::Names(listed.iter().map(|name| name.to_ascii_lowercase()).collect()),
    };
    let rules = Rules::new(here.clone())
        .list(Setting::Origins, Op::Set, [ORIGIN], here.clone())
        .list(Setting::Headers, Op::Set, value, here);
    let Ok(resolver) = Config::new(rules).resolve() else { return };

    let request = Message::preflight(ORIGIN, &requested);
    let decision = resolver.global().decide(&request);
    let (verdict, lines) = header_list::judge(&allowed, &requested);
    let expected = match verdict {
        header_list::Verdict::Allowed => Verdict::Allowed,
        header_list::Verdict::NotAllowed => Verdict::Denied(Denial::Header),
        header_list::Verdict::NoList => Verdict::Denied(Denial::HeaderList),
    };
    assert_eq!(decision, Decision::Preflight(expected), "{allowed:?}");
    assert_eq!(request.looked_at.get(), lines, "{allowed:?}");
}
