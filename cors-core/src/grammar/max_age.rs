//! The time for which browsers may cache a preflight response, in whole seconds.
//!
//! Chromium caches one for at most 7 200 s and Firefox for at most 86 400 s, so more
//! than a day is an error. Zero is sent as zero, which disables the cache.

use crate::problem::{Code, Correction, Language, Problem, Source};
use crate::setting::Setting;

/// A `max_age` as written by the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaxAgeValue {
    /// A bare number: seconds.
    Seconds(i64),
    /// Text, which must include a unit: `"10m"`.
    Text(String),
}

/// The seconds for which browsers cache a preflight response without the header (Fetch,
/// "CORS-preflight fetch", step 7.9).
pub const DEFAULT_MAX_AGE: u32 = 5;

/// One day, in seconds: the longest that any browser caches a preflight response.
const LONGEST: i64 = 86_400;

/// Parses a duration in seconds: `600`, `"10m"`, `"2h"`, `"1d"`.
///
/// A value with one plain reading is returned beside its problem.
pub(crate) fn parse(
    value: &MaxAgeValue,
    source: &Source,
    problems: &mut Vec<Problem>,
) -> Option<u32> {
    let problem = |code, message: String, help: String| {
        Problem::error(code, source, message).about(Setting::MaxAge).with_help(help)
    };
    let seconds = match value {
        MaxAgeValue::Seconds(seconds) => *seconds,
        MaxAgeValue::Text(text) => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (number, unit) = text.split_at(digits);
            let factor = match unit {
                "s" if digits > 0 => 1,
                "m" if digits > 0 => 60,
                "h" if digits > 0 => 3_600,
                "d" if digits > 0 => 86_400,
                // That it is too long is reported below.
                "" if digits > 0 && number.parse().is_ok_and(|n: i64| n > LONGEST) => 1,
                "" if digits > 0 => {
                    problems.push(problem(
                        Code::MAX_AGE_UNIT,
                        format!("`\"{text}\"` has no unit"),
                        format!(
                            "write `{text}` without quotes for seconds, or a unit: `{}`",
                            source.language().text("10m")
                        ),
                    ));
                    1
                }
                _ => {
                    problems.push(problem(
                        Code::BAD_MAX_AGE,
                        format!("`\"{}\"` is not a duration", text.escape_debug()),
                        not_a_duration(text, source.language()),
                    ));
                    return None;
                }
            };
            number.parse::<i64>().ok().and_then(|n| n.checked_mul(factor)).unwrap_or(i64::MAX)
        }
    };
    if seconds < 0 {
        problems.push(problem(
            Code::BAD_MAX_AGE,
            "`max_age` must be 0 seconds or more".to_owned(),
            "write `0` to disable the preflight cache, or remove `max_age`".to_owned(),
        ));
        return None;
    }
    if seconds > LONGEST {
        let too_long = problem(
            Code::MAX_AGE_TOO_LONG,
            "`max_age` over a day has no effect: no browser caches a preflight for longer"
                .to_owned(),
            format!("write at most `{}`", source.language().text("1d")),
        );
        problems.push(too_long.with_correction(Correction::Write("1d".to_owned())));
    }
    u32::try_from(seconds.min(LONGEST)).ok()
}

/// The help for a text that is not a duration: the duration that it resembles, if it is
/// one that is accepted.
fn not_a_duration(text: &str, language: Language) -> String {
    let text = text.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "s" | "sec" | "secs" | "second" | "seconds" | "" => Some("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "d" | "day" | "days" => Some("d"),
        _ => None,
    };
    let write = |age: &str| language.text(age);
    if let Some(age) = several_units(&text) {
        return format!("write `{}`", write(&age));
    }
    if let (Some(unit), Ok(1..)) = (unit, number.parse::<u32>()) {
        let age = format!("{number}{unit}");
        let (mut problems, source) = (Vec::new(), Source::BASELINE);
        parse(&MaxAgeValue::Text(age.clone()), &source, &mut problems);
        if problems.is_empty() {
            return format!("write `{}`", write(&age));
        }
    }
    let examples = ["90s", "10m", "2h", "1d"].map(write);
    format!("write a number with a unit: `{}`, or seconds as a number", examples.join("`, `"))
}

/// The age of `1h30m` and `1w` in one unit.
fn several_units(text: &str) -> Option<String> {
    let mut seconds = 0_i64;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(factor)?)?;
        rest = after.trim_start();
    }
    let age = match seconds {
        0 => return None,
        _ if seconds >= LONGEST => "1d".to_owned(),
        _ if seconds % 60 == 0 => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    };
    Some(age)
}

impl From<i64> for MaxAgeValue {
    fn from(seconds: i64) -> Self {
        Self::Seconds(seconds)
    }
}

impl From<&str> for MaxAgeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for MaxAgeValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
