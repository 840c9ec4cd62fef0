//! Laws for what is not a setting: lenient reading, profiles, `enabled`, `route_overrides`, and what
//! the attribute knows while it compiles.

use std::collections::BTreeSet;

use cors_core::{
    ClauseKind, Code, Config, Limits, ListValue, Overrides, ProfileRules, Route, Rules, Setting,
    Severity, check_attribute, check_module,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::given::*;

/// A harmless value to add to the lists of a layer, and one to replace its `max_age`.
fn harmless() -> impl Strategy<Value = (Vec<Setting>, Option<i64>)> {
    const LISTS: &[Setting] = &[Setting::Methods, Setting::Headers, Setting::Expose];
    let ages = select(&[86_401_i64, 1_728_000, i64::MAX][..]);
    (subsequence(LISTS, 0..=3), prop::option::of(ages))
}

const fn useless(setting: Setting) -> &'static str {
    match setting {
        Setting::Methods => "TRACE",
        Setting::Headers => "Content-Length",
        _ => "Set-Cookie",
    }
}

/// The rules with harmless values, and what they mean: the lists without them, and one day.
fn spoil(rules: &Rules, (lists, age): &(Vec<Setting>, Option<i64>)) -> (Rules, Rules) {
    let (mut spoilt, mut meant) = (self::rules(), self::rules());
    for clause in rules.clauses() {
        let (kind, source) = (&clause.kind, here());
        match (kind, age) {
            (ClauseKind::List(setting, op, ListValue::Elements(elements)), _)
                if lists.contains(setting) =>
            {
                let mut elements = elements.clone();
                elements.insert(0, cors_core::Element::plain(useless(*setting), here()));
                let list = ListValue::Elements(elements);
                spoilt = spoilt.list(*setting, *op, list, source);
                meant = meant.with_clause(kind.clone(), here());
            }
            (ClauseKind::MaxAge(..), Some(seconds)) => {
                spoilt = spoilt.max_age(*seconds, source);
                meant = meant.max_age(86_400, here());
            }
            _ => {
                spoilt = spoilt.with_clause(kind.clone(), source);
                meant = meant.with_clause(kind.clone(), here());
            }
        }
    }
    (spoilt, meant)
}

#[test]
fn harmless_values_that_are_read_leniently_change_nothing() {
    let rules = || (layer(), harmless());
    holds(&(rules(), rules()), 60, |((global, in_global), (group, in_group))| {
        let (global, meant_globally) = spoil(&global, &in_global);
        let (group, meant_in_group) = spoil(&group, &in_group);
        let config = |global: &Rules, group: &Rules| {
            Config::new(global.clone()).group("/group/**", group.clone(), here())
        };
        let strict = config(&meant_globally, &meant_in_group).resolve();
        let lenient = config(&global, &group).lenient().resolve();
        let errors = |error: &cors_core::Error| codes(error.problems());
        prop_assert_eq!(
            lenient.as_ref().map_err(errors).err(),
            strict.as_ref().map_err(errors).err()
        );
        let (Ok(strict), Ok(lenient)) = (strict, lenient) else { return Ok(false) };
        for path in ["/x", "/group/x"] {
            prop_assert_eq!(lenient.for_path(path), strict.for_path(path));
        }
        let excused: BTreeSet<_> = lenient.warnings().iter().map(|it| it.code().as_str()).collect();
        let is_spoilt = [&global, &group].into_iter().any(|rules| {
            Config::new(rules.clone()).resolve().is_err_and(|error| {
                error.problems().iter().any(|problem| problem.code().when_lenient().is_some())
            })
        });
        let is_excused = |code: &&Code| excused.contains(code.as_str());
        let all = Code::ALL.iter().filter(|code| code.when_lenient().is_some());
        prop_assert_eq!(all.filter(is_excused).count() > 0, is_spoilt);
        Ok(is_spoilt)
    });
}

#[test]
fn a_disabled_configuration_is_checked_as_an_enabled_one() {
    holds(&(layer(), layer(), any::<bool>()), 100, |(global, group, in_profile)| {
        let config = Config::new(global).group("/group/**", group, here());
        let profile = |enabled| {
            let profile = ProfileRules::new(rules()).enabled(enabled, here());
            config.clone().profiles("gateway-7", profile).profile("gateway-7", here())
        };
        let [off, on] = match in_profile {
            true => [false, true].map(profile),
            false => [false, true].map(|enabled| config.clone().enabled(enabled, here())),
        };
        let errors = |error: cors_core::Error| codes(error.problems());
        let (off, on) = (off.resolve().map_err(errors), on.resolve().map_err(errors));
        prop_assert_eq!(off.as_ref().err(), on.as_ref().err());
        let (Ok(off), Ok(on)) = (off, on) else { return Ok(false) };
        prop_assert!(off.disabled().is_some() && on.disabled().is_none());
        prop_assert_eq!(off.for_path("/group/x"), on.for_path("/group/x"));
        Ok(true)
    });
}

/// A profile that is local adds origins of the local machine, and changes nothing for others.
#[test]
fn loopback_changes_nothing_for_other_origins() {
    holds(&(layer(), layer(), request()), 60, |(global, group, request)| {
        let is_local = |(name, value): &(String, Vec<u8>)| {
            name == "origin" && value.starts_with(b"http://localhost")
        };
        if request.lines.iter().any(is_local) {
            return Ok(false);
        }
        let config = Config::new(global).group("/group/**", group, here());
        let profile = ProfileRules::new(rules()).loopback(true, here());
        let local = config.clone().profiles("laptop", profile).profile("laptop", here());
        let (Ok(local), Ok(config)) = (local.resolve(), config.resolve()) else { return Ok(false) };
        for path in ["/x", "/group/x"] {
            let [local, global] = [&local, &config].map(|resolver| {
                let policy = resolver.for_path(path);
                let mut answers = every_answer(policy, &request);
                // The list of origins is longer, and its length is nothing that a page sees.
                answers.iter_mut().for_each(|lines| lines.sort());
                (policy.decide(&request).denial(), answers)
            });
            prop_assert_eq!(local, global);
        }
        Ok(true)
    });
}

/// With a table, `route_overrides` reports what `"narrow"` does, except for the settings that
/// routes may override.
#[test]
fn an_overridable_setting_is_only_bounded_by_the_other_limits() {
    let free = subsequence(&Setting::ALL[..], 0..=4);
    holds(&(layer(), layer(), free), 100, |(global, own, free)| {
        let widened = |free: &[Setting]| {
            let narrow = Limits::new(here()).route_overrides(Overrides::Narrow, here());
            let limits = free.iter().fold(narrow, |limits, it| limits.allow_override(*it));
            let resolver = Config::new(global.clone()).limits(limits).resolve().ok()?;
            let found = route(&resolver, &own, METHODS).err().unwrap_or_default();
            let about = |problem: &cors_core::Problem| (problem.code(), problem.setting());
            Some(found.iter().map(about).collect::<Vec<_>>())
        };
        let (Some(narrow), Some(table)) = (widened(&[]), widened(&free)) else { return Ok(false) };
        let remain = narrow.iter().filter(|(code, setting)| {
            *code != Code::WIDENING_OVERRIDE || setting.is_none_or(|it| !free.contains(&it))
        });
        prop_assert_eq!(&table, &remain.copied().collect::<Vec<_>>());
        Ok(table.len() < narrow.len())
    });
}

/// What is found by merging layers, and not in the result.
const MERGING: [Code; 7] = [
    Code::NOTHING_TO_REMOVE,
    Code::NOTHING_LEFT,
    Code::COVERED_BY_PATTERN,
    Code::INHERITED_CREDENTIALS,
    Code::CREDENTIALS_NOT_COVERED,
    Code::ADD_TO_ANY,
    Code::REMOVE_FROM_ANY,
];

/// Whatever the configuration is, what the attribute reports is reported at startup, too.
#[test]
fn a_mistake_that_does_not_compile_is_one_at_startup() {
    holds(&(layer(), layer(), layer()), 100, |(global, module, own)| {
        let errors = |problems: Vec<cors_core::Problem>| {
            let errors = problems.into_iter().filter(|it| it.severity() == Severity::Error);
            errors.map(|it| it.code().as_str()).collect::<BTreeSet<_>>()
        };
        let modules = [module];
        if !errors(check_module(&modules[0], &[], Some(METHODS))).is_empty() {
            return Ok(false);
        }
        let compiling = errors(check_attribute(&own, &modules, Some(METHODS)));
        let Ok(resolver) = Config::new(global).resolve() else { return Ok(false) };
        let (serves, handler_serves, rules) = (METHODS, METHODS, std::slice::from_ref(&own));
        let route = Route { pattern: "/x", serves, handler_serves, modules: &modules, rules };
        let mut problems = Vec::new();
        resolver.route(route, &mut problems);
        let starting = errors(problems);
        prop_assert!(compiling.is_empty() || !starting.is_empty(), "{compiling:?}");
        // Nothing is merged with what is `off`; and what `credentials +=` adds to `true` is not
        // looked at.
        let is_hidden = |code: &Code| {
            starting.contains(Code::PARENT_IS_OFF.as_str())
                || *code == Code::CREDENTIALS_NOT_COVERED
                    && starting.contains(Code::ADD_TO_ANY.as_str())
        };
        for code in MERGING.iter().filter(|it| compiling.contains(it.as_str())) {
            let is_found = is_hidden(code) || starting.contains(code.as_str());
            prop_assert!(is_found, "{compiling:?} but {starting:?}");
        }
        Ok(!compiling.is_empty())
    });
}

/// The other direction, where the module starts from the baseline: all is known then.
#[test]
fn a_mistake_at_startup_does_not_compile_where_everything_is_known() {
    holds(&(layer(), layer()), 60, |(module, own)| {
        let is_base = |kind: &ClauseKind| matches!(kind, ClauseKind::Off | ClauseKind::Replace);
        if module.clauses().iter().any(|clause| is_base(&clause.kind)) {
            return Ok(false);
        }
        let modules = [module.replace(here())];
        let errors = |problems: Vec<cors_core::Problem>| {
            let errors = problems.into_iter().filter(|it| it.severity() == Severity::Error);
            errors.map(|it| it.code()).collect::<Vec<_>>()
        };
        if !errors(check_module(&modules[0], &[], Some(METHODS))).is_empty() {
            return Ok(false);
        }
        let compiling = errors(check_attribute(&own, &modules, Some(METHODS)));
        let resolver = Config::new(rules()).resolve().unwrap();
        let (serves, handler_serves, rules) = (METHODS, METHODS, std::slice::from_ref(&own));
        let route = Route { pattern: "/x", serves, handler_serves, modules: &modules, rules };
        let mut problems = Vec::new();
        resolver.route(route, &mut problems);
        let starting: Vec<_> =
            errors(problems).into_iter().filter(|it| MERGING.contains(it)).collect();
        for code in &starting {
            prop_assert!(compiling.contains(code), "{code} but {compiling:?}");
        }
        Ok(!starting.is_empty())
    });
}
