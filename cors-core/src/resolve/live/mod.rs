//! Changes of live sets: every origin is checked by its grammar, by the limits and by the
//! settings of all policies that use the set, before it takes effect.

mod change;
mod check;
mod live_error;
mod requirements;

pub use self::change::LiveChange;
pub use self::live_error::{LiveError, RejectedOrigin};
pub(crate) use self::requirements::LiveRequirements;

use self::change::NextContent;
use self::check::OriginCheck;
use self::live_error::SHOWN;
use super::Resolver;
use crate::live::LiveSet;
use crate::merge::{OriginElement, Sourced};
use crate::problem::{Code, Error, Problem, Source, nearest, toml_key};
use crate::setting::Setting;

impl LiveSet {
    /// Checks that the set is of the kind that the caller expects; `place` is the place of the
    /// call.
    ///
    /// # Errors
    ///
    /// If the set has keys and should have none, or the other way round.
    pub fn check_kind(&self, is_keyed: bool, place: &Source) -> Result<(), Error> {
        match self.is_keyed() == is_keyed {
            true => Ok(()),
            false => Err(wrong_kind(self, place).into()),
        }
    }
}

impl Resolver {
    /// This configuration for the routes of one application: what they require of the
    /// content of live sets counts until the returned resolver is dropped.
    ///
    /// ```
    /// use cors_core::{Config, Element, LiveChange, Op, Route, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let partners = [Element::set("partners", here.clone())];
    /// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, partners, here.clone());
    /// let resolver = Config::new(rules).live_set("partners", here.clone()).resolve()?;
    /// let insecure = || LiveChange::Insert(vec![Element::plain("http://a.example", here.clone())]);
    ///
    /// let for_routes = resolver.for_routes();
    /// let credentials = [Rules::new(here.clone()).flag(Setting::Credentials, true, here.clone())];
    /// let serves = ["GET"];
    /// let route = Route { pattern: "/x", serves: &serves, handler_serves: &serves, modules: &[], rules: &credentials };
    /// for_routes.route(route, &mut Vec::new());
    /// assert!(resolver.change("partners", insecure(), &here).is_err());
    /// drop(for_routes);
    /// assert!(resolver.change("partners", insecure(), &here).is_ok());
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    #[must_use]
    pub fn for_routes(&self) -> Self {
        Self { live_requirements: self.live_requirements.apart(), ..self.clone() }
    }

    /// The live sets, in the order of their names.
    pub fn live_sets(&self) -> impl Iterator<Item = &LiveSet> {
        self.sets.values().filter_map(|set| live_of(set))
    }

    /// A live set by its name; `place` is where it is asked for.
    ///
    /// # Errors
    ///
    /// If there is no set of this name, or if its content is fixed. The error names the live
    /// sets.
    pub fn live_set(&self, name: &str, place: &Source) -> Result<&LiveSet, Error> {
        self.live_sets().find(|set| set.name() == name).ok_or_else(|| {
            let known: Vec<_> = self.live_sets().map(LiveSet::name).collect();
            Error::from(match self.sets.contains_key(name) {
                true => fixed(name, place),
                false => unknown(name, &known, place),
            })
        })
    }

    /// Changes the content of a live set, for all policies at once; returns the origins that
    /// were left out. `place` is where the change comes from.
    ///
    /// Every origin is checked as one in the configuration is: by its grammar, by the limits,
    /// and by `credentials`, `private_network` and the profile where the set is used.
    ///
    /// ```
    /// use cors_core::{Config, Element, LiveChange, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone())
    ///     .list(Setting::Origins, Op::Set, [Element::set("partners", here.clone())], here.clone())
    ///     .flag(Setting::Credentials, true, here.clone());
    /// let resolver = Config::new(rules).live_set("partners", here.clone()).resolve()?;
    ///
    /// let list = ["https://a.example", "http://b.example", "https://c.example/"];
    /// let list = list.map(|origin| Element::plain(origin, here.clone())).to_vec();
    /// let error = resolver.change("partners", LiveChange::Replace(list.clone()), &here).unwrap_err();
    /// let rejected: Vec<_> = error.rejected().iter().map(|it| (it.index(), it.text())).collect();
    /// assert_eq!(rejected, [(Some(1), "http://b.example"), (Some(2), "https://c.example/")]);
    /// assert!(resolver.live_set("partners", &here)?.is_empty(), "nothing was changed");
    ///
    /// let left_out = resolver.change("partners", LiveChange::ReplaceValid(list), &here)?;
    /// assert_eq!(left_out.len(), 2);
    /// assert!(resolver.live_set("partners", &here)?.contains(None, b"https://a.example"));
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such set, and for every origin that is not accepted. Nothing is changed
    /// then.
    pub fn change(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        let (set, next, rejected) = self.next_content(name, change, place)?;
        next.put(set);
        Ok(rejected)
    }

    /// Checks a change of a live set, as [`Resolver::change`] does, and changes nothing.
    ///
    /// # Errors
    ///
    /// Those of the change.
    pub fn check_change(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<Vec<RejectedOrigin>, LiveError> {
        self.next_content(name, change, place).map(|(.., rejected)| rejected)
    }

    /// The set, and the content that a change leads to.
    fn next_content(
        &self,
        name: &str,
        change: LiveChange,
        place: &Source,
    ) -> Result<(&LiveSet, NextContent, Vec<RejectedOrigin>), LiveError> {
        let set = self.live_set(name, place);
        let set = set.map_err(|error| LiveError::without_configuration(name, &error))?;
        if change.is_keyed() != set.is_keyed() {
            return Err(LiveError::of_set(name, wrong_kind(set, place)));
        }
        let mut checked = OriginCheck::new(self, set);
        let only_valid =
            matches!(change, LiveChange::ReplaceValid(_) | LiveChange::ReplaceAllValid(_));
        let next = NextContent::of(change, &mut checked, place);
        let rejected = checked.rejected;
        if !only_valid && !rejected.is_empty() {
            return Err(LiveError::of_origins(name, rejected));
        }
        Ok((set, next, rejected))
    }

    /// Checks what live sets contain already, by the rules of this configuration: after a
    /// reload, and after the rules of routes were merged.
    #[must_use]
    pub fn check_live_content(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for set in self.live_sets() {
            let content = set.load();
            let check = OriginCheck::new(self, set);
            let (mut found, mut more) = (Vec::new(), 0_usize);
            for (key, list) in content.lists() {
                let (patterns, regexes) = list.parts();
                let patterns = patterns.into_iter().map(OriginElement::Pattern);
                let regexes = regexes.iter().cloned().map(OriginElement::Regex);
                for element in patterns.chain(regexes) {
                    let Some(problem) = check.problem_of(&element, None) else { continue };
                    if found.len() == SHOWN {
                        more += 1;
                        continue;
                    }
                    let set = set.name();
                    found.push(problem.with_note(match key {
                        Some(key) => {
                            format!("it is in the live set `{set}`, key `{}`", key.escape_debug())
                        }
                        None => format!("it is in the live set `{set}`"),
                    }));
                }
            }
            if let Some(last) = found.pop() {
                found.push(match more {
                    0 => last,
                    _ => last.with_note(format!("{more} more origins of the set are not accepted")),
                });
            }
            problems.extend(found);
        }
        problems
    }
}

/// The live set of a definition.
fn live_of(definition: &[Sourced<OriginElement>]) -> Option<&LiveSet> {
    match definition {
        [Sourced { value: OriginElement::Live(live), .. }] => Some(&live.set),
        _ => None,
    }
}

fn unknown(name: &str, known: &[&str], place: &Source) -> Problem {
    let help = match nearest(name, known.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if known.is_empty() => {
            format!("define it: `[cors.sets]` `{} = {{ live = true }}`", toml_key(name))
        }
        None => format!("the live sets are `{}`", known.join("`, `")),
    };
    let message = format!("there is no live set named `{}`", name.escape_debug());
    Problem::error(Code::UNKNOWN_LIVE_SET, place, message).about(Setting::Origins).with_help(help)
}

fn fixed(name: &str, place: &Source) -> Problem {
    let message = format!("the content of the set `{name}` is fixed, so it cannot be changed");
    Problem::error(Code::UNKNOWN_LIVE_SET, place, message)
        .about(Setting::Origins)
        .with_help(format!("define it as a live set: `{} = {{ live = true }}`", toml_key(name)))
}

fn wrong_kind(set: &LiveSet, place: &Source) -> Problem {
    let name = set.name();
    let (message, help) = match set.is_keyed() {
        true => (
            format!("the live set `{name}` has a list for each key, not one list"),
            format!("use `keyed(\"{name}\")`, or remove `keyed = true` from its definition"),
        ),
        false => (
            format!("the live set `{name}` has one list, and no keys"),
            format!(
                "use `live(\"{name}\")`, or define it with `{name} = {{ live = true, keyed = true }}`"
            ),
        ),
    };
    Problem::error(Code::WRONG_KIND_OF_SET, place, message).about(Setting::Origins).with_help(help)
}
