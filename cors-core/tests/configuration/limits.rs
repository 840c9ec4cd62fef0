//! Limits apply to the result of merging, and a report names the route.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use cors_core::{
    Config, Decision, Limits, Op, Overrides, Permission, Policy, Problem, Request, RequestField,
    Resolver, Route, Rules, Setting, Source, Verdict,
};
use proptest::prelude::*;

const PATTERN: &str = "/users/{id}";

fn place(line: u32) -> Source {
    Source::code("src/api.rs", line, 1)
}

fn limits() -> Limits {
    Limits::new(Source::code("limits", 1, 1))
}

/// A resolver with `https://*.example.com`, `https://a.example` and these limits.
fn resolver(limits: Limits) -> Resolver {
    let here = place(1);
    let origins = ["https://*.example.com", "https://a.example"];
    let global = Rules::new(here.clone())
        .list(Setting::Origins, Op::Set, origins, here.clone())
        .list(Setting::Headers, Op::Set, ["x-a", "x-b"], here.clone())
        .max_age(60, here.clone())
        .flag(Setting::Enforce, true, here.clone());
    let open = Rules::new(here.clone()).origins_any(place(2));
    Config::new(global).named_policy("open", open).limits(limits).resolve().unwrap()
}

fn route(resolver: &Resolver, rules: &Rules, serves: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    resolver.route(
        Route {
            pattern: PATTERN,
            serves,
            handler_serves: serves,
            modules: &[],
            rules: std::slice::from_ref(rules),
        },
        &mut problems,
    );
    problems
}

fn codes(problems: &[Problem]) -> Vec<(&str, String)> {
    problems.iter().map(|problem| (problem.code().as_str(), problem.source().to_string())).collect()
}

#[test]
fn a_route_that_exceeds_a_limit_is_reported_with_value_and_limit() {
    let limit = Source::file("cors.toml", 9, 1);
    let limits =
        limits().list(Setting::Origins, ["https://*.example.com", "https://a.example"], limit);
    let rules =
        Rules::new(place(10)).list(Setting::Origins, Op::Add, ["https://b.example"], place(11));
    let problems = route(&resolver(limits), &rules, &["GET"]);
    assert_eq!(codes(&problems), [("cors::over-limit", "src/api.rs:11:1".to_owned())]);
    let text = problems[0].to_string();
    for part in ["`https://b.example`", "(cors.toml:9:1)", "GET `/users/{id}`"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_policy_that_exceeds_a_limit_is_reported_with_the_route() {
    let limits =
        limits().list(Setting::Origins, ["https://*.example.com", "https://a.example"], place(9));
    let rules = Rules::new(place(10)).policy("open", place(10));
    let problems = route(&resolver(limits), &rules, &["GET"]);
    assert_eq!(codes(&problems), [("cors::over-limit", "src/api.rs:2:1".to_owned())]);
    assert!(problems[0].to_string().contains("the policy is used here (src/api.rs:10:1)"));
}

#[test]
fn a_method_that_exceeds_the_limit_is_an_error_if_the_route_serves_it() {
    let resolver = resolver(limits().list(Setting::Methods, ["PUT"], place(9)));
    let bare = Rules::new(place(10));
    assert_eq!(codes(&route(&resolver, &bare, &["PUT", "GET"])), []);
    let expected = [("cors::over-limit", "src/api.rs:10:1".to_owned())];
    assert_eq!(codes(&route(&resolver, &bare, &["DELETE"])), expected);
    let get = Rules::new(place(10)).list(Setting::Methods, Op::Remove, ["DELETE"], place(10));
    assert_eq!(codes(&route(&resolver, &get, &["GET", "DELETE"])), []);
    let any = Rules::new(place(10)).list(
        Setting::Methods,
        Op::Set,
        cors_core::ListValue::Any(place(11)),
        place(11),
    );
    assert_eq!(
        codes(&route(&resolver, &any, &["PUT"])),
        [],
        "`any` means the methods that the route serves"
    );
}

#[test]
fn global_only_credentials_are_an_error_in_routes() {
    let resolver = resolver(limits().credentials(Permission::GlobalOnly, place(9)));
    let rules = Rules::new(place(10)).flag(Setting::Credentials, true, place(11));
    let expected = [("cors::over-limit", "src/api.rs:11:1".to_owned())];
    assert_eq!(codes(&route(&resolver, &rules, &["GET"])), expected);
    let rules = Rules::new(place(10)).flag(Setting::Credentials, false, place(11));
    assert_eq!(codes(&route(&resolver, &rules, &["GET"])), []);
}

#[test]
fn route_overrides_none_allows_only_an_attribute_without_arguments() {
    let resolver = resolver(limits().route_overrides(Overrides::None, place(9)));
    assert_eq!(codes(&route(&resolver, &Rules::new(place(10)), &["DELETE"])), []);
    let expected = [("cors::forbidden-override", "src/api.rs:10:1".to_owned())];
    for rules in [
        Rules::new(place(10)).off(place(10)),
        Rules::new(place(10)).flag(Setting::Credentials, false, place(10)),
        Rules::new(place(10)).list(Setting::Origins, Op::Remove, ["https://a.example"], place(10)),
    ] {
        assert_eq!(codes(&route(&resolver, &rules, &["GET"])), expected, "{rules:?}");
    }
}

#[test]
fn duplicate_definitions_are_errors_and_all_limits_apply() {
    let element = |origin: &'static str| vec![cors_core::Element::plain(origin, place(1))];
    let global =
        Rules::new(place(1)).list(Setting::Origins, Op::Set, ["https://a.example"], place(1));
    let config = Config::new(global)
        .set("own", element("https://a.example"), place(2))
        .set("own", element("https://b.example"), place(3))
        .named_policy("open", Rules::new(place(4)))
        .named_policy("open", Rules::new(place(5)).origins_any(place(5)))
        .limits(limits().list(Setting::Origins, ["https://b.example"], place(6)))
        .limits(limits().list(Setting::Origins, cors_core::ListValue::Any(place(7)), place(7)));
    let error = config.resolve().unwrap_err();
    let expected = [
        ("cors::over-limit", "src/api.rs:1:1".to_owned()),
        ("cors::duplicate-setting", "src/api.rs:3:1".to_owned()),
        ("cors::duplicate-setting", "src/api.rs:5:1".to_owned()),
    ];
    assert_eq!(codes(error.problems()), expected);
}

#[test]
fn route_overrides_narrow_applies_between_module_and_route() {
    let resolver = resolver(limits().route_overrides(Overrides::Narrow, place(9)));
    let module =
        [Rules::new(place(10)).list(Setting::Origins, Op::Set, ["https://a.example"], place(10))];
    let rules =
        Rules::new(place(11)).list(Setting::Origins, Op::Add, ["https://x.example.com"], place(12));
    let serves = ["GET"];
    let mut problems = Vec::new();
    let route = Route {
        pattern: PATTERN,
        serves: &serves,
        handler_serves: &serves,
        modules: &module,
        rules: std::slice::from_ref(&rules),
    };
    resolver.route(route, &mut problems);
    assert_eq!(codes(&problems), [("cors::widening-override", "src/api.rs:12:1".to_owned())]);
}

/// Each file has one problem; what its help says is written in the place of `old`.
#[cfg(feature = "config")]
#[test]
fn helps_about_keyed_sets_can_be_followed() {
    const GROUP: &str = "[[cors.paths]]\nmatch = '/t/{tenant}/**'\n";
    const ORIGINS: &str = "origins = { set = 'tenants', key = 'tenant' }\n";
    const TRUSTED: &str = "credentials = [{ set = 'tenants', key = 'tenant' }]\n";
    const NARROW: &str = "route_overrides = \"narrow\"";
    const FREE: &str = "route_overrides = { headers = \"any\", origins = \"any\" }";
    const GLOBAL: &str = "credentials = \"global-only\"";
    const EXCLUDE: &str = "remove it here, or exclude `{setting}` from the limit with `{new}`: it cannot \
                           be set in `[cors]`, because the list of a keyed set is selected by a path";
    const CHANGE: &str = "remove it here, or change the limit `credentials = \"global-only\"`: `[cors]` \
                          cannot set it for the origins of a keyed set, which a path selects";
    const MOVE: &str = "use the set in a group, as `[[cors.paths]]` with `match = \"/t/{tenant}/**\"`, or \
                        at a handler, whose path has the parameter";
    let group = |rules: &[&str]| format!("{GROUP}{}", rules.concat());
    let narrow = "route_overrides = { headers = \"any\" }";
    let both = "route_overrides = { origins = \"any\", credentials = \"any\" }";
    let keyed = "origins = { set = 'tenants', key = 'tenant' }\n";
    let without = "origins = { set = 'tenants' }\n";
    let in_group = format!("{GROUP}{ORIGINS}");
    let rows: [(&str, String, &str, &str, &str, &str); 9] = [
        (
            "",
            group(&[ORIGINS]),
            NARROW,
            "cors::widening-override",
            EXCLUDE,
            "route_overrides = { origins = \"any\" }",
        ),
        ("", group(&[ORIGINS]), narrow, "cors::widening-override", EXCLUDE, FREE),
        (
            "",
            group(&[ORIGINS, TRUSTED]),
            "route_overrides = { origins = \"any\" }",
            "cors::widening-override",
            EXCLUDE,
            both,
        ),
        (
            "",
            group(&[ORIGINS, TRUSTED]),
            GLOBAL,
            "cors::over-limit",
            CHANGE,
            "credentials = \"any\"",
        ),
        (
            "",
            group(&[ORIGINS, "credentials = true\n"]),
            GLOBAL,
            "cors::over-limit",
            CHANGE,
            "credentials = \"any\"",
        ),
        (
            "",
            group(&[ORIGINS]),
            "route_overrides = \"none\"",
            "cors::forbidden-override",
            "change the limit: the list of a keyed set is selected by a path, so `[cors]` cannot allow it",
            "route_overrides = { origins = \"any\" }",
        ),
        (keyed, String::new(), keyed, "cors::unknown-parameter", MOVE, &in_group),
        (without, String::new(), without, "cors::missing-set-key", MOVE, &in_group),
        (
            "origins = { set = 'tenants', key = '{tenant:[a-z]+}' }\n",
            String::new(),
            "origins = { set = 'tenants', key = '{tenant:[a-z]+}' }\n",
            "cors::unknown-parameter",
            MOVE,
            &in_group,
        ),
    ];
    for (global, group, old, code, help, new) in rows {
        let limits = if group.is_empty() { "" } else { old };
        let sets = "[cors.sets]\ntenants = { live = true, keyed = true }\n";
        let text = format!("[cors]\n{global}{sets}{group}[cors.limits]\n{limits}\n");
        let resolve = |text: &str| Config::from_toml(text, "cors.toml").resolve();
        let error = resolve(&text).unwrap_err();
        let [problem] = error.problems() else { panic!("{error}") };
        let setting =
            if problem.message().contains("`credentials`") { "credentials" } else { "origins" };
        let expected = help.replace("{setting}", setting).replace("{new}", new);
        assert_eq!((problem.code().as_str(), problem.help()), (code, Some(&*expected)), "{text}");
        assert!(resolve(&text.replace(old, new)).is_ok(), "{new} in the place of {old} in\n{text}");
    }
}

/// A preflight of a page, with the headers that it wants to set.
#[derive(Debug)]
struct Preflight(&'static str, &'static str);

impl Request for Preflight {
    fn method(&self) -> &[u8] {
        b"OPTIONS"
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let line = match field {
            RequestField::Origin => Some(self.0),
            RequestField::RequestMethod => Some("GET"),
            RequestField::RequestHeaders => Some(self.1),
            _ => None,
        };
        line.map(str::as_bytes).into_iter()
    }
}

fn allows(policy: &Policy, request: &Preflight) -> bool {
    policy.decide(request) == Decision::Preflight(Verdict::Allowed)
}

fn rules() -> impl Strategy<Value = Rules> {
    let origins = [
        "https://a.example",
        "https://b.example",
        "https://x.example.com",
        "https://*.x.example.com",
        "https://*.example.com",
    ];
    let names = ["x-a", "x-b", "x-c"];
    let op = prop::sample::select(vec![Op::Set, Op::Add, Op::Remove]);
    let list = |from: &'static [&'static str]| {
        prop::option::of((op.clone(), prop::sample::subsequence(from.to_vec(), 1..=2)))
    };
    (
        list(Vec::leak(origins.to_vec())),
        list(Vec::leak(names.to_vec())),
        prop::sample::select(vec!["inherit", "replace", "policy", "off"]),
    )
        .prop_map(|(origins, headers, base)| {
            let here = place(10);
            let mut rules = Rules::new(here.clone());
            rules = match base {
                "replace" => rules.replace(here.clone()),
                "policy" => rules.policy("open", here.clone()),
                "off" => return rules.off(here),
                _ => rules,
            };
            for (setting, rule) in [(Setting::Origins, origins), (Setting::Headers, headers)] {
                if let Some((op, list)) = rule {
                    rules = rules.list(setting, op, list.as_slice(), here.clone());
                }
            }
            rules
        })
}

proptest! {
    #[test]
    fn rules_that_are_accepted_as_narrow_allow_nothing_more(rules in rules()) {
        let resolver = resolver(limits().route_overrides(Overrides::Narrow, place(9)));
        let mut problems = Vec::new();
        let serves = ["GET"];
        let route = Route { pattern: PATTERN, serves: &serves, handler_serves: &serves, modules: &[], rules: std::slice::from_ref(&rules) };
        let policies = resolver.route(route, &mut problems).other().policies.clone();
        prop_assume!(cors_core::Error::check(problems).is_ok());
        for origin in ["https://a.example", "https://b.example", "https://x.example.com", "https://y.x.example.com"] {
            for headers in ["", "x-a", "x-b", "x-c", "x-a,x-b"] {
                let request = Preflight(origin, headers);
                prop_assert!(
                    !allows(policies.get(None), &request) || allows(resolver.global(), &request),
                    "{request:?} under {rules:?}"
                );
            }
        }
    }
}
