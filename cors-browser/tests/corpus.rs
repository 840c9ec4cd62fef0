//! Every case of `tests/corpus/*.toml` with every engine that it is about.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use cors_browser::{
    Body, Browser, CacheMode, Credentials, Enctype, Engine, FetchRequest, Mode, Navigation,
    Outcome, Page, Redirect, ReferrerPolicy, ResponseKind, Url, WireRequest, WireResponse,
};
use serde::{Deserialize, Deserializer};
use toml::Value;

const FILES: [(&str, &str); 7] = [
    ("cache", include_str!("corpus/cache.toml")),
    ("cookies", include_str!("corpus/cookies.toml")),
    ("engines", include_str!("corpus/engines.toml")),
    ("navigations", include_str!("corpus/navigations.toml")),
    ("redirects", include_str!("corpus/redirects.toml")),
    ("requests", include_str!("corpus/requests.toml")),
    ("wpt", include_str!("corpus/wpt.toml")),
];

/// The cases as they are written: those with `each` or `rows` stand for several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What it restates: a file of the web-platform-tests. For readers.
    #[serde(rename = "source")]
    _source: Option<String>,
    engines: Option<Vec<String>>,
    #[serde(default = "app")]
    page: String,
    top: Option<String>,
    #[serde(default)]
    cookies: Vec<(String, String)>,
    #[serde(rename = "step")]
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Step {
    #[serde(default)]
    wait: u64,
    /// That of the case if left out.
    page: Option<String>,
    request: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    credentials: Option<String>,
    mode: Option<String>,
    redirect: Option<String>,
    cache: Option<String>,
    referrer_policy: Option<String>,
    body: Option<String>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    upload_listener: bool,
    navigate: Option<String>,
    fields: Option<Vec<(String, String)>>,
    enctype: Option<String>,
    #[serde(default)]
    answers: Vec<Answer>,
    #[serde(default)]
    sent: Vec<String>,
    #[serde(default, rename = "with")]
    with: Vec<BTreeMap<String, String>>,
    #[serde(deserialize_with = "text_or_number")]
    sees: String,
    reads: Option<Vec<String>>,
    #[serde(default)]
    cached: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

fn app() -> String {
    "https://app.example".to_owned()
}

const fn ok() -> u16 {
    200
}

#[test]
fn every_case_ends_as_written_with_every_engine() {
    let (mut report, mut names, mut ran) = (String::new(), HashSet::new(), 0);
    for (file, text) in FILES {
        let File { case } = toml::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for case in case.into_iter().flat_map(expand) {
            let case: Case = case.try_into().unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(names.insert(case.name.clone()), "twice: {}", case.name);
            for engine in case.engines() {
                ran += 1;
                let problems = run(&case, engine);
                if !problems.is_empty() {
                    writeln!(report, "{file}: {} [{engine:?}]\n{problems}", case.name).unwrap();
                }
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    println!("ran {ran}");
    assert!(ran >= 3000, "only {ran} ran");
}

/// A case for every combination of the values in `each`, and for every table of `rows`: a text
/// `{name}` is the value of that name.
fn expand(mut case: toml::Table) -> Vec<toml::Table> {
    let mut bindings = vec![toml::Table::new()];
    if let Some(each) = case.remove("each") {
        for (name, values) in each.as_table().unwrap() {
            let with = |binding: &toml::Table, value: &Value| {
                let mut binding = binding.clone();
                binding.insert(name.clone(), value.clone());
                binding
            };
            let values = values.as_array().unwrap();
            bindings = bindings
                .iter()
                .flat_map(|binding| values.iter().map(|value| with(binding, value)))
                .collect();
        }
    }
    if let Some(rows) = case.remove("rows") {
        let rows: Vec<_> =
            rows.as_array().unwrap().iter().map(|it| it.as_table().unwrap()).collect();
        bindings = bindings
            .iter()
            .flat_map(|binding| {
                rows.iter().map(|&row| binding.clone().into_iter().chain(row.clone()).collect())
            })
            .collect();
    }
    let bound = bindings.into_iter().map(|binding| {
        let mut case: toml::Table =
            case.iter().map(|(key, value)| (key.clone(), substitute(value, &binding))).collect();
        if !binding.is_empty() {
            let name = case["name"].as_str().unwrap();
            let values: Vec<_> =
                binding.iter().map(|(key, value)| format!("{key} = {}", text(value))).collect();
            let name = format!("{name} ({})", values.join(", "));
            case.insert("name".to_owned(), Value::String(name));
        }
        case
    });
    bound.collect()
}

fn substitute(value: &Value, binding: &toml::Table) -> Value {
    match value {
        Value::String(pattern) => {
            // The whole value keeps its type.
            let name = pattern.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            if let Some(value) = name.and_then(|name| binding.get(name)) {
                return value.clone();
            }
            let mut replaced = pattern.clone();
            for (name, value) in binding {
                replaced = replaced.replace(&format!("{{{name}}}"), &text(value));
            }
            Value::String(replaced)
        }
        Value::Array(values) => {
            Value::Array(values.iter().map(|it| substitute(it, binding)).collect())
        }
        Value::Table(table) => {
            let table = table.iter().map(|(key, value)| (key.clone(), substitute(value, binding)));
            Value::Table(table.collect())
        }
        other => other.clone(),
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text(&Value::deserialize(deserializer)?))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn run(case: &Case, engine: Engine) -> String {
    let mut browser = Browser::with_engine(engine);
    for (url, line) in &case.cookies {
        browser.set_cookie(&Url::parse(url).unwrap(), line);
    }
    let mut problems = String::new();
    for (number, step) in case.steps.iter().enumerate() {
        browser.advance(step.wait);
        let page = Page::new(step.page.as_ref().unwrap_or(&case.page));
        let page = case.top.iter().fold(page, |page, top| page.embedded_in(top));
        let mut answers = step.answers.iter();
        let mut server = |_: &WireRequest| match answers.next() {
            Some(Answer { status, headers }) => {
                WireResponse { status: *status, headers: headers.clone(), body: b"body".to_vec() }
            }
            None => WireResponse::none(),
        };
        let outcome = match &step.navigate {
            Some(_) => browser.navigate(&mut server, page, &step.navigation()),
            None => browser.fetch(&mut server, page, &step.fetch()),
        };
        for problem in step.problems(&outcome) {
            writeln!(problems, "  step {}: {problem}", number + 1).unwrap();
        }
    }
    problems
}

impl Case {
    fn engines(&self) -> Vec<Engine> {
        let names = self.engines.clone();
        let names = names.unwrap_or_else(|| Engine::ALL.map(|it| format!("{it:?}")).into());
        let engine = |name: String| {
            let found = Engine::ALL.into_iter().find(|it| format!("{it:?}") == name);
            found.unwrap_or_else(|| panic!("{}: {name}", self.name))
        };
        names.into_iter().map(engine).collect()
    }
}

impl Step {
    fn method_and_url(&self) -> (&str, &str) {
        self.request.split_once(' ').unwrap()
    }

    fn navigation(&self) -> Navigation {
        let (method, url) = self.method_and_url();
        let fields = self.fields.as_deref().unwrap_or_default();
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
        let enctype = match self.enctype.as_deref() {
            None => Enctype::UrlEncoded,
            Some("multipart") => Enctype::Multipart,
            Some("text") => Enctype::TextPlain,
            Some(other) => panic!("{other}"),
        };
        let navigation = match method {
            "GET" => Navigation::get(url),
            _ => Navigation::post(url, enctype, &fields),
        };
        let navigation = match self.referrer_policy() {
            Some(policy) => navigation.referrer_policy(policy),
            None => navigation,
        };
        if self.navigate.as_deref() == Some("frame") { navigation.in_frame() } else { navigation }
    }

    fn fetch(&self) -> FetchRequest {
        let (method, url) = self.method_and_url();
        let mut request = FetchRequest::to(method, url);
        request.headers.clone_from(&self.headers);
        request.referrer_policy = self.referrer_policy();
        request.upload_listener = self.upload_listener;
        request.body = self.body.as_ref().map(|text| match self.stream {
            true => Body::stream(text.as_bytes()),
            false => Body::text(text),
        });
        if let Some(credentials) = &self.credentials {
            request.credentials = match &**credentials {
                "omit" => Credentials::Omit,
                "same-origin" => Credentials::SameOrigin,
                "include" => Credentials::Include,
                other => panic!("{other}"),
            };
        }
        if let Some(mode) = &self.mode {
            request.mode = match &**mode {
                "cors" => Mode::Cors,
                "no-cors" => Mode::NoCors,
                "same-origin" => Mode::SameOrigin,
                "navigate" => Mode::Navigate,
                other => panic!("{other}"),
            };
        }
        if let Some(redirect) = &self.redirect {
            request.redirect = match &**redirect {
                "error" => Redirect::Error,
                "follow" => Redirect::Follow,
                "manual" => Redirect::Manual,
                other => panic!("{other}"),
            };
        }
        if let Some(cache) = &self.cache {
            request.cache = match &**cache {
                "no-store" => CacheMode::NoStore,
                "reload" => CacheMode::Reload,
                "no-cache" => CacheMode::NoCache,
                "force-cache" => CacheMode::ForceCache,
                "only-if-cached" => CacheMode::OnlyIfCached,
                other => panic!("{other}"),
            };
        }
        request
    }

    fn referrer_policy(&self) -> Option<ReferrerPolicy> {
        let policy = self.referrer_policy.as_ref()?;
        Some(ReferrerPolicy::parse(policy).unwrap_or_else(|| panic!("{policy}")))
    }

    fn problems(&self, outcome: &Outcome) -> Vec<String> {
        let mut problems = Vec::new();
        let mut compare = |what: &str, expected: &str, got: &str| {
            if expected != got {
                problems.push(format!("{what}: expected `{expected}`, got `{got}`"));
            }
        };
        let sees = match &outcome.result {
            Err(failure) => failure.code(),
            Ok(response) => {
                let body = if response.body.is_empty() { "" } else { " with a body" };
                match response.kind {
                    ResponseKind::Opaque => format!("opaque{body}"),
                    ResponseKind::OpaqueRedirect => format!("opaque-redirect{body}"),
                    _ => response.status.to_string(),
                }
            }
        };
        compare("the page sees", &self.sees, &sees);
        let sent = outcome.exchanges.iter().map(|exchange| {
            let method = if exchange.is_preflight { "preflight" } else { &exchange.request.method };
            format!("{method} {}", exchange.request.url)
        });
        compare("sent", &self.sent.join(", "), &sent.collect::<Vec<_>>().join(", "));
        for (expected, exchange) in self.with.iter().zip(&outcome.exchanges) {
            for (name, value) in expected {
                let got = exchange.request.header(name).unwrap_or_default();
                compare(name, value, &got);
            }
        }
        if let (Some(reads), Some(response)) = (&self.reads, outcome.response()) {
            let names: Vec<_> = response.headers.iter().map(|(name, _)| &**name).collect();
            compare("readable headers", &reads.join(" "), &names.join(" "));
        }
        let is_cached = outcome.result.as_ref().is_ok_and(|response| response.is_cached);
        compare("from the HTTP cache", &self.cached.to_string(), &is_cached.to_string());
        problems
    }
}
