//! What an application is, as data: its configuration, its services in the order of registration,
//! and what its pages do. Everything is drawn from small pools, so that patterns, methods, origins
//! and header names meet often.

use std::fmt::{self, Write as _};

use cors_actix::__private::{List as Elements, ListValue, Op, Rules, Setting, Source, at};
use cors_browser::{Credentials, FetchRequest, Url};
use cors_tests::script::Act;

/// The origins that pages have; the last two are the server's own, of either scheme.
pub(crate) const PAGES: &[&str] = &[
    "https://app.example",
    "https://b.example",
    "https://x.app.example",
    "https://pr-7.app.example",
    "http://localhost:3000",
    "https://partner.example",
    "https://disallowed.example",
    "null",
    "https://api.example",
    "http://api.example",
];

/// The hosts that requests are for.
pub(crate) const HOSTS: &[&str] = &["api.example", "t1.example", "other.example"];
/// Those for which something may be meant alone.
pub(crate) const VIRTUAL_HOSTS: &[&str] = &["api.example", "t1.example"];

/// Elements of `origins`. `@partners` stands for a set, `@live` for a live one, `~pr` for a regular
/// expression.
pub(crate) const ORIGINS: &[&str] = &[
    "https://app.example",
    "https://b.example",
    "https://*.app.example",
    "http://localhost:*",
    "@partners",
    "@live",
    "~pr",
];
/// In the group [`KEYED_GROUP`], in the place of `@live`: the list of the key in the path.
pub(crate) const KEYED: &str = "@keyed";
/// What live sets may contain.
pub(crate) const LIVE_ORIGINS: &[&str] = &[
    "https://app.example",
    "https://b.example",
    "https://*.app.example",
    "https://partner.example",
    "https://disallowed.example",
    "http://api.example",
];
/// The first segments of [`PATHS`], and one that no path has.
pub(crate) const KEYS: &[&str] = &["a", "b", "absent"];
pub(crate) const PARTNERS: &[&str] = &["https://b.example", "https://partner.example"];
pub(crate) const PREVIEWS: &str = r"https://pr-[0-9]+\.app\.example";

pub(crate) const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "PURGE"];
pub(crate) const HEADERS: &[&str] = &["authorization", "content-type", "x-a", "x-b"];
/// What every handler sends, beside what it tells the test.
pub(crate) const EXPOSED: &[&str] = &["etag", "x-total"];

/// No two are equally specific for one path.
pub(crate) const GROUPS: &[&str] = &["/**", "/a/**", "/b/**", "/a/b", KEYED_GROUP];
/// Its first segment has a name in the file.
pub(crate) const KEYED_GROUP: &str = "/*/b/**";
pub(crate) const PREFIXES: &[&str] = &["", "/a", "/b", "/{t}", "/a/{t}", ONE_OR_TWO];
/// A parameter that takes a slash, if it can.
pub(crate) const ONE_OR_TWO: &str = "/{d:[^/]+(/[^/]+)?}";
pub(crate) const PATTERNS: &[&str] = &[
    "",
    "/a",
    "/b",
    "/a/b",
    "/{id}",
    "/a/{id}",
    "/{id}/b",
    "/{tail:.*}",
    "/a/{tail:.*}",
    "/a/",
    "/{id}/",
    "//a",
];
/// Where directories are served.
pub(crate) const MOUNTS: &[&str] = &["/", "/a", "/b"];
pub(crate) const PATHS: &[&str] = &[
    "/", "/a", "/b", "/a/b", "/a/a", "/b/a", "/b/b", "/a/b/b", "/a/a/a", "/z", "/a/", "//a/b",
    "//a", "/b/a/", "/a/b/a",
];

/// A random application: how it is configured, and again after each reload.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) configs: Vec<Config>,
    pub(crate) services: Vec<Service>,
    /// The mode of the `NormalizePath` inside of `Cors`, if there is one.
    pub(crate) normalizes: Option<Mode>,
    /// The same outside of `Cors`, which then sees what is left.
    pub(crate) normalizes_outside: Option<Mode>,
    /// What a middleware inside of `Cors` does for `?s0` and `?s1`.
    pub(crate) scripts: [Vec<Act>; 2],
    /// Whether the default service finds everything, or nothing.
    pub(crate) default_status: u16,
}

/// What a `NormalizePath` makes of a slash at the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Trim,
    MergeOnly,
    Always,
}

/// A `cors.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) global: Layer,
    /// The named policy `p`.
    pub(crate) policy: Layer,
    pub(crate) groups: Vec<(&'static str, Layer)>,
    pub(crate) limits: Option<Limits>,
    pub(crate) profiles: Option<Profiles>,
}

/// The rules that differ in development and in production, and the selected profile.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    pub(crate) chosen: Option<&'static str>,
    pub(crate) development: Option<Layer>,
    /// Whether `development` is local, if it has a table.
    pub(crate) loopback: bool,
    pub(crate) production: Option<Layer>,
}

/// The most that anything may allow. What is `None` has no limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) origins: Option<Vec<&'static str>>,
    pub(crate) methods: Option<Vec<&'static str>>,
    pub(crate) headers: Option<Vec<&'static str>>,
    pub(crate) expose: Option<Vec<&'static str>>,
    pub(crate) max_age: Option<i64>,
    pub(crate) credentials: Option<Permission>,
    pub(crate) passthrough: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Permission {
    GlobalOnly,
    Never,
}

/// The rules of one layer.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Layer {
    /// The condition: for other hosts the layer is absent.
    pub(crate) host: Option<&'static str>,
    pub(crate) base: Base,
    pub(crate) origins: List,
    pub(crate) methods: List,
    pub(crate) headers: List,
    pub(crate) expose: List,
    /// `Any` is `true`, and an empty list `false`.
    pub(crate) credentials: List,
    pub(crate) private_network: Option<bool>,
    pub(crate) enforce: Option<bool>,
    pub(crate) null: Option<bool>,
    pub(crate) max_age: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Base {
    #[default]
    Inherit,
    Replace,
    Policy,
    Off,
    Passthrough,
}

impl Base {
    /// Whether nothing else may be written beside it.
    pub(crate) const fn is_disabled(self) -> bool {
        matches!(self, Self::Off | Self::Passthrough)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum List {
    #[default]
    Inherit,
    Any,
    AnyWithAuthorization,
    Exactly(Vec<&'static str>),
    Edit {
        add: Vec<&'static str>,
        remove: Vec<&'static str>,
    },
}

/// What is registered with `service`.
#[expect(clippy::large_enum_variant, reason = "there are few of them")]
#[derive(Clone, Debug)]
pub(crate) enum Service {
    Scope(Scope),
    Route(Route),
    Resource(Resource),
    Plain(Plain),
}

#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) prefix: &'static str,
    pub(crate) guard: Option<Guard>,
    pub(crate) services: Vec<Service>,
    /// Whether its services are registered with `bundle(...)`.
    pub(crate) is_bundle: bool,
    pub(crate) has_default: bool,
}

/// A handler with `#[cors(...)]`.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) name: &'static str,
    pub(crate) pattern: &'static str,
    /// The pattern of a second resource of the handler.
    pub(crate) also: Option<&'static str>,
    pub(crate) methods: Vec<&'static str>,
    pub(crate) guard: Option<Guard>,
    /// The rules of the module around it, if there is one.
    pub(crate) module: Option<Layer>,
    pub(crate) own: Layer,
}

/// What `cors_actix::resource(...)` registers.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) pattern: &'static str,
    /// For all of its routes.
    pub(crate) guard: Option<Guard>,
    /// Each with the pattern of the resource.
    pub(crate) routes: Vec<Route>,
    /// Whether it has a default service of its own.
    pub(crate) has_default: bool,
    /// Whether a middleware lies around its routes.
    pub(crate) is_wrapped: bool,
}

impl Plain {
    /// What actix makes of the pattern of `Files`.
    pub(crate) fn mount_path(&self) -> &'static str {
        self.pattern.trim_end_matches('/')
    }
}

impl Route {
    /// The rules of its module and of its attribute.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.module.iter().chain([&self.own])
    }
}

/// An un-annotated resource.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) pattern: &'static str,
    pub(crate) method: &'static str,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// `web::resource(…).route(…)`: other methods are answered 405.
    Routed,
    /// `web::resource(…).guard(…).to(…)`: other methods go on to what follows.
    Guarded,
    /// `#[get]` without `#[cors]`: the same, and the resource has a name.
    Attribute,
    /// `web::resource(…).name(…).to(…)`: named, and serves every method.
    NamedCatchAll,
    /// `web::resource(…).route(…).default_service(…)`: serves every method.
    WithDefault,
    /// `Files` of a directory without files: what lies below the pattern is for a default handler,
    /// if it is asked for by `GET`.
    Files,
}

/// What the edge cannot evaluate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Guard {
    /// A preflight is for the same URL.
    Query,
    /// A preflight does not carry the header that it asks for.
    HeaderXA,
    /// A preflight is for the same host, which a `host` of the route tells.
    Host(&'static str),
}

/// What happens next.
#[derive(Clone)]
pub(crate) enum Step {
    Fetch {
        page: &'static str,
        request: Box<FetchRequest>,
    },
    Wait(u64),
    /// To the configuration of this number, counted around.
    Reload(usize),
    /// The origins of the live set.
    Fill(Vec<&'static str>),
    /// The origins of a key; `None` removes it.
    FillKey(&'static str, Option<Vec<&'static str>>),
}

/// A fetch, part by part.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) scheme: &'static str,
    pub(crate) host: &'static str,
    pub(crate) path: &'static str,
    pub(crate) query: &'static str,
    pub(crate) method: &'static str,
    pub(crate) headers: Vec<&'static str>,
    pub(crate) include: bool,
    pub(crate) force_preflight: bool,
    pub(crate) no_cors: bool,
}

impl Asked {
    /// The request, to the URL of another one.
    pub(crate) fn to(self, Self { scheme, host, path, query, .. }: Self) -> FetchRequest {
        let Self { method, headers, include, force_preflight, no_cors, .. } = self;
        let url = Url::parse(&format!("{scheme}://{host}{path}{query}")).unwrap();
        let no_cors = no_cors && matches!(method, "GET" | "POST");
        let mut request = FetchRequest::new(method, url);
        request.mode = if no_cors { cors_browser::Mode::NoCors } else { cors_browser::Mode::Cors };
        request.upload_listener = force_preflight && !no_cors;
        let value = |name: &str| if name == "content-type" { "application/json" } else { "1" };
        let headers = headers.into_iter();
        headers
            .fold(request, |request, name| request.header(name, value(name)))
            .credentials(if include { Credentials::Include } else { Credentials::Omit })
    }
}

impl Config {
    pub(crate) fn to_toml(&self) -> String {
        let Self { global, policy, groups, limits, profiles } = self;
        let chosen = profiles.as_ref().and_then(|profiles| profiles.chosen);
        let mut text = chosen.map_or_else(
            || "[cors]\n".to_owned(),
            |profile| format!("[cors]\nprofile = {profile:?}\n"),
        );
        text += &global.to_toml();
        for (name, layer) in profiles.iter().flat_map(Profiles::tables) {
            write!(text, "[cors.profiles.{name}]\n{}", layer.to_toml()).unwrap();
            if name == "development" && profiles.as_ref().is_some_and(|it| it.loopback) {
                text += "loopback = true\n";
            }
        }
        writeln!(text, "[cors.sets]\npartners = {PARTNERS:?}\nlive = {{ live = true }}").unwrap();
        text += "keyed = { live = true, keyed = true }\n";
        write!(text, "[cors.policies.p]\n{}", policy.to_toml()).unwrap();
        for (pattern, layer) in groups {
            let pattern = if *pattern == KEYED_GROUP { "/{key}/b/**" } else { pattern };
            write!(text, "[[cors.paths]]\nmatch = {pattern:?}\n{}", layer.to_toml()).unwrap();
        }
        text + &limits.as_ref().map_or_else(String::new, Limits::to_toml)
    }
}

impl Profiles {
    fn tables(&self) -> impl Iterator<Item = (&'static str, &Layer)> {
        let tables = [("development", &self.development), ("production", &self.production)];
        tables.into_iter().filter_map(|(name, layer)| Some((name, layer.as_ref()?)))
    }

    /// The one that holds: production, where there are tables and none is chosen.
    pub(crate) fn in_force(&self) -> Option<&'static str> {
        let unsaid = self.tables().next().map(|_| "production");
        self.chosen.or(unsaid)
    }

    /// Whether the profile in force sets `loopback = true`.
    pub(crate) fn is_local(&self) -> bool {
        self.in_force() == Some("development") && self.development.is_some() && self.loopback
    }

    /// The rules that override those of `[cors]`.
    pub(crate) fn layer(&self) -> Option<&Layer> {
        let in_force = self.in_force()?;
        self.tables().find(|(name, _)| *name == in_force).map(|(_, layer)| layer)
    }
}

impl Limits {
    fn to_toml(&self) -> String {
        let Self { origins, methods, headers, expose, max_age, credentials, passthrough } = self;
        let lists =
            [("origins", origins), ("methods", methods), ("headers", headers), ("expose", expose)];
        let mut text = "[cors.limits]\n".to_owned();
        for (name, list) in
            lists.into_iter().filter_map(|(name, list)| Some((name, list.as_ref()?)))
        {
            writeln!(text, "{name} = {}", array(list)).unwrap();
        }
        if let Some(seconds) = max_age {
            writeln!(text, "max_age = {seconds}").unwrap();
        }
        if let Some(permission) = credentials {
            let word = match permission {
                Permission::GlobalOnly => "global-only",
                Permission::Never => "never",
            };
            writeln!(text, "credentials = {word:?}").unwrap();
        }
        if *passthrough {
            text += "passthrough = true\n";
        }
        text
    }
}

impl Layer {
    /// Whether the layer is there for requests to this host.
    pub(crate) fn applies_on(&self, host: &str) -> bool {
        self.host.is_none_or(|mine| mine == host)
    }

    /// The lists, by the name of their settings.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (Setting, &List)> {
        let Self { origins, methods, headers, expose, credentials, .. } = self;
        let is_flag = |list: &List| *list == List::Any || *list == List::Exactly(Vec::new());
        let credentials = (!is_flag(credentials)).then_some((Setting::Credentials, credentials));
        [
            (Setting::Origins, origins),
            (Setting::Methods, methods),
            (Setting::Headers, headers),
            (Setting::Expose, expose),
        ]
        .into_iter()
        .chain(credentials)
    }

    fn flags(&self) -> impl Iterator<Item = (Setting, bool)> {
        let Self { credentials, private_network, enforce, null, .. } = self;
        let credentials = match credentials {
            List::Any => Some(true),
            List::Exactly(list) if list.is_empty() => Some(false),
            _ => None,
        };
        [
            (Setting::Credentials, &credentials),
            (Setting::PrivateNetwork, private_network),
            (Setting::Enforce, enforce),
            (Setting::DangerAllowNullOrigin, null),
        ]
        .map(|(setting, flag)| (setting, *flag))
        .into_iter()
        .filter_map(|(setting, flag)| Some((setting, flag?)))
    }

    fn to_toml(&self) -> String {
        let mut text = self.host.map_or_else(String::new, |host| format!("host = {host:?}\n"));
        text += match self.base {
            Base::Off => "off = true\n",
            Base::Passthrough => "passthrough = true\n",
            Base::Inherit => "",
            Base::Replace => "replace = true\n",
            Base::Policy => "policy = \"p\"\n",
        };
        if self.base.is_disabled() {
            return text;
        }
        for (setting, list) in self.lists() {
            let value = match list {
                List::Inherit => continue,
                List::Any => "\"any\"".to_owned(),
                List::AnyWithAuthorization => "\"any_with_authorization\"".to_owned(),
                List::Exactly(elements) => array(elements),
                List::Edit { add, remove } => {
                    format!("{{ add = {}, remove = {} }}", array(add), array(remove))
                        .replace("add = [], ", "")
                        .replace(", remove = []", "")
                }
            };
            writeln!(text, "{} = {value}", setting.name()).unwrap();
        }
        for (setting, flag) in self.flags() {
            writeln!(text, "{} = {flag}", setting.name()).unwrap();
        }
        if let Some(seconds) = self.max_age {
            writeln!(text, "max_age = {seconds}").unwrap();
        }
        text
    }

    /// The rules as the attribute generates them.
    pub(crate) fn to_rules(&self) -> Rules {
        let rules = Rules::new(here());
        let rules = self.host.into_iter().fold(rules, |rules, host| rules.host(host, here()));
        let rules = match self.base {
            Base::Off => return rules.off(here()),
            Base::Passthrough => return rules.passthrough(here()),
            Base::Inherit => rules,
            Base::Replace => rules.replace(here()),
            Base::Policy => rules.policy("p", here()),
        };
        let rules = self.lists().fold(rules, |rules, (setting, list)| {
            let set = |rules: Rules, value| rules.list(setting, Op::Set, value, here());
            let edit = |rules: Rules, op, list: &[&'static str]| match list {
                [] => rules,
                _ => rules.list(setting, op, elements(list), here()),
            };
            match list {
                List::Inherit => rules,
                List::Any => set(rules, ListValue::Any(here())),
                List::AnyWithAuthorization => set(rules, ListValue::AnyWithAuthorization(here())),
                List::Exactly(list) => edit(rules, Op::Set, list),
                List::Edit { add, remove } => edit(edit(rules, Op::Add, add), Op::Remove, remove),
            }
        });
        let rules = self.flags().fold(rules, |rules, (s, flag)| rules.flag(s, flag, here()));
        match self.max_age {
            Some(seconds) => rules.max_age(seconds, here()),
            None => rules,
        }
    }
}

/// On one line, as a counter-example is read.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.to_toml().trim_end().replace('\n', "; "))
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(seconds) => write!(f, "wait {seconds} s"),
            Self::Reload(number) => write!(f, "reload {number}"),
            Self::Fill(origins) => write!(f, "fill {origins:?}"),
            Self::FillKey(key, origins) => write!(f, "fill {key} {origins:?}"),
            Self::Fetch { page, request } => {
                let FetchRequest { url, method, headers, credentials, mode, .. } = &**request;
                let target = format!("{}{}", url.origin(), url.target());
                write!(f, "{page}: {method} {target} {headers:?} {credentials:?} {mode:?}")?;
                if request.upload_listener { write!(f, " with upload") } else { Ok(()) }
            }
        }
    }
}

fn here() -> Source {
    at("law.rs", 1, 1)
}

fn elements(list: &[&'static str]) -> Elements {
    list.iter().fold(Elements::new(), |list, element| match *element {
        "@partners" => list.set("partners", here()),
        "@live" => list.set("live", here()),
        "~pr" => list.regex(PREVIEWS, here()),
        plain => list.plain(plain, here()),
    })
}

fn array(list: &[&str]) -> String {
    let element = |element: &&str| match *element {
        "@partners" => "{ set = \"partners\" }".to_owned(),
        "@live" => "{ set = \"live\" }".to_owned(),
        KEYED => "{ set = \"keyed\", key = \"key\" }".to_owned(),
        "~pr" => format!("{{ regex = '{PREVIEWS}' }}"),
        plain => format!("{plain:?}"),
    };
    format!("[{}]", list.iter().map(element).collect::<Vec<_>>().join(", "))
}
