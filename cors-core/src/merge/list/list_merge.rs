//! Merging one list into what is inherited: set, add, remove.

use std::collections::HashSet;
use std::hash::Hash;

use crate::grammar::{HeaderName, Method};
use crate::merge::layer::{Edit, List, OriginElement, Rule, Sourced};
use crate::merge::{LayerId, Layered, MergedList};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

/// Merges one list, with the context that its problems need.
pub(crate) struct ListMerge<'p> {
    pub(crate) setting: Setting,
    pub(crate) layer: LayerId,
    pub(crate) problems: &'p mut Vec<Problem>,
}

impl ListMerge<'_> {
    pub(crate) fn apply<T: Mergeable>(&mut self, inherited: &mut MergedList<T>, rule: &Rule<T>) {
        match (rule, inherited) {
            (Rule::Inherit, _) => {}
            (Rule::Set(List::Any { authorization, source }), inherited) => {
                *inherited = MergedList::Any(self.at(authorization, source));
            }
            (Rule::Set(List::Only(list)), inherited) => {
                let list =
                    list.iter().map(|element| self.at(&element.value, &element.source)).collect();
                *inherited = MergedList::Only(list);
            }
            (Rule::Edit(edits), inherited) => {
                edits.iter().for_each(|edit| self.edit(inherited, edit));
            }
        }
    }

    fn edit<T: Mergeable>(&mut self, inherited: &mut MergedList<T>, edit: &Edit<T>) {
        let Edit { add, remove, source } = edit;
        match inherited {
            MergedList::Any(any) => {
                if !add.is_empty() {
                    self.problems.push(self.add_to_any(source, &any.source));
                }
                if !remove.is_empty() {
                    self.problems.push(self.remove_from_any(source, &any.source));
                }
            }
            MergedList::Only(list) => {
                let had_any = !list.is_empty();
                self.remove(list, remove, source);
                let inherited: HashSet<_> = list.iter().map(|at| at.value.clone()).collect();
                let new = add.iter().filter(|element| !inherited.contains(&element.value));
                list.extend(new.map(|element| self.at(&element.value, &element.source)));
                let is_trust = matches!(self.setting, Setting::Origins | Setting::Credentials);
                if had_any && list.is_empty() && is_trust {
                    self.problems.push(self.nothing_left(source));
                }
            }
        }
    }

    fn remove<T: Mergeable>(
        &mut self,
        list: &mut Vec<Layered<T>>,
        remove: &[Sourced<T>],
        source: &Source,
    ) {
        if list.is_empty() && !remove.is_empty() {
            self.problems.push(self.nothing_to_remove(source));
            return;
        }
        let removed: HashSet<_> = remove.iter().map(|element| &element.value).collect();
        let (gone, left): (Vec<_>, Vec<_>) =
            list.drain(..).partition(|inherited| removed.contains(&inherited.value));
        *list = left;
        let gone: HashSet<_> = gone.iter().map(|inherited| &inherited.value).collect();
        for element in remove.iter().filter(|element| !gone.contains(&element.value)) {
            let covering = list.iter().find(|inherited| inherited.value.covers(&element.value));
            let live = list.iter().find(|inherited| inherited.value.is_live());
            self.problems.push(match (covering, live) {
                (Some(pattern), _) => self.covered(element, pattern),
                (None, Some(live)) if !element.value.is_live() => self.may_be_live(element, live),
                (None, _) => self.not_present(element),
            });
        }
    }

    fn at<V: Clone>(&self, value: &V, source: &Source) -> Layered<V> {
        Layered { value: value.clone(), source: source.clone(), layer: self.layer }
    }

    /// The value that covers every element.
    fn all(&self) -> &'static str {
        match self.setting {
            Setting::Credentials => "true",
            _ => "any",
        }
    }

    fn add_to_any(&self, source: &Source, any: &Source) -> Problem {
        let setting = self.setting;
        Problem::error(
            Code::ADD_TO_ANY,
            source,
            format!("adding to `{setting}` has no effect: it is already `{}`", self.all()),
        )
        .about(setting)
        .with_note_at(format!("`{}` is set here", self.all()), any)
        .with_help(format!(
            "remove this, or replace the list to narrow it, for example with `{}`",
            source.language().example(setting)
        ))
    }

    fn remove_from_any(&self, source: &Source, any: &Source) -> Problem {
        let setting = self.setting;
        Problem::error(
            Code::REMOVE_FROM_ANY,
            source,
            format!("elements of `{setting}` cannot be removed from `{}`", self.all()),
        )
        .about(setting)
        .with_note_at(format!("`{}` is set here", self.all()), any)
        .with_help(format!(
            "list the elements to keep, for example `{}`",
            source.language().example(setting)
        ))
    }

    fn nothing_to_remove(&self, source: &Source) -> Problem {
        let setting = self.setting;
        Problem::error(
            Code::NOTHING_TO_REMOVE,
            source,
            format!("there is nothing to remove: no `{setting}` are inherited"),
        )
        .about(setting)
        .with_help(format!(
            "remove it, or list the elements to allow, for example `{}`",
            source.language().example(setting)
        ))
    }

    fn nothing_left(&self, source: &Source) -> Problem {
        let language = source.language();
        let (message, help) = match self.setting {
            Setting::Credentials => (
                "this removes every origin from `credentials`, so none may send them",
                format!("write `{}`", language.flag(self.setting, false)),
            ),
            _ => (
                "this removes every origin, so none is allowed",
                format!("write `{}` to disable CORS here", language.keyword("off")),
            ),
        };
        Problem::error(Code::NOTHING_LEFT, source, message).about(self.setting).with_help(help)
    }

    fn not_present<T: Mergeable>(&self, element: &Sourced<T>) -> Problem {
        let setting = self.setting;
        Problem::warning(
            Code::NOT_PRESENT,
            &element.source,
            format!("{} is not among the inherited `{setting}`", element.value.show()),
        )
        .about(setting)
        .with_help("remove it from this list, or check its spelling")
    }

    fn may_be_live<T: Mergeable>(&self, element: &Sourced<T>, live: &Layered<T>) -> Problem {
        let (removed, set) = (element.value.show(), live.value.show());
        Problem::error(
            Code::COVERED_BY_PATTERN,
            &element.source,
            format!("removing {removed} has no effect: {set} may contain it at any time"),
        )
        .about(self.setting)
        .with_note_at("the set is used here", &live.source)
        .with_help("remove the origin from the content of the set, or the whole set here")
    }

    fn covered<T: Mergeable>(&self, element: &Sourced<T>, pattern: &Layered<T>) -> Problem {
        let setting = self.setting;
        Problem::error(
            Code::COVERED_BY_PATTERN,
            &element.source,
            format!(
                "removing {} has no effect: it is covered by {}",
                element.value.show(),
                pattern.value.show()
            ),
        )
        .about(setting)
        .with_note_at("the pattern is set here", &pattern.source)
        .with_help(format!(
            "replace the list, for example with `{}`",
            element.source.language().example(setting)
        ))
    }
}

/// An element of a list setting.
pub(crate) trait Mergeable: Clone + Eq + Hash {
    /// Whether this element allows everything that `other` allows.
    fn covers(&self, other: &Self) -> bool {
        self == other
    }

    /// Whether the content of the element changes while the server runs.
    fn is_live(&self) -> bool {
        false
    }

    /// Whether only rules with a path may have the element.
    fn needs_path(&self) -> bool {
        false
    }

    /// The element as it is written.
    fn show(&self) -> String;
}

impl Mergeable for OriginElement {
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pattern(mine), Self::Pattern(other)) => mine.covers(other),
            (Self::Regex(mine), Self::Pattern(other)) if other.is_exact() => {
                mine.is_match(&other.to_string())
            }
            // Whatever the key is, if this one has none: in limits.
            (Self::Live(mine), Self::Live(other)) => mine.covers(other),
            (mine, other) => mine == other,
        }
    }

    fn is_live(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    fn needs_path(&self) -> bool {
        matches!(self, Self::Live(live) if live.set.is_keyed())
    }

    fn show(&self) -> String {
        match self {
            Self::Pattern(pattern) => format!("`{pattern}`"),
            Self::Regex(regex) => format!("`regex(\"{regex}\")`"),
            Self::Live(live) => live.show(),
        }
    }
}

impl Mergeable for Method {
    fn show(&self) -> String {
        format!("`{self}`")
    }
}

impl Mergeable for HeaderName {
    fn show(&self) -> String {
        format!("`{self}`")
    }
}
