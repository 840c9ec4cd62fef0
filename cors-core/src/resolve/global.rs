//! Which global rules hold: `[cors]`, the profile that is in force, and the
//! environment.

use crate::ceiling::check_overlay;
use crate::config::{Config, Overlay, Profile, Rules};
use crate::merge::Layer;
use crate::problem::{Problem, Source};

/// The global rules of one profile, none of them checked.
pub(crate) struct GlobalRules {
    pub(crate) profile: Option<Profile>,
    pub(crate) rules: Rules,
    /// What the profile says differently.
    pub(crate) overlays: Vec<Rules>,
    /// What other profiles say: checked, so that a mistake shows before it matters.
    pub(crate) others: Vec<Rules>,
    /// Where `loopback = true` is said.
    pub(crate) loopback: Option<Source>,
    pub(crate) preflight_status: (i64, Source),
}

impl GlobalRules {
    /// Picks what is in force out of everything that was written.
    pub(crate) fn settle(config: &Config, problems: &mut Vec<Problem>) -> Self {
        // Who forgets to choose a profile shall not get the one that opens doors.
        let unsaid = (!config.overlays.is_empty()).then_some(Profile::Production);
        let profile = config.profile.as_ref().map(|(profile, _)| *profile).or(unsaid);
        let mut settled = Self {
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
                settled.others.push(rules.clone());
                continue;
            }
            settled.overlays.push(rules.clone());
            if let Some((open, source)) = loopback {
                settled.loopback = open.then(|| source.clone());
            }
            if let Some(status) = preflight_status {
                settled.preflight_status = status.clone();
            }
        }
        settled.replace(&config.environment);
        settled
    }

    /// Says these rules instead of whatever is said about the same settings, and
    /// with what is said last: where that is `off`, the two contradict each other.
    fn replace(&mut self, rules: &Rules) {
        for clause in rules.clauses() {
            if let Some((setting, _)) = clause.setting() {
                self.rules.forget(setting);
                self.overlays.iter_mut().for_each(|overlay| overlay.forget(setting));
            }
            self.overlays.last_mut().unwrap_or(&mut self.rules).push(clause.clone());
        }
    }

    /// Makes one layer of the checked rules and overlays.
    pub(crate) fn lay(&self, layers: Vec<Layer>, problems: &mut Vec<Problem>) -> Layer {
        let mut layers = layers.into_iter();
        let first = layers.next().unwrap_or_else(|| Layer::silent(Source::BASELINE));
        let mut layer = layers.fold(first, |below, over| below.overlaid_by(over, problems));
        if let Some(source) = &self.loopback {
            layer.open_loopback(source);
        }
        layer
    }
}
