//! Settings that have no effect, because no policy of an application allows an origin.
//!
//! Only an adapter knows the policies of routes, which may allow origins that the
//! configuration does not, so it asks for this when it has compiled them all.

use super::Resolver;
use crate::policy::{EffectiveValue, Policy};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

/// What allows something to pages of the allowed origins. `enforce` is not among them: it
/// refuses requests of all others.
const ABOUT_ALLOWED_ORIGINS: [Setting; 6] = [
    Setting::Credentials,
    Setting::Headers,
    Setting::Methods,
    Setting::Expose,
    Setting::MaxAge,
    Setting::PrivateNetwork,
];

impl Resolver {
    /// Warns about settings that have no effect, because none of an application's policies
    /// allows an origin: neither `routes` nor those of paths without an annotated route.
    ///
    /// Live sets count as origins, also while they are empty.
    ///
    /// ```
    /// use cors_core::{Code, Config, Problem, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let global = Rules::new(here.clone()).flag(Setting::Credentials, true, here.clone());
    /// let config = Config::new(global);
    /// let warning = config.resolve()?.without_origins([]);
    /// assert_eq!(warning.as_ref().map(Problem::code), Some(Code::SETTINGS_WITHOUT_ORIGINS));
    ///
    /// let open = Rules::new(here.clone()).origins_any(here.clone());
    /// let open = open.flag(Setting::Credentials, false, here.clone());
    /// assert_eq!(config.group("/public/**", open, here).resolve()?.without_origins([]), None);
    /// # Ok::<(), cors_core::Error>(())
    /// ```
    pub fn without_origins<'p>(
        &'p self,
        routes: impl IntoIterator<Item = &'p Policy>,
    ) -> Option<Problem> {
        // What is only reported on may allow origins under these settings; that `loopback`
        // adds nothing has the same reason.
        if self.disabled.is_some()
            || self.report_only.is_some()
            || self.warnings.iter().any(|it| it.code() == Code::LOOPBACK_WITHOUT_ORIGINS)
        {
            return None;
        }
        let fallback = self.fallback.iter().flat_map(|policies| policies.iter());
        let policies: Vec<&Policy> = fallback.map(|policy| &**policy).chain(routes).collect();
        if !policies.iter().all(|policy| policy.allows_no_origin()) {
            return None;
        }
        let place = |setting: Setting| -> Option<(Setting, &Source)> {
            let of_policy = |policy: &&Policy| -> bool {
                policy.effective(setting).value() != &EffectiveValue::Flag(false)
            };
            let sources = policies.iter().filter(|policy| of_policy(policy));
            let mut sources = sources.flat_map(|policy| policy.sources(setting));
            sources.find(|source| **source != Source::BASELINE).map(|source| (setting, source))
        };
        let found: Vec<_> = ABOUT_ALLOWED_ORIGINS.into_iter().filter_map(place).collect();
        let [(first, source), others @ ..] = &*found else { return None };
        let names: Vec<_> = found.iter().map(|(setting, _)| format!("`{setting}`")).collect();
        let is_plural = !others.is_empty() || matches!(first, Setting::Headers | Setting::Methods);
        let have = if is_plural { "have" } else { "has" };
        let example = source.language().example(Setting::Origins);
        let problem = Problem::warning(
            Code::SETTINGS_WITHOUT_ORIGINS,
            source,
            format!("{} {have} no effect: the application allows no origin", names.join(", ")),
        )
        .about(Setting::Origins)
        .with_help(format!("set the allowed origins, for example `{example}`"));
        Some(others.iter().fold(problem, |problem, (setting, source)| {
            problem.with_note_at(format!("`{setting}` is set here"), source)
        }))
    }
}

#[cfg(feature = "config")]
#[cfg(test)]
mod tests {
    use crate::{Config, Problem, Route, Rules, Setting, Source};

    /// The message about a file, and an annotated route with these rules.
    fn message(text: &str, rules: Option<Rules>) -> Option<String> {
        let resolver = Config::from_toml(text, "cors.toml").resolve().unwrap();
        let route = rules.map(|rules| {
            let route = Route {
                pattern: "/orders",
                serves: &["GET"],
                handler_serves: &["GET"],
                modules: &[],
                rules: &[rules],
            };
            let mut problems = Vec::new();
            let policies = resolver.route(route, &mut problems);
            assert_eq!(problems, []);
            policies.other().policies.outside().clone()
        });
        resolver.without_origins(route.as_deref()).as_ref().map(Problem::message).map(str::to_owned)
    }

    #[test]
    fn settings_without_any_origin_have_no_effect() {
        const GROUP: &str = "[[cors.paths]]\nmatch = '/x/{tenant}'\n";
        let has = |names: &str, have| {
            Some(format!("{names} {have} no effect: the application allows no origin"))
        };
        let credentials = has("`credentials`", "has");
        let rows = [
            ("[cors]\n", "", None),
            ("[cors]\ncredentials = true\n", "", credentials.clone()),
            ("[cors]\ncredentials = false\nprivate_network = false\nenforce = true\n", "", None),
            ("[cors]\nheaders = 'x-a'\n", "", has("`headers`", "have")),
            (
                "[cors]\nmax_age = '1m'\ncredentials = true\nmethods = 'PUT'\nexpose = 'x-a'\n",
                "",
                has("`credentials`, `methods`, `expose`, `max_age`", "have"),
            ),
            ("[cors]\nenabled = false\ncredentials = true\n", "", None),
            ("[cors]\n", "max_age = 1", has("`max_age`", "has")),
            ("[cors]\ncredentials = true\n", "off = true", credentials.clone()),
            // Some layer allows origins, if only a live set.
            ("[cors]\norigins = 'https://a.example'\ncredentials = true\n", "", None),
            (
                "[cors]\ncredentials = true\ndanger_allow_insecure_origins = true\norigins = { set = 'live' }\n",
                "",
                None,
            ),
            (
                "[cors]\ncredentials = true\n",
                "origins = { set = 'live' }\ncredentials = true",
                None,
            ),
            (
                "[cors]\ncredentials = true\n",
                "origins = { set = 'keyed', key = 'tenant' }\ncredentials = true",
                None,
            ),
            ("[cors]\ncredentials = true\n", "origins = 'any'\ncredentials = false", None),
            ("[cors]\nmax_age = 1\n", "danger_allow_null_origin = true", None),
            // What the handlers answer is not known.
            ("[cors]\ncredentials = true\n", "passthrough = true", None),
            // Sets and policies that nothing uses allow no origin.
            (
                "[cors]\ncredentials = true\n[cors.policies]\nopen = { origins = 'any' }\n",
                "",
                credentials.clone(),
            ),
            // Reported already, or with origins that are only reported on.
            (
                "[cors]\nheaders = 'x-a'\nprofile = 'dev'\n[cors.profiles.dev]\nloopback = true\n",
                "",
                None,
            ),
            ("[cors]\nheaders = 'x-a'\n[cors.report_only]\norigins = 'any'\n", "", None),
        ];
        for (text, group, expected) in rows {
            let sets =
                "[cors.sets]\nlive = { live = true }\nkeyed = { live = true, keyed = true }\n";
            let sets = if group.contains("set =") || text.contains("set =") { sets } else { "" };
            let group = if group.is_empty() { "" } else { &format!("{GROUP}{group}\n") };
            assert_eq!(message(&format!("{text}{sets}{group}"), None), expected, "{text}{group}");
        }
    }

    #[test]
    fn origins_of_a_route_count() {
        let here = Source::caller();
        let rules = || Rules::new(here.clone()).flag(Setting::Credentials, true, here.clone());
        let closed = "[cors]\ncredentials = true\n";
        let expected = "`credentials` has no effect: the application allows no origin";
        assert_eq!(message(closed, Some(rules())).as_deref(), Some(expected));
        assert_eq!(message("[cors]\n", Some(rules())).as_deref(), Some(expected));
        let open =
            rules().list(Setting::Origins, crate::Op::Set, ["https://a.example"], here.clone());
        assert_eq!(message(closed, Some(open)), None);
    }
}
