//! Reading `profile` and `[cors.profiles]`.

use super::Reader;
use super::tree::{Kind, Value};
use crate::config::{Config, ProfileRules, Rules};
use crate::problem::Language;

/// The keys of the table of a profile besides the settings.
pub(super) const KEYS: [&str; 4] = ["enabled", "off", "preflight_status", "loopback"];

impl Reader {
    pub(super) fn profile(&mut self, config: Config, value: &Value) -> Config {
        match &value.kind {
            Kind::Text(name) => config.profile(name.clone(), value.source.clone()),
            Kind::Table(_) => {
                let help = match value.source.language() {
                    Language::Settings => {
                        "write the name of a profile; its settings are in `profiles`, as in \
                         `\"profiles\": { \"development\": { \"loopback\": true } }`"
                    }
                    _ => {
                        "write the name of a profile; configure its settings in \
                         `[cors.profiles.development]`"
                    }
                };
                self.wrong_type(value, "the name of a profile", help);
                config
            }
            _ => {
                self.wrong_type(
                    value,
                    "the name of a profile",
                    "write the name of a profile, for example `\"production\"`",
                );
                config
            }
        }
    }

    pub(super) fn profiles(&mut self, mut config: Config, value: &Value) -> Config {
        for (name, value) in self.entries(value, "`[cors.profiles]`") {
            let mut profile = ProfileRules::new(Rules::new(name.source.clone()));
            let table = self.entries(value, "a profile");
            for (key, value) in table {
                match key.name.as_str() {
                    "preflight_status" | "loopback" | "enabled" if value.is_null() => {
                        self.null(key, None);
                    }
                    "preflight_status" => {
                        if let Some(status) = self.status(value) {
                            profile = profile.preflight_status(status, value.source.clone());
                        }
                    }
                    "loopback" => {
                        if let Some(open) = self.flag(value) {
                            profile = profile.loopback(open, key.source.clone());
                        }
                    }
                    "enabled" => {
                        if let Some(enabled) = self.flag(value) {
                            profile = profile.enabled(enabled, key.source.clone());
                        }
                    }
                    _ => self.setting((key, value), table, &mut profile.rules, &KEYS),
                }
            }
            config = config.profiles(name.name.clone(), profile);
        }
        config
    }
}
