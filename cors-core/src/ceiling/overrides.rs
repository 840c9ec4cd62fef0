//! The limit on routes and groups: `route_overrides`.
//!
//! Each layer above the global rules is compared with what it inherits. Only the
//! effective values count, not the operator, the policy or `replace`.

use super::{any_covers, effective_methods};
use crate::config::{Limits, Overrides};
use crate::grammar::{DEFAULT_MAX_AGE, Method};
use crate::merge::Cover;
use crate::merge::{Base, Disabled, Layer, Layered, Mergeable, Merged, MergedList, Sourced};
use crate::problem::{Code, Language, Problem, Source};
use crate::setting::Setting;

/// A layer above the global rules, with the merged settings below and including it.
pub(crate) struct RouteOverride<'l> {
    pub(crate) layer: &'l Layer,
    pub(crate) below: &'l Merged,
    pub(crate) merged: &'l Merged,
    /// The methods of an annotated route.
    pub(crate) serves: Option<&'l [Method]>,
}

impl RouteOverride<'_> {
    /// Reports what the limit, which is set at `limit`, does not allow.
    pub(crate) fn check(&self, limits: &Limits) -> Vec<Problem> {
        let (overrides, limit) = &limits.route_overrides;
        match overrides {
            Overrides::Any => Vec::new(),
            Overrides::None if self.inherits_all() => Vec::new(),
            Overrides::None => vec![
                Problem::error(
                    Code::FORBIDDEN_OVERRIDE,
                    &self.layer.source,
                    "routes and groups may not override CORS settings",
                )
                .with_note_at("`route_overrides = \"none\"` is set here", limit)
                .with_help(match self.layer.source.language() {
                    _ if self.merged.names_keyed_set() && !self.below.names_keyed_set() => {
                        "change the limit: the list of a keyed set is selected by a path, so `[cors]` \
                         cannot allow it"
                    }
                    Language::Attribute => {
                        "write `#[cors]` without arguments, and configure settings for all routes in \
                         `[cors]`"
                    }
                    _ => "remove these rules, and configure settings for all routes in `[cors]`",
                }),
            ],
            Overrides::Narrow => {
                let free = &limits.free_overrides;
                let mut widened =
                    WideningCheck { layer: self.layer, limit, free, problems: Vec::new() };
                self.compare(&mut widened);
                widened.problems
            }
        }
    }

    /// Whether the layer inherits everything.
    fn inherits_all(&self) -> bool {
        self.layer.clauses.is_empty() && self.layer.base == Base::Inherit
    }

    fn compare(&self, widened: &mut WideningCheck<'_>) {
        let Self { below, merged, serves, layer } = self;
        if let Some(Sourced { value: Disabled::Passthrough, source }) = &merged.disabled {
            return widened.refuse_passthrough(source);
        }
        if below.enforce.value && !merged.enforce.value {
            widened.report(Setting::Enforce, "`enforce` is disabled", &merged.enforce.source);
        }
        if merged.disabled.is_some() {
            return;
        }
        widened.list(Setting::Origins, &below.origins, &merged.origins, |_| false);
        let [before, after] =
            [below, merged].map(|merged| effective_methods(&merged.methods, *serves));
        widened.list(Setting::Methods, &before, &after, |method| {
            Method::is_safelisted(method.as_str().as_bytes())
        });
        widened.list(Setting::Headers, &below.headers, &merged.headers, |_| false);
        widened.list(Setting::Expose, &below.expose, &merged.expose, |_| false);
        widened.credentials(below, merged);
        if merged.private_network.value && !below.private_network.value {
            let place = &merged.private_network.source;
            widened.report(Setting::PrivateNetwork, "`private_network` is enabled", place);
        }
        let [before, after] = [below, merged]
            .map(|merged| merged.max_age.as_ref().map_or(DEFAULT_MAX_AGE, |at| at.value));
        if before < after {
            let place = merged.max_age.as_ref().map_or(&layer.source, |at| &at.source);
            let what = format!("`max_age` is increased from {before} s to {after} s");
            widened.report(Setting::MaxAge, &what, place);
        }
        for (setting, flag) in [
            (Setting::DangerAllowInsecureOrigins, &layer.allow_insecure),
            (Setting::DangerAllowPublicSuffixes, &layer.allow_suffixes),
        ] {
            if let Some(Sourced { value: true, source }) = flag {
                widened.report(setting, &format!("`{setting}` is set"), source);
            }
        }
        // `null` is treated as an element of the list of origins rather than as an
        // opt-in: a layer that replaces the list sets it again to keep it, and may get
        // it from a named policy.
        if merged.allow_null.value && !below.allow_null.value {
            let place = &merged.allow_null.source;
            widened.report(Setting::DangerAllowNullOrigin, "the origin `null` is allowed", place);
        }
    }
}

/// Collects what a layer allows in addition to what it inherits.
struct WideningCheck<'l> {
    layer: &'l Layer,
    limit: &'l Source,
    /// The settings that may be widened.
    free: &'l [Setting],
    problems: Vec<Problem>,
}

impl WideningCheck<'_> {
    fn list<T: Mergeable>(
        &mut self,
        setting: Setting,
        below: &MergedList<T>,
        merged: &MergedList<T>,
        exempt: impl Fn(&T) -> bool,
    ) {
        let added = |what: &str| format!("{what} is added to `{setting}`");
        let report = |this: &mut Self, at: &Layered<T>| {
            let help = at.value.needs_path().then(|| this.help_for_keyed_set(setting));
            this.report_with(setting, &added(&at.value.show()), &at.source, help);
        };
        match (below, merged) {
            (MergedList::Any(below), MergedList::Any(any)) => {
                if any.value && !below.value {
                    self.report(setting, &added("`any_with_authorization`"), &any.source);
                }
            }
            (MergedList::Only(_), MergedList::Any(any)) => {
                self.report(setting, &added("`any`"), &any.source);
            }
            (MergedList::Any(any), MergedList::Only(list)) => {
                for at in list.iter().filter(|at| !any_covers(setting, any.value, &at.value)) {
                    report(self, at);
                }
            }
            (MergedList::Only(below), MergedList::Only(list)) => {
                let below = Cover::of(below.iter().map(|at| &at.value));
                for at in list.iter().filter(|at| !exempt(&at.value) && !below.covers(&at.value)) {
                    report(self, at);
                }
            }
        }
    }

    /// Compares the origins that may send credentials: those of the list, or all.
    fn credentials(&mut self, below: &Merged, merged: &Merged) {
        let setting = Setting::Credentials;
        match (below.credentials_of_all(), merged.credentials_of_all()) {
            // What is added to `origins` is reported there.
            (Some(_), Some(_)) => {}
            (None, Some(all)) if below.trusted().is_empty() => {
                self.report(setting, "`credentials` is enabled", &all.source);
            }
            (None, Some(all)) => {
                let before = Cover::of(below.trusted().iter().map(|at| &at.value));
                let is_covered = match &merged.origins {
                    MergedList::Any(_) => false,
                    MergedList::Only(list) => list.iter().all(|at| before.covers(&at.value)),
                };
                if !is_covered {
                    self.report(setting, "`credentials` is enabled for more origins", &all.source);
                }
            }
            (before, None) => {
                let trusted = match before {
                    Some(_) => &below.origins,
                    None => &below.credentials,
                };
                self.list(setting, trusted, &merged.credentials, |_| false);
            }
        }
    }

    /// What the handlers allow is not known, so it is more than what is inherited.
    fn refuse_passthrough(&mut self, place: &Source) {
        self.problems.push(
            Problem::error(
                Code::WIDENING_OVERRIDE,
                place,
                "`passthrough` leaves CORS to the handlers, but routes and groups may only narrow what \
                 they inherit",
            )
            .with_note_at("`route_overrides` is limited to `\"narrow\"` here", self.limit)
            .with_help("remove it here and set `origins`, or change the limit"),
        );
    }

    /// What can be written where `setting` has a keyed set, which rules without a path
    /// cannot have.
    fn help_for_keyed_set(&self, setting: Setting) -> String {
        format!(
            "remove it here, or exclude `{setting}` from the limit with `{}`: it cannot be set in \
             `[cors]`, because the list of a keyed set is selected by a path",
            self.limit.language().allow_override(self.free, setting)
        )
    }

    fn report(&mut self, setting: Setting, what: &str, place: &Source) {
        self.report_with(setting, what, place, None);
    }

    fn report_with(&mut self, setting: Setting, what: &str, place: &Source, help: Option<String>) {
        if self.free.contains(&setting) {
            return;
        }
        let here = &self.layer.source;
        let place = if *place == Source::BASELINE { here } else { place };
        let problem = Problem::error(
            Code::WIDENING_OVERRIDE,
            place,
            format!("{what}, but routes and groups may only narrow what they inherit"),
        )
        .about(setting)
        .with_note_at("`route_overrides` is limited to `\"narrow\"` here", self.limit)
        .with_help(help.unwrap_or_else(|| {
            "remove it here, or set it in `[cors]` to apply it everywhere".to_owned()
        }));
        self.problems.push(match &self.layer.base {
            Base::Policy(name) => problem.with_note_at("the policy is used here", &name.source),
            Base::Replace | Base::Inherit | Base::Disabled(_) => problem,
        });
    }
}
