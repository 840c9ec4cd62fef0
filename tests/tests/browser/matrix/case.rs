//! The cases as they are written in `cases/*.toml`, read and checked.

use std::collections::BTreeMap;

use cors_browser::{HeaderLines, Page, ReferrerPolicy};
use cors_tests::webdriver::{Browser, Engine};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::application::escape;
use super::site::{Origins, Scheme};

const FILES: [(&str, &str); 13] = [
    ("bare", include_str!("cases/bare.toml")),
    ("cache", include_str!("cases/cache.toml")),
    ("contexts", include_str!("cases/contexts.toml")),
    ("cookies", include_str!("cases/cookies.toml")),
    ("credentials", include_str!("cases/credentials.toml")),
    ("elements", include_str!("cases/elements.toml")),
    ("enforce", include_str!("cases/enforce.toml")),
    ("headers", include_str!("cases/headers.toml")),
    ("methods", include_str!("cases/methods.toml")),
    ("redirects", include_str!("cases/redirects.toml")),
    ("responses", include_str!("cases/responses.toml")),
    ("secure", include_str!("cases/secure.toml")),
    ("wpt", include_str!("cases/wpt.toml")),
];

/// What a page does, in one step or several that share one URL and so one preflight cache.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    /// A sentence.
    pub(super) name: String,
    /// Why the browser model is not compared.
    pub(super) not_modelled: Option<String>,
    /// Why it does not run over `http` or `https`.
    #[serde(default)]
    not_over: BTreeMap<String, String>,
    /// Why the model of an engine is not compared.
    #[serde(default)]
    not_modelled_in: BTreeMap<String, String>,
    #[serde(rename = "step")]
    pub(super) steps: Vec<Step>,
}

/// One request, what the page sees of it, and what the servers see.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Step {
    /// Method and path, the path on `api` unless an origin in braces is in front of it.
    request: String,
    /// The parameters for the application in the query: `status=404`, `header=Name:Value`,
    /// `error=401`, `panic=`, `redirect=URL` (repeated for the next one). For `{bare}` also
    /// `preflight=Name:Value` and, where `If-None-Match` is sent, `not-modified=Name:Value`.
    #[serde(default)]
    answer: Vec<String>,
    /// One of the contexts in `driver.js`.
    #[serde(default = "page")]
    pub(super) from: String,
    /// One of the ways in `agent.js`.
    #[serde(default = "fetch")]
    pub(super) by: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Adds as many headers, `x-0000` and so on.
    #[serde(default)]
    more_headers: usize,
    body: Option<Body>,
    /// Options of `fetch()` or `EventSource`, or properties of the element that is loaded.
    #[serde(default)]
    pub(super) init: Map<String, Value>,
    /// Seconds to wait before.
    #[serde(default)]
    pub(super) wait: f64,

    /// The status, or a word for what else the page gets to see.
    pub(super) sees: String,
    /// The names of readable headers, where they matter.
    pub(super) reads: Option<Vec<String>>,
    /// What comes to the servers, in order; see `Event::summary`.
    pub(super) server: Vec<String>,
    /// Headers of the last request to come, the empty text for absence.
    #[serde(default)]
    pub(super) sent: BTreeMap<String, String>,
    /// Headers of the preflight.
    #[serde(default)]
    pub(super) asked: BTreeMap<String, String>,
    /// Headers of the answer to it.
    #[serde(default)]
    pub(super) answered: BTreeMap<String, String>,
    /// When a connection closes without an answer a browser may send a request once more.
    #[serde(default)]
    pub(super) may_repeat: bool,

    chromium: Option<Deviations>,
    firefox: Option<Deviations>,
    webkit: Option<Deviations>,
}

/// What an engine does otherwise: in general, and over one scheme.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Deviations {
    One(Box<Otherwise>),
    Several(Vec<Otherwise>),
}

/// What replaces the expectations of a step in one engine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Otherwise {
    /// The step of the standard that it does not follow, or the reason.
    #[serde(rename = "why")]
    _why: String,
    /// `http` or `https`, if it is not so over both.
    over: Option<String>,
    sees: Option<String>,
    reads: Option<Vec<String>>,
    server: Option<Vec<String>>,
    #[serde(default)]
    sent: BTreeMap<String, String>,
    #[serde(default)]
    asked: BTreeMap<String, String>,
    #[serde(default)]
    answered: BTreeMap<String, String>,
    may_repeat: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Body {
    Text(String),
    Long { bytes: usize },
}

fn page() -> String {
    "page".to_owned()
}

fn fetch() -> String {
    "fetch".to_owned()
}

/// All cases of all files.
pub(super) fn load() -> Vec<Case> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        case: Vec<Case>,
    }
    let mut cases = Vec::new();
    for (name, text) in FILES {
        let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.extend(file.case);
    }
    for (index, case) in cases.iter().enumerate() {
        assert!(!cases[..index].iter().any(|it| it.name == case.name), "twice: {}", case.name);
        assert!(!case.steps.is_empty(), "no step: {}", case.name);
        for name in case.not_modelled_in.keys() {
            let is_engine = Browser::ENGINES.into_iter().any(|it| key(it) == *name);
            assert!(is_engine, "`{name}` is no engine: {}", case.name);
        }
        for scheme in case.not_over.keys() {
            assert!(matches!(&**scheme, "http" | "https"), "no scheme: {scheme}, {}", case.name);
        }
    }
    cases
}

/// The name of an engine in the files.
fn key(engine: Engine) -> String {
    format!("{engine:?}").to_lowercase()
}

impl Case {
    /// Whether it runs over a scheme.
    pub(super) fn runs_over(&self, scheme: Scheme) -> bool {
        !self.not_over.contains_key(&scheme.to_string())
    }

    /// The case with what one engine does otherwise in the place of what the others do.
    pub(super) fn in_engine(mut self, engine: Engine, scheme: Scheme) -> Self {
        if let Some(why) = self.not_modelled_in.remove(&key(engine)) {
            self.not_modelled = Some(why);
        }
        self.steps = self.steps.into_iter().map(|step| step.in_engine(engine, scheme)).collect();
        self
    }

    /// Whether an engine does something otherwise than the others.
    pub(super) fn differs_in(&self, engine: Engine, scheme: Scheme) -> bool {
        self.steps.iter().any(|step| step.otherwise(engine, scheme).next().is_some())
    }
}

impl Step {
    /// What an engine does otherwise over a scheme.
    fn otherwise(&self, engine: Engine, scheme: Scheme) -> impl Iterator<Item = &Otherwise> {
        let deviations = match engine {
            Engine::Chromium => &self.chromium,
            Engine::Firefox => &self.firefox,
            Engine::WebKit => &self.webkit,
            _ => &None,
        };
        let list = match deviations {
            None => &[][..],
            Some(Deviations::One(one)) => std::slice::from_ref(&**one),
            Some(Deviations::Several(list)) => list,
        };
        list.iter()
            .filter(move |it| it.over.as_ref().is_none_or(|over| *over == scheme.to_string()))
    }

    fn in_engine(mut self, engine: Engine, scheme: Scheme) -> Self {
        let deviations: Vec<_> = self.otherwise(engine, scheme).cloned().collect();
        for otherwise in deviations {
            let Otherwise { _why, over: _, sees, reads, server, sent, asked, answered, may_repeat } =
                otherwise;
            self.sees = sees.unwrap_or(self.sees);
            self.reads = reads.or(self.reads);
            self.server = server.unwrap_or(self.server);
            self.sent.extend(sent);
            self.asked.extend(asked);
            self.answered.extend(answered);
            self.may_repeat = may_repeat.unwrap_or(self.may_repeat);
        }
        self
    }

    pub(super) fn method(&self) -> &str {
        self.request.split(' ').next().unwrap_or_default()
    }

    /// The URL, which is the same for all steps of a case with the same path and answer.
    pub(super) fn url(&self, case: usize, origins: &Origins) -> String {
        let target = self.request.split_once(' ').map_or("", |(_, target)| target);
        let target = origins.fill(target);
        let origin = if target.starts_with('/') { origins.api.as_str() } else { "" };
        let answer = self.answer.iter().map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            format!("&{key}={}", escape(&origins.fill(value)))
        });
        format!("{origin}{target}?case={case}{}", answer.collect::<String>())
    }

    pub(super) fn headers(&self) -> HeaderLines {
        let mut headers: HeaderLines = self.headers.clone().into_iter().collect();
        headers.extend((0..self.more_headers).map(|i| (format!("x-{i:04}"), "1".to_owned())));
        headers
    }

    pub(super) fn body(&self) -> Option<String> {
        Some(match self.body.as_ref()? {
            Body::Text(text) => text.clone(),
            Body::Long { bytes } => "a".repeat(*bytes),
        })
    }

    /// What `perform` in `agent.js` takes.
    pub(super) fn instruction(&self, case: usize, origins: &Origins) -> Value {
        json!({
            "by": self.by,
            "from": self.from,
            "url": self.url(case, origins),
            "method": self.method(),
            "headers": self.headers().into_iter().collect::<BTreeMap<_, _>>(),
            "body": self.body(),
            "type": self.headers.get("content-type").cloned().unwrap_or_default(),
            "init": self.init,
            "wait": self.wait,
            "events": self.server.len(),
        })
    }

    /// A text among the options.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.init.get(name).and_then(Value::as_str)
    }

    /// What runs there, as the model has it; all of it is in or under the page of the matrix.
    pub(super) fn page(&self, origins: &Origins) -> Page {
        let frame = |origin: &str| Page::new(&format!("{origin}/blank")).embedded_in(&origins.page);
        match &*self.from {
            "second" => frame(&origins.second),
            "unlisted" => frame(&origins.unlisted),
            "another site" => frame(&origins.site),
            "a site" => frame(&origins.app_site),
            "api" => frame(&origins.api),
            "a frame" => frame(&origins.page),
            "a frame with a service worker" => {
                Page::new(&format!("{}/served/blank", origins.page)).embedded_in(&origins.page)
            }
            "a blob: frame" => Page::new(&format!("blob:{}/id", origins.page)),
            "a page without referrer" => {
                frame(&origins.page).referrer_policy(ReferrerPolicy::NoReferrer)
            }
            "a sandboxed frame"
            | "a sandboxed srcdoc frame"
            | "a data: frame"
            | "a data: worker" => Page::new("null").embedded_in(&origins.page),
            _ => Page::new(&format!("{}/driver", origins.page)),
        }
    }
}
