//! What a line that is not TOML contains: its strings, an edit with `+=`, and its value as it is
//! written in TOML.

use core::ops::Range;

use toml::de::DeTable;

use crate::problem::Language;
use crate::setting::{Op, Setting, SettingKind};

/// The marks around text, in TOML and as word processors write them.
pub(super) const QUOTES: [char; 8] = ['"', '\'', '`', '“', '”', '‘', '’', '„'];

/// The key, the operator and the value of `origins += "…"`.
pub(super) fn edit(line: &str) -> Option<(&str, Op, &str)> {
    let split = |mark, op| line.split_once(mark).map(|(key, value)| (key.trim(), op, value.trim()));
    split("+=", Op::Add).or_else(|| split("-=", Op::Remove))
}

/// A value as it is written in TOML.
pub(super) fn in_toml(value: &str, setting: Option<Setting>) -> String {
    let call = |name| value.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let text = |text: &str| {
        let text = text.trim();
        let raw = text.strip_prefix('r').unwrap_or(text).trim_matches('#');
        raw.trim_matches(['"', '\'']).to_owned()
    };
    if let Some(regex) = call("regex") {
        return Language::Toml.regex(&text(regex)).unwrap_or_default();
    }
    if let Some(set) = call("set") {
        return Language::Toml.set(&text(set)).unwrap_or_default();
    }
    if parses(&format!("x = {value}")) {
        return value.to_owned();
    }
    let is_flag = setting.is_some_and(|setting| {
        matches!(setting.kind(), SettingKind::Flag | SettingKind::FlagOrOrigins)
    });
    match value.to_ascii_lowercase().as_str() {
        word @ ("true" | "false") => word.to_owned(),
        "yes" | "on" if is_flag => "true".to_owned(),
        "no" | "off" if is_flag => "false".to_owned(),
        "*" | "all" if setting.is_some() => Language::Toml.text("any"),
        _ => Language::Toml.text(value.trim_matches(QUOTES)),
    }
}

/// The texts of a list, or the only one.
pub(super) fn elements(value: &str) -> Option<Vec<String>> {
    let line = format!("x = {value}");
    let table = DeTable::parse(&line).ok()?.into_inner();
    let text = |value: &toml::de::DeValue<'_>| value.as_str().map(str::to_owned);
    let (_, value) = table.iter().next()?;
    match value.get_ref().as_array() {
        Some(list) => list.iter().map(|item| text(item.get_ref())).collect(),
        None => text(value.get_ref()).map(|text| vec![text]),
    }
}

pub(super) fn parses(line: &str) -> bool {
    DeTable::parse(line).is_ok()
}

/// The strings of a line; one that is not closed goes to its end.
pub(super) fn strings(line: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &line[at..];
        // A comment has no strings.
        let start = at + rest.find(['"', '\'', '#']).filter(|at| !rest[*at..].starts_with('#'))?;
        let quote = line.as_bytes()[start];
        let mut end = start + 1;
        while end < line.len() && line.as_bytes()[end] != quote {
            end += if quote == b'"' && line.as_bytes()[end] == b'\\' { 2 } else { 1 };
        }
        at = (end + 1).min(line.len());
        // An escape may end within a character.
        while !line.is_char_boundary(at) {
            at += 1;
        }
        Some(start..at)
    })
}

pub(super) fn is_closed(string: &str) -> bool {
    string.len() > 1 && string.ends_with(&string[..1])
}
