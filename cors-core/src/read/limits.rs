//! Reading `[cors.limits]`.

use super::Reader;
use super::rules::is_edit;
use super::tree::{Key, Kind, Value};
use crate::config::{Limits, Overrides, Permission, Rules};
use crate::setting::Setting;

/// The keys of `[cors.limits]`.
pub(super) const KEYS: [&str; 9] = [
    "origins",
    "methods",
    "headers",
    "expose",
    "max_age",
    "credentials",
    "private_network",
    "route_overrides",
    "passthrough",
];

impl Reader {
    pub(super) fn limits(&mut self, table: &Key, value: &Value) -> Limits {
        let mut limits = Limits::new(table.source.clone());
        for (key, value) in self.entries(value, "`[cors.limits]`") {
            let source = key.source.clone();
            limits = match Setting::from_name(&key.name) {
                Some(Setting::Credentials) => match self.permission(value) {
                    Some(permission) => limits.credentials(permission, source),
                    None => limits,
                },
                Some(Setting::PrivateNetwork) => match self.permission(value) {
                    Some(permission) => limits.private_network(permission, source),
                    None => limits,
                },
                Some(setting) if KEYS.contains(&setting.name()) => {
                    self.limit(setting, key, value, &mut limits.rules);
                    limits
                }
                None if key.name == "route_overrides" && value.table().is_some() => {
                    self.overrides(value, limits.route_overrides(Overrides::Narrow, source))
                }
                None if key.name == "route_overrides" => {
                    let names: Vec<_> = Overrides::ALL.iter().map(|word| word.name()).collect();
                    match self.word(value, &names, Overrides::from_name) {
                        Some(overrides) => limits.route_overrides(overrides, source),
                        None => limits,
                    }
                }
                None if key.name == "passthrough" => match self.flag(value) {
                    Some(accepted) => limits.passthrough(accepted),
                    None => limits,
                },
                None if key.name == "host" => {
                    self.host((key, value), &mut limits.rules);
                    limits
                }
                Some(_) | None => {
                    self.unknown_key(key, "limits", &KEYS);
                    limits
                }
            };
        }
        limits
    }

    /// Reads `{ origins = "narrow", headers = "any" }`. What is not named may only be
    /// narrowed.
    fn overrides(&mut self, value: &Value, mut limits: Limits) -> Limits {
        let words = [Overrides::Any, Overrides::Narrow];
        let names = words.map(Overrides::name);
        for (key, value) in self.entries(value, "`route_overrides`") {
            let Some(setting) = Setting::from_name(&key.name) else {
                let settings = Setting::ALL.map(Setting::name);
                self.unknown_key(key, "route_overrides", &settings);
                continue;
            };
            let parse = |word: &str| words.into_iter().find(|known| known.name() == word);
            if self.word(value, &names, parse) == Some(Overrides::Any) {
                limits = limits.allow_override(setting);
            }
        }
        limits
    }

    fn limit(&mut self, setting: Setting, key: &Key, value: &Value, rules: &mut Rules) {
        match &value.kind {
            Kind::Table(entries) if is_edit(entries) => {
                self.wrong_type(value, "a list", "write the whole list: a limit does not inherit");
            }
            _ => self.value_of(setting, value, rules, key.source.clone()),
        }
    }

    fn permission(&mut self, value: &Value) -> Option<Permission> {
        let names: Vec<_> = Permission::ALL.iter().map(|word| word.name()).collect();
        if let Some(flag) = value.bool() {
            let word = if flag { Permission::Any } else { Permission::Never };
            self.wrong_type(value, "a string", &format!("write `\"{}\"`", word.name()));
            return None;
        }
        self.word(value, &names, Permission::from_name)
    }
}
