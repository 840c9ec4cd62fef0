//! Selecting the effective global rules: `[cors]`, the selected profile, and the
//! environment.

use crate::ceiling::check_overlay;
use crate::config::{Config, Overlay, Profile, Rules};
use crate::merge::Layer;
use crate::problem::{Problem, Source};

/// The unchecked global rules of one profile.
pub(crate) struct GlobalRules {
    pub(crate) profile: Option<Profile>,
    pub(crate) rules: Rules,
    /// The rules of the profile.
    pub(crate) overlays: Vec<Rules>,
    /// The rules of other profiles: they are checked, so that a mistake is reported
    /// before the profile is used.
    pub(crate) others: Vec<Rules>,
    /// The place of `loopback = true`.
    pub(crate) loopback: Option<Source>,
    pub(crate) preflight_status: (i64, Source),
}

impl GlobalRules {
    /// Selects the effective rules.
    pub(crate) fn select(config: &Config, problems: &mut Vec<Problem>) -> Self {
        // Without a selected profile, the stricter one applies.
        let default = (!config.overlays.is_empty()).then_some(Profile::Production);
        let profile = config.profile.as_ref().map(|(profile, _)| *profile).or(default);
        let mut selected = Self {
            profile,
            rules: config.global.clone(),
            overlays: Vec::new(),
            others: Vec::new(),
            loopback: None,
            preflight_status: config.preflight_status.clone(),
        };
        for (of, overlay) in &config.overlays {
            check_overlay(*of, overlay, problems);
            let Overlay { rules, loopback, preflight_status } = overlay;
            if Some(*of) != profile {
                selected.others.push(rules.clone());
                continue;
            }
            selected.overlays.push(rules.clone());
            if let Some((open, source)) = loopback {
                selected.loopback = open.then(|| source.clone());
            }
            if let Some(status) = preflight_status {
                selected.preflight_status = status.clone();
            }
        }
        selected.replace(&config.environment);
        selected
    }

    /// Overrides the clauses of the same settings. The rules are added to the last
    /// layer; if that is `off`, the contradiction is reported.
    fn replace(&mut self, rules: &Rules) {
        for clause in rules.clauses() {
            if let Some((setting, _)) = clause.setting() {
                self.rules.forget(setting);
                self.overlays.iter_mut().for_each(|overlay| overlay.forget(setting));
            }
            self.overlays.last_mut().unwrap_or(&mut self.rules).push(clause.clone());
        }
    }

    /// Combines the checked rules and overlays into one layer.
    pub(crate) fn combine(&self, layers: Vec<Layer>, problems: &mut Vec<Problem>) -> Layer {
        let mut layers = layers.into_iter();
        let first = layers.next().unwrap_or_else(|| Layer::empty(Source::BASELINE));
        let mut layer = layers.fold(first, |below, over| below.overlaid_by(over, problems));
        if let Some(source) = &self.loopback {
            layer.allow_loopback(source);
        }
        layer
    }
}
