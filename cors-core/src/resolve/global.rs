//! Selecting the effective global rules: `[cors]`, the selected profile, and the
//! environment.

use std::collections::BTreeSet;

use crate::ceiling::check_profile;
use crate::config::{Config, PRODUCTION, ProfileRules, Rules, WITHOUT_TABLE};
use crate::merge::Layer;
use crate::problem::{Code, Problem, Source, meant_word, nearest, toml_key};

/// The unchecked global rules of one profile.
pub(crate) struct GlobalRules {
    pub(crate) profile: Option<String>,
    pub(crate) rules: Rules,
    /// Rules over these, the lowest first: those of the profile and of `[cors.report_only]`.
    pub(crate) over: Vec<Rules>,
    /// The rules of other profiles: they are checked, so that a mistake is reported
    /// before the profile is used.
    pub(crate) others: Vec<Rules>,
    /// The place of `loopback = true`.
    pub(crate) loopback: Option<Source>,
    pub(crate) preflight_status: (i64, Source),
    pub(crate) enabled: Option<(bool, Source)>,
}

impl GlobalRules {
    /// Selects the effective rules.
    pub(crate) fn select(config: &Config, problems: &mut Vec<Problem>) -> Self {
        let mut selected = Self {
            profile: selected_profile(config, problems),
            rules: config.global.clone(),
            over: Vec::new(),
            others: Vec::new(),
            loopback: None,
            preflight_status: config.preflight_status.clone(),
            enabled: config.enabled.clone(),
        };
        for (name, profile) in &config.profiles {
            check_profile(name, profile, problems);
            let ProfileRules { rules, loopback, preflight_status, enabled } = profile;
            if Some(name) != selected.profile.as_ref() {
                selected.others.push(rules.clone());
                continue;
            }
            selected.over.push(rules.clone());
            if let Some((open, source)) = loopback {
                selected.loopback = open.then(|| source.clone());
            }
            if let Some(enabled) = enabled {
                selected.enabled = Some(enabled.clone());
            }
            if let Some(status) = preflight_status {
                selected.preflight_status = status.clone();
            }
        }
        selected.replace(&config.environment);
        if let Some(enabled) = &config.environment_enabled {
            selected.enabled = Some(enabled.clone());
        }
        selected
    }

    /// Overrides the clauses of the same settings. The rules are added to the last
    /// layer; if that is `off`, the contradiction is reported.
    fn replace(&mut self, rules: &Rules) {
        for clause in rules.clauses() {
            if let Some((setting, _)) = clause.setting() {
                self.rules.forget(setting);
                self.over.iter_mut().for_each(|over| over.forget(setting));
            }
            self.over.last_mut().unwrap_or(&mut self.rules).push(clause.clone());
        }
    }

    /// The place of `enabled = false`.
    pub(crate) fn disabled(&self) -> Option<&Source> {
        self.enabled.as_ref().filter(|(enabled, _)| !enabled).map(|(_, source)| source)
    }

    /// Combines the checked rules, and those over them, into one layer.
    pub(crate) fn combine(&self, layers: Vec<Layer>, problems: &mut Vec<Problem>) -> Layer {
        let mut layers = layers.into_iter();
        let first = layers.next().unwrap_or_else(|| Layer::empty(Source::BASELINE));
        layers.fold(first, |below, over| below.overlaid_by(over, problems))
    }
}

/// The name of the selected profile. If profiles differ and none is selected, the
/// strict one applies.
fn selected_profile(config: &Config, problems: &mut Vec<Problem>) -> Option<String> {
    let default = || (!config.profiles.is_empty()).then(|| PRODUCTION.to_owned());
    let Some((name, source)) = &config.profile else { return default() };
    let mut known: Vec<_> = config.profiles.iter().map(|(name, _)| name.as_str()).collect();
    let has_table = known.contains(&name.as_str());
    // A table whose name is nearly right was meant for this profile.
    let needs_no_table =
        || WITHOUT_TABLE.contains(&name.as_str()) && nearest(name, known.iter().copied()).is_none();
    if has_table || needs_no_table() {
        return Some(name.clone());
    }
    known.extend(WITHOUT_TABLE.into_iter().filter(|it| *it != name));
    problems.push(unknown_profile(name, &known, source));
    Some(PRODUCTION.to_owned())
}

fn unknown_profile(name: &str, known: &[&str], source: &Source) -> Problem {
    if name.is_empty() {
        return Problem::error(Code::UNKNOWN_PROFILE, source, "this names no profile")
            .with_help("write the name of a profile, or remove it");
    }
    let help = match meant_word(name, known) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => {
            let known: BTreeSet<_> = known.iter().copied().collect();
            let known: Vec<_> = known.into_iter().collect();
            format!(
                "the profiles are `{}`; add another one as `[cors.profiles.{}]`",
                known.join("`, `"),
                toml_key(name)
            )
        }
    };
    let message = format!("there is no profile named `{name}`");
    Problem::error(Code::UNKNOWN_PROFILE, source, message).with_help(help)
}
